"""The server: translates between the protocol's messages and the other modules."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path, to_fs_path

from opvalidate import __version__
from opvalidate.documents.read import syntax_of
from opvalidate.integrations.lsp import messages, proofs
from opvalidate.integrations.lsp.actions import fix_all, has_safe_fix, quick_fix
from opvalidate.integrations.lsp.diagnostics import Analysis
from opvalidate.integrations.lsp.features import analysed, completions, hover
from opvalidate.integrations.lsp.pack_definition import table_definition
from opvalidate.integrations.lsp.protocol import Protocol
from opvalidate.integrations.lsp.rule_packs import PackAnalysis
from opvalidate.integrations.lsp.stream import MessageStream
from opvalidate.integrations.lsp.text import Text
from opvalidate.integrations.lsp.uris import document_key

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from pygls.workspace import TextDocument

    from opvalidate.integrations.lsp.features import AnyAnalysis
    from opvalidate.integrations.lsp.mappings import MappingAnalysis
    from opvalidate.integrations.lsp.proofs import Proof
    from opvalidate.integrations.lsp.settings import LspSettings, SettingsProblem

    _P = TypeVar("_P")
    _R = TypeVar("_R")
    _Analysed = tuple[AnyAnalysis, tuple[SettingsProblem, ...]]

PAUSE = 0.1
"""Seconds to wait for the next keystroke before a text is checked."""

MAX_DIAGNOSTICS = 1000
"""Editors become slow with more."""

SWITCH_INTERVAL = 0.0005
"""Seconds. An answer changes threads a few times, and each time waits for a thread that lints a rule pack."""

FIX_ALL = f"{types.CodeActionKind.SourceFixAll.value}.opvalidate"
_SYNTAX_OF_LANGUAGE = {
    "json": "json",
    "jsonc": "json",
    "jsonl": "jsonl",
    "jsonlines": "jsonl",
    "yaml": "yaml",
}
_WATCHED = ("**/*.toml", "**/*.yaml", "**/*.yml")


def serve(settings: LspSettings) -> int:
    """Serve one client on standard input and output; return the exit code.

    It is 1 after `exit` without `shutdown`, as the protocol says.
    """
    # pygls logs whole messages, and so the documents; asyncio logs tracebacks
    for name in ("pygls", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    sys.setswitchinterval(SWITCH_INTERVAL)
    server = Server(settings)
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as output:  # pygls closes it
        messages_in = MessageStream(sys.stdin.buffer)
        server.start_io(messages_in, output)  # type: ignore[arg-type]  # it calls readline and read
    if messages_in.problem:
        print(f"opvalidate lsp: {messages_in.problem}", file=sys.stderr)  # noqa: T201 - the editor's log
        return 1
    return server.exit_code


def _log(handler: str, error: BaseException) -> None:
    print(f"opvalidate lsp: {handler} failed: {type(error).__name__}", file=sys.stderr)  # noqa: T201 - the editor's log


def _guarded(handler: Callable[[Server, _P], Awaitable[_R]]) -> Callable[[Server, _P], Awaitable[_R | None]]:
    """Log the type of an error only: its text and its traceback may hold values of a document."""

    @wraps(handler)
    async def handle(server: Server, params: _P) -> _R | None:
        try:
            return await handler(server, params)
        except Exception as error:  # noqa: BLE001 - see above
            _log(handler.__name__, error)
            return None

    return handle


class Server(LanguageServer):
    """The open documents of one client, and their analyses."""

    protocol: Protocol

    def __init__(self, settings: LspSettings) -> None:
        super().__init__(
            "opvalidate",
            __version__,
            protocol_cls=Protocol,
            text_document_sync_kind=types.TextDocumentSyncKind.Full,
        )
        self.settings = settings
        self.exit_code = 0
        self._is_shut_down = False
        self._documents: dict[str, TextDocument] = {}
        self._analyses: dict[str, tuple[str, asyncio.Task[_Analysed]]] = {}
        self._outdated: set[str] = set()
        self._checks: dict[str, asyncio.Task[None]] = {}
        self._proofs: dict[str, Proof | None] = {}
        self._unproved: set[str] = set()
        self._settings_diagnostics: dict[str, dict[str, list[types.Diagnostic]]] = {}
        self._messages_shown: set[str] = set()
        self._watched: set[str] = set()
        self._register()

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Log the type of an error; answer a message that is not JSON."""
        _log(getattr(source, "__name__", "server"), error)
        if isinstance(error, ValueError | RecursionError) and source is JsonRpcException:
            self.protocol.refuse(None, types.ErrorCodes.ParseError, "not valid JSON")

    def _register(self) -> None:
        def on(method: str, handler: Callable[[Server, Any], Any], options: Any = None) -> None:
            if asyncio.iscoroutinefunction(handler):
                guarded = _guarded(handler)

                async def handle(params: Any) -> Any:
                    return await guarded(self, params)

                self.feature(method, options)(handle)
            else:
                self.feature(method, options)(lambda *params: handler(self, *params))

        on(types.INITIALIZED, Server.watch)
        on(types.SHUTDOWN, Server.shut_down)
        on(types.EXIT, Server.exit)
        on(types.TEXT_DOCUMENT_DID_OPEN, Server.opened)
        on(types.TEXT_DOCUMENT_DID_CHANGE, Server.changed)
        on(types.TEXT_DOCUMENT_DID_CLOSE, Server.closed)
        on(types.TEXT_DOCUMENT_DID_SAVE, Server.saved)
        on(types.WORKSPACE_DID_CHANGE_WATCHED_FILES, Server.check_all)
        on(types.TEXT_DOCUMENT_HOVER, Server.hover)
        triggers = types.CompletionOptions(trigger_characters=['"', ":", " "])
        on(types.TEXT_DOCUMENT_COMPLETION, Server.complete, triggers)
        kinds = types.CodeActionOptions([types.CodeActionKind.QuickFix, FIX_ALL], resolve_provider=True)
        on(types.TEXT_DOCUMENT_CODE_ACTION, Server.code_actions, kinds)
        on(types.CODE_ACTION_RESOLVE, Server.resolve_code_action)
        on(types.TEXT_DOCUMENT_DEFINITION, Server.definition)
        on(types.TEXT_DOCUMENT_INLAY_HINT, Server.inlay_hints)

    def shut_down(self, *_: Any) -> None:
        self._is_shut_down = True

    def exit(self, *_: Any) -> None:
        self.exit_code = 0 if self._is_shut_down else 1

    # --- checking ---------------------------------------------------------------------------

    def watch(self, _: types.InitializedParams) -> None:
        """Ask for a notification when a configuration or a rule pack of the workspace changes."""
        self._watch("workspace", _WATCHED)

    def _watch(self, name: str, patterns: Iterable[types.GlobPattern]) -> None:
        watching = messages.capability(self.client_capabilities, "workspace.did_change_watched_files")
        if watching and watching.dynamic_registration:
            watchers = [types.FileSystemWatcher(pattern) for pattern in patterns]
            options = types.DidChangeWatchedFilesRegistrationOptions(watchers=watchers)
            method = types.WORKSPACE_DID_CHANGE_WATCHED_FILES
            registration = types.Registration(f"opvalidate-watch-{name}", method, options)
            self.client_register_capability(types.RegistrationParams([registration]))

    def _watch_settings(self) -> None:
        """Ask for notifications about files that the patterns for the workspace do not cover."""
        name = "workspace.did_change_watched_files.relative_pattern_support"
        if not messages.capability(self.client_capabilities, name):
            return
        folders = [to_fs_path(folder.uri) for folder in self.workspace.folders.values()]
        roots = [root for root in (*folders, self.workspace.root_path) if root]
        files = [
            file
            for file in sorted(self.settings.files() - self._watched)
            if not (file.endswith((".toml", ".yaml", ".yml")) and messages.is_inside(file, roots))
        ]
        if files:
            self._watched.update(files)
            patterns = [
                types.RelativePattern(from_fs_path(os.path.dirname(file)) or "", os.path.basename(file))  # noqa: PTH119, PTH120 - a path as text
                for file in files
            ]
            self._watch(str(len(self._watched)), patterns)

    def opened(self, params: types.DidOpenTextDocumentParams) -> None:
        uri = params.text_document.uri
        self._documents[uri] = self.workspace.get_text_document(uri)
        self._unproved.add(uri)
        self._schedule(uri, 0)

    def saved(self, params: types.DidSaveTextDocumentParams) -> None:
        self._unproved.add(params.text_document.uri)
        self.check_all(params)

    def changed(self, params: types.DidChangeTextDocumentParams) -> None:
        self._schedule(params.text_document.uri, PAUSE)

    def check_all(self, _: Any) -> None:
        """Check the open documents again: their settings may have changed."""
        for uri in self._documents:
            self._analyses.pop(uri, None)
            self._schedule(uri, 0)

    def closed(self, params: types.DidCloseTextDocumentParams) -> None:
        uri = params.text_document.uri
        self._documents.pop(uri, None)
        self._analyses.pop(uri, None)
        self._outdated.discard(uri)
        self._unproved.discard(uri)
        self._publish_settings_problems(uri, ())
        self._publish(uri, [])
        if uri in self._proofs:  # the problems of a pack that is not open are shown by those that use it
            del self._proofs[uri]
            self.check_all(params)

    def _schedule(self, uri: str, pause: float) -> None:
        self._outdated.add(uri)
        if uri not in self._checks:
            self._checks[uri] = asyncio.get_running_loop().create_task(self._check_until_current(uri, pause))

    async def _check_until_current(self, uri: str, pause: float) -> None:
        """Check a document again as long as it has changed; only one check of it runs at a time."""
        try:
            while uri in self._outdated:
                await asyncio.sleep(pause)
                pause = PAUSE
                self._outdated.discard(uri)
                if uri in self._documents:
                    await self._check(uri)
        except Exception as error:  # noqa: BLE001 - as for requests
            _log("check", error)
        finally:
            del self._checks[uri]

    async def _check(self, uri: str) -> None:
        version = self._documents[uri].version
        analysis, problems = await self._analysed(uri)
        if uri not in self._documents:
            return
        self._publish_settings_problems(uri, problems)
        if isinstance(analysis, Analysis):
            found = [messages.diagnostic(uri, analysis, one) for one in analysis.findings[:MAX_DIAGNOSTICS]]
            found += [one for by_file in self._settings_diagnostics.values() for one in by_file.get(uri, ())]
            self._publish(uri, found, version)
            self._watch_settings()
            return
        self._proofs.setdefault(uri, None)
        await self._publish_problems(uri, analysis, version)
        if isinstance(analysis, PackAnalysis) and uri in self._unproved:
            self._unproved.discard(uri)
            proof = await asyncio.to_thread(proofs.prove, analysis, self._proofs.get(uri))
            if uri in self._documents:
                self._proofs[uri] = proof
            if uri in self._documents and uri not in self._outdated:
                await self._publish_problems(uri, analysis, version)
                if messages.capability(self.client_capabilities, "workspace.inlay_hint.refresh_support"):
                    self.workspace_inlay_hint_refresh(None)

    async def _publish_problems(
        self, uri: str, analysis: PackAnalysis | MappingAnalysis, version: int | None
    ) -> None:
        found = await asyncio.to_thread(proofs.problems, analysis, self._proofs.get(uri))
        if uri in self._documents:
            shown = found[:MAX_DIAGNOSTICS]
            self._publish(uri, [messages.problem_diagnostic(analysis.text, one) for one in shown], version)

    async def _analysed(self, uri: str) -> _Analysed:
        """Return the analysis of the current text. It runs in a thread, once for all who ask for it."""
        document = self._documents[uri]
        source = document.source
        cached = self._analyses.get(uri)
        if cached is None or cached[0] != source:
            encoding = self.workspace.position_encoding
            work = asyncio.to_thread(
                self._analyse, uri, document.language_id, source, getattr(encoding, "value", encoding)
            )
            cached = self._analyses[uri] = source, asyncio.get_running_loop().create_task(work)
        try:
            return await asyncio.shield(cached[1])
        except Exception:
            if self._analyses.get(uri) is cached:
                del self._analyses[uri]
            raise

    def _analyse(self, uri: str, language: str | None, source: str, encoding: str | None) -> _Analysed:
        text = Text(source, encoding or "utf-16")
        file = to_fs_path(uri) if document_key(uri).startswith("file:") else None
        if file and "\0" in file:
            file = None  # no file has such a name
        syntax = syntax_of(file or uri) or _SYNTAX_OF_LANGUAGE.get(language or "")
        if syntax is None:
            return Analysis(text, uri, "json"), ()
        return analysed(text, uri, file, syntax, self.settings)

    async def _analysis(self, uri: str) -> AnyAnalysis:
        """Return the analysis of a document; nothing is found in one that is not open."""
        if uri not in self._documents:
            return Analysis(Text(""), uri, "json")
        analysis, _ = await self._analysed(uri)
        return analysis

    def _publish(self, uri: str, found: list[types.Diagnostic], version: int | None = None) -> None:
        params = types.PublishDiagnosticsParams(uri=uri, diagnostics=found, version=version)
        self.text_document_publish_diagnostics(params)

    def _publish_settings_problems(self, uri: str, problems: Iterable[SettingsProblem]) -> None:
        """Publish the problems in the settings of a document in their own files, and remove those solved."""
        before = self._settings_diagnostics.pop(uri, {})
        now: dict[str, list[types.Diagnostic]] = {}
        for problem in problems:
            file = from_fs_path(problem.file) or problem.file
            target = self.protocol.opened.get(document_key(file), file)
            if target in self._proofs:  # it is open, and shows its problems itself
                continue
            now.setdefault(target, []).append(messages.settings_diagnostic(problem))
            message = f"opvalidate: {problem.file}:{problem.line}: {problem.message}"
            if message not in self._messages_shown:
                self._messages_shown.add(message)
                self.window_show_message(types.ShowMessageParams(types.MessageType.Error, message))
        if now:
            self._settings_diagnostics[uri] = now
        for target in ({**before, **now}).keys() - self._proofs.keys():
            shown = [one for one in self._settings_diagnostics.values() if target in one]
            self._publish(target, shown[0][target] if shown else [])

    # --- requests ---------------------------------------------------------------------------

    async def hover(self, params: types.HoverParams) -> types.Hover | None:
        analysis = await self._analysis(params.text_document.uri)
        found = await asyncio.to_thread(hover, analysis, messages.offset(analysis, params.position))
        if found is None:
            return None
        contents = types.MarkupContent(types.MarkupKind.Markdown, found.markdown)
        return types.Hover(contents, messages.range_of(analysis, found.start, found.end))

    async def complete(self, params: types.CompletionParams) -> types.CompletionList:
        analysis = await self._analysis(params.text_document.uri)
        name = "text_document.completion.completion_item.snippet_support"
        snippets = bool(messages.capability(self.client_capabilities, name))
        offset = messages.offset(analysis, params.position)
        found = await asyncio.to_thread(completions, analysis, offset, snippets=snippets)
        items = [messages.completion_item(analysis, one, number) for number, one in enumerate(found)]
        return types.CompletionList(is_incomplete=False, items=items)

    async def code_actions(self, params: types.CodeActionParams) -> list[types.CodeAction]:
        uri, only = params.text_document.uri, params.context.only
        edits = self._edit_writer(uri)
        analysis = await self._analysis(uri)
        actions: list[types.CodeAction] = []
        if isinstance(analysis, PackAnalysis) and _includes(only, types.CodeActionKind.QuickFix.value):
            return await asyncio.to_thread(_pack_actions, analysis, params.range, edits)
        if not isinstance(analysis, Analysis):
            return actions
        if _includes(only, types.CodeActionKind.QuickFix.value):
            actions += await asyncio.to_thread(_quick_fixes, analysis, params.range, edits)
        if _includes(only, FIX_ALL) and has_safe_fix(analysis):
            action = types.CodeAction("Fix all auto-fixable findings (opvalidate)", kind=FIX_ALL, data=uri)
            name = "text_document.code_action.resolve_support"
            resolvable = messages.capability(self.client_capabilities, name)
            if resolvable and "edit" in resolvable.properties:
                actions.append(action)
            else:
                action.edit = await self._fix_all(analysis, edits)
                actions += [action] if action.edit else []
        return actions

    async def resolve_code_action(self, action: types.CodeAction) -> types.CodeAction:
        """Add the edit to an action whose edit takes long to compute."""
        if isinstance(action.data, str) and action.data in self._documents:
            edits = self._edit_writer(action.data)
            analysis = await self._analysis(action.data)
            if isinstance(analysis, Analysis):
                action.edit = await self._fix_all(analysis, edits)
        return action

    async def definition(self, params: types.DefinitionParams) -> types.Location | None:
        """Return where the table at a position of a rule pack is defined."""
        uri = params.text_document.uri
        analysis = await self._analysis(uri)
        if not isinstance(analysis, PackAnalysis):
            return None
        encoding = analysis.text.encoding
        offset = messages.offset(analysis, params.position)
        found = await asyncio.to_thread(table_definition, analysis, offset, encoding)
        if found is None:
            return None
        target = uri if found.file == analysis.file else from_fs_path(found.file) or found.file
        return types.Location(target, messages.text_range(found.text, found.start, found.end))

    async def inlay_hints(self, params: types.InlayHintParams) -> list[types.InlayHint]:
        """Return the results of a rule pack's examples."""
        uri = params.text_document.uri
        analysis = await self._analysis(uri)
        proof = self._proofs.get(uri)
        if proof is None or not isinstance(analysis, PackAnalysis):
            return []
        start, end = (messages.offset(analysis, one) for one in (params.range.start, params.range.end))
        hints = await asyncio.to_thread(lambda: [*proofs.example_hints(analysis, proof)])
        return [
            types.InlayHint(messages.position_of(analysis, offset), label, padding_left=True)
            for offset, label in hints
            if start <= offset <= end
        ]

    async def _fix_all(self, analysis: Analysis, edits: messages.EditWriter) -> types.WorkspaceEdit | None:
        changes = await asyncio.to_thread(fix_all, analysis, isolated=self.settings.isolated)
        return edits.edit(analysis, changes) if changes else None

    def _edit_writer(self, uri: str) -> messages.EditWriter:
        name = "workspace.workspace_edit.document_changes"
        document = self._documents.get(uri)
        is_versioned = messages.capability(self.client_capabilities, name) and document
        return messages.EditWriter(uri, document.version if document and is_versioned else None)


def _pack_actions(
    analysis: PackAnalysis, range_: types.Range, edits: messages.EditWriter
) -> list[types.CodeAction]:
    """Return the actions that add examples to the rule where a range begins."""
    from opvalidate.integrations.lsp.pack_actions import pack_actions

    return [
        types.CodeAction(
            title=action.title,
            kind=types.CodeActionKind.QuickFix,
            edit=edits.edit(analysis, action.edits),
        )
        for action in pack_actions(analysis, messages.offset(analysis, range_.start))
    ]


def _quick_fixes(
    analysis: Analysis, range_: types.Range, edits: messages.EditWriter
) -> list[types.CodeAction]:
    """Return the fixes of the findings in a range."""
    start, end = messages.offset(analysis, range_.start), messages.offset(analysis, range_.end)
    actions = []
    for located in analysis.findings:
        fix = located.finding.fix
        if fix is None or located.start > end or start > located.end:
            continue
        changes = quick_fix(analysis, located)
        if changes:
            actions.append(
                types.CodeAction(
                    title=fix.description,
                    kind=types.CodeActionKind.QuickFix,
                    diagnostics=[messages.diagnostic(edits.uri, analysis, located)],
                    is_preferred=fix.safe,
                    edit=edits.edit(analysis, changes),
                )
            )
    return actions


def _includes(only: Iterable[types.CodeActionKind | str] | None, kind: str) -> bool:
    """Whether the client asks for a kind of code action: without a list, for all."""
    if only is None:
        return True
    names = [str(getattr(one, "value", one)) for one in only]
    return any(not name or kind == name or kind.startswith(name + ".") for name in names)
