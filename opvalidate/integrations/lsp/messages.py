"""Findings, edits and completion items as the protocol's types."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

from lsprotocol import types

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opvalidate.integrations.lsp.actions import TextEdit
    from opvalidate.integrations.lsp.completion import CompletionItem
    from opvalidate.integrations.lsp.diagnostics import Analysis, LocatedFinding
    from opvalidate.integrations.lsp.features import AnyAnalysis
    from opvalidate.integrations.lsp.located import LocatedProblem
    from opvalidate.integrations.lsp.settings import SettingsProblem
    from opvalidate.integrations.lsp.text import Text

_SEVERITY = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "info": types.DiagnosticSeverity.Information,
}


def capability(capabilities: types.ClientCapabilities, path: str) -> Any:
    """Return a capability of the client, None if it does not have it."""
    value: Any = capabilities
    for name in path.split("."):
        value = value and getattr(value, name)
    return value


def is_inside(file: str, folders: Iterable[str]) -> bool:
    """Whether a file is in one of the folders, at any depth."""
    return any(file.startswith(folder.rstrip(os.sep) + os.sep) for folder in folders)


def offset(analysis: AnyAnalysis, position: types.Position) -> int:
    return analysis.text.offset(position.line, position.character)


def range_of(analysis: AnyAnalysis, start: int, end: int) -> types.Range:
    return text_range(analysis.text, start, end)


def text_range(text: Text, start: int, end: int) -> types.Range:
    return types.Range(types.Position(*text.position(start)), types.Position(*text.position(end)))


def position_of(analysis: AnyAnalysis, offset: int) -> types.Position:
    return types.Position(*analysis.text.position(offset))


def diagnostic(uri: str, analysis: Analysis, located: LocatedFinding) -> types.Diagnostic:
    """Return the diagnostic of a finding."""
    finding = located.finding
    message = f"{finding.message}\ntry: {finding.suggestion}" if finding.suggestion else finding.message
    related = []
    for one in finding.related:
        position = position_of(analysis, analysis.text.offset_in_file(one.line or 1, one.column or 1))
        location = types.Location(uri, types.Range(position, position))
        related.append(types.DiagnosticRelatedInformation(location, "first here"))
    return types.Diagnostic(
        range=range_of(analysis, located.start, located.end),
        message=message,
        severity=_SEVERITY[finding.severity],
        code=finding.rule,
        code_description=types.CodeDescription(finding.help) if finding.help.startswith("https://") else None,
        source="opvalidate",
        related_information=related or None,
    )


def problem_diagnostic(text: Text, problem: LocatedProblem) -> types.Diagnostic:
    """Return the diagnostic of a problem in a rule pack or a mapping."""
    return types.Diagnostic(
        range=text_range(text, problem.start, problem.end),
        message=problem.message,
        severity=_SEVERITY[problem.severity],
        code=problem.code,
        source="opvalidate",
    )


def settings_diagnostic(problem: SettingsProblem) -> types.Diagnostic:
    """Return the diagnostic of an error in a configuration or a rule pack."""
    position = types.Position(problem.line - 1, problem.column - 1)
    return types.Diagnostic(
        range=types.Range(position, position),
        message=problem.message,
        severity=types.DiagnosticSeverity.Error,
        source="opvalidate",
    )


def completion_item(analysis: AnyAnalysis, item: CompletionItem, number: int) -> types.CompletionItem:
    """Return a completion item, sorted by its number."""
    return types.CompletionItem(
        label=item.label,
        kind=types.CompletionItemKind.Property if item.is_field else types.CompletionItemKind.Value,
        detail=item.detail,
        documentation=types.MarkupContent(types.MarkupKind.Markdown, item.documentation)
        if item.documentation
        else None,
        sort_text=f"{number:04}",
        filter_text=item.filter_text,
        insert_text_format=types.InsertTextFormat.Snippet if item.is_snippet else None,
        insert_text_mode=types.InsertTextMode.AdjustIndentation if "\n" in item.new_text else None,
        text_edit=types.TextEdit(range_of(analysis, item.start, item.end), item.new_text),
    )


class EditWriter(NamedTuple):
    """Writes the edits of one document; with a version, which clients compare, if they support that."""

    uri: str
    version: int | None

    def edit(self, analysis: AnyAnalysis, changes: Iterable[TextEdit]) -> types.WorkspaceEdit:
        edits = [types.TextEdit(range_of(analysis, one.start, one.end), one.new_text) for one in changes]
        if self.version is None:
            return types.WorkspaceEdit(changes={self.uri: edits})
        document = types.OptionalVersionedTextDocumentIdentifier(self.uri, self.version)
        return types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(document, edits)])
