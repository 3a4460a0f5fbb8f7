"""The language server: what `opvalidate check` finds, shown while a document is typed.

Only `server` imports pygls (the extra `lsp`); the other modules know no protocol.
"""
