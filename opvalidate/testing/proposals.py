"""Rules that good documents have in common, as a pack to choose from.

What all documents of a kind have is proposed: fields that are filled, constants, fewer values than AWS
allows, forms of texts, lengths. Nothing follows from few documents, and nothing is proposed that the built-in
rules say already. Of sensitive fields only lengths are used.
"""

from __future__ import annotations

import copy
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.documents.document import Document
from opvalidate.ruleset.load import PackInvalid, load_builtin
from opvalidate.ruleset.pack import read_packs
from opvalidate.ruleset.rule import DEFAULT_OPERATIONS, OPERATIONS
from opvalidate.schema.fields import fields_of
from opvalidate.testing.generated_examples import flow, generated_example, is_right

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Literal

    from opvalidate.engine.checker import Checker
    from opvalidate.ruleset.rule import Rule, RuleSet
    from opvalidate.schema.fields import Field

MIN_DOCUMENTS = 5
"""Of fewer documents everything is the same by chance."""

MAX_VALUES = 20
_MAX_TOKENS = 12
_OF_AWS = frozenset({"ClientToken", "Id", "Identifier", "Arn", "LastModifiedDate", "CreatedDate"})
_TOKEN = re.compile(r"[A-Z]+|[a-z]+|[0-9]+|.", re.DOTALL)
_SPECIAL = re.compile(r"[\\^$.|?*+()\[\]{}]")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+")


class ProposedTest(NamedTuple):
    """A test that all documents pass: its kind in a word, a message, and a value that passes."""

    field: str
    kind: str
    test: Any
    message: str
    value: Any = None


class ProposedPack(NamedTuple):
    """The text of a pack, and the number of its rules."""

    text: str
    rules: int


class _Seen:
    """What the documents have at one field."""

    def __init__(self) -> None:
        self.count = 0
        self.filled = 0
        self.texts: list[str] = []
        self.lengths: list[int] = []


def propose(
    documents: Mapping[str, Sequence[dict[str, Any]]], checker: Checker, prefix: str = "own"
) -> ProposedPack:
    """Return a pack of what documents without errors have in common, by operation.

    The kinds of opportunity count as one. `prefix` begins the rules' ids and names.
    """
    opportunities = [one for name, some in documents.items() if name in OPERATIONS for one in some]
    kinds: dict[str | None, Sequence[dict[str, Any]]] = {None: opportunities}
    kinds |= {name: some for name, some in documents.items() if name not in OPERATIONS}
    written: list[tuple[str, ProposedTest]] = []
    names: set[str] = set()
    for operation, some in kinds.items():
        if len(some) < MIN_DOCUMENTS:
            continue
        for proposal in _proposals(some, operation, checker):
            name = _name(prefix, proposal, names)
            written.append((_rule_text(proposal, name, operation, len(some)), proposal))
    proved = _proved(written, prefix)
    title = flow({"title": f"Rules proposed from documents: keep what you mean, and say why ({prefix})"})
    return (
        ProposedPack(f"{title[1:-1]}\nrules:\n" + "\n".join(proved), len(proved))
        if proved
        else ProposedPack("", 0)
    )


def _proposals(
    documents: Sequence[dict[str, Any]], operation: str | None, checker: Checker
) -> Iterator[ProposedTest]:
    known: dict[str, Field] = {}
    for name in (operation,) if operation else ("create", "update", "record"):
        for path, field in fields_of(name).items():
            known.setdefault(path, field)
    seen: dict[str, _Seen] = defaultdict(_Seen)
    for document in documents:
        _collect(document, "", seen)
    for path, field in known.items():
        found = seen.get(path)
        if operation is None and not _operations(path):
            continue
        if found is None or path.rpartition(".")[2] in _OF_AWS or field.type == "object":
            continue
        wanted = seen[path[: path.rindex("[]") + 2]].count if "[]" in path else len(documents)
        is_always = found.filled == wanted and wanted >= MIN_DOCUMENTS and not path.endswith("[]")
        if is_always and not _is_required(path, documents[0], checker):
            yield ProposedTest(path, "required", "filled", f"{_last(path)} is required.")
        if len(found.texts) >= MIN_DOCUMENTS and field.sensitive:
            yield from _length(path, field, found.texts)
        elif len(found.texts) >= MIN_DOCUMENTS:
            yield from _value_proposals(path, field, found.texts, checker)
        elif field.type == "array" and len(found.lengths) >= MIN_DOCUMENTS and min(found.lengths) > 1:
            least = min(found.lengths)
            yield ProposedTest(
                path, "items", {"minItems": least}, f"{_last(path)} must have at least {least} items."
            )


def _collect(value: Any, path: str, seen: dict[str, _Seen]) -> None:
    one = seen[path]
    one.count += 1
    one.filled += value is not None and not (isinstance(value, str) and not value.strip()) and value != []
    if isinstance(value, dict):
        for name, inner in value.items():
            if isinstance(name, str):
                _collect(inner, f"{path}.{name}" if path else name, seen)
    elif isinstance(value, list):
        one.lengths.append(len(value))
        for item in value:
            _collect(item, f"{path}[]", seen)
    elif isinstance(value, str) and value:
        one.texts.append(value)


def _is_required(path: str, document: dict[str, Any], checker: Checker) -> bool:
    """Whether a document without the field has a new error already."""
    before = _errors(document, checker)
    bare = copy.deepcopy(document)
    inner: Any = bare
    *parents, last = path.replace("[]", ".[]").split(".")
    for step in parents:
        inner = inner[0] if step == "[]" and inner else inner.get(step) if isinstance(inner, dict) else None
        if not inner:
            return False
    if isinstance(inner, dict):
        inner.pop(last, None)
    return bool(_errors(bare, checker) - before)


def _errors(document: dict[str, Any], checker: Checker) -> set[tuple[str, str]]:
    findings = checker.evaluate(Document(document)).findings
    return {(one.rule, one.pointer) for one in findings if one.severity == "error"}


def _value_proposals(
    path: str, field: Field, texts: Sequence[str], checker: Checker
) -> Iterator[ProposedTest]:
    """Yield what the values of a field have in common: the strongest that holds."""
    values = sorted(set(texts))
    allowed = _allowed(field, checker)
    name = _last(path)
    if len(values) == 1:
        if allowed is None or len(allowed) > 1:
            yield ProposedTest(
                path, "value", {"const": values[0]}, f"{name} must be {values[0]}."[:400], values[0]
            )
        return
    is_listed = allowed is not None and len(values) < len(allowed) and len(texts) >= 3 * len(values)
    if len(values) <= MAX_VALUES and (is_listed or (allowed is None and len(texts) >= 5 * len(values))):
        listed = ", ".join(values)
        message = f"{name} must be one of {listed}."
        yield ProposedTest(
            path,
            "values",
            {"enum": values},
            message if len(message) <= 400 else f"We do not use this {name}.",
        )
        return
    if allowed is not None or name.endswith("Date") or _has_form(field):
        return
    pattern = _pattern(values)
    if pattern is not None:
        yield ProposedTest(
            path, "form", {"pattern": pattern}, f"{name} must have the form of {values[0]}."[:400], values[0]
        )
    else:
        yield from _length(path, field, texts)


def _allowed(field: Field, checker: Checker) -> Sequence[str] | None:
    """Return the picklist of a field, AWS's or that of a built-in rule."""
    if field.enum is not None:
        return field.enum
    tables = [table for table in checker.ruleset.tables.values() if field.path in table.fields]
    return next((table.values or tuple(table.entries) for table in tables), None)


def _has_form(field: Field) -> bool:
    """Whether AWS's own pattern is about more than lengths and line breaks."""
    return field.pattern is not None and re.search(field.pattern, "Aa 0-") is None


def _operations(field: str) -> list[str]:
    """Return the operations of opportunities that have a field: submit takes create requests and records."""
    has = {name: field in fields_of(name) for name in ("create", "update", "record")}
    has["submit"] = has["create"] and has["record"]
    return [name for name in DEFAULT_OPERATIONS if has[name]]


def _pattern(values: Sequence[str]) -> str | None:
    """Return the pattern of texts of one form: CRM-0001 and CRM-0112 are CRM-[0-9]{4}."""
    rows = [_TOKEN.findall(value) for value in values]
    if len({len(row) for row in rows}) != 1 or not 1 < len(rows[0]) <= _MAX_TOKENS or len(values) < 3:
        return None
    written = []
    for tokens in zip(*rows, strict=True):
        classes = {_class(token) for token in tokens}
        if len(classes) != 1:
            return None
        if len(set(tokens)) == 1:
            written.append(_SPECIAL.sub(r"\\\g<0>", tokens[0]))
            continue
        lengths = sorted({len(token) for token in tokens})
        count = f"{lengths[0]}" if len(lengths) == 1 else f"{lengths[0]},{lengths[-1]}"
        written.append(f"{classes.pop()}{{{count}}}")
    return "".join(written)


def _class(token: str) -> str:
    if token.isascii():
        for name in ("[A-Z]", "[a-z]", "[0-9]"):
            if re.fullmatch(f"{name}+", token):
                return name
    return token


def _length(path: str, field: Field, texts: Sequence[str]) -> Iterator[ProposedTest]:
    """Yield the lengths of texts of several words, in round numbers."""
    if not all(" " in text for text in texts):
        return
    least, most = min(map(len, texts)), max(map(len, texts))
    test = {}
    if least // 10 * 10 > max(field.min_length or 0, 1):
        test["minLength"] = least // 10 * 10
    if field.max_length is None or (-most // 50 * -50) < 0.8 * field.max_length:
        test["maxLength"] = -most // 50 * -50
    if test:
        bounds = [
            f"{word} {test[key]}"
            for key, word in (("minLength", "at least"), ("maxLength", "at most"))
            if key in test
        ]
        yield ProposedTest(
            path, "length", test, f"{_last(path)} must have {' and '.join(bounds)} characters."
        )


# --- the text -----------------------------------------------------------------------------------


def _last(path: str) -> str:
    return path.replace("[]", "").rpartition(".")[2]


def _name(prefix: str, proposal: ProposedTest, names: set[str]) -> str:
    steps = proposal.field.replace("[]", "").split(".")
    for count in range(1, len(steps) + 1):
        words = [word.lower() for step in steps[-count:] for word in _WORD.findall(step)]
        name = "-".join([prefix, *words, proposal.kind])[:80].strip("-")
        if name not in names:
            break
    names.add(name)
    return name


def _rule_text(proposal: ProposedTest, name: str, operation: str | None, count: int) -> str:
    operations = [operation] if operation else _operations(proposal.field)
    is_default = operations == [*DEFAULT_OPERATIONS]
    lines = [
        f"  name: {name}",
        "  severity: warning",
        *(() if is_default else (f"  operations: {flow(operations)}",)),
        f"  require: {flow({proposal.field: proposal.test})}",
        f"  message: {flow(proposal.message)}",
        f"  why: All {count} documents that this rule was proposed from are like this.",
        f"  source: {{evidence: advice, note: proposed from {count} documents}}",
    ]
    return "\n".join(lines)


def _proved(written: Sequence[tuple[str, ProposedTest]], prefix: str) -> list[str]:
    """Return the rules with examples that do what they should; a rule without such is left out."""
    known = load_builtin()
    letters = re.sub("[^A-Z]", "", prefix.upper())[:10]
    proved: list[str] = []
    for body, proposal in written:
        text = f"- id: {letters if len(letters) > 1 else 'OWN'}{len(proved) + 1:03}\n{body}"
        ruleset = _loaded(text + "\n  examples: {fail: [{}], pass: [{}]}\n", known)
        rule = ruleset and next((rule for rule in ruleset.rules if rule.file == _FILE), None)
        if ruleset is None or rule is None:
            continue
        rule = rule._replace(examples={})
        place = proposal.field.replace("[]", "[0]")
        fail = _example(ruleset, rule, "fail", {place: None})
        passing = _example(ruleset, rule, "pass", {place: proposal.value} if proposal.value else {})
        if fail is not None and passing is not None:
            proved.append(f"{text}\n  examples:\n    fail: [{flow(fail)}]\n    pass: [{flow(passing)}]\n")
    return proved


def _example(
    ruleset: RuleSet, rule: Rule, kind: Literal["fail", "pass"], simple: dict[str, Any]
) -> dict[str, Any] | None:
    """Return the simple example if it does what it should, otherwise one that is found."""
    return simple if is_right(ruleset, rule, kind, simple) else generated_example(ruleset, rule, kind)


_FILE = "proposed"


def _loaded(text: str, known: RuleSet) -> RuleSet | None:
    try:
        return read_packs([_FILE], known, {_FILE: text.encode()})
    except PackInvalid:
        return None
