"""The server: the protocol on one side, what the other modules know on the other."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path, to_fs_path

from opvalidate import __version__
from opvalidate.documents.read import syntax_of
from opvalidate.integrations.lsp import actions as offers
from opvalidate.integrations.lsp.diagnostics import Analysis, Settings, analyse
from opvalidate.integrations.lsp.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pygls.workspace import TextDocument

    from opvalidate.integrations.lsp.actions import Replacement
    from opvalidate.integrations.lsp.diagnostics import Mistake, Placed

    _P = TypeVar("_P")
    _R = TypeVar("_R")

PAUSE = 0.1
"""Seconds to wait for the next keystroke before a text is checked."""

MOST_DIAGNOSTICS = 1000
"""Editors become slow with more, and nobody reads them."""

FIX_ALL = f"{types.CodeActionKind.SourceFixAll.value}.opvalidate"
_SYNTAX_OF_LANGUAGE = {
    "json": "json",
    "jsonc": "json",
    "jsonl": "jsonl",
    "jsonlines": "jsonl",
    "yaml": "yaml",
}
_SEVERITY = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "info": types.DiagnosticSeverity.Information,
}
_WATCHED = ("**/opvalidate.toml", "**/pyproject.toml", "**/*.yaml", "**/*.yml")


def serve(config: str | None = None, *, isolated: bool = False) -> None:
    """Serve one client on standard input and output until it says goodbye."""
    # what pygls logs holds whole messages, and so the documents
    logging.getLogger("pygls").setLevel(logging.CRITICAL + 1)
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as output:  # which pygls closes
        Server(Settings(config, isolated=isolated)).start_io(sys.stdin.buffer, output)


def _safely(handler: Callable[[Server, _P], _R]) -> Callable[[Server, _P], _R | None]:
    """Let no error of ours out: its text, and its traceback, may hold what is in a document."""

    @wraps(handler)
    def handle(server: Server, params: _P) -> _R | None:
        try:
            return handler(server, params)
        except Exception as error:  # noqa: BLE001 - see above
            _say(handler.__name__, error)
            return None

    return handle


def _say(what: str, error: Exception) -> None:
    print(f"opvalidate lsp: {what} failed: {type(error).__name__}", file=sys.stderr)  # noqa: T201 - the editor's log


class Server(LanguageServer):
    """One client's open texts, and what was found in them."""

    def __init__(self, settings: Settings) -> None:
        super().__init__("opvalidate", __version__, text_document_sync_kind=types.TextDocumentSyncKind.Full)
        self.settings = settings
        self._analyses: dict[str, Analysis] = {}
        self._due: set[str] = set()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._blamed: dict[str, dict[str, list[types.Diagnostic]]] = {}
        self._told: set[str] = set()
        self._register()

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Say that something went wrong, and no more."""
        _say(getattr(source, "__name__", "server"), error)

    def _register(self) -> None:
        def on(method: str, handler: Callable[[Server, Any], Any], options: Any = None) -> None:
            safe = _safely(handler)

            def handle(params: Any) -> Any:
                return safe(self, params)

            self.feature(method, options)(handle)

        on(types.INITIALIZED, Server.watch)
        on(types.TEXT_DOCUMENT_DID_OPEN, Server.opened)
        on(types.TEXT_DOCUMENT_DID_CHANGE, Server.changed)
        on(types.TEXT_DOCUMENT_DID_CLOSE, Server.closed)
        on(types.TEXT_DOCUMENT_DID_SAVE, Server.all_changed)
        on(types.WORKSPACE_DID_CHANGE_WATCHED_FILES, Server.all_changed)
        on(types.TEXT_DOCUMENT_HOVER, Server.hover)
        triggers = types.CompletionOptions(trigger_characters=['"', ":", " "])
        on(types.TEXT_DOCUMENT_COMPLETION, Server.complete, triggers)
        kinds = types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix, FIX_ALL])
        on(types.TEXT_DOCUMENT_CODE_ACTION, Server.actions, kinds)

    # --- checking ---------------------------------------------------------------------------

    def watch(self, _: types.InitializedParams) -> None:
        """Ask to be told when a configuration or a rule pack changes."""
        workspace = self.client_capabilities.workspace
        watching = workspace and workspace.did_change_watched_files
        if watching and watching.dynamic_registration:
            watchers = [types.FileSystemWatcher(glob_pattern=glob) for glob in _WATCHED]
            options = types.DidChangeWatchedFilesRegistrationOptions(watchers=watchers)
            method = types.WORKSPACE_DID_CHANGE_WATCHED_FILES
            registration = types.Registration("opvalidate-watch", method, options)
            self.client_register_capability(types.RegistrationParams([registration]))

    def opened(self, params: types.DidOpenTextDocumentParams) -> None:
        self._plan(params.text_document.uri, 0)

    def changed(self, params: types.DidChangeTextDocumentParams) -> None:
        self._plan(params.text_document.uri, PAUSE)

    def all_changed(self, _: Any) -> None:
        """Check what is open under settings that may be new."""
        for uri in list(self.workspace.text_documents):
            self._analyses.pop(uri, None)
            self._plan(uri, 0)

    def closed(self, params: types.DidCloseTextDocumentParams) -> None:
        uri = params.text_document.uri
        self._analyses.pop(uri, None)
        self._due.discard(uri)
        self._blame(uri, ())
        self._publish(uri, [])

    def _plan(self, uri: str, pause: float) -> None:
        self._due.add(uri)
        if uri not in self._tasks:
            self._tasks[uri] = asyncio.get_running_loop().create_task(self._catch_up(uri, pause))

    async def _catch_up(self, uri: str, pause: float) -> None:
        """Check a text once more for as long as it has changed; one check of it runs at a time."""
        try:
            while uri in self._due:
                await asyncio.sleep(pause)
                pause = PAUSE
                self._due.discard(uri)
                document = self.workspace.text_documents.get(uri)
                if document is not None:
                    await self._check(document)
        except Exception as error:  # noqa: BLE001 - as for requests
            _say("check", error)
        finally:
            del self._tasks[uri]

    async def _check(self, document: TextDocument) -> None:
        uri, version = document.uri, document.version
        text = self._text(document)
        analysis, mistakes = await asyncio.to_thread(self._analyse, document, text)
        if uri not in self.workspace.text_documents:
            return
        self._analyses[uri] = analysis
        self._blame(uri, mistakes)
        found = [self._diagnostic(uri, analysis, one) for one in analysis.findings[:MOST_DIAGNOSTICS]]
        found += [one for held in self._blamed.values() for one in held.get(uri, ())]
        self._publish(uri, found, version)

    def _text(self, document: TextDocument) -> Text:
        encoding = self.workspace.position_encoding
        return Text(document.source, getattr(encoding, "value", encoding) or "utf-16")

    def _analyse(self, document: TextDocument, text: Text) -> tuple[Analysis, tuple[Mistake, ...]]:
        file = to_fs_path(document.uri) if document.uri.startswith("file:") else None
        syntax = syntax_of(file or document.uri) or _SYNTAX_OF_LANGUAGE.get(document.language_id or "")
        if syntax is None:
            return Analysis(text, document.uri, "json"), ()
        held = self.settings.of(file)
        if held.effective is None:
            return Analysis(text, document.uri, syntax), held.mistakes
        name = file or document.uri
        return analyse(text, name, syntax, held.effective, isolated=self.settings.isolated), ()

    def analysis(self, uri: str) -> Analysis:
        """Return what there is to be known of a text as it stands now."""
        document = self.workspace.get_text_document(uri)
        known = self._analyses.get(uri)
        if known is None or known.text.text != document.source:
            known, _ = self._analyse(document, self._text(document))
            self._analyses[uri] = known
        return known

    def _publish(self, uri: str, found: list[types.Diagnostic], version: int | None = None) -> None:
        params = types.PublishDiagnosticsParams(uri=uri, diagnostics=found, version=version)
        self.text_document_publish_diagnostics(params)

    def _blame(self, uri: str, mistakes: Iterable[Mistake]) -> None:
        """Show mistakes in the settings of a text where they are, and those no longer made no more."""
        before = self._blamed.pop(uri, {})
        now: dict[str, list[types.Diagnostic]] = {}
        for mistake in mistakes:
            place = types.Position(mistake.line - 1, mistake.column - 1)
            target = from_fs_path(mistake.file) or mistake.file
            now.setdefault(target, []).append(
                types.Diagnostic(
                    range=types.Range(place, place),
                    message=mistake.message,
                    severity=types.DiagnosticSeverity.Error,
                    source="opvalidate",
                )
            )
            message = f"opvalidate: {mistake.file}:{mistake.line}: {mistake.message}"
            if message not in self._told:
                self._told.add(message)
                self.window_show_message(types.ShowMessageParams(types.MessageType.Error, message))
        if now:
            self._blamed[uri] = now
        for target in {**before, **now}:
            held = [one for one in self._blamed.values() if target in one]
            self._publish(target, held[0][target] if held else [])

    def _diagnostic(self, uri: str, analysis: Analysis, placed: Placed) -> types.Diagnostic:
        finding = placed.finding
        help_ = finding.help
        message = f"{finding.message}\ntry: {finding.suggestion}" if finding.suggestion else finding.message
        related = []
        for one in finding.related:
            at = _position(analysis, analysis.text.offset_in_file(one.line or 1, one.column or 1))
            place = types.Location(uri, types.Range(at, at))
            related.append(types.DiagnosticRelatedInformation(place, "here before"))
        return types.Diagnostic(
            range=_range(analysis, placed.start, placed.end),
            message=message,
            severity=_SEVERITY[finding.severity],
            code=finding.rule,
            code_description=types.CodeDescription(help_) if help_.startswith("https://") else None,
            source="opvalidate",
            related_information=related or None,
        )

    # --- requests ---------------------------------------------------------------------------

    def hover(self, params: types.HoverParams) -> types.Hover | None:
        analysis = self.analysis(params.text_document.uri)
        explained = offers.hover(analysis, _offset(analysis, params.position))
        if explained is None:
            return None
        contents = types.MarkupContent(types.MarkupKind.Markdown, explained.markdown)
        return types.Hover(contents, _range(analysis, explained.start, explained.end))

    def complete(self, params: types.CompletionParams) -> types.CompletionList:
        analysis = self.analysis(params.text_document.uri)
        found = offers.completions(
            analysis, _offset(analysis, params.position), snippets=self._takes_snippets()
        )
        items = [
            types.CompletionItem(
                label=one.label,
                kind=types.CompletionItemKind.Property if one.is_field else types.CompletionItemKind.Value,
                detail=one.detail,
                documentation=one.documentation
                and types.MarkupContent(types.MarkupKind.Markdown, one.documentation),
                sort_text=f"{number:04}",
                filter_text=one.filter_text,
                insert_text_format=types.InsertTextFormat.Snippet if one.is_snippet else None,
                text_edit=types.TextEdit(_range(analysis, one.start, one.end), one.new_text),
            )
            for number, one in enumerate(found)
        ]
        return types.CompletionList(is_incomplete=False, items=items)

    def _takes_snippets(self) -> bool:
        text_document = self.client_capabilities.text_document
        completion = text_document and text_document.completion
        return bool(completion and completion.completion_item and completion.completion_item.snippet_support)

    def actions(self, params: types.CodeActionParams) -> list[types.CodeAction]:
        uri = params.text_document.uri
        analysis = self.analysis(uri)
        wanted = params.context.only
        start, end = _offset(analysis, params.range.start), _offset(analysis, params.range.end)
        actions = []
        if _asked_for(types.CodeActionKind.QuickFix.value, wanted):
            for placed in analysis.findings:
                fix = placed.finding.fix
                changes = offers.fix(analysis, placed) if placed.start <= end and start <= placed.end else []
                if fix and changes:
                    actions.append(
                        types.CodeAction(
                            title=fix.description,
                            kind=types.CodeActionKind.QuickFix,
                            diagnostics=[self._diagnostic(uri, analysis, placed)],
                            is_preferred=fix.safe,
                            edit=_edit(uri, analysis, changes),
                        )
                    )
        if _asked_for(FIX_ALL, wanted):
            changes = offers.fix_all(analysis, isolated=self.settings.isolated)
            if changes:
                edit = _edit(uri, analysis, changes)
                actions.append(types.CodeAction("Fix what is certain (opvalidate)", kind=FIX_ALL, edit=edit))
        return actions


def _asked_for(kind: str, wanted: Iterable[types.CodeActionKind | str] | None) -> bool:
    if wanted is None:
        return True
    names = [str(getattr(one, "value", one)) for one in wanted]
    return any(not name or kind == name or kind.startswith(name + ".") for name in names)


def _offset(analysis: Analysis, position: types.Position) -> int:
    return analysis.text.offset(position.line, position.character)


def _position(analysis: Analysis, offset: int) -> types.Position:
    return types.Position(*analysis.text.position(offset))


def _range(analysis: Analysis, start: int, end: int) -> types.Range:
    return types.Range(_position(analysis, start), _position(analysis, end))


def _edit(uri: str, analysis: Analysis, changes: Iterable[Replacement]) -> types.WorkspaceEdit:
    edits = [types.TextEdit(_range(analysis, one.start, one.end), one.new_text) for one in changes]
    return types.WorkspaceEdit(changes={uri: edits})
