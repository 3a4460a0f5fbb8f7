"""Requests to an ASGI application, without a network."""

from __future__ import annotations

import asyncio
import json


class Answer:
    def __init__(self, messages):
        start, *rest = messages
        self.status = start["status"]
        self.headers = {name.decode(): value.decode() for name, value in start["headers"]}
        self.body = b"".join(message.get("body", b"") for message in rest)

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def detail(self):
        assert self.headers["content-type"] == "application/problem+json"
        assert self.json["status"] == self.status
        return self.json["detail"]


async def call(app, method, target, body=b"", parts=None, client="127.0.0.1", **headers):
    """Call an ASGI application; a part that is None never arrives."""
    path, _, query = target.partition("?")
    parts = [body] if parts is None else [*parts]
    messages = []

    async def receive():
        part = parts.pop(0)
        if part is None:
            await asyncio.Event().wait()
        if isinstance(part, dict):
            return part
        return {"type": "http.request", "body": part, "more_body": bool(parts)}

    async def send(message):
        messages.append(message)

    listed = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "http", "method": method,
        "path": path, "raw_path": path.encode(), "query_string": query.encode(), "root_path": "",
        "headers": listed, "server": ("127.0.0.1", 80), "client": (client, 1),
    }  # fmt: skip
    await app(scope, receive, send)
    return Answer(messages)


def ask(app, *arguments, **named):
    return asyncio.run(call(app, *arguments, **named))


def form(**parts):
    """Return a body of multipart/form-data and its media type; a part is (name, content) or content."""
    boundary = b"boundary-of-the-parts"
    pieces = []
    for name, part in parts.items():
        file, content = part if isinstance(part, tuple) else (name, part)
        content = content if isinstance(content, bytes) else content.encode()
        head = f'Content-Disposition: form-data; name="{name}"; filename="{file}"'.encode()
        pieces += [b"--", boundary, b"\r\n", head, b"\r\n\r\n", content, b"\r\n"]
    return b"".join(
        [*pieces, b"--", boundary, b"--\r\n"]
    ), f"multipart/form-data; boundary={boundary.decode()}"


def submit(app, target, **parts):
    """Post parts."""
    body, media_type = form(**parts)
    return ask(app, "POST", target, body, content_type=media_type)
