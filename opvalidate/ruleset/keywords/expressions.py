"""Expressions of generated code: a template and its parts, and what the generator must know of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


class Expression:
    """A piece of Python: a template, and other expressions that fill it; never text of a pack."""

    __slots__ = ("calls", "parts", "text")

    #: Whether it calls a function of a keyword, which costs more than an operator.
    calls: bool
    parts: tuple[Expression, ...]
    text: str

    def __init__(self, template: str, *parts: Expression, calls: bool = False) -> None:
        self.text = template.format(*[part.text for part in parts])
        self.parts = parts
        self.calls = calls or any(part.calls for part in parts)

    def variables(self) -> Iterator[str]:
        """Yield the names of the variables it reads."""
        for part in self.parts:
            yield from part.variables()

    @property
    def fails_for_none(self) -> bool:
        """Whether it is false, and raises nothing, where its variable is None."""
        return False


class Variable(Expression):
    """A local variable of the function."""

    __slots__ = ()

    def __init__(self, name: str) -> None:
        self.text, self.parts, self.calls = name, (), False

    def variables(self) -> Iterator[str]:
        """Yield its name."""
        yield self.text


class Constant(Expression):
    """A value that the code names."""

    __slots__ = ("value",)

    def __init__(self, name: str, value: Any) -> None:
        self.text, self.parts, self.calls = name, (), False
        self.value = value


NOTHING = Constant("None", None)
"""The value of a field that is always absent."""

TRUE, FALSE = Constant("True", value=True), Constant("False", value=False)


class Comparison(Expression):
    """A comparison of something with a constant, or of a constant with a list."""

    __slots__ = ("left", "right", "sign")

    def __init__(self, left: Expression, sign: str, right: Expression) -> None:
        self.text, self.parts = f"{left.text} {sign} {right.text}", (left, right)
        self.calls = left.calls or right.calls
        self.left, self.sign, self.right = left, sign, right

    @property
    def fails_for_none(self) -> bool:
        return self.sign in ("==", "in")


class Guarded(Expression):
    """A test of a value that is only made if the value is there."""

    __slots__ = ("inner", "value")

    def __init__(self, value: Expression, inner: Expression) -> None:
        self.text, self.parts = f"({value.text} is not None and {inner.text})", (value, inner)
        self.calls = value.calls or inner.calls
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
