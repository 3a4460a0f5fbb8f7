"""A function of generated code: its constants, variables, checks and loops, and their layout.

Each expression about the document is computed once, in the innermost place that serves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opvalidate.ruleset.keywords.expressions import Comparison, Constant, Expression, Guarded, Variable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeGuard

    class Joinable(Comparison):
        """A comparison of a variable with a constant."""

        right: Constant


#: How the constants of several comparisons are merged, of which one must hold.
_JOIN: dict[str, Callable[[list[Any]], Any]] = {
    "in": lambda sets: frozenset().union(*sets),
    "not in": lambda sets: frozenset.intersection(*sets),
    "<": max,
    "<=": max,
    ">": min,
    ">=": min,
}


#: Types of constants that are named once.
_REPEATED = (str, frozenset, int, float)


class Check:
    """One line: it names a rule if `broken` holds, under `guard` and if there is an object in `block`."""

    __slots__ = ("block", "broken", "guard", "rule")

    def __init__(
        self, block: Expression | None, guard: Expression | None, broken: Expression, rule: str = ""
    ) -> None:
        self.block, self.guard, self.broken, self.rule = block, guard, broken, rule


class Held:
    """An expression about the document, and the variable that holds it."""

    __slots__ = ("expression", "variable")

    def __init__(self, variable: Variable, expression: Expression) -> None:
        self.variable, self.expression = variable, expression


class _Source:
    """The source of the generated code, for tracebacks: `linecache` reads it from `__loader__`."""

    def __init__(self, source: str) -> None:
        self.source = source

    def get_source(self, _: str) -> str:
        """Return the source."""
        return self.source


class Item:
    """The item of a list in a loop over it: its variables, and what is checked of it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.head: dict[str, Held] = {}
        self.checks: list[tuple[Expression, str]] = []  # when a rule may be violated, and its name


class Function:
    """A function that is being written."""

    def __init__(self, names: dict[str, Any]) -> None:
        self.names = names
        self.constants: dict[Any, Constant] = {}
        self.head: dict[str, Held] = {}  # by the expression's text
        self.checks: list[Check] = []
        self.loops: dict[str, tuple[Expression, Item]] = {}  # by a list's variable: the list, and its item

    def constant(self, value: Any) -> Constant:
        # 1, 1.0 and True are equal, and not the same constant
        key = (type(value), value) if isinstance(value, _REPEATED) or callable(value) else None
        known = self.constants.get(key) if key else None
        if known is None:
            known = Constant(f"k{len(self.names)}", value)
            self.names[known.text] = value
            if key:
                self.constants[key] = known
        return known

    def hold(self, expression: Expression) -> Variable:
        """Return the variable that holds an expression about the document, computed once."""
        held = self.head.get(expression.text)
        if held is None:
            held = self.head[expression.text] = Held(Variable(f"v{len(self.head)}"), expression)
        return held.variable

    def member(self, owner: Expression, name: str, otherwise: str = "") -> Variable:
        """Return the variable of an object's member, None where it is not there."""
        text = f"{owner.text}.get({name!r}){otherwise}"
        held = self.head.get(text)
        return held.variable if held else self.hold(Expression("{}" + text[len(owner.text) :], owner))

    def compile(self, head: list[str], hit: str, end: str, *, raises: str = "") -> Any:
        """Write and compile a function: its head, what it does for a rule, at its end, and when it raises."""
        lines = [*head, *self._root(hit), *self._loops(hit), " " + end]
        if raises:
            lines = [lines[0], " try:", *(" " + line for line in lines[1:]), f" except Exception: {raises}"]
        source = "\n".join(lines)
        name = f"opvalidate rules {hash(source) & 0xFFFFFFFF:08x}"
        namespace = {**self.names, "__name__": name, "__loader__": _Source(source)}
        exec(compile(source, name, "exec"), namespace)  # noqa: S102 - the module's docstring
        return namespace["rules"]

    def join(self) -> None:
        """Merge checks that differ only in their constants: it does not matter which one fails."""
        groups: dict[tuple[str, str], list[Check]] = {}
        for check in self.checks:
            groups.setdefault((text_of(check.block), text_of(check.guard)), []).append(check)
        self.checks = [
            Check(check.block, check.guard, broken)
            for check, *others in groups.values()
            for broken in self._joined([check.broken, *(other.broken for other in others)])
        ]
        for _, item in self.loops.values():
            item.checks = [(broken, "") for broken in self._joined([broken for broken, _ in item.checks])]

    def _joined(self, checks: list[Expression]) -> Iterator[Expression]:
        same: dict[tuple[str, str, str], list[tuple[Expression, Joinable]]] = {}
        for broken in checks:
            inner = broken.inner if isinstance(broken, Guarded) else broken
            if _is_joinable(inner):
                guard = broken.value.text if isinstance(broken, Guarded) else ""
                same.setdefault((guard, inner.left.text, inner.sign), []).append((broken, inner))
            else:
                yield broken
        for (_, _, sign), alike in same.items():
            first = alike[0][1]
            constants = [comparison.right.value for _, comparison in alike]
            merged = Comparison(first.left, sign, self.constant(_JOIN[sign](constants)))
            broken = alike[0][0]
            yield Guarded(broken.value, merged) if isinstance(broken, Guarded) else merged

    def _homes(self) -> dict[tuple[str, str], list[str]]:
        """Return where each held expression is computed: in the innermost place that its uses can read."""
        held = {one.variable.text: one.expression for one in self.head.values()}
        uses: dict[str, set[tuple[str, str]]] = {name: set() for name in held}

        def used(expression: Expression | None, place: tuple[str, str]) -> None:
            for name in expression.variables() if expression else ():
                if name in uses and place not in uses[name]:
                    uses[name].add(place)
                    used(held[name], place)

        for check in self.checks:
            block = text_of(check.block)
            used(check.block, ("", ""))
            used(check.guard, (block, ""))
            used(check.broken, (block, text_of(check.guard)))
        for items, item in self._used_loops():
            for expression in (
                items,
                *(one.expression for one in item.head.values()),
                *(broken for broken, _ in item.checks),
            ):
                used(expression, ("", ""))
        homes: dict[tuple[str, str], list[str]] = {}
        for name, places in uses.items():
            if not places:
                continue  # of a rule that could not be written
            block, guard = next(iter(places))
            home = (block, guard) if len(places) == 1 else (block, "")
            if any(other != block for other, _ in places):
                home = ("", "")
            homes.setdefault(home, []).append(f"{name} = {held[name].text}")
        return homes

    def _root(self, hit: str) -> Iterator[str]:
        """Write the document's own checks."""
        homes = self._homes()
        tree: dict[str, dict[str, list[str]]] = {}
        for check in self.checks:
            line = f"if {check.broken.text}: {hit.format(check.rule)}"
            tree.setdefault(text_of(check.block), {}).setdefault(text_of(check.guard), []).append(line)
        yield from (f" {line}" for line in homes.get(("", ""), ()))
        for block, guards in tree.items():
            if block:
                yield f" if {block}:"
                yield from (f"  {line}" for line in homes.get((block, ""), ()))
            indent = "  " if block else " "
            for guard, checks in guards.items():
                if guard:
                    yield f"{indent}if {guard}:"
                inner = indent + " " * bool(guard)
                if guard:
                    yield from (inner + line for line in homes.get((block, guard), ()))
                yield from (inner + line for line in checks)

    def _used_loops(self) -> Iterator[tuple[Expression, Item]]:
        """Yield the loops that have checks: a rule may have been given up."""
        return ((items, item) for items, item in self.loops.values() if item.checks)

    def _loops(self, hit: str) -> Iterator[str]:
        for items, item in self._used_loops():
            yield f" for {item.name} in {items.text} or ():"
            yield from (f"  {one.variable.text} = {one.expression.text}" for one in item.head.values())
            yield from (f"  if {broken.text}: {hit.format(rule)}" for broken, rule in item.checks)


def text_of(expression: Expression | None) -> str:
    return expression.text if expression else ""


def _is_joinable(expression: Expression) -> TypeGuard[Joinable]:
    """Whether an expression compares a variable with a constant."""
    return (
        isinstance(expression, Comparison)
        and expression.sign in _JOIN
        and isinstance(expression.left, Variable)
        and isinstance(expression.right, Constant)
    )
