"""Expressions of generated code: a template and its parts, with what the generator asks of them."""

from __future__ import annotations

from typing import Any

_NAMES: frozenset[str] = frozenset()


class Expression:
    """A piece of Python: a template, and other expressions that are filled in; never text of a pack."""

    __slots__ = ("calls", "names", "text")

    #: Whether it calls a function of a keyword, which costs more than an operator.
    calls: bool
    #: The variables it reads.
    names: frozenset[str]
    text: str

    def __init__(self, template: str, *parts: Expression, calls: bool = False) -> None:
        self.text = template.format(*[part.text for part in parts])
        self.names = _NAMES.union(*[part.names for part in parts])
        self.calls = calls or any(part.calls for part in parts)

    @property
    def fails_for_none(self) -> bool:
        """Whether it is false, and raises nothing, where its variable is None."""
        return False


class Variable(Expression):
    """A local variable of the function."""

    __slots__ = ()

    def __init__(self, name: str) -> None:
        self.text, self.names, self.calls = name, frozenset((name,)), False


class Constant(Expression):
    """A value that the code names."""

    __slots__ = ("value",)

    def __init__(self, name: str, value: Any) -> None:
        self.text, self.names, self.calls = name, _NAMES, False
        self.value = value


NOTHING = Constant("None", None)
"""The value of a field that is never there."""

TRUE, FALSE = Constant("True", value=True), Constant("False", value=False)


class Comparison(Expression):
    """A comparison of something with a constant, or of a constant with a list."""

    __slots__ = ("left", "right", "sign")

    def __init__(self, left: Expression, sign: str, right: Expression) -> None:
        super().__init__(f"{{}} {sign} {{}}", left, right)
        self.left, self.sign, self.right = left, sign, right

    @property
    def fails_for_none(self) -> bool:
        return self.sign in ("==", "in")


class Guarded(Expression):
    """A test of a value that is only made if the value is there."""

    __slots__ = ("inner", "value")

    def __init__(self, value: Expression, inner: Expression) -> None:
        super().__init__("({} is not None and {})", value, inner)
        self.value, self.inner = value, inner


def call(function: Constant, *arguments: Expression) -> Expression:
    """Call a function of a keyword."""
    return Expression("{}(" + ", ".join(["{}"] * len(arguments)) + ")", function, *arguments, calls=True)


def joined(parts: list[Expression], operator: str = "and") -> Expression:
    """Join expressions by `and`, or by `or`."""
    neutral = "True" if operator == "and" else "False"
    parts = [part for part in parts if part.text != neutral] or parts[:1]
    if len(parts) == 1:
        return parts[0]
    return Expression("(" + f" {operator} ".join(["{}"] * len(parts)) + ")", *parts)
