"""Cells of documents with the usual mistakes."""

from __future__ import annotations

import random

import orjson
from evaluation import BUILTIN

from opvalidate.engine.run import Run
from opvalidate.read import read_bytes
from opvalidate.testing import case, opportunities


def cells(seed, count):
    """Return cells: valid documents, invalid ones, duplicates, lists, text that is not JSON, and None."""
    source = random.Random(seed)
    rules = [rule.name for rule in BUILTIN.rules if rule.name not in LEFT_OUT]
    made = []
    for number in range(count):
        kind = source.choice(("good", "good", "broken", "text", "again", "list", "null"))
        if kind == "good":
            operation = source.choice(("create", "update", "record"))
            made.append(orjson.dumps(next(opportunities(source.randrange(99), 1, operation))))
        elif kind == "broken":
            one = case(source.choice(rules), number)
            made += [one.text] if one.text is not None else map(orjson.dumps, one.documents)
        elif kind == "text":
            made.append(source.choice(TEXTS_OF_NO_USE))
        elif kind == "again":
            made.append((source.choice(made or [b""]) or b"{}").replace(b"Factory", b"Office"))
        elif kind == "list":
            made.append(
                b"[" + b", ".join(one or b"{}" for one in source.choices(made or [b"{}"], k=3)) + b"]"
            )
        else:
            made.append(None)
    return made


#: Rules that no document can break, and one whose text is nine million bytes.
LEFT_OUT = {
    "rule-failed", "unused-suppression", "suppression-expired", "invalid-suppression", "too-large",
    "currency-decimals", "spend-currency-decimals", "opinions-differ", "opportunity-not-in-run",
    "start-before-associate",
}  # fmt: skip
TEXTS_OF_NO_USE = [
    b"", b" ", b"{", b"[]", b"[[[", b"3", b"null", b'"x"', b'{"Catalog": "AWS", "Catalog": "AWS"}', b"\xff{}",
    b"\xef\xbb\xbf{}", b'{"Project": {"Title": "\\ud800"}}', b'{"Project": {"Title": NaN}}', b"{}\n{}", b'{"a": 1e999}',
]  # fmt: skip


def expected(cells, checker, *, batch):
    """Return a run's findings in the cells' documents, and those of each cell without a document."""
    run = Run(checker)
    found = []
    for cell in cells:
        documents = list(read_bytes(cell or b"", syntax="json"))
        findings = [finding for one in documents for finding in run.check(one).findings]
        found.append(findings if documents else Run(checker).finish())
    if batch and run.tally.documents:
        found.append(run.finish())
    return [[finding.to_json() for finding in findings] for findings in found]
