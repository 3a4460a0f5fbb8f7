"""What is found in a text, under the settings that hold for its file."""

from __future__ import annotations

import os
from functools import lru_cache, partial
from typing import TYPE_CHECKING, NamedTuple

from opvalidate.config import Effective, Nearest
from opvalidate.documents.document import BOM_BYTES, UNREADABLE
from opvalidate.documents.positions import Positions
from opvalidate.documents.read import read_bytes
from opvalidate.engine.checker import Checker
from opvalidate.engine.run import Run
from opvalidate.report.related import place_related

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from opvalidate.config.effective import ConfiguredSettings
    from opvalidate.documents.document import Document
    from opvalidate.finding import Finding
    from opvalidate.integrations.lsp.text import Text


class Mistake(NamedTuple):
    """What is wrong with a configuration file or a rule pack. Lines and columns start at 1."""

    file: str
    line: int
    column: int
    message: str


class Held(NamedTuple):
    """What holds for a file: settings, or mistakes in them; neither for a file that is left out."""

    effective: Effective | None
    mistakes: tuple[Mistake, ...] = ()


class _Kept(NamedTuple):
    governed: ConfiguredSettings | None
    mistakes: tuple[Mistake, ...]
    stamps: dict[str, tuple[int, int] | None]


class Settings:
    """The settings of each file; read anew when a configuration or a rule pack has changed."""

    def __init__(self, config: str | None = None, *, isolated: bool = False) -> None:
        self.isolated = isolated
        self._config = config
        self._kept: dict[str, _Kept] = {}
        self._default: Effective | None = None

    def of(self, file: str | None) -> Held:
        """Return what holds for a file; a text without one goes by no configuration."""
        path = self._configuration(file)
        if path is None:
            if self._default is None:
                self._default = Effective(Checker(), "error")
            return Held(self._default)
        kept = self._kept.get(path)
        if kept is None or kept.stamps != _stamps(kept.stamps):
            kept = self._kept[path] = _read(path)
        if kept.governed is None or (file is not None and kept.governed.excludes(file)):
            return Held(None, kept.mistakes)
        return Held(kept.governed.of(file))

    def _configuration(self, file: str | None) -> str | None:
        if self.isolated:
            return None
        if self._config is not None:
            return self._config
        return None if file is None else Nearest().of(os.path.dirname(file))  # noqa: PTH120 - as elsewhere


def _read(path: str) -> _Kept:
    from opvalidate.config.effective import ConfiguredSettings
    from opvalidate.config.read import ConfigInvalid
    from opvalidate.ruleset.load import PackInvalid, pack_files

    try:
        governed = ConfiguredSettings(path)
    except ConfigInvalid as error:
        mistakes = [Mistake(*one.origin, _said(one.message, one.suggestion)) for one in error.problems]
    except PackInvalid as error:
        mistakes = [
            Mistake(one.file, one.line, one.column, _said(one.message, one.suggestion))
            for one in error.problems
        ]
    except OSError as error:
        mistakes = [Mistake(path, 1, 1, f"{error.filename or path}: {error.strerror}")]
    else:
        configuration = governed.configuration
        places = [setting.origin for setting in configuration.settings.values()]
        for entries in (
            configuration.exclude,
            configuration.rules,
            configuration.per_file_ignores,
            configuration.suppress,
        ):
            places += [entry.origin for entry in entries]
        files = [path, *(place.file for place in places)]
        files += [file for pack in configuration.rules for file in (pack.name, *pack_files(pack.name))]
        return _Kept(governed, (), _stamps(files))
    return _Kept(None, tuple(mistakes), _stamps([path, *(mistake.file for mistake in mistakes)]))


def _said(message: str, suggestion: str | None) -> str:
    return f"{message} ({suggestion})" if suggestion else message


def _stamps(files: Iterable[str]) -> dict[str, tuple[int, int] | None]:
    """Return what changes when a file does."""
    stamps: dict[str, tuple[int, int] | None] = {}
    for file in files:
        try:
            stat = os.stat(file)  # noqa: PTH116 - a path as a text
        except OSError:
            stamps[file] = None
        else:
            stamps[file] = stat.st_mtime_ns, stat.st_size
    return stamps


class Placed(NamedTuple):
    """A finding, its document, and the offsets in the file's text at which it stands."""

    finding: Finding
    document: Document | None
    start: int
    end: int


class Analysis(NamedTuple):
    """A text's documents and findings. `effective` is None for a text that is no business of ours."""

    text: Text
    file: str
    syntax: str
    effective: Effective | None = None
    documents: Sequence[Document] = ()
    findings: Sequence[Placed] = ()

    def document_at(self, offset: int) -> Document | None:
        """Return the document that stands there, or before it."""
        before = [one for one in self.documents if self.start(one) <= offset]
        return before[-1] if before else None

    def start(self, document: Document) -> int:
        """Return the offset at which a document's own text begins."""
        marked = document.data.startswith(BOM_BYTES)  # which has no column
        return self.text.offset_in_file(document.line, document.column) - marked


def analyse(text: Text, file: str, syntax: str, effective: Effective, *, isolated: bool = False) -> Analysis:
    """Check the documents of a text; never raises for what is in it."""
    documents = [_within(one, effective) for one in read_bytes(text.data, file=file, syntax=syntax)]
    if not _are_opportunities(documents):
        return Analysis(text, file, syntax)
    findings = _findings(documents, file, effective, isolated=isolated) if text.text.strip() else []
    by_index = {document.index: document for document in documents}
    placed = [
        Placed(
            finding,
            by_index.get(finding.document_index),
            text.offset_in_file(finding.line or 1, finding.column or 1),
            text.offset_in_file(finding.end_line or 1, finding.end_column or 1),
        )
        for finding in findings
    ]
    return Analysis(text, file, syntax, effective, documents, placed)


def _within(document: Document, effective: Effective) -> Document:
    if effective.max_bytes is None and effective.max_depth is None:
        return document
    from opvalidate.config.limits import within

    return within(document, effective.max_bytes, effective.max_depth)


def _findings(
    documents: Sequence[Document], file: str, effective: Effective, *, isolated: bool
) -> list[Finding]:
    """Return what nobody has accepted, in the order of the text."""
    screen = None
    if not isolated:
        from opvalidate.suppression.suppressions import Policy, Screening

        screen = partial(Screening().apply, effective.checker, effective.policy or Policy())
    run = Run(effective.checker, screen=screen)
    findings = [finding for document in documents for finding in run.judge(document).findings]
    findings += place_related(run.finish(file), lambda _: documents)
    return [finding for finding in findings if not finding.suppressed]


@lru_cache(maxsize=1)
def _field_names() -> frozenset[str]:
    from opvalidate.schema.fields import load

    return frozenset(name for one in ("create", "update", "record") for name in load(one)["properties"])


def _are_opportunities(documents: Sequence[Document]) -> bool:
    """Whether these may be opportunities: editors show a server every file of a language.

    They are not when they have keys, and none of them is, or begins, a field of an opportunity.
    """
    names = {name for document in documents for name in _names(document)}
    return not names or any(known.startswith(name) for name in names for known in _field_names())


def _names(document: Document) -> Iterable[str]:
    """Return a document's keys, as far as they can be read; what is no object has one that nobody knows."""
    value = document.value
    if value is UNREADABLE:
        places = Positions.of(document).places if document.data else ()
        return [str(path[0]) for path in places if path]
    return value if isinstance(value, dict) else ["-"]
