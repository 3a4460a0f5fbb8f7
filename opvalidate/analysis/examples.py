"""The documents of the examples that stand in rules, and what a rule finds in them."""

from __future__ import annotations

import copy
import itertools
import os
from typing import TYPE_CHECKING, Any

from opvalidate import resources
from opvalidate.documents.document import Document
from opvalidate.engine.checker import Checker, Settings
from opvalidate.engine.run import Run
from opvalidate.paths import parse_place
from opvalidate.ruleset.rule import OPERATIONS
from opvalidate.ruleset.select import find
from opvalidate.suggest import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from opvalidate.engine.run import Screen
    from opvalidate.finding import Finding
    from opvalidate.ruleset.rule import Rule, RuleSet

    #: From an example to what marks its accepted findings, and what is found about suppressions at the end.
    MakeScreening = Callable[
        [Checker, RuleSet, dict[str, Any]], tuple[Screen | None, Callable[[], list[Finding]]]
    ]

#: What an example may hold beside fields (which start with a capital).
SETTINGS = (
    "operation", "today", "record", "profile", "submission", "documents", "nulls", "text", "syntax",
    "beside", "suppress", "fixed",
)  # fmt: skip

#: The day of examples that do not say another: their outcome must not change with the calendar.
TODAY = "2026-11-23"


def findings(
    ruleset: RuleSet,
    rule: Rule,
    operation: str,
    example: dict[str, Any],
    screening: MakeScreening | None = None,
) -> list[Finding]:
    """Return what an example gives with one rule alone in force, or with those that it names beside it.

    Without `screening`, comments and the example's `suppress` accept nothing.

    Raises ValueError for an example that cannot be made.
    """
    checker = checker_of(ruleset, rule, operation, example)
    if "text" in example:
        from opvalidate.read import read_bytes

        documents = list(read_bytes(example["text"].encode(), syntax=example.get("syntax", "json")))
    elif "documents" in example:
        documents = [
            Document(document(patch.get("operation", operation), patch)) for patch in example["documents"]
        ]
    else:
        documents = [Document(document(operation, example))]
    record = document("record", example["record"]) if "record" in example else None
    screen, unused = screening(checker, ruleset, example) if screening else (None, list)
    run = Run(checker, lambda _: record, screen)
    found = [finding for one in documents for finding in run.check(one).findings] + run.finish()
    return [finding for finding in found + unused() if not finding.suppressed]


def checker_of(ruleset: RuleSet, rule: Rule, operation: str, example: Mapping[str, Any]) -> Checker:
    """Return the checker of an example: with its rule, those that it names, and its settings."""
    settings = Settings(
        operation, example.get("today", TODAY), example.get("profile"), example.get("submission")
    )
    rules = [rule, *(find(ruleset, name) for name in example.get("beside", ()))]
    if rule.layouts and "text" not in example:
        settings = settings._replace(layout=rule.layouts[0])
    return Checker.of(ruleset, {one.name: one for one in rules}, settings)


def document(operation: str, patch: dict[str, Any]) -> dict[str, Any]:
    """Return the known good document of `operation` with a patch laid over it; null removes.

    Keys are dotted paths, list items by number (`Customer.Contacts[0].Email`). Raises ValueError
    for a key that is neither a path nor a setting.
    """
    from opvalidate.native import orjson

    name = "create" if operation == "submit" else operation if operation in OPERATIONS else "payloads"
    path = os.path.join(resources.directory("rules"), "base", name + ".json")  # noqa: PTH118 - resources.py
    with open(path, "rb") as stream:  # noqa: PTH123 - as above
        good = orjson.loads(stream.read())
    return patched(good[operation] if name == "payloads" else good, patch)


def patched(document: Mapping[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of a document with a patch laid over it; the settings in it change nothing."""
    value = copy.deepcopy(dict(document))
    for key, wanted in patch.items():
        if key[:1].isupper():
            _set(value, key, wanted)
        elif key not in SETTINGS:
            near = nearest(key, SETTINGS)
            raise ValueError(
                f"{key} is neither a field nor a setting" + (f": did you mean {near.text}?" if near else "")
            )
    for key in patch.get("nulls", ()):
        _set(value, key, None, remove=False)
    return value


def _set(value: Any, key: str, wanted: Any, *, remove: bool = True) -> None:
    steps = parse_place(key)
    removed = wanted is None and remove
    for step, following in itertools.pairwise(steps):
        _expect_place(value, step, key)
        if isinstance(step, str) and not isinstance(value.get(step), dict | list):
            if removed:
                return
            value[step] = [] if isinstance(following, int) else {}
        value = value[step]
    last = steps[-1]
    if isinstance(value, list) and last == len(value) and not removed:
        value.append(copy.deepcopy(wanted))
        return
    _expect_place(value, last, key)
    if not removed:
        value[last] = copy.deepcopy(wanted)
    elif isinstance(last, int):
        del value[last]
    else:
        value.pop(last, None)


def _expect_place(value: Any, step: str | int, key: str) -> None:
    """Raise ValueError for the path of an example that leads into something it cannot."""
    if not isinstance(value, dict if isinstance(step, str) else list):
        expected = "an object" if isinstance(step, str) else "a list"
        raise ValueError(f"{key}: the value that contains {step} is not {expected}")  # noqa: TRY004 - reported like the others
    if isinstance(step, int) and step >= len(value):
        raise ValueError(f"{key}: the list has {len(value)} items, the first is number 0")
