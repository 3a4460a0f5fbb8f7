"""The Model Context Protocol over standard input and output: JSON-RPC 2.0, a message a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

from opvalidate import __version__
from opvalidate.native import orjson

if TYPE_CHECKING:
    from opvalidate.integrations.mcp.tools import Tools

VERSIONS = ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05")
"""Revisions that begin with `initialize`, the newest first; they agree on what is used here."""

MAX_MESSAGE_BYTES = 32 * 1024 * 1024
"""A document may have 8 MiB; as text inside JSON it is longer."""

PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND = -32700, -32600, -32601
INVALID_PARAMS, INTERNAL_ERROR = -32602, -32603

INSTRUCTIONS = (
    "Checks AWS Partner Central opportunities offline, before a request is sent to AWS. Call check before "
    "you propose CreateOpportunity or UpdateOpportunity to a person, and after each change; AWS rejects a "
    "request with an error. An UpdateOpportunity request replaces the whole opportunity: make it with "
    "prepare_update from what GetOpportunity returned. Answers have no value that AWS marks as sensitive."
)


class _Failed(Exception):  # noqa: N818 - an answer, not an error of the program
    """A request that is answered with an error: its code and its message."""


def serve(tools: Tools, source: BinaryIO, sink: BinaryIO) -> None:
    """Answer messages until the client closes its end."""
    while line := source.readline(MAX_MESSAGE_BYTES):
        if len(line) == MAX_MESSAGE_BYTES and not line.endswith(b"\n"):
            while (rest := source.readline(MAX_MESSAGE_BYTES)) and not rest.endswith(b"\n"):
                pass
            reply: Any = _error(
                None, INVALID_REQUEST, f"the message is longer than {MAX_MESSAGE_BYTES:,} bytes"
            )
        elif not line.strip():
            continue
        else:
            reply = answer_text(tools, line)
        if reply is not None:
            sink.write(orjson.dumps(reply) + b"\n")
            sink.flush()
            if "tools" in reply.get("result", ()):
                tools.warm_up()


def answer_text(tools: Tools, line: bytes) -> dict[str, Any] | None:
    """Answer the text of a message."""
    try:
        message = orjson.loads(line)
    except ValueError:
        return _error(None, PARSE_ERROR, "the message is not JSON text in UTF-8")
    return answer(tools, message)


def answer(tools: Tools, message: Any) -> dict[str, Any] | None:
    """Answer a message; None for a notification, and for a response, which no request of ours asked for."""
    if not isinstance(message, dict):
        return _error(None, INVALID_REQUEST, "the message must be one JSON object")
    method, number = message.get("method"), message.get("id")
    if message.get("jsonrpc") != "2.0" or not (
        isinstance(method, str) or "result" in message or "error" in message
    ):
        return _error(_number(number), INVALID_REQUEST, 'a request has "jsonrpc": "2.0" and a method')
    if method is None or "id" not in message:
        return None
    if _number(number) is None:
        return _error(None, INVALID_REQUEST, "the id of a request must be text or a number")
    params = message.get("params", {})
    try:
        if not isinstance(params, dict):
            raise _Failed(INVALID_PARAMS, "params must be an object")  # noqa: TRY301 - one way for all errors
        return {"jsonrpc": "2.0", "id": number, "result": _result(tools, method, params)}
    except _Failed as failed:
        return _error(number, *failed.args)
    except Exception as error:  # noqa: BLE001 - a session survives a fault, whose text may hold a value
        return _error(number, INTERNAL_ERROR, f"internal error: {type(error).__name__}")


def _result(tools: Tools, method: str, params: dict[str, Any]) -> dict[str, Any]:
    if method == "tools/call":
        name, arguments = params.get("name"), params.get("arguments")
        if name not in tools.names:
            raise _Failed(INVALID_PARAMS, f"unknown tool: expected one of {', '.join(tools.names)}")
        texts, failed = tools.call(name, {} if arguments is None else arguments)
        return {"content": [{"type": "text", "text": text} for text in texts], "isError": failed}
    if method == "tools/list":
        return {"tools": tools.listed}
    if method == "initialize":
        asked = params.get("protocolVersion")
        return {
            "protocolVersion": asked if asked in VERSIONS else VERSIONS[0],
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "opvalidate", "title": "opvalidate", "version": __version__},
            "instructions": INSTRUCTIONS,
        }
    if method == "ping":
        return {}
    raise _Failed(METHOD_NOT_FOUND, "method not found")


def _number(number: Any) -> str | int | float | None:
    return number if isinstance(number, str | int | float) and not isinstance(number, bool) else None


def _error(number: Any, code: int, text: str) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "error": {"code": code, "message": text}}
