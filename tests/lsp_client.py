"""An editor for tests: a client of pygls that works in steps and records what the server shows."""

from __future__ import annotations

import asyncio
import json
import queue
import subprocess
import sys
import threading

from lsprotocol import types
from pygls.lsp.client import LanguageClient

SECRET = "Zanzibar Quill Holdings"


class Editor:
    """A client that records what the server shows."""

    def __init__(self, *arguments, encodings=None):
        self.loop = asyncio.new_event_loop()
        self.client = LanguageClient("test", "1")
        self.shown, self.messages, self.raw, self.watches = {}, [], [], []
        self.published = asyncio.Event()

        @self.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def published(params):
            self.shown[params.uri] = params
            self.raw.append(repr(params))
            self.published.set()

        @self.client.feature(types.WINDOW_SHOW_MESSAGE)
        def message(params):
            self.messages.append(params.message)
            self.raw.append(params.message)

        @self.client.feature(types.CLIENT_REGISTER_CAPABILITY)
        def register(params):
            self.watches += [one.method for one in params.registrations]

        self.loop.run_until_complete(
            self.client.start_io(sys.executable, "-m", "opvalidate", "lsp", *arguments)
        )
        snippets = types.ClientCompletionItemOptions(snippet_support=True)
        self.server = self.ask(
            "initialize",
            types.InitializeParams(
                capabilities=types.ClientCapabilities(
                    workspace=types.WorkspaceClientCapabilities(
                        did_change_watched_files=types.DidChangeWatchedFilesClientCapabilities(
                            dynamic_registration=True
                        )
                    ),
                    text_document=types.TextDocumentClientCapabilities(
                        completion=types.CompletionClientCapabilities(completion_item=snippets)
                    ),
                    general=types.GeneralClientCapabilities(position_encodings=encodings),
                )
            ),
        )
        self.client.initialized(types.InitializedParams())

    def run(self, awaitable):
        return self.loop.run_until_complete(asyncio.wait_for(awaitable, 20))

    def ask(self, name, params):
        return self.run(getattr(self.client, f"{name}_async")(params))

    def until(self, holds):
        async def wait():
            while not holds():
                self.published.clear()
                await self.published.wait()

        self.run(wait())

    def close(self):
        self.run(self.client.shutdown_async(None))
        self.client.exit(None)
        process = self.client._server
        log = self.run(process.stderr.read()).decode()
        self.run(process.wait())
        self.run(self.client.stop())
        self.loop.close()
        return process.returncode, log

    # --- what a user does

    def open(self, text, name="a.json", language="json"):
        uri = name if ":" in name else f"file:///nowhere/{name}"
        self.shown.pop(uri, None)
        item = types.TextDocumentItem(uri, language, 1, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        self.until(lambda: uri in self.shown)
        return Page(self, uri, text)


class Page:
    """An open text."""

    def __init__(self, editor, uri, text):
        self.editor, self.uri, self.text, self.version = editor, uri, text, 1

    @property
    def diagnostics(self):
        return list(self.editor.shown[self.uri].diagnostics)

    @property
    def codes(self):
        return [one.code for one in self.diagnostics]

    def type(self, text):
        self.text, self.version = text, self.version + 1
        identifier = types.VersionedTextDocumentIdentifier(self.version, self.uri)
        change = types.TextDocumentContentChangeWholeDocument(text)
        self.editor.client.text_document_did_change(types.DidChangeTextDocumentParams(identifier, [change]))

    def settle(self):
        self.editor.until(lambda: self.editor.shown[self.uri].version == self.version)

    def position(self, offset):
        line = self.text.count("\n", 0, offset)
        begin = self.text.rfind("\n", 0, offset) + 1
        return types.Position(line, len(self.text[begin:offset].encode("utf-16-le")) // 2)

    def offset(self, position):
        begin = 0
        for _ in range(position.line):
            begin = self.text.index("\n", begin) + 1
        units = self.text[begin:].encode("utf-16-le")[: 2 * position.character]
        return begin + len(units.decode("utf-16-le"))

    def covered(self, range_):
        return self.text[self.offset(range_.start) : self.offset(range_.end)]

    def _at(self, offset):
        return {"text_document": types.TextDocumentIdentifier(self.uri), "position": self.position(offset)}

    def complete(self, marked):
        """Type a text that has a | for the cursor; return the completion items by label."""
        at = marked.index("|")
        self.type(marked.replace("|", "", 1))
        return {
            one.label: one
            for one in self.editor.ask(
                "text_document_completion", types.CompletionParams(**self._at(at))
            ).items
        }

    def hover(self, part):
        answer = self.editor.ask(
            "text_document_hover", types.HoverParams(**self._at(self.text.index(part) + 1))
        )
        return answer and answer.contents.value

    def actions(self, start=0, end=None, only=None):
        end = len(self.text) if end is None else end
        params = types.CodeActionParams(
            types.TextDocumentIdentifier(self.uri),
            types.Range(self.position(start), self.position(end)),
            types.CodeActionContext([], only=only),
        )
        return list(self.editor.ask("text_document_code_action", params))

    def after(self, action):
        text = self.text
        edits = [edit for edits in action.edit.changes.values() for edit in edits]
        for edit in sorted(edits, key=lambda edit: self.offset(edit.range.start), reverse=True):
            text = text[: self.offset(edit.range.start)] + edit.new_text + text[self.offset(edit.range.end) :]
        return text

    def accept(self, item):
        edit = item.text_edit
        return (
            self.text[: self.offset(edit.range.start)]
            + edit.new_text
            + self.text[self.offset(edit.range.end) :]
        )


def changed(document, path, value):
    """Return a copy of a document with another value at a dotted path."""
    document = json.loads(json.dumps(document))
    *parents, last = path.split(".")
    inner = document
    for name in parents:
        inner = inner[name]
    inner[last] = value
    return document


class RawClient:
    """Sends messages as they are, and reads the answers; for what no library would send."""

    def __init__(self, *arguments, initialize=True, capabilities=None, root=None):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "opvalidate", "lsp", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.messages = queue.Queue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        self.number = 0
        if initialize:
            answer = self.request(
                "initialize", {"processId": None, "rootUri": root, "capabilities": capabilities or {}}
            )
            self.server_capabilities = answer["result"]["capabilities"]
            self.notify("initialized", {})

    def _read(self):
        stream = self.process.stdout
        while line := stream.readline():
            if line.lower().startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
            elif not line.strip():
                self.messages.put(json.loads(stream.read(length)))

    def send(self, content):
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(data) + data)
        self.process.stdin.flush()

    def notify(self, method, params=None):
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def start(self, method, params=None):
        """Send a request; return its id."""
        self.number += 1
        self.send({"jsonrpc": "2.0", "id": self.number, "method": method, "params": params})
        return self.number

    def until(self, holds):
        """Return the first message with a property; the others are dropped."""
        while True:
            message = self.messages.get(timeout=60)
            if holds(message):
                return message

    def answer(self, number):
        return self.until(lambda message: message.get("id") == number and "method" not in message)

    def request(self, method, params=None):
        return self.answer(self.start(method, params))

    def open(self, uri, text, language="json"):
        document = {"uri": uri, "languageId": language, "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": document})

    def change(self, uri, version, text):
        document = {"uri": uri, "version": version}
        self.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": text}]})

    def diagnostics(self, uri, version=None):
        """Return the diagnostics of a document, of that version."""
        message = self.until(
            lambda message: (
                message.get("method") == "textDocument/publishDiagnostics"
                and message["params"]["uri"] == uri
                and (version is None or message["params"].get("version") == version)
            )
        )
        return message["params"]["diagnostics"]

    def close(self, *, shutdown=True):
        """End the session; return the exit code and what was logged."""
        if shutdown:
            assert self.request("shutdown")["result"] is None
        self.notify("exit")
        return self.finish()

    def finish(self):
        """Close the server's input; return the exit code and what was logged."""
        with self.process:
            self.process.stdin.close()
            log = self.process.stderr.read().decode()
            self.reader.join()
            return self.process.wait(timeout=60), log
