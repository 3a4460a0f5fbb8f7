"""The language server: the findings of `opvalidate check`, while a document is typed.

Only `server`, `protocol` and `messages` import pygls or lsprotocol (the extra `lsp`).
"""
