"""Files checked as the command checks them, for the library: each with its own configuration."""

# ruff: noqa: PTH100, PTH109, PTH120 - paths stay as they are written

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Any

from opvalidate.config import Effective, Nearest
from opvalidate.config.effective import ConfiguredSettings, Overrides, saw_all
from opvalidate.config.limits import within
from opvalidate.documents.document import has_comments
from opvalidate.documents.inputs import Input, Missing, find
from opvalidate.engine.checker_cache import cached_checker
from opvalidate.engine.report import Report
from opvalidate.engine.run import Run, counted, payloads
from opvalidate.read import read_file
from opvalidate.report.related import again, place_related
from opvalidate.suppression.suppressions import Policy, Screening

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from opvalidate.documents.document import Document
    from opvalidate.finding import Finding


class Paths:
    """One run over files. `config` is the configuration of all; without it each file has its nearest one."""

    def __init__(
        self,
        paths: Sequence[str],
        exclude: Sequence[str],
        config: str | None,
        *,
        isolated: bool,
        settings: dict[str, Any],
    ) -> None:
        self._paths = paths
        self._exclude = exclude
        self._config = config
        self._isolated = isolated
        self._settings = settings
        self._nearest = Nearest()
        self._configured: dict[str, ConfiguredSettings] = {}
        self._plain: Effective | None = None

    def report(self) -> Report:
        """Check the files. Raises for an unreadable file, and for an invalid configuration or setting."""
        run, screening = None, Screening()
        findings: list[Finding] = []
        for document, effective in self._documents():
            if run is None:
                run = Run(effective.checker)
            run.checker, run.screen = effective.checker, None
            if not self._isolated and (effective.policy is not None or has_comments(document)):
                run.screen = partial(screening.apply, effective.checker, effective.policy or Policy())
            findings += run.check(document).findings
        if run is None:
            run = Run(self._of(os.getcwd()).checker)
        findings += place_related(run.finish(), again())
        late = screening.finish(lambda file: not self._exclude and saw_all(file, self._paths))
        run.tally.count(late)
        active = (finding for finding in (*findings, *late) if not finding.suppressed)
        return Report(tuple(active), run.tally.summary(), run.checker.today)

    def _documents(self) -> Iterator[tuple[Document, Effective]]:
        include = None if self._isolated else self._includes
        for found in find(self._paths, exclude=self._exclude, gitignore=True, include=include):
            if isinstance(found, Missing):
                raise FileNotFoundError(f"{found.argument}: {found.reason}")
            if not isinstance(found, Input):
                continue
            configured = self._configuration(os.path.dirname(os.path.abspath(found.name)))
            if configured and found.path is not None and configured.excludes(found.name):
                continue
            effective = configured.of(found.name) if configured else self._without()
            documents = read_file(found)
            searched = found.is_searched
            for document in (
                (payloads(documents) or ()) if searched else counted(documents, effective.checker)
            ):
                yield within(document, effective.max_bytes, effective.max_depth), effective

    def _includes(self, file: str) -> bool:
        configured = self._configuration(os.path.dirname(os.path.abspath(file)))
        return configured is not None and configured.includes(file)

    def _of(self, folder: str) -> Effective:
        configured = self._configuration(folder)
        return configured.of(None) if configured else self._without()

    def _configuration(self, folder: str) -> ConfiguredSettings | None:
        path = None if self._isolated else self._config or self._nearest.of(folder)
        if path is None:
            return None
        if path not in self._configured:
            self._configured[path] = ConfiguredSettings(path, Overrides(**self._settings))
        return self._configured[path]

    def _without(self) -> Effective:
        if self._plain is None:
            self._plain = Effective(cached_checker(self._settings), "error")
        return self._plain
