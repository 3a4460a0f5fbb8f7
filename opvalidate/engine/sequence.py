"""The order of an integration's requests: which opportunities a run has, and which requests refer to them.

The rules in rules/payloads.yaml with `judge: engine` are about it. They are evaluated at the end of the run,
because an opportunity may come after the requests that refer to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opvalidate.documents.document import Document
    from opvalidate.engine.checker import Checker
    from opvalidate.engine.run import FindRecord, Screen
    from opvalidate.finding import Finding
    from opvalidate.ruleset.rule import Operation

OPPORTUNITIES: Mapping[str, str] = {"create": "Id", "submit": "Id", "record": "Id", "update": "Identifier"}
"""The operations on opportunities, with the field of the id; a create request has none yet."""

REFERRING: Mapping[str, str] = {
    "AssociateOpportunity": "OpportunityIdentifier",
    "DisassociateOpportunity": "OpportunityIdentifier",
    "StartEngagementFromOpportunityTask": "Identifier",
    "SubmitOpportunity": "Identifier",
}
"""The requests that refer to an opportunity, with the field of its id."""

_ASSOCIATING, _DISASSOCIATING = "AssociateOpportunity", "DisassociateOpportunity"

_ONE_OFFER = frozenset({"AwsMarketplaceOffers", "AwsMarketplaceOfferSets"})
"""Kinds of entities that are counted together."""

_SUBMITTABLE = ("Solutions", "AwsMarketplaceSolutions", "AwsMarketplaceProducts")
"""Kinds of entities of which an opportunity needs one before its submission."""


class Reference(NamedTuple):
    """A request that refers to an opportunity."""

    document: Document
    operation: Operation
    identifier: str
    checker: Checker
    screen: Screen | None


class RequestSequence:
    """What the rules about the order of requests need of a run: ids of opportunities, and the requests."""

    __slots__ = ("has_opportunities", "known", "references", "submittable")

    def __init__(self) -> None:
        self.has_opportunities = False
        self.known: set[str] = set()
        #: The opportunities whose record in the run has an entity that the submission needs.
        self.submittable: set[str] = set()
        self.references: list[Reference] = []

    def add(self, document: Document, operation: Operation, checker: Checker, screen: Screen | None) -> None:
        """Note a document of the run."""
        if operation in OPPORTUNITIES:
            self.note(document.value, operation)
        elif operation in REFERRING:
            self.refer(document, operation, checker, screen)

    def note(self, value: Any, operation: Operation) -> None:
        """Note an opportunity."""
        self.has_opportunities = True
        identifier = value.get(OPPORTUNITIES[operation]) if isinstance(value, Mapping) else None
        if isinstance(identifier, str):
            self.known.add(identifier)
            if any(_entities(value, kind) for kind in _SUBMITTABLE):
                self.submittable.add(identifier)

    def refer(
        self, document: Document, operation: Operation, checker: Checker, screen: Screen | None
    ) -> None:
        """Note a request that refers to an opportunity."""
        value = document.value
        identifier = value.get(REFERRING[operation]) if isinstance(value, Mapping) else None
        if isinstance(identifier, str):
            self.references.append(Reference(document, operation, identifier, checker, screen))

    def facts(self) -> tuple[bool, list[str], list[str]]:
        """Return what was noted of opportunities, as plain values."""
        return self.has_opportunities, [*self.known], [*self.submittable]

    def add_facts(self, has_opportunities: bool, known: list[str], submittable: list[str]) -> None:  # noqa: FBT001 - plain values
        """Add the `facts()` of another process."""
        self.has_opportunities |= has_opportunities
        self.known.update(known)
        self.submittable.update(submittable)

    def findings(
        self, records: FindRecord | None, *, has_records: bool
    ) -> Iterator[tuple[Reference, Finding]]:
        """Yield the findings on requests, in their order, each with its request.

        Nothing is known of opportunities in a run with such requests only: they may be sent to any.
        """
        has_opportunities = self.has_opportunities or has_records
        starts_only = all(one.operation != _ASSOCIATING for one in self.references)
        associations = Associations()
        for one in self.references:
            record = records({"Identifier": one.identifier}) if records is not None else None
            if has_opportunities and record is None and one.identifier not in self.known:
                yield from _finding(one, "opportunity-not-in-run")
            if one.operation in {_ASSOCIATING, _DISASSOCIATING}:
                violated = associations.change(one, record)
                if violated is not None:
                    yield from _finding(one, violated, "RelatedEntityIdentifier")
            elif not (
                one.identifier in self.submittable
                or (starts_only and not has_opportunities)
                or any(associations.of(one.identifier, record, kind) for kind in _SUBMITTABLE)
            ):
                yield from _finding(one, "start-before-associate")


class Associations:
    """The entities of opportunities: those in their records, with what the requests of the run change."""

    def __init__(self) -> None:
        self._entities: dict[tuple[str, str], set[str]] = {}

    def of(self, identifier: str, record: Any, kind: str) -> set[str]:
        """Return the entities that an opportunity has of a kind, and of the kinds counted with it."""
        kinds = _ONE_OFFER if kind in _ONE_OFFER else {kind}
        key = identifier, min(kinds)
        if key not in self._entities:
            self._entities[key] = {_entity(name) for one in kinds for name in _entities(record, one)}
        return self._entities[key]

    def change(self, one: Reference, record: Any) -> str | None:
        """Add or remove the entity of a request; return the name of the rule that it violates."""
        value: Mapping[str, Any] = one.document.value  # a request with an id
        kind, name = value.get("RelatedEntityType"), value.get("RelatedEntityIdentifier")
        table = one.checker.ruleset.tables.get("association-limits")
        if (
            table is None
            or not isinstance(kind, str)
            or not isinstance(name, str)
            or kind not in table.entries
        ):
            return None
        entities, entity = self.of(one.identifier, record, kind), _entity(name)
        if one.operation == _DISASSOCIATING:
            entities.discard(entity)
            return None
        if entity in entities:
            return "duplicate-association"
        entities.add(entity)
        return "too-many-associations" if len(entities) > table.entries[kind] else None


def _entity(name: str) -> str:
    """Return an identifier without what an ARN has before it: a record may have either."""
    return name.replace(":", "/").rpartition("/")[2]


def _entities(record: Any, kind: str) -> list[str]:
    """Return the entities of a kind in a record."""
    related = record.get("RelatedEntityIdentifiers") if isinstance(record, Mapping) else None
    found = related.get(kind) if isinstance(related, Mapping) else None
    return [name for name in found if isinstance(name, str)] if isinstance(found, list) else []


def _finding(reference: Reference, name: str, field: str = "") -> Iterator[tuple[Reference, Finding]]:
    document, operation, _, checker, *_ = reference
    rule = checker.rules.get(name)
    if rule is None or operation not in rule.severity:
        return
    from opvalidate.engine.diagnosis import Diagnosis

    diagnosis = Diagnosis(
        checker.compiled_for(operation), document, operation, checker.context(document.value)
    )
    yield reference, diagnosis.finding(rule, (field or REFERRING[operation],))
