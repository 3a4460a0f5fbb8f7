"""The check of the argument of a keyword, when a pack is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.ruleset.keywords.tables import TEXT, Form, FromTable
from opvalidate.ruleset.keywords.tree import is_condition
from opvalidate.ruleset.pack_errors import did_you_mean, pattern_warnings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from opvalidate.documents.document import Path
    from opvalidate.ruleset.rule_check import RuleCheck


_KINDS = {"string": "text", "array": "a list", "object": "an object", "boolean": "true or false"}
_KINDS |= {"number": "a number", "integer": "a number"}


class Argument(NamedTuple):
    """The argument of a keyword in a pack: `keywords.base.ArgumentCheck`."""

    rule: RuleCheck
    at: Path
    field: tuple[str, tuple[str, ...] | None]
    base: str

    def report(self, message: str, suggestion: str | None = None) -> None:
        """Report a mistake in the argument."""
        self.rule.report(self.at, message, suggestion)

    def values(self, values: Iterable[Any]) -> None:
        """Check that the schemas know the values for the field."""
        field, known = self.field
        for value in values:
            if known is not None and value not in known:
                self.report(f"{value!r} is not a value of {field}", did_you_mean(str(value), known))

    def takes(self, kind: str, instead: str | None = None) -> bool:
        """Check that the field has a type, as far as the schemas say."""
        found = self.rule.type_of(self.field[0])
        if found is None or found == kind:
            return True
        is_kind = f"{self.field[0]} is {_KINDS.get(found, found)}"
        self.report(f"{self.at[-1]} tests {_KINDS[kind]}, and {is_kind}", instead)
        return False

    def pattern(self, pattern: str) -> None:
        """Warn if a valid pattern probably does not match all the free text that was intended."""
        if self.rule.is_free_text(self.field[0]):
            for message, suggestion in pattern_warnings(pattern, forbidden=self.at[0] == "forbid"):
                self.rule.pack.warn((*self.rule.at, *self.at), message, suggestion)

    def other(self, path: str, key: str) -> None:
        """Check another field, named under a key of the argument."""
        self.rule.field((*self.at, key), path, self.base)

    def of_items(self, name: str) -> None:
        """Check a field of the tested list's items."""
        self.rule.field(self.at, name, f"{self.field[0]}[]")

    def test(self, raw: Any) -> None:
        """Check a test of the same value."""
        self.rule.test(self.at, raw, self.field, self.base)

    def item(self, raw: Any) -> None:
        """Check a test of the list's items."""
        if is_condition(raw):
            self.rule.condition(self.at, raw, f"{self.field[0]}[]")
            return
        list_ = self.field[0]
        item = self.rule.field(self.at, f"{list_ if list_.startswith('$') else f'$document.{list_}'}[]", "")
        if item:
            self.rule.test(self.at, raw, item, self.base)

    def entries(self, name: str) -> Mapping[str, Any]:
        """Return the entries of a table, none if it does not exist."""
        return self.rule.tables[name].entries if name in self.rule.tables else {}

    def table(
        self,
        argument: Mapping[str, str],
        keyword: type[FromTable] | None = None,
        entry: Form | None = None,
    ) -> None:
        """Check that a table exists, and that what it has fits the keyword, or the form of an entry."""
        name, keyed, at = argument["table"], "by" in argument, (*self.at, "table")
        word, tables = self.at[-1], self.rule.tables
        table = tables.get(name)
        if name in self.rule.pack.ambiguous_tables:
            self.rule.report(at, self.rule.pack.ambiguous_tables[name], "copy it into this file")
        elif table is None:
            self.rule.report(at, f"unknown table {name}", did_you_mean(name, tables))
        elif keyed and not table.entries:
            self.rule.report(at, f"the table {name} is a list: it has nothing to look up by a key")
        elif keyword and not keyword.takes_tables and not keyed:
            self.rule.report(at, f"{word} looks a table up by a key", "add by, the field that holds the key")
        elif not keyed and not table.values and (keyword is None or not table.entries):
            self.rule.report(at, f"the table {name} has no values for {word}")
        else:
            form = entry or (keyword.entry if keyword and keyed else TEXT)
            values = {value: value for value in table.values}
            for key, one in (table.entries if keyed else values or table.entries).items():
                if not form.fits(one):
                    self.rule.report(at, f"in the table {table.name}, {key} must be {form.name} for {word}")
                elif keyword and (error := keyword.entry_error(one)):
                    self.rule.report(at, f"in the table {table.name}, {key}: {error}")
