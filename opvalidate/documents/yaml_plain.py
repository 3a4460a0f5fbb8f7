"""The value of a YAML document of which nothing is to be said, in two thirds of the time of `yaml_text`.

libyaml composes the nodes, without PyYAML's resolver, which costs as much as libyaml itself. What would need
a word (a duplicate key, an unquoted number, a tag), and aliases, which have to be counted, are for
`yaml_text`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from opvalidate.documents.document import BOM_BYTES, MAX_DEPTH, MAX_DOCUMENT_BYTES, UNREADABLE

if TYPE_CHECKING:
    from collections.abc import Callable

_PLAIN, _QUOTED = "plain", "quoted"


def value(data: bytes, is_text: Callable[[str], bool]) -> Any:
    """Return the value of one YAML document, or `UNREADABLE` where `yaml_text` must look.

    `is_text` tells whether a plain scalar is text to YAML, whatever its first character.
    """
    if len(data) > MAX_DOCUMENT_BYTES or b"\0" in data[:4] or data.startswith(_NOT_NOW):
        return UNREADABLE
    if b"*" in data and any(
        data[star.start() - 1 : star.start()] in _BEFORE for star in _STAR.finditer(data)
    ):
        return UNREADABLE  # it may be an alias
    loader = _loader()
    if loader is None:
        return UNREADABLE
    compose, error = loader
    try:
        return _value(compose(data), is_text)
    except (error, _Other):
        return UNREADABLE


#: Marks of an encoding, and directives, of which each is compared with all before it.
_NOT_NOW = (BOM_BYTES, b"\xff", b"\xfe", b"%")
_STAR = re.compile(rb"\*")
_BEFORE = frozenset((b"", *(bytes((byte,)) for byte in b" \t\r\n,:?[{-")))


class _Other(Exception):  # noqa: N818 - not an error of the program
    """Something that needs a closer look."""


@lru_cache(maxsize=1)
def _loader() -> tuple[Callable[[bytes], Any], type[Exception]] | None:
    import yaml

    if not yaml.__with_libyaml__:
        return None
    from yaml._yaml import CParser

    class Composer(CParser):
        depth = 0

        def resolve(self, _: type, __: str | None, implicit: Any) -> str:
            return _PLAIN if implicit is True or (type(implicit) is tuple and implicit[0]) else _QUOTED

        def descend_resolver(self, _: Any, __: Any) -> None:
            self.depth += 1
            if self.depth > MAX_DEPTH + 1:  # the C code calls itself for each level
                raise _Other

        def ascend_resolver(self) -> None:
            self.depth -= 1

    return lambda data: Composer(data).get_single_node(), yaml.YAMLError


def _value(node: Any, is_text: Callable[[str], bool]) -> Any:
    """Return a node's value; a scalar's is text, a list's a list of nodes, an object's one of pairs."""
    if node is None:
        raise _Other
    content, tag = node.value, node.tag
    if type(content) is str:
        if tag is _QUOTED or (tag is _PLAIN and is_text(content)):
            return content
        raise _Other
    if tag is not _PLAIN:
        raise _Other
    if node.id == "sequence":
        return [_value(item, is_text) for item in content]
    made = {}
    for key, inner in content:
        name = key.value
        if type(name) is not str or name == "<<" or key.tag not in (_PLAIN, _QUOTED):
            raise _Other
        made[name] = inner.value if inner.tag is _QUOTED else _value(inner, is_text)
    if len(made) < len(content):
        raise _Other  # a key is there twice
    return made
