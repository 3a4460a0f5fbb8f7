raise ImportError("orjson is not installed here")
