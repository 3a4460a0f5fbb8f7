"""The order of an integration's requests: which opportunities a run has, and which requests refer to them.

Three rules in rules/payloads.yaml are about it. They are evaluated at the end of the run, because an
opportunity may come after the requests that refer to it.
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
    "StartEngagementFromOpportunityTask": "Identifier",
    "SubmitOpportunity": "Identifier",
}
"""The requests that refer to an opportunity, with the field of its id."""

_ASSOCIATING = "AssociateOpportunity"


class Reference(NamedTuple):
    """A request that refers to an opportunity; whether a request that associates an entity came before it."""

    document: Document
    operation: Operation
    identifier: str
    checker: Checker
    screen: Screen | None
    is_associated: bool


class RequestSequence:
    """What the rules about the order of requests need of a run: ids of opportunities, and the requests."""

    __slots__ = ("associated", "has_opportunities", "known", "references")

    def __init__(self) -> None:
        self.has_opportunities = False
        self.known: set[str] = set()
        self.associated: set[str] = set()
        self.references: list[Reference] = []

    def add(self, document: Document, operation: Operation, checker: Checker, screen: Screen | None) -> None:
        """Note a document of the run."""
        if operation in OPPORTUNITIES:
            self.note(document.value, operation)
        elif operation in REFERRING:
            self.refer(document, operation, checker, screen)

    def note(self, value: Any, operation: Operation) -> None:
        """Note an opportunity; one that has associated entities needs no request for them."""
        self.has_opportunities = True
        identifier = value.get(OPPORTUNITIES[operation]) if isinstance(value, Mapping) else None
        if isinstance(identifier, str):
            self.known.add(identifier)
            if _has_entities(value):
                self.associated.add(identifier)

    def refer(
        self, document: Document, operation: Operation, checker: Checker, screen: Screen | None
    ) -> None:
        """Note a request that refers to an opportunity."""
        value = document.value
        identifier = value.get(REFERRING[operation]) if isinstance(value, Mapping) else None
        if not isinstance(identifier, str):
            return
        before = identifier in self.associated
        self.references.append(Reference(document, operation, identifier, checker, screen, before))
        if operation == _ASSOCIATING:
            self.associated.add(identifier)

    def facts(self) -> tuple[bool, list[str], list[str]]:
        """Return what was noted of opportunities, as plain values."""
        return self.has_opportunities, [*self.known], [*self.associated]

    def add_facts(self, has_opportunities: bool, known: list[str], associated: list[str]) -> None:  # noqa: FBT001 - plain values
        """Add the `facts()` of another process."""
        self.has_opportunities |= has_opportunities
        self.known.update(known)
        self.associated.update(associated)

    def findings(
        self, records: FindRecord | None, *, has_records: bool
    ) -> Iterator[tuple[Reference, Finding]]:
        """Yield the findings on requests, in their order, each with its request.

        Nothing is known of opportunities in a run with such requests only: they may be sent to any.
        """
        has_opportunities = self.has_opportunities or has_records
        entities: dict[tuple[str, str], set[Any]] = {}
        starts_only = all(one.operation != _ASSOCIATING for one in self.references)
        for one in self.references:
            record = records({"Identifier": one.identifier}) if records is not None else None
            if has_opportunities and record is None and one.identifier not in self.known:
                yield from _finding(one, "opportunity-not-in-run")
            if one.operation == _ASSOCIATING:
                if _is_too_many(one, record, entities):
                    yield from _finding(one, "too-many-associations", "RelatedEntityIdentifier")
                continue
            if one.is_associated or _has_entities(record) or (starts_only and not has_opportunities):
                continue
            yield from _finding(one, "start-before-associate")


_ONE_OFFER = {"AwsMarketplaceOffers", "AwsMarketplaceOfferSets"}
"""Kinds of entities that are counted together."""


def _is_too_many(one: Reference, record: Any, entities: dict[tuple[str, str], set[Any]]) -> bool:
    """Add the entity of a request to those of its opportunity; return whether these are too many with it."""
    value: Mapping[str, Any] = one.document.value  # a request with an id
    kind, entity = value.get("RelatedEntityType"), value.get("RelatedEntityIdentifier")
    table = one.checker.ruleset.tables.get("association-limits")
    if table is None or not isinstance(kind, str) or not isinstance(entity, str) or kind not in table.entries:
        return False
    kinds = _ONE_OFFER if kind in _ONE_OFFER else {kind}
    key = one.identifier, min(kinds)
    if key not in entities:
        entities[key] = {name for name in _entities(record, kinds) if isinstance(name, str)}
    is_new = entity not in entities[key]
    entities[key].add(entity)
    return is_new and len(entities[key]) > table.entries[kind]


def _entities(record: Any, kinds: set[str]) -> Iterator[Any]:
    related = record.get("RelatedEntityIdentifiers") if isinstance(record, Mapping) else None
    found = related if isinstance(related, Mapping) else {}
    for kind in kinds:
        entities = found.get(kind)
        yield from entities if isinstance(entities, list) else ()


def _has_entities(record: Any) -> bool:
    related = record.get("RelatedEntityIdentifiers") if isinstance(record, Mapping) else None
    return isinstance(related, Mapping) and any(related.values())


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
