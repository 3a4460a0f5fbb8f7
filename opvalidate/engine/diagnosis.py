"""The slow way: everything that is wrong with one document, worded, placed and in order.

Text problems first, then structure, then rules; a field that is broken in an earlier one is not
judged by a later one, and a rule whose conditions read a field with an error is not evaluated
(cascade.py). Only a document that failed the yes/no pass comes here.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property, partial
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.documents.document import UNREADABLE
from opvalidate.documents.edit import Edit
from opvalidate.documents.normalize import null_paths, plain, without_nulls
from opvalidate.engine.cascade import Errors, independent
from opvalidate.engine.wording import field_name, fill, kind, one_of, quote
from opvalidate.finding import Finding, Fix
from opvalidate.fixes.declared import mend, mend_form
from opvalidate.fixes.rewrite import parts
from opvalidate.paths import get, pointer
from opvalidate.ruleset.rule import OPERATIONS
from opvalidate.ruleset.scope import compile_path
from opvalidate.schema.fields import dotted, is_sensitive, operations_of
from opvalidate.suggest import Near, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from opvalidate.documents.document import Document, Path, Problem
    from opvalidate.documents.normalize import Unsupported
    from opvalidate.engine.cascade import Found
    from opvalidate.engine.compiled_operation import CompiledOperation, CompiledRule, Violation
    from opvalidate.engine.recognition import Doubt
    from opvalidate.finding import Location
    from opvalidate.ruleset.rule import Operation, Rule
    from opvalidate.ruleset.scope import Context
    from opvalidate.schema.errors import Fault
    from opvalidate.schema.fields import Field
    from opvalidate.suggest import Spellings

MAX_FINDINGS = 200_000
"""With more findings than this, the rest of a document's is not told: they take a kilobyte each."""


class Diagnostic(NamedTuple):
    """A broken rule at a place, worded; the engine stamps the rest."""

    rule: Rule
    path: Path
    message: str
    suggestion: str | None = None
    fix: Fix | None = None
    problem: Problem | None = None


class _Position(NamedTuple):
    order: tuple[int, ...]
    span: tuple[Any, ...]


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
            detail = f"The document has more than {MAX_FINDINGS:,} findings, the rest is not told"
            violations[MAX_FINDINGS:] = self._structural("too-large", (), {"detail": detail})
        places = self._places(violations)
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
        oddities: list[Unsupported] = []
        if self.document.data:  # what was read from text is plain already
            self.has_nulls = self.document.syntax == "yaml" or b"null" in self.document.data
        else:
            value, oddities, self.has_nulls = plain(value)
        for oddity in oddities:
            self._break(oddity.path)
            facts = {"found": oddity.found, "detail": f"This is {oddity.found}", "wanted": "a JSON value"}
            yield from self._structural(oddity.rule, oddity.path, facts)
        if not isinstance(value, dict):
            if not oddities:
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
                if not problem.judged:
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
            "value": partial(self._shown, value, fault.path),
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
            fix = mend_form(self.compiled.tables, fault.path, found, field, self.context)
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
            return mend_form(self.compiled.tables, path, found, field, self.context), suggestion
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

    def _shown(self, value: dict[str, Any], path: Path) -> str:
        """Quote a value for a message, or say only that there is one."""
        found = get(value, path)
        hidden = not isinstance(found, str) or is_sensitive(self.compiled.fields(value), path)
        return "the value" if hidden else quote(found)

    def _structural(
        self,
        name: str,
        path: Path,
        facts: dict[str, Any],
        suggestion: str | None = None,
        fix: Fix | None = None,
    ) -> Sequence[Diagnostic]:
        """Return the violation of a structural rule; none, where the rule is not in force."""
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
        """Note a field that has a finding of its own, and what it stands in."""
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
                    yield self._violation(compiled, violation)
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
            except MemoryError:  # it says nothing about the rule
                raise
            except Exception as error:  # noqa: BLE001 - a rule that crashes must not hide the others
                failed += self._failed(rule, error)

    def _failed(self, rule: Rule, error: Exception) -> Sequence[Diagnostic]:
        return self._structural("rule-failed", (), {"rule": rule.name, "detail": type(error).__name__})

    def _add_error(self, errors: Errors, compiled: CompiledRule, violation: Violation) -> None:
        if self.compiled.severity(compiled.rule) == "error":
            missing = get(self.context.document, violation.path) is None
            errors.add(violation.path, compiled.name, below=missing)

    def _violation(self, compiled: CompiledRule, violation: Violation) -> Diagnostic:
        rule = compiled.rule
        suggestion, fix = rule.suggestion, None
        near = None
        allowed, spellings = self._choices(violation)
        found = get(self.context.document, violation.path)
        if allowed and isinstance(found, str):
            near = nearest(found, allowed, spellings)
            if near:
                suggestion = near.text
                edit = Edit("replace", violation.path, near.text)
                # where AWS takes the value as it is, a better one is the partner's to choose
                safe = near.certain and self.compiled.severity(rule) == "error"
                fix = Fix(safe, f"Change the value to {near.text}", (edit,))
            elif suggestion is None:
                suggestion = one_of(allowed, f"explain {rule.name}")
        elif found is None and suggestion is None and not violation.forbidden:
            suggestion = self._values_of(violation.path)
        if rule.fix and not fix:
            fix = mend(rule.fix, violation.path, found, self.context)
            # a rewritten value may be as wrong as it was
            if (
                fix
                and "change" in rule.fix
                and not rule.at
                and not compiled.accepts(violation, fix.edits[0].value)
            ):
                fix = None
        words = {"form": partial(self._form, violation), "found": partial(self._found, violation, found)}
        message = self._worded(rule, violation.path, **words)
        return Diagnostic(rule, violation.path, message, suggestion, fix)

    def _values_of(self, path: Path) -> str | None:
        """Return what a missing field, or an item of a missing list, can be: the picklist of the schema."""
        value, name = self.context.document, dotted(path)
        known = self.compiled.fields(value)
        field = known.get(f"{name}[]") or known.get(name)
        if field is None or not field.enum:
            return None
        return one_of(field.enum, f"schema show {self.compiled.schema_name(value)} {field.path}")

    def _worded(self, rule: Rule, path: Path, **facts: Any) -> str:
        facts |= {
            "field": field_name(path),
            "today": self.context.today,
            "value": partial(self._shown, self.context.document, path),
        }
        return fill(rule.message, facts)

    def _form(self, violation: Violation) -> str:
        """Say in words which form the failed test requires; the loader checks that its table has words."""
        assert isinstance(violation.test, dict)
        assert violation.scope
        argument = violation.test["pattern"]
        (key,) = compile_path(argument["by"])(violation.scope)
        return self.compiled.tables[argument["table"]].forms[key.value]

    def _found(self, violation: Violation, text: Any) -> str:
        """Quote the forbidden word as the pack has it; not if it is all of a sensitive value."""
        from opvalidate.ruleset.keywords.texts import Mentions, same_words

        assert isinstance(violation.test, dict)
        assert violation.scope
        word = Mentions(violation.test["mentions"], self.compiled.tables).found(text, violation.scope) or ""
        sensitive = is_sensitive(self.compiled.fields(self.context.document), violation.path)
        return "a word of the list" if sensitive and same_words(word, text) else quote(word)

    def _choices(self, violation: Violation) -> tuple[Sequence[str], Spellings | None]:
        """Return the picklist that the failed test asked for, and its other spellings."""
        if isinstance(violation.test, dict) and not violation.forbidden:
            choices = violation.test.get("enum")
            if isinstance(choices, list):
                return [choice for choice in choices if isinstance(choice, str)], None
            if isinstance(choices, dict) and "by" not in choices:
                table = self.compiled.tables[choices["table"]]
                spellings = self.compiled.spellings(violation.field, table)
                return table.values or tuple(table.entries.values()), spellings
        return (), None

    def finding(self, rule: Rule, path: Path, related: tuple[Location, ...] = (), **facts: Any) -> Finding:
        """Return a finding of a rule that the run has judged, on this document."""
        violation = Diagnostic(rule, path, self._worded(rule, path, **facts), rule.suggestion)
        return replace(self._finding(violation, *self._places([violation])), related=related)

    @cached_property
    def _opportunity(self) -> str | None:
        return opportunity_of(self.document.value)

    # --- placing ----------------------------------------------------------------------------

    def _places(self, violations: Sequence[Diagnostic]) -> list[_Position]:
        document = self.document
        if not document.data and not document.problems:
            from opvalidate.engine.document_order import DocumentOrder

            order = DocumentOrder(document.value)
            return [_Position(order.of(violation.path), (None,) * 4) for violation in violations]
        if document.source is not None:
            spans = [
                document.source.span(document.source.cell(one.path, one.problem))
                if one.problem is None
                else one.problem[2:6]
                for one in violations
            ]
            return [_Position(span[:2], span) for span in spans]
        from opvalidate.documents.positions import Positions

        positions = Positions.of(document, [violation.path for violation in violations])
        places = []
        for violation in violations:
            problem = violation.problem
            if problem is not None and (not problem.path or problem.rule == "duplicate-key"):
                places.append(_Position((problem.line, problem.column), problem[2:6]))
            else:
                span = positions.span(violation.path)
                places.append(_Position((span.line, span.column), tuple(span)))
        return places

    def _finding(self, violation: Diagnostic, place: _Position) -> Finding:
        rule, document = violation.rule, self.document
        line, column, end_line, end_column = place.span
        cell, suggestion, problem = None, violation.suggestion, violation.problem
        if document.source is not None:
            cell = document.source.cell(violation.path, problem)
            if problem is None:
                suggestion = document.source.shown(violation.path, suggestion)
        elif problem is not None:
            cell = problem.cell
        reason = "REQUEST_VALIDATION_FAILED" if rule.judge == "schema" else "BUSINESS_VALIDATION_FAILED"
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
            fix=violation.fix,
            cell=cell,
        )


def opportunity_of(value: Any) -> str | None:
    """Return what the document calls itself."""
    if isinstance(value, dict):
        for name in ("Identifier", "Id", "PartnerOpportunityIdentifier"):
            if isinstance(value.get(name), str):
                identifier: str = value[name]
                # a mapping's may be half a character
                return identifier[:64].encode(errors="replace").decode()
    return None
