"""Compare opvalidate's verdicts with those of two validators that share no code with it, on many documents.

`python scripts/second_opinion.py` evaluates 100,000 generated and mutated documents with `jsonschema`, and
with ajv if `make test` could install it. Both read the output of `opvalidate rules export`. The validators
and the findings must name the same rules. The fast check must accept no document with a finding (it may send
a clean one to the full diagnosis). Each rule must be violated by a document. A document with different
verdicts is reduced as far as possible and printed. Figures: docs/assurance.md.
"""

from __future__ import annotations

import argparse
import copy
import json
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator

from opvalidate.analysis.examples import TODAY, document
from opvalidate.documents.document import Document
from opvalidate.documents.normalize import without_nulls
from opvalidate.engine.checker import Checker, Settings
from opvalidate.engine.compiled_operation import CompiledRule
from opvalidate.engine.diagnosis import Diagnosis
from opvalidate.engine.export import STRUCTURE, export
from opvalidate.engine.second_opinion import field_of, reads_any
from opvalidate.ruleset.load import load
from opvalidate.ruleset.rule import OPERATIONS
from opvalidate.schema.fields import fields
from opvalidate.schema.fields import load as load_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from opvalidate.ruleset.rule import Operation, RuleSet

    Names = frozenset[str]

#: Rules that another one hides in each document of these operations: a currency with other than two
#: decimals is an error itself, and so is a Closed Lost opportunity in a submission.
HIDDEN: dict[str, Collection[str]] = {"OPV520": OPERATIONS, "OPV521": OPERATIONS, "OPV702": ["submit"]}

#: Values that are wrong nearly everywhere, in ways that implementations differ about.
UNUSUAL = (
    *(None, True, False, 0, 1, 1.0, -1, 1.5, 10**20, [], [None], ["x"], ["x", "x"], [1, 1.0, True], [[]]),
    *({}, {"x": 1}, {"Amount": "1"}, [{}] * 12),
    *("", " ", "x", "X", "\u212a", "\u017f", "é" * 300, "ab" * 150, "1", "1.0", "0.000", "١٢", "🙂" * 10),
    *("a\n", "a\r", "a\u2028", "a\u0085b", "\ufefftbd", "2027-02-30", "Yes", "No", "US"),
)


class Documents:
    """Documents of one operation: the examples of all rules, crossed with each other and mutated."""

    def __init__(self, ruleset: RuleSet, operation: Operation, seed: int) -> None:
        self.random = random.Random(f"{seed} {operation}")  # noqa: S311 - reproducible, not secret
        self.seeds = list(_examples(ruleset, operation))
        self.random.shuffle(self.seeds)
        self.values: dict[tuple[str, ...], list[Any]] = {}
        for value in self.seeds:
            for path, inner in _walk(value):
                self.values.setdefault(_shape(path), []).append(inner)
        names = ["create", "record"] if operation == "submit" else [operation]
        for field in (field for name in names for field in fields(load_schema(name)).values()):
            shape = tuple(
                "[]" if step == "[]" else step for step in field.path.replace("[]", ".[]").split(".")
            )
            self.values.setdefault(shape, []).extend(field.enum or ())
        self.pools = {shape: _distinct(values) for shape, values in self.values.items()}

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for value in self.seeds:
            yield without_nulls(value)
        while True:
            value = copy.deepcopy(self.random.choice(self.seeds))
            for _ in range(self.random.choice((1, 1, 2, 2, 3, 5, 8))):
                self.change(value)
            yield without_nulls(value)

    def change(self, value: dict[str, Any]) -> None:
        """Change one place: most often to a value that an example or the schema has there."""
        choose = self.random.choice
        if self.random.random() < 0.5:  # a place of one of the documents, whether this one has it or not
            shape = choose([shape for shape, pool in self.pools.items() if pool])
            if "[]" not in shape:
                _put(value, shape, copy.deepcopy(choose(self.pools[shape])))
                return
        places = [(holder, key, path) for holder, key, path in _places(value, ())]
        if not places:
            return
        holder, key, path = choose(places)
        before = holder[key]
        match choose(("known", "known", "known", "remove", "unusual", "text", "more")):
            case "known":
                holder[key] = copy.deepcopy(choose(self.pools.get(_shape(path)) or UNUSUAL))
            case "remove":
                del holder[key]
            case "text" if isinstance(before, str):
                holder[key] = choose(
                    (
                        before + "\n",
                        before + " ",
                        " " + before,
                        before * 2,
                        before[:-1],
                        before.upper(),
                        before.lower(),
                    )
                )
            case "more" if isinstance(before, list):
                before.extend(copy.deepcopy(choose((before, before * 11, [choose(UNUSUAL)]))))
            case "more" if isinstance(before, dict):
                before["NoSuchField"] = copy.deepcopy(choose(UNUSUAL))
            case _:
                holder[key] = copy.deepcopy(choose(UNUSUAL))


def _examples(ruleset: RuleSet, operation: Operation) -> Iterator[dict[str, Any]]:
    accepted = ("create", "submit") if operation == "submit" else (operation,)
    yield document(operation, {})
    if operation == "submit":
        yield document("record", {})
    for rule in ruleset.rules:
        if rule.severity.keys().isdisjoint(OPERATIONS) or rule.layouts:
            continue  # its examples are other payloads, or rows of a sheet
        for example in (*rule.examples["fail"], *rule.examples["pass"]):
            if "text" in example or example.get("operation", operation) not in accepted:
                continue
            for patch in example.get("documents", [example]):
                yield document(operation, patch)


def _shape(path: tuple[str | int, ...]) -> tuple[str, ...]:
    return tuple("[]" if isinstance(step, int) else step for step in path)


def _distinct(values: list[Any]) -> list[Any]:
    return list({json.dumps(value, sort_keys=True): value for value in values}.values())


def _walk(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    for holder, key, below in _places(value, path):
        yield below, holder[key]


def _places(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[Any, Any, tuple[str | int, ...]]]:
    for key, inner in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        yield value, key, (*path, key)
        yield from _places(inner, (*path, key))


def _put(value: dict[str, Any], shape: tuple[str, ...], inner: Any) -> None:
    for step in shape[:-1]:
        below = value.setdefault(step, {})
        if not isinstance(below, dict):
            return
        value = below
    value[shape[-1]] = inner


# --- verdicts -----------------------------------------------------------------------------------


class Engine:
    """opvalidate's verdicts: the fast check, and the findings."""

    def __init__(self, ruleset: RuleSet, operation: Operation, schema: dict[str, Any]) -> None:
        exported = {part["$comment"] for part in schema["allOf"]}
        self.rules = {
            rule.name: rule for rule in ruleset.rules if rule.id in exported or rule.evaluated_by == "schema"
        }
        self.structural = {rule.id for rule in ruleset.rules if rule.evaluated_by == "schema"}
        self.operation = operation
        self.checker = Checker.of(ruleset, self.rules, Settings(operation, TODAY))
        self.compiled = [
            CompiledRule(rule, ruleset.tables)
            for rule in self.rules.values()
            if rule.evaluated_by == "conditions"
        ]

    def __call__(self, value: dict[str, Any]) -> tuple[bool, Names, Names]:
        """Return the fast check's verdict, the rules with findings, and those omitted for another finding.

        Rules on a field with a structural finding are not evaluated, nor is a rule whose conditions read a
        field with an error.
        """
        compiled, context = self.checker.compiled_for(self.operation), self.checker.context(value)
        findings = Diagnosis(compiled, Document(value), self.operation, context).findings()
        found = {STRUCTURE if finding.rule in self.structural else finding.rule for finding in findings}
        errors = [(f.rule, field_of(f.pointer)) for f in findings if f.severity == "error"]
        omitted = {
            rule.rule.id
            for rule in self.compiled
            if (STRUCTURE in found or reads_any(rule.rule, errors))
            and any(True for _ in rule.violations(context))
        } - found
        return compiled.is_clean(value, context.today, context.record), frozenset(found), frozenset(omitted)


def reference(schema: dict[str, Any]) -> Callable[[Any], Names]:
    """Return `jsonschema`'s verdict: the parts of the export that a document violates."""
    parts = [(part["$comment"], Draft202012Validator(part)) for part in schema["allOf"]]
    return lambda value: frozenset(name for name, part in parts if not part.is_valid(value))


class Ajv:
    """ajv's verdict, from a node process; `where` is a folder that has node_modules/ajv in it."""

    def __init__(self, schema: dict[str, Any], where: Path) -> None:
        node = shutil.which("node")
        assert node
        script = Path(__file__).with_name("ajv_validator.cjs")
        self.names = [part["$comment"] for part in schema["allOf"]]
        self.process = subprocess.Popen(  # noqa: S603 - our own script
            [node, script, where], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        self._write(schema)

    def __call__(self, value: Any) -> Names:
        """Return the parts that a document violates."""
        self._write(value)
        assert self.process.stdout
        return frozenset(self.names[index] for index in json.loads(self.process.stdout.readline()))

    def close(self) -> None:
        """End the process."""
        self.process.communicate()

    def _write(self, value: Any) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(value) + "\n")
        self.process.stdin.flush()


def ajv_folder() -> Path | None:
    """Return the folder from which node finds ajv, None if node or ajv is not installed.

    It is the virtual environment, where `make test` installs ajv, or the working folder or a parent of it.
    """
    if shutil.which("node") is None:
        return None
    folders = (Path(sys.prefix), Path.cwd(), *Path.cwd().parents)
    return next((folder for folder in folders if (folder / "node_modules" / "ajv").is_dir()), None)


def compare(
    value: dict[str, Any], engine: Engine, validators: dict[str, Callable[[Any], Names]]
) -> tuple[Names, str | None]:
    """Return opvalidate's rules with findings in a document, and how a validator's verdict differs."""
    clean, found, omitted = engine(value)
    if clean and found:
        return found, f"the fast check accepts it, the findings are {sorted(found)}"
    for name, violated_by in validators.items():
        violated = violated_by(value)
        if not found <= violated <= found | omitted:
            more, fewer = sorted(violated - found - omitted), sorted(found - violated)
            return found, f"only {name}: {more}, only opvalidate: {fewer}"
    return found, None


def smallest(value: dict[str, Any], differs: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    """Remove from a document, and from its texts, everything that is not needed for it to differ."""
    smaller: dict[str, Any] | None = value
    while smaller is not None:
        value = smaller
        smaller = next((one for one in _smaller(value) if differs(one)), None)
    return value


def _smaller(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a document without one of its places, then with one text halved or shorter by one character."""
    for path, _ in _walk(value):
        yield _changed(value, path)
    for path, text in _walk(value):
        if isinstance(text, str) and text:
            half = len(text) // 2
            for shorter in dict.fromkeys((text[:half], text[half:], text[1:], text[:-1])):
                if shorter != text:
                    yield _changed(value, path, shorter)


def _changed(value: dict[str, Any], path: tuple[str | int, ...], inner: Any = None) -> dict[str, Any]:
    changed = copy.deepcopy(value)
    holder: Any = changed
    for step in path[:-1]:
        holder = holder[step]
    if inner is None:
        del holder[path[-1]]
    else:
        holder[path[-1]] = inner
    return changed


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--operation", choices=OPERATIONS, action="append", help="only documents of this one")
    parser.add_argument("--counts", action="store_true", help="print how many documents violate each rule")
    options = parser.parse_args()
    ruleset, total, differing, unviolated = load(), 0, 0, 0
    where = ajv_folder()
    print("validators: jsonschema" + (", ajv" if where else "; ajv is not installed"))
    for operation in options.operation or OPERATIONS:
        started = time.perf_counter()
        schema = export(ruleset, ruleset.rules, operation)
        engine, ajv = Engine(ruleset, operation, schema), Ajv(schema, where) if where else None
        validators = {"jsonschema": reference(schema)} | ({"ajv": ajv} if ajv else {})
        count, valid, violations = options.documents // len(OPERATIONS), 0, Counter[str]()
        for _, value in zip(range(count), Documents(ruleset, operation, options.seed), strict=False):
            found, reason = compare(value, engine, validators)
            if reason:
                differing += 1
                least = smallest(value, lambda one: compare(one, engine, validators)[1])  # noqa: B023 - called here
                reason = compare(least, engine, validators)[1]
                print(f"{operation}: {reason}\n  {json.dumps(least)}", flush=True)
            valid += not found
            violations.update(found)
        if ajv:
            ajv.close()
        total += count
        seconds = time.perf_counter() - started
        rules = [part["$comment"] for part in schema["allOf"]]
        never = [rule for rule in rules if not violations[rule] and operation not in HIDDEN.get(rule, ())]
        unviolated += len(never)
        rarest, times = min(violations.items(), key=lambda item: item[1])
        print(
            f"{operation}: {count} documents, {valid} of them valid; {len(rules) - 1} rules, "
            f"violated by no document: {', '.join(never) or 'none'}, "
            f"rarest: {rarest} by {times}; {seconds:.0f} s",
            flush=True,
        )
        if options.counts:
            print("  " + ", ".join(f"{rule} {violations[rule]}" for rule in rules), flush=True)
    print(f"{total} documents, {differing} differences")
    return 1 if differing or unviolated else 0


if __name__ == "__main__":
    sys.exit(main())
