"""Keywords about the domain of an e-mail address or a website."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

from opvalidate.ruleset.keywords.base import Keyword, NotEmitted
from opvalidate.ruleset.keywords.expressions import Expression, Guarded
from opvalidate.ruleset.scope import compile_path, first

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from opvalidate.ruleset.keywords.base import Answer, ArgumentCheck, Target
    from opvalidate.ruleset.keywords.tree import Language, ValueTest
    from opvalidate.ruleset.scope import Scope

_NOT_INSTALLED = "registrable needs the public suffix list"
_INSTALL = "install opvalidate with the extra domains"


class SameDomain(Keyword):
    __slots__ = ("_constant", "_find", "_read", "_registrable")
    name = "sameDomain"
    argument_schema: ClassVar = {"$ref": "#/$defs/domain"}
    about = (
        "the domain of the e-mail address or website is this one, or that of `{field: PATH}`, "
        "or a subdomain of it; with `registrable: true`, both belong to one registered domain (see Domains)"
    )
    example: ClassVar = {"field": "Customer.Account.WebsiteUrl"}
    unsure = True

    def __init__(self, argument: Any, tables: Any) -> None:
        super().__init__(argument, tables)
        parts = argument if isinstance(argument, dict) else {"domain": argument}
        self._registrable: bool = parts.get("registrable", False)
        self._read: Callable[[Any], str | None] = registrable if self._registrable else domain
        self._find = compile_path(parts["field"]) if "field" in parts else None
        self._constant = None if self._find else self._read(parts["domain"])

    @classmethod
    def check(cls, argument: Any, check: ArgumentCheck) -> None:
        check.takes("string")
        parts = argument if isinstance(argument, dict) else {"domain": argument}
        if parts.get("registrable") and _public_suffixes() is None:
            check.report(_NOT_INSTALLED, _INSTALL)
        if "field" in parts:
            check.other(parts["field"], "field")
        elif domain(parts["domain"]) is None:
            check.report(f"{parts['domain']} is not a domain", "write anycompany.com, or {field: PATH}")

    def holds(self, value: Any, scope: Scope) -> Answer:
        own = self._read(value)
        other = self._constant if self._find is None else self._read(first(self._find(scope)).value)
        if own is None or other is None:
            return None
        return own == other or (not self._registrable and own.endswith(f".{other}"))

    def emit(self, target: Target, *, positive: bool) -> Expression:
        read = target.constant(self._read)
        if self._find is None:
            other: Expression = target.constant(self._constant)
        else:
            try:
                field = target.field(self.argument["field"])
            except NotEmitted:
                return super().emit(target, positive=positive)
            other = target.hold_there(Expression("{}({})", read, field))
        own = target.hold(Expression("{}({})", read, target.value))
        inside = "{0} == {1}" if self._registrable else "({0} == {1} or {0}.endswith('.' + {1}))"
        return Guarded(own, Guarded(other, Expression(inside if positive else f"not {inside}", own, other)))

    def references(self) -> tuple[str, ...]:
        return () if self._find is None else (self.argument["field"],)

    def mutations(self) -> Iterator[tuple[dict[str, Any], str]]:
        if self._registrable:
            yield {self.name: {**self.argument, "registrable": False}}, "without registrable"


class Domain(Keyword):
    """A test of the domain instead of the whole address."""

    __slots__ = ("_test",)
    name = "domain"
    argument_schema: ClassVar = {"$ref": "#/$defs/valueTest"}
    about = "the domain of the e-mail address or website (in lower case, without `www.`) passes this test"
    example: ClassVar = {"not": {"enum": ["gmail.com"]}}
    unsure = True
    _test: ValueTest

    @classmethod
    def parse(cls, argument: Any, test: Mapping[str, Any], language: Language) -> Keyword:  # noqa: ARG003 - as its base
        keyword = cls(argument, language.tables)
        keyword._test = language.value_test(argument)
        return keyword

    @classmethod
    def check(cls, argument: Any, check: ArgumentCheck) -> None:
        check.takes("string")
        check.test(argument)

    def holds(self, value: Any, scope: Scope) -> Answer:
        own = domain(value)
        return None if own is None else self._test.holds(own, scope)

    def emit(self, target: Target, *, positive: bool) -> Expression:
        own = target.hold(Expression("{}({})", target.constant(domain), target.value))
        return Guarded(own, self._test.emit(target.with_value(own), positive=positive))

    def references(self) -> tuple[str, ...] | None:
        found = [keyword.references() for keyword in self._test.walk()]
        known = [one for one in found if one is not None]
        return tuple(field for one in known for field in one) if len(known) == len(found) else None


#: Most e-mail addresses and websites.
_PLAIN_ADDRESS = re.compile(
    r"(?:[^\s/?#\\:@]+@|https?://)((?:[a-zA-Z0-9_-]{1,63}\.){1,5}[a-zA-Z0-9_-]{2,63})/?", re.ASCII
)
_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
_MAX_HOST = 253


def domain(text: Any) -> str | None:
    """Return the host name of a website or an e-mail address, without `www.`; None if it has no such name."""
    if not isinstance(text, str):
        return None
    plain = _PLAIN_ADDRESS.fullmatch(text) if len(text) <= _MAX_HOST else None
    if plain:
        return plain[1].lower().removeprefix("www.")
    host = text.strip().partition("://")[2] or text.strip()
    host = re.split(r"[/?#\\]", host, maxsplit=1)[0].rpartition("@")[2].partition(":")[0]
    if len(host) > _MAX_HOST:
        return None
    if not host.isascii():
        try:
            host = host.encode("idna").decode()
        except UnicodeError:
            return None
    host = host.lower().rstrip(".").removeprefix("www.")
    return host if _HOST.fullmatch(host) else None


def registrable(text: Any) -> str | None:
    """Return the registered part of a domain, None for a public suffix such as co.uk."""
    host, suffixes = domain(text), _public_suffixes()
    if host is None or suffixes is None:
        return None
    registered: str | None = suffixes.privatesuffix(host)
    return registered


@lru_cache(maxsize=1)  # it is read from the library's file, in 20 ms
def _public_suffixes() -> Any:
    """Return the public suffix list as the library has it, None without the library."""
    try:
        from publicsuffixlist import PublicSuffixList
    except ImportError:
        return None
    return PublicSuffixList()
