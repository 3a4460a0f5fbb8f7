"""Rules and tables, as they are after their pack was read and validated."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Literal, TypeAlias

    Severity: TypeAlias = Literal["error", "warning", "info"]
    #: One of `OPERATIONS`, or the API operation of another payload (`AssociateOpportunity`).
    Operation: TypeAlias = str
    EvaluatedBy: TypeAlias = Literal["conditions", "schema", "text", "engine"]
    #: A field test as the pack has it: a presence word, or JSON Schema keywords and ours.
    RawTest: TypeAlias = str | dict[str, Any] | list[Any]
    #: Field path → test; `anyOf`, `allOf`, `xor` hold a list of conditions, `not` one.
    Condition: TypeAlias = dict[str, Any]

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
OPERATIONS: tuple[Operation, ...] = ("create", "update", "submit", "record")
"""What an opportunity can be for."""

#: The operations of a rule that does not name any.
DEFAULT_OPERATIONS: tuple[Operation, ...] = ("create", "update", "submit")

#: The evidence for a rule, the strongest first.
EVIDENCE = ("model", "documented", "sample", "answered", "reported", "advice")

#: Evidence that AWS itself refuses what a rule forbids, as opposed to what integrators report or we advise.
AWS_EVIDENCE = frozenset(EVIDENCE[:4])


class ClauseMessage(NamedTuple):
    """The message of one clause: of the test of a field, or of conditions, under `require` or `forbid`."""

    clause: str
    field: str
    test: RawTest
    message: str


class Rule(NamedTuple):
    """One constraint, as its pack declares it.

    `severity` has an entry for each operation the rule applies to. `evaluated_by` says what evaluates it:
    the rule's own conditions, the operation's JSON Schema, the reader of the text, or the engine.
    With a `share` (`5%`), at most this share of the documents of a run may violate the rule.
    A rule with `layouts` holds only for the rows of sheets in one of them.
    Paths are dotted, `[]` for "each item" (`Project.ExpectedCustomerSpend[].Amount`).
    """

    id: str
    name: str
    severity: dict[Operation, Severity]
    message: str
    why: str
    evaluated_by: EvaluatedBy = "conditions"
    each: str | None = None
    when: Condition = {}
    unless: Condition = {}
    require: dict[str, RawTest] = {}
    forbid: dict[str, RawTest] = {}
    may_change: tuple[str, ...] | None = None
    may_drop: tuple[str, ...] | None = None
    unique: tuple[str, ...] | None = None
    only_if_different: bool = False
    ignore_case: bool = False
    messages: tuple[ClauseMessage, ...] = ()
    share: str | None = None
    layouts: tuple[str, ...] = ()
    at: str | None = None
    suggestion: str | None = None
    fix: dict[str, Any] | None = None
    aws_code: str | None = None
    aliases: tuple[str, ...] = ()
    source: dict[str, Any] = {}
    examples: dict[str, list[Any]] = {}
    file: str = ""
    line: int = 0

    @property
    def evidence(self) -> str:
        """The evidence for the rule: one of `EVIDENCE`."""
        evidence: str = self.source.get("evidence", "advice")
        return evidence

    @property
    def batch(self) -> bool:
        """Whether the rule is about several documents of one run."""
        return self.unique is not None or self.share is not None

    @property
    def names(self) -> tuple[str, ...]:
        """The id, the name and the former names of the rule."""
        return (self.id, self.name, *self.aliases)


MAX_SPELLINGS_BYTES = 16 * 1024 * 1024
"""The largest file of other spellings that is read: the built-in one has 1.2 MB."""


class Table(NamedTuple):
    """A picklist or a lookup table.

    `values` are a picklist's words in order; `entries` map a key (a country, a currency) to what
    holds for it, `forms` to that in words. `aliases` map other spellings to the right one, `aliases_from`
    is the path of a JSON file with more of them; `hints` map values without a right spelling to what to
    do instead. Both also serve the schema's own picklists of the `fields` named.
    """

    name: str
    values: tuple[str, ...] = ()
    entries: dict[str, Any] = {}
    aliases: dict[str, str] = {}
    aliases_from: str | None = None
    forms: dict[str, str] = {}
    hints: dict[str, str] = {}
    fields: tuple[str, ...] = ()
    source: dict[str, Any] = {}


class PackProblem(NamedTuple):
    """A mistake in a rule pack. Lines and columns start at 1."""

    file: str
    line: int
    column: int
    rule: str | None
    message: str
    suggestion: str | None = None

    def __str__(self) -> str:
        rule = f"rule {self.rule}: " if self.rule else ""
        suggestion = f" ({self.suggestion})" if self.suggestion else ""
        return f"{self.file}:{self.line}:{self.column}: {rule}{self.message}{suggestion}"


class PackInvalid(Exception):  # noqa: N818 - it reads as what it is
    """A rule pack has mistakes; `problems` are all of them."""

    def __init__(self, problems: Sequence[PackProblem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


class RuleSet(NamedTuple):
    """All rules and tables, in the order of their ids."""

    rules: tuple[Rule, ...]
    tables: dict[str, Table]
    warnings: tuple[PackProblem, ...] = ()

    def find(self, name: str) -> Rule | None:
        """Return the rule with that id, name or former name."""
        return next((rule for rule in self.rules if name in rule.names), None)
