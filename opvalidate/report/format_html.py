"""`html`: one self-contained page for people: what to do, opportunity by opportunity.

It loads nothing and runs only its own script, whose hash is in the page's policy. Without the script,
all of it is readable, can be printed, and is accessible to screen readers.
"""

from __future__ import annotations

import os
import re
from base64 import b64encode
from collections import Counter
from hashlib import sha256
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.output import printable
from opvalidate.paths import get
from opvalidate.report.formats import aws_refuses, builtin_rules, rule_texts, title

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from opvalidate.documents.document import Document
    from opvalidate.engine.report import Summary
    from opvalidate.finding import Finding, Location
    from opvalidate.report.formats import Style
    from opvalidate.ruleset.rule import Rule

BARS = 10
"""The maximum number of rows in a chart; the table next to it has all."""

_WORDS = {"error": "Blocking", "warning": "Please check", "info": "Note"}
_COLUMNS = {"error": "Blocking", "warning": "To check", "info": "Notes"}
_RANK = {severity: rank for rank, severity in enumerate(_WORDS)}
_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class ChartRow(NamedTuple):
    """What a chart and its table say of one rule or one field."""

    label: str
    search: str
    counts: Counter[str]


class Opportunity:
    """One document: its name and its findings."""

    def __init__(self, file: str, index: int) -> None:
        self.file = file
        self.index = index
        self.name: str | None = None
        self.about: list[str] = []
        self.found: list[tuple[Finding, str]] = []

    @property
    def counts(self) -> Counter[str]:
        return Counter(finding.severity for finding, _ in self.found)

    def refused(self, builtin: Mapping[str, Rule]) -> int:
        """Return how many findings AWS itself would reject."""
        return sum(aws_refuses(finding, builtin) for finding, _ in self.found)


class Rules(NamedTuple):
    """The rules of the findings, by id, and the built-in ones with their default settings."""

    enabled: Mapping[str, Rule]
    builtin: Mapping[str, Rule]

    @property
    def own(self) -> bool:
        """Whether some are from the user's own packs."""
        return not self.enabled.keys() <= self.builtin.keys()


class HtmlFormatter:
    def __init__(self, style: Style) -> None:
        self._style = style
        self._opportunities: dict[tuple[str, int], Opportunity] = {}

    def add(self, document: Document | None, findings: Sequence[Finding]) -> str:
        lined: Iterable[list[str]] = ([] for _ in findings)
        if document is not None and document.data:
            from opvalidate.report.excerpt import Excerpts

            excerpts = Excerpts(document, findings[0].operation, values=self._style.values, width=160)
            lined = excerpts.of(findings)
        for finding, excerpt in zip(findings, lined, strict=True):
            key = (finding.file, finding.document_index)
            opportunity = self._opportunities.setdefault(key, Opportunity(*key))
            opportunity.name = opportunity.name or finding.opportunity
            if document is not None and self._style.values:
                opportunity.about = _about(document.value)
            opportunity.found.append((finding, "\n".join(excerpt)))
        return ""

    def end(self, summary: Summary, today: str) -> str:
        from opvalidate import __version__

        found = sorted(self._opportunities.values(), key=_urgency)
        findings = [finding for opportunity in found for finding, _ in opportunity.found]
        rules = Rules(rule_texts(self._style), builtin_rules())
        style, script = _asset("report.css"), _asset("report.js")
        policy = (
            f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
            "base-uri 'none'; form-action 'none'"
        )
        parts = [
            _HEAD.format(policy=policy, style=style, today=_text(today)),
            _summary(summary, today, found, rules),
            "<main>",
            _opportunities(found, rules) if found else _NOTHING,
            _charts(findings) if findings else "",
            "</main>",
            _FOOT.format(version=_text(__version__), today=_text(today)),
            f"<script>{script}</script>\n" if found else "",
            "</body>\n</html>\n",
        ]
        return "".join(parts)


_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Opportunity check, {today}</title>
<style>{style}</style>
</head>
<body>
"""

_FOOT = """<footer class="foot">
<p>Checked offline by opvalidate {version}, with {today} as today. \
Nothing was sent anywhere; AWS may still find what only AWS can know.</p>
</footer>
"""

_NOTHING = """<h2>Nothing found</h2>
<p class="empty">Every opportunity that was checked is valid.</p>
"""

_LINKS = '<nav><a href="#what">What to do</a> <a href="#numbers">In numbers</a></nav>\n'

_FILTERS = """<form id="filters" class="filters" role="search" aria-label="Findings" hidden>
<input type="search" name="search" placeholder="Search: opportunity, field, rule, words" \
aria-label="Search the findings" autocomplete="off">
{boxes}<button type="reset">Show all</button>
<output id="status" role="status"></output>
</form>
<p id="none" hidden>No finding matches. Change the search, or show all.</p>
"""


def _summary(summary: Summary, today: str, found: Sequence[Opportunity], rules: Rules) -> str:
    """Return the page's start: the result in one sentence, then the counts."""
    documents = summary.documents
    blocked = sum(opportunity.counts["error"] > 0 for opportunity in found)
    refused = sum(opportunity.refused(rules.builtin) > 0 for opportunity in found)
    # the summary does not count documents that fail only because of a batch rule
    failed = min(documents, max(blocked, summary.documents_failed))
    submitting = set(summary.operations) == {"submit"}
    lead = f"Checked on {_text(today)} against the rules of AWS Partner Central"
    lead += " and your company's own rules." if rules.own else "."
    of_them = f"of {_count(documents, 'opportunity')}"
    if not documents:
        head = "No opportunity was found to check"
    elif failed and submitting:
        head = f"{failed:,} {of_them} cannot be submitted yet"
        lead += " Blocking findings are listed first."
    elif refused:
        head = f"{refused:,} {of_them} would be rejected by AWS"
        if failed > refused:
            lead += f" {_have(failed - refused, 'more')} blocking findings. They are listed first."
        else:
            lead += " Findings that AWS would reject are listed first."
    elif failed:
        head = f"{_have(failed, of_them)} blocking findings"
        lead += " They are listed first."
    elif summary.warning or summary.info:
        head = "Nothing blocks submission" if submitting else "Nothing that AWS would reject"
    else:
        head = "All opportunities are valid"
    if summary.warning and not failed and not submitting:
        lead += " Check the marked fields before submission."
    if summary.fixable:
        lead += f" {_count(summary.fixable, 'finding')} can be fixed automatically."
    tiles = [
        ("", "opportunities checked", documents),
        ("good", "without blocking findings", documents - failed),
        ("error", "blocking findings", summary.error),
        ("warning", "to check", summary.warning),
        ("info", "notes", summary.info),
    ]
    shown = "".join(
        f'<div class="{kind if number else ""}"><dt>{label}</dt><dd>{number:,}</dd></div>\n'
        for kind, label, number in tiles
    )
    links = _LINKS if summary.worst() else ""
    return (
        f'<header class="top">\n<h1>{head}</h1>\n<p class="lead">{lead}</p>\n'
        f'<dl class="tiles">\n{shown}</dl>\n{links}</header>\n'
    )


def _have(number: int, words: str) -> str:
    return f"{number:,} {words} {'has' if number == 1 else 'have'}"


# --- opportunities --------------------------------------------------------------------------


def _opportunities(found: Iterable[Opportunity], rules: Rules) -> str:
    boxes = "".join(
        f'<label><input type="checkbox" name="severity" value="{severity}" checked> {word}</label>\n'
        for severity, word in _WORDS.items()
    )
    articles = "".join(_article(opportunity, number, rules) for number, opportunity in enumerate(found, 1))
    return (
        f'<section id="opportunities" aria-labelledby="what">\n<h2 id="what">What to do</h2>\n'
        f"{_FILTERS.format(boxes=boxes)}{articles}</section>\n"
    )


def _article(opportunity: Opportunity, number: int, rules: Rules) -> str:
    counts = opportunity.counts
    name = opportunity.name or f"Opportunity {opportunity.index + 1}"
    heading = " · ".join(_text(part) for part in (name, *opportunity.about))
    worst = min(counts, key=_RANK.__getitem__)
    refused = opportunity.refused(rules.builtin)
    others = counts["error"] - refused
    said = [
        f"{refused:,} to correct before AWS accepts it" if refused else "",
        f"{others:,} {'more ' if refused else ''}to correct" if others else "",
        f"{counts['warning']:,} to check" if counts["warning"] else "",
        _count(counts["info"], "note") if counts["info"] else "",
    ]
    verdict = ", ".join(filter(None, said))
    items = sorted(opportunity.found, key=lambda item: _RANK[item[0].severity])
    findings = "".join(_finding(finding, excerpt, rules) for finding, excerpt in items)
    return (
        f'<article class="{worst}" aria-labelledby="o{number}">\n'
        f'<header>\n<h3 id="o{number}">{heading}</h3>\n'
        f'<p>{_text(opportunity.file)}{_row(opportunity)}</p>\n<p class="verdict">{verdict}</p>\n</header>\n'
        f'<ol class="findings">\n{findings}</ol>\n</article>\n'
    )


def _row(opportunity: Opportunity) -> str:
    """Return the row of a sheet; findings about its header are those of the first row below it, too."""
    cells = [finding.cell for finding, _ in opportunity.found if finding.cell is not None]
    if not cells:
        return ""
    last = max(cells, key=lambda cell: cell.row)
    return _text(f", sheet {last.sheet}, row {last.row:,}" if last.sheet else f", row {last.row:,}")


def _finding(finding: Finding, excerpt: str, rules: Rules) -> str:
    rule = rules.enabled.get(finding.rule)
    line = f"line {finding.line:,}, " if finding.line else ""
    label, word = _text(field_label(finding.pointer)), _word(finding, rules.builtin)
    place = label
    if (cell := finding.cell) is not None:
        line = f"cell {cell}, " if cell.column else f"{cell}, "
        place = f"{_text(cell.header)}, cell {_text(cell.name)}" if cell.header else label
    parts = [
        f'<p class="field"><span class="tag {finding.severity}">{word}</span> {place}</p>',
        f"<p>{_text(finding.message)}</p>",
    ]
    if todo := _todo(finding):
        parts.append(f'<p class="todo"><b>What to do:</b> {todo}</p>')
    parts += [f'<p class="source">Other document: {_text(_place_of(other))}</p>' for other in finding.related]
    more = [f'<p class="why">{_text(rule.why)}</p>'] if rule is not None else []
    if rule is not None and (url := rule.source.get("url")):
        page = _text(str(rule.source.get("page", "Source")))
        more.append(f'<p class="source"><a href="{_text(url)}">{page}</a></p>')
    source = f"{line}{finding.pointer or 'the whole document'}, rule {finding.rule} {finding.name}"
    more.append(f'<p class="source">{_text(source)}</p>')
    if excerpt:
        more.append(f'<pre tabindex="0">{escape(excerpt)}</pre>')
    inside = "\n".join(more)
    parts.append(f"<details><summary>Why, and where in the file</summary>\n{inside}\n</details>")
    body = "\n".join(parts)
    about = f'data-severity="{finding.severity}" data-field="{_text(field_label(_general(finding.pointer)))}"'
    return f'<li class="finding" {about}>\n{body}\n</li>\n'


def _word(finding: Finding, builtin: Mapping[str, Rule]) -> str:
    """Return the consequence of a finding for its document's operation."""
    if finding.severity == "error" and finding.rule not in builtin:
        return "Violates a company rule"
    if finding.severity == "error" and finding.operation == "submit":
        return "Blocks submission"
    if finding.operation in ("create", "update") and aws_refuses(finding, builtin):
        return "AWS would reject this request"
    return _WORDS[finding.severity]


def _place_of(place: Location) -> str:
    line = f", line {place.line:,}" if place.line else ""
    if place.cell is not None:
        return f"{place.file}, cell {place.cell}"
    return f"{place.file}, opportunity {place.document_index + 1}{line}"


def _todo(finding: Finding) -> str:
    if finding.fix is None:
        return _sentence(finding.suggestion) if finding.suggestion else ""
    todo = _sentence(finding.fix.description)
    if finding.suggestion and finding.suggestion not in finding.fix.description:
        todo += f" {_sentence(finding.suggestion)}"
    return todo


def _urgency(opportunity: Opportunity) -> tuple[int, ...]:
    """Return the sort key: blocking findings first; the sort is stable."""
    return tuple(-opportunity.counts[severity] for severity in _WORDS)


def _about(value: Any) -> list[str]:
    """Return the customer and the project of a document whose values may be shown."""
    texts = []
    for way in (("Customer", "Account", "CompanyName"), ("Project", "Title")):
        found = get(value, way)
        if isinstance(found, str) and found:
            texts.append(found)
    return texts


# --- charts ---------------------------------------------------------------------------------


def _charts(findings: Sequence[Finding]) -> str:
    rules = _rows(findings, lambda finding: (title(finding.name), finding.name))
    fields = _rows(findings, lambda finding: (field_label(_general(finding.pointer)),) * 2)
    key = "".join(
        f'<li><svg viewBox="0 0 12 12" aria-hidden="true">'
        f'<rect class="{severity}" width="12" height="12"/></svg>{word}</li>'
        for severity, word in _WORDS.items()
    )
    return (
        f'<section aria-labelledby="numbers">\n<h2 id="numbers">In numbers</h2>\n'
        f'<ul class="key">{key}</ul>\n'
        f"{_chart('Findings by rule', 'Rule', rules)}{_chart('Findings by field', 'Field', fields)}"
        "</section>\n"
    )


def _rows(findings: Iterable[Finding], name: Any) -> list[ChartRow]:
    rows: dict[tuple[str, str], Counter[str]] = {}
    for finding in findings:
        rows.setdefault(name(finding), Counter())[finding.severity] += 1
    made = [ChartRow(label, search, counts) for (label, search), counts in rows.items()]
    return sorted(made, key=lambda row: (-row.counts.total(), row.label))


def _chart(heading: str, column: str, rows: Sequence[ChartRow]) -> str:
    heads = "".join(f'<th scope="col">{word}</th>' for word in (*_COLUMNS.values(), "All"))
    body = "".join(_table_row(row) for row in rows)
    caption = heading if len(rows) <= BARS else f"{heading}, top {BARS}"
    all_of_them = f"All {_count(len(rows), column.lower())}" if len(rows) > 1 else heading
    return (
        f'<figure class="chart">\n<div>\n<figcaption>{caption}</figcaption>\n'
        f'{_bars(caption, rows[:BARS])}</div>\n<div class="scroll">'
        f"<table><caption>{all_of_them}</caption>\n"
        f'<thead><tr><th scope="col">{column}</th>{heads}</tr></thead>\n'
        f"<tbody>\n{body}</tbody></table></div>\n</figure>\n"
    )


def _table_row(row: ChartRow) -> str:
    numbers = [*(row.counts[severity] for severity in _WORDS), row.counts.total()]
    cells = "".join(f"<td>{number:,}</td>" if number else '<td class="none">0</td>' for number in numbers)
    search = _text(row.search)
    return f'<tr><th scope="row" data-search="{search}">{_text(row.label)}</th>{cells}</tr>\n'


def _bars(caption: str, rows: Sequence[ChartRow]) -> str:
    """Draw rows as bars, each with its label above it; the table says the same in words."""
    width, step = 360, 38
    scale = (width - 44) / max(row.counts.total() for row in rows)
    drawn = []
    for index, row in enumerate(rows):
        top, at = index * step, 0.0
        label = row.label if len(row.label) <= 52 else f"…{row.label[-51:]}"
        drawn.append(f'<text x="0" y="{top + 12}">{_text(label)}</text>')
        for severity in _WORDS:
            length = row.counts[severity] * scale
            if length:
                drawn.append(
                    f'<rect class="{severity}" x="{at:.1f}" y="{top + 17}" width="{length:.1f}" height="13"/>'
                )
            at += length
        drawn.append(f'<text class="count" x="{at + 6:.1f}" y="{top + 28}">{row.counts.total():,}</text>')
    about = f'role="img" aria-label="{_text(caption)}; the table has the numbers"'
    shapes = "\n".join(drawn)
    return f'<svg viewBox="0 0 {width} {len(rows) * step}" {about}>\n{shapes}\n</svg>\n'


# --- words ----------------------------------------------------------------------------------


def field_label(pointer: str) -> str:
    """Name a field for people: `/Customer/Contacts/0/Email` is Customer › Contacts 1 › Email."""
    label: list[str] = []
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if name.isdecimal() and label:
            label[-1] += f" {int(name) + 1}"
        else:
            label.append(_CAPITAL.sub(" ", name))
    return " › ".join(label) or "The whole document"


def _general(pointer: str) -> str:
    """Remove the indexes of list items."""
    return "/".join(step for step in pointer.split("/") if not step.isdecimal())


def _count(number: int, word: str) -> str:
    plural = f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"
    return f"{number:,} {word if number == 1 else plural}"


def _sentence(text: str) -> str:
    return _text(text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else "."))


def _text(text: str) -> str:
    return escape(printable(text))


def _asset(name: str) -> str:
    path = os.path.join(os.path.dirname(__file__), name)  # noqa: PTH118, PTH120 - resources.py
    with open(path, encoding="utf-8") as file:  # noqa: PTH123 - as above
        return file.read()


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
