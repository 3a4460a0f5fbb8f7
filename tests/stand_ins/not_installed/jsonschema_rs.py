raise ImportError("jsonschema_rs is not installed here")
