"""The parts of the protocol that pygls leaves out: an answer to every request, also to an invalid one."""

from __future__ import annotations

from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.protocol import LanguageServerProtocol

from opvalidate.integrations.lsp.uris import document_key


class Protocol(LanguageServerProtocol):
    """Answers with an error what pygls drops. The messages hold nothing of what the client sent."""

    def __init__(self, server: Any, converter: Any) -> None:
        super().__init__(server, converter)
        self.opened: dict[str, str] = {}
        """The URI with which the client opened each document, by key."""

    def structure_message(self, data: dict[str, Any]) -> Any:
        """Return the typed message, or None for an invalid one, which is answered here."""
        try:
            return super().structure_message(data)
        except JsonRpcException:
            method, request = data.get("method"), data.get("id")
            if isinstance(method, str) and isinstance(request, int | str):
                if self.get_message_type(method) is None:
                    self.refuse(request, types.ErrorCodes.MethodNotFound, "method not found")
                else:
                    self.refuse(request, types.ErrorCodes.InvalidParams, "invalid parameters")
            return None

    def handle_message(self, message: Any) -> None:
        """Handle a message in the states in which the protocol allows it."""
        if message is None:
            return
        if not hasattr(message, "jsonrpc"):
            request = message.get("id") if isinstance(message, dict) else None
            self.refuse(request, types.ErrorCodes.InvalidRequest, "not a JSON-RPC 2.0 message")
            return
        method = getattr(message, "method", None)
        refusal = None if method is None else self._refusal(method)
        if refusal is None:
            self._unify_uri(method, getattr(message, "params", None))
            super().handle_message(message)
            self._forget_finished()
        elif hasattr(message, "id"):
            self.refuse(message.id, *refusal)

    def _forget_finished(self) -> None:
        """Release the results of notifications: pygls never does, and an edit is one."""
        finished = [number for number, future in self._request_futures.items() if future.done()]
        for number in finished:
            self._request_futures.pop(number, None)

    def _unify_uri(self, method: str | None, params: Any) -> None:
        """Replace a document's URI with the one that it was opened with, however it is written now."""
        document = getattr(params, "text_document", None)
        if document is None:
            return
        key = document_key(document.uri)
        if method == types.TEXT_DOCUMENT_DID_OPEN:
            self.opened[key] = document.uri
        else:
            document.uri = self.opened.get(key, document.uri)
        if method == types.TEXT_DOCUMENT_DID_CLOSE:
            self.opened.pop(key, None)

    def _refusal(self, method: str) -> tuple[int, str] | None:
        """Return the error for a method in the current state, if it is not allowed."""
        if method == types.EXIT:
            return None
        if self._shutdown:
            return types.ErrorCodes.InvalidRequest, "the server is shut down"
        if self._workspace is None and method != types.INITIALIZE:
            return types.ErrorCodes.ServerNotInitialized, "the server is not initialized"
        if self._workspace is not None and method == types.INITIALIZE:
            return types.ErrorCodes.InvalidRequest, "the server is already initialized"
        return None

    def refuse(self, request: int | str | None, code: int, message: str) -> None:
        """Answer a request with an error; one that cannot be read has no id."""
        error = types.ResponseError(int(code), message)
        self._send_data(types.ResponseErrorMessage(id=request, error=error))
