"""HTTP service: checks over HTTP, with limits, and with nothing stored or logged of a document."""
