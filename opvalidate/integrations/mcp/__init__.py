"""MCP server: the checks as tools for agents, over standard input and output.

The protocol is a few JSON-RPC messages, which `protocol` implements. Importing the official SDK alone takes
eight times the processor time of a whole check, more than a start may take; its client tests this server.
"""
