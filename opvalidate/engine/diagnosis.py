"""The full diagnosis: every finding of one document, with message and position, in the order of the text.

Problems of the text come first, then violations of the schema, then of rules. A field that has a finding is
not checked again by a later kind, and a rule whose conditions read a field with an error is not evaluated
(cascade.py). Only a document that failed the fast check is diagnosed.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property, partial
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from opvalidate.documents.document import UNREADABLE
from opvalidate.documents.edit import Edit
from opvalidate.documents.normalize import null_paths, plain, without_nulls
from opvalidate.engine.cascade import Errors, independent
from opvalidate.engine.placement import Diagnostic, places_of
from opvalidate.engine.rule_messages import message, shown, worded
from opvalidate.engine.wording import field_name, fill, kind, one_of
from opvalidate.finding import Finding, Fix
from opvalidate.fixes.declared import format_fix
from opvalidate.fixes.rewrite import parts
from opvalidate.paths import get, pointer
from opvalidate.ruleset.rule import OPERATIONS
from opvalidate.schema.fields import dotted, is_sensitive, operations_of
from opvalidate.suggest import Near, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from opvalidate.documents.document import Document, Path
    from opvalidate.documents.normalize import Unsupported
    from opvalidate.engine.cascade import Found
    from opvalidate.engine.compiled_operation import CompiledOperation, CompiledRule, Violation
    from opvalidate.engine.placement import Placement
    from opvalidate.engine.recognition import Doubt
    from opvalidate.finding import Location
    from opvalidate.ruleset.rule import Operation, Rule
    from opvalidate.ruleset.scope import Context
    from opvalidate.schema.errors import Fault
    from opvalidate.schema.fields import Field

MAX_FINDINGS = 200_000
"""The most findings of a document that are reported: each takes a kilobyte."""


class Diagnosis:
    """One document being examined."""

    def __init__(
        self,
        compiled: CompiledOperation,
        document: Document,
        operation: Operation | None,
        context: Context,
        doubt: Doubt | None = None,
    ) -> None:
        self.compiled = compiled
        self.document = document
        self.operation = operation
        self.context = context
        self.doubt = doubt
        self.broken: set[Path] = set()
        self.around_broken: set[Path] = set()
        self.errors = Errors()
        self.faults: list[Fault] = []
        self.has_nulls = False

    def findings(self) -> list[Finding]:
        violations = list(islice(self._violations(), MAX_FINDINGS + 1))
        if len(violations) > MAX_FINDINGS:
            detail = f"The document has more than {MAX_FINDINGS:,} findings: the others are omitted"
            violations[MAX_FINDINGS:] = self._structural("too-large", (), {"detail": detail})
        places = places_of(self.document, violations)
        findings = [
            self._finding(violation, place) for violation, place in zip(violations, places, strict=True)
        ]
        if len(findings) > 1:
            order = sorted(
                range(len(findings)), key=lambda index: (places[index].order, findings[index].rule)
            )
            findings = [findings[index] for index in order]
        return findings

    def _violations(self) -> Iterator[Diagnostic]:
        if self.doubt is not None:
            doubts = self._structural(self.doubt.rule, (), {**self.doubt.facts}, self.doubt.suggestion)
            yield from doubts
            if doubts and self.operation is None:  # nothing of a payload can be wrong with it
                return
        yield from self._text()
        value = self.document.value
        if value is UNREADABLE:
            return
        unsupported: list[Unsupported] = []
        if self.document.data:  # what was read from text is plain already
            self.has_nulls = self.document.syntax == "yaml" or b"null" in self.document.data
        else:
            value, unsupported, self.has_nulls = plain(value)
        for one in unsupported:
            self._break(one.path)
            facts = {"found": one.found, "detail": f"This is {one.found}", "expected": "a JSON value"}
            yield from self._structural(one.rule, one.path, facts)
        if not isinstance(value, dict):
            if not unsupported:
                yield from self._structural("not-an-object", (), {"found": kind(value)})
            return
        if value is not self.context.document:
            self.context = self.context._replace(document=value)
        yield from self._nulls(value)
        yield from self._structure(value)
        yield from self._rules()

    # --- text -------------------------------------------------------------------------------

    def _text(self) -> Iterator[Diagnostic]:
        for problem in self.document.problems:
            rule = self.compiled.rules.get(problem.rule)
            if rule is not None:
                self._note_error(rule, problem.path)
                message = fill(rule.message, {"detail": problem.detail, "field": field_name(problem.path)})
                fix = None
                if problem.rule == "yaml-unquoted":
                    edit = Edit("quote", problem.path)
                    fix = Fix(safe=True, description="Put the value in quotes", edits=(edit,))
                elif problem.edit is not None:
                    done = "Change the cell" if problem.edit.value else "Clear the cell"
                    fix = Fix(problem.safe, done, (problem.edit,))
                if not problem.rules_apply:
                    self._break(problem.path)
                yield Diagnostic(rule, problem.path, message, problem.suggestion, fix, problem)

    def _nulls(self, value: dict[str, Any]) -> Iterator[Diagnostic]:
        rule = self.compiled.rules.get("null-value")
        if rule is None or not self.has_nulls or self.compiled.schema_name(value) == "record":
            return
        # On update null takes a record out of contract pricing, which leaving it out does not:
        # developer guide, deal sizing insights.
        meant = ("Project", "ExpectedContractDuration") if self.operation == "update" else ()
        nulls = [path for path in null_paths(value) if path != meant]
        if nulls:
            names = [field_name(path) for path in nulls[:5]]
            shown = ", ".join(names) + (f" and {len(nulls) - 5:,} more" if len(nulls) > 5 else "")
            fix = Fix(
                safe=True,
                description="Remove the members that are null",
                edits=tuple(Edit("remove", path) for path in nulls),
            )
            yield Diagnostic(rule, nulls[0], fill(rule.message, {"fields": shown}), rule.suggestion, fix)

    # --- structure --------------------------------------------------------------------------

    def _structure(self, value: dict[str, Any]) -> Iterator[Diagnostic]:
        self.faults = self.compiled.schema(value).faults(without_nulls(value) if self.has_nulls else value)
        # what is there under a wrong name is not missing
        for fault in sorted(self.faults, key=lambda fault: fault.rule != "unknown-field"):
            if not self._is_under_broken(fault.path):
                yield from self._fault(value, fault)
                self._break(fault.path)
                if fault.rule == "wrong-type":  # no condition can read it, whether it is reported or not
                    self.errors.add(fault.path, fault.rule, below=True)

    def _fault(self, value: dict[str, Any], fault: Fault) -> Sequence[Diagnostic]:
        near: Near | None = None
        suggestion = fix = None
        found = get(value, fault.path)
        form = self.compiled.forms.get(dotted(fault.path))
        facts = {
            **fault.facts,
            "form": f": {form}" if form else "",
            "value": partial(shown, self.compiled, value, fault.path),
        }
        if fault.rule == "unknown-field":
            elsewhere = self._operation_of_field(fault.path)
            near = None if elsewhere else self._near_name(str(fault.path[-1]), fault.facts["known"])
            if near and near.text not in get(value, fault.path[:-1]):
                edit = Edit("rename", fault.path, near.text)
                fix = Fix(near.certain, f"Rename the field to {near.text}", (edit,))
                self._break((*fault.path[:-1], near.text))
            elif not near:
                home = None if elsewhere else self._home_of(str(fault.path[-1]), value)
                suggestion = elsewhere or (f"it belongs to {home}" if home else None)
                if home and "[" not in home and get(value, tuple(home.split("."))) is None:
                    self._break(tuple(home.split(".")))
        elif fault.rule in ("value-not-allowed", "wrong-type"):
            field = self.compiled.fields(value).get(dotted(fault.path))
            allowed = (field and field.enum) or ()
            suggestion = self.compiled.hint(dotted(fault.path), found)
            near = None if suggestion else self._near_value(found, allowed, dotted(fault.path))
            if near:
                edit = Edit("replace", fault.path, near.text)
                fix = Fix(near.certain, f"Change the value to {near.text}", (edit,))
            elif allowed and not suggestion:
                schema = self.compiled.schema_name(value)
                listed = one_of(allowed, f"schema show {schema} {dotted(fault.path)}")
                suggestion = self.compiled.hints.get(dotted(fault.path)) or listed
            elif fault.rule == "wrong-type" and field:
                fix, suggestion = self._of_right_type(value, fault.path, found, field)
        elif fault.rule == "text-pattern" and fault.path:
            field = self.compiled.fields(value).get(dotted(fault.path))
            fix = format_fix(self.compiled.tables, fault.path, found, field, self.context)
            if fix and is_sensitive(self.compiled.fields(value), fault.path):
                suggestion = fix.description[:1].lower() + fix.description[1:]
            elif fix:
                suggestion = fix.edits[0].value
        return self._structural(fault.rule, fault.path, facts, near.text if near else suggestion, fix)

    def _of_right_type(
        self, value: dict[str, Any], path: Path, found: Any, field: Field
    ) -> tuple[Fix | None, str | None]:
        """Return the fix and the suggestion for a value of another type than its field's."""
        if field.type == "string" and isinstance(found, int | float):
            form = self.compiled.forms.get(field.path)
            suggestion = "text, in quotes" + (f": {form}" if form else "")
            return format_fix(self.compiled.tables, path, found, field, self.context), suggestion
        items = self.compiled.fields(value).get(field.path + "[]")
        if field.type != "array" or not items or items.type != "string" or not isinstance(found, str):
            return None, None
        written = parts(found)
        near = [self._near_value(part, items.enum or (part,), items.path) for part in written]
        if not near or None in near:
            return None, "a list: an item for each value"
        edit = Edit("replace", path, [one.text for one in near if one])
        safe = all(one.certain for one in near if one)
        return Fix(safe, "Write the value as a list", (edit,)), "a list: an item for each value"

    def _operation_of_field(self, path: Path) -> str | None:
        """Say which other operation has the field, if one does."""
        if self.compiled.operation not in OPERATIONS:
            return None
        names = operations_of(dotted(path))
        verb = "has" if len(names) == 1 else "have"
        return f"leave it out: only {' and '.join(names)} {verb} it" if names else None

    def _home_of(self, name: str, value: dict[str, Any]) -> str | None:
        """Return the field of that name, if there is one."""
        homes = [field for field in self.compiled.fields(value) if field.rpartition(".")[2] == name]
        return homes[0] if len(homes) == 1 else None

    def _near_name(self, name: str, known: Sequence[str]) -> Near | None:
        """Return the member that an unknown one probably means."""
        meant = self.compiled.names.get(name)
        return Near(meant, certain=True) if meant and meant in known else nearest(name, known)

    def _near_value(self, found: Any, allowed: Sequence[str], field: str) -> Near | None:
        if found in (True, False, "true", "false") and {"Yes", "No"}.issuperset(allowed):
            found = "Yes" if found in (True, "true") else "No"
        if not isinstance(found, str) or not allowed:
            return None
        return nearest(found, allowed, self.compiled.spellings(field))

    def _structural(
        self,
        name: str,
        path: Path,
        facts: dict[str, Any],
        suggestion: str | None = None,
        fix: Fix | None = None,
    ) -> Sequence[Diagnostic]:
        """Return the violation of a structural rule; none, if the rule is not enabled."""
        rule = self.compiled.rules.get(name)
        if rule is None:
            return ()
        self._note_error(rule, path)
        message = fill(rule.message, {"field": field_name(path), **facts})
        return (Diagnostic(rule, path, message, suggestion or rule.suggestion, fix),)

    def _note_error(self, rule: Rule, path: Path) -> None:
        """Note an error of text or structure: what is inside the place cannot be read either."""
        if self.compiled.severity(rule) == "error":
            self.errors.add(path, rule.name, below=True)

    def _break(self, path: Path) -> None:
        """Note a field that has a finding of its own, and what contains it."""
        self.broken.add(path)
        self.around_broken.update(path[:length] for length in range(len(path)))

    def _is_under_broken(self, path: Path) -> bool:
        while path and path not in self.broken:
            path = path[:-1]
        return path in self.broken

    def _is_broken(self, violation: Violation) -> bool:
        """Whether the field has a finding already, or the test looked into something that has one."""
        return self._is_under_broken(violation.path) or (
            isinstance(violation.test, dict) and violation.path in self.around_broken
        )

    # --- rules ------------------------------------------------------------------------------

    def _rules(self) -> Iterator[Diagnostic]:
        failed: list[Diagnostic] = []
        found = list(islice(self._broken_rules(failed), MAX_FINDINGS + 1))
        yield from failed
        seen: set[tuple[str, Path]] = set()
        for compiled, violation in independent(found, self.errors, self._add_error):
            if (compiled.name, violation.path) not in seen:
                seen.add((compiled.name, violation.path))
                try:
                    yield worded(self.compiled, compiled, violation, self.context)
                except Exception as error:  # noqa: BLE001 - as below
                    yield from self._failed(compiled.rule, error)

    def _broken_rules(self, failed: list[Diagnostic]) -> Iterator[Found]:
        """Yield the violations at fields without a finding; rules that cannot be evaluated have `failed`."""
        typed = all(fault.rule != "wrong-type" for fault in self.faults)
        for rule in self.compiled.candidate_rules(self.context, typed=typed):
            try:
                compiled = self.compiled.compiled(rule)
                for violation in compiled.violations(self.context):
                    if not self._is_broken(violation):
                        yield compiled, violation
            except MemoryError:  # it is not the rule's fault
                raise
            except Exception as error:  # noqa: BLE001 - a rule that crashes must not hide the others
                failed += self._failed(rule, error)

    def _failed(self, rule: Rule, error: Exception) -> Sequence[Diagnostic]:
        return self._structural("rule-failed", (), {"rule": rule.name, "detail": type(error).__name__})

    def _add_error(self, errors: Errors, compiled: CompiledRule, violation: Violation) -> None:
        if self.compiled.severity(compiled.rule) == "error":
            missing = get(self.context.document, violation.path) is None
            errors.add(violation.path, compiled.name, below=missing)

    def finding(
        self,
        rule: Rule,
        path: Path,
        related: tuple[Location, ...] = (),
        *,
        facts: Mapping[str, Any] = MappingProxyType({}),
    ) -> Finding:
        """Return a finding on this document of a rule about the run; `facts` fill its message."""
        violation = Diagnostic(
            rule, path, message(rule.message, self.compiled, path, self.context, **facts), rule.suggestion
        )
        return replace(self._finding(violation, *places_of(self.document, [violation])), related=related)

    @cached_property
    def _opportunity(self) -> str | None:
        return opportunity_of(self.document.value)

    def _finding(self, violation: Diagnostic, place: Placement) -> Finding:
        rule, document = violation.rule, self.document
        line, column, end_line, end_column = place.span
        cell, suggestion, problem, fix = None, violation.suggestion, violation.problem, violation.fix
        if document.source is not None:
            cell = document.source.cell(violation.path, problem)
            if problem is None:
                suggestion = document.source.shown(violation.path, suggestion)
                fix = _as_shown(fix, violation.suggestion, suggestion)
        elif problem is not None:
            cell = problem.cell
        reason = (
            "REQUEST_VALIDATION_FAILED" if rule.evaluated_by == "schema" else "BUSINESS_VALIDATION_FAILED"
        )
        return Finding(
            rule=rule.id,
            name=rule.name,
            severity=self.compiled.severity(rule),
            message=violation.message,
            pointer=pointer(violation.path),
            file=document.file,
            document_index=document.index,
            operation=self.operation,
            opportunity=self._opportunity,
            line=line,
            column=column,
            end_line=end_line,
            end_column=end_column,
            aws_reason=reason if rule.aws_code else None,
            aws_code=rule.aws_code,
            suggestion=suggestion,
            fix=fix,
            cell=cell,
        )


def _as_shown(fix: Fix | None, value: str | None, shown: str | None) -> Fix | None:
    """Describe the fix of a row with the value as its sheet has it."""
    if fix is None or not value or not shown or not fix.description.endswith(value):
        return fix
    return replace(fix, description=fix.description.removesuffix(value) + shown)


def opportunity_of(value: Any) -> str | None:
    """Return what the document calls itself."""
    if isinstance(value, dict):
        for name in ("Identifier", "Id", "PartnerOpportunityIdentifier"):
            if isinstance(value.get(name), str):
                identifier: str = value[name]
                # a mapping's may be half a character
                return identifier[:64].encode(errors="replace").decode()
    return None
