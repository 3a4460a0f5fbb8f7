"""What the server answers for each kind of text: requests, rule packs and mappings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

from opvalidate.integrations.lsp import completion
from opvalidate.integrations.lsp import hover as request_hover
from opvalidate.integrations.lsp.diagnostics import Analysis, analyse
from opvalidate.integrations.lsp.kinds import kind_of
from opvalidate.integrations.lsp.mappings import (
    MappingAnalysis,
    mapping_completions,
    mapping_hover,
)
from opvalidate.integrations.lsp.pack_language import pack_completions, pack_hover
from opvalidate.integrations.lsp.rule_packs import PackAnalysis

if TYPE_CHECKING:
    from opvalidate.integrations.lsp.completion import CompletionItem
    from opvalidate.integrations.lsp.hover import Hover
    from opvalidate.integrations.lsp.settings import LspSettings, SettingsProblem
    from opvalidate.integrations.lsp.text import Text

AnyAnalysis: TypeAlias = Analysis | PackAnalysis | MappingAnalysis

_MEMBER = re.compile(r"^[A-Z]\w*:", re.MULTILINE)


def analysed(
    text: Text, uri: str, file: str | None, syntax: str, settings: LspSettings
) -> tuple[AnyAnalysis, tuple[SettingsProblem, ...]]:
    """Analyse a text, and return the problems of the settings that leave it without findings."""
    if syntax == "yaml":
        kind = kind_of(text.text)
        if kind == "request" and file and not _MEMBER.search(text.text) and settings.is_pack(file):
            kind = "pack"
        if kind == "pack":
            return PackAnalysis(text, file or uri, settings), ()
        if kind == "mapping":
            return MappingAnalysis(text, file or uri, settings.default().checker), ()
    effective, problems = settings.of(file)
    if effective is None:
        return Analysis(text, uri, syntax), problems
    records = settings.records()
    return analyse(text, file or uri, syntax, effective, records, isolated=settings.isolated), ()


def hover(analysis: AnyAnalysis, offset: int) -> Hover | None:
    """Return the documentation of what is at an offset."""
    if isinstance(analysis, PackAnalysis):
        return pack_hover(analysis, offset)
    if isinstance(analysis, MappingAnalysis):
        return mapping_hover(analysis, offset)
    return request_hover.hover(analysis, offset)


def completions(analysis: AnyAnalysis, offset: int, *, snippets: bool) -> list[CompletionItem]:
    """Return what is possible at an offset."""
    if isinstance(analysis, PackAnalysis):
        return pack_completions(analysis, offset, snippets=snippets)
    if isinstance(analysis, MappingAnalysis):
        return mapping_completions(analysis, offset)
    return completion.completions(analysis, offset, snippets=snippets)
