"""The value of a YAML document of which nothing is to be said, in two thirds of the time of `yaml_text`.

libyaml composes the nodes, without PyYAML's resolver, which costs as much as libyaml itself. What would need
a word (a duplicate key, an unquoted number, a tag), and aliases, which have to be counted, are for
`yaml_text`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from operator import is_
from typing import TYPE_CHECKING, Any

from opvalidate.documents.document import BOM_BYTES, MAX_DEPTH, MAX_DOCUMENT_BYTES, UNREADABLE

if TYPE_CHECKING:
    from collections.abc import Callable

_TOWER = 1500

_PLAIN, _QUOTED = "plain", "quoted"
#: By what libyaml says of a collection, or of a scalar: whether it needs no tag if it is plain, or is not.
_TAGS: dict[Any, str] = {
    True: _PLAIN,
    False: _QUOTED,
    (True, True): _PLAIN,
    (True, False): _PLAIN,
    (False, True): _QUOTED,
    (False, False): _QUOTED,
}


def value(data: bytes, is_text: Callable[[str], bool]) -> Any:
    """Return the value of one YAML document, or `UNREADABLE` where `yaml_text` must look.

    `is_text` tells whether a plain scalar is text to YAML, whatever its first character.
    """
    if len(data) > MAX_DOCUMENT_BYTES or b"\0" in data[:4] or data.startswith(_NOT_NOW):
        return UNREADABLE
    if not data.isascii() and any(old in data for old in OLD_BREAKS):
        return UNREADABLE
    if b"*" in data and not all(data[star.start() - 1] in _TEXT for star in _STAR.finditer(data)):
        return UNREADABLE  # it may be an alias
    if b"%" in data and _DIRECTIVE.search(data):
        return UNREADABLE
    loader = _loader()
    if loader is None:
        return UNREADABLE
    compose, error = loader
    try:
        return _value(compose(data), is_text, MAX_DEPTH)
    except (error, _Other, RecursionError):
        return UNREADABLE


#: NEL, LS and PS: they end a line in YAML 1.1, and so for libyaml; in YAML 1.2 and JSON they are text.
OLD_BREAKS = tuple(char.encode() for char in "\x85\u2028\u2029")
#: Marks of an encoding; and what no alias begins with at once.
_NOT_NOW = (BOM_BYTES, b"\xff", b"\xfe", b"*")
_STAR = re.compile(rb"\*")
#: Behind these a star is text: there is no indicator and no blank before it.
_TEXT = frozenset(b"\"'()*./0123456789@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz")
#: Each directive is compared with all before it. libyaml has more line breaks than ASCII.
_DIRECTIVE = re.compile(rb"(?:\A|[^ -~])%")


class _Other(Exception):  # noqa: N818 - not an error of the program
    """Something that needs a closer look."""


@lru_cache(maxsize=1)
def _loader() -> tuple[Callable[[bytes], Any], type[Exception]] | None:
    import yaml

    if not yaml.__with_libyaml__:
        return None
    from yaml._yaml import CParser

    class Composer(CParser):
        # these two are called for every node, and what C does is done sooner
        descend_resolver = staticmethod(is_)
        ascend_resolver = staticmethod(tuple)

        def resolve(self, _: type, __: str | None, implicit: Any) -> str:
            return _TAGS[implicit]

    def compose(data: bytes) -> Any:
        return Composer(data).get_single_node()

    try:
        compose(b"[" * _TOWER + b"]" * _TOWER)
    except yaml.YAMLError:
        return compose, yaml.YAMLError
    return None  # a libyaml that does not bound how deep its callers call themselves


def _value(node: Any, is_text: Callable[[str], bool], depth: int) -> Any:
    """Return a node's value; a scalar's is text, a list's a list of nodes, an object's one of pairs."""
    if node is None:
        raise _Other
    content, tag = node.value, node.tag
    if type(content) is str:
        if tag is _QUOTED or (tag is _PLAIN and is_text(content)):
            return content
        raise _Other
    if tag is not _PLAIN or not depth:
        raise _Other
    if node.id == "sequence":
        return [_value(item, is_text, depth - 1) for item in content]
    made = {}
    for key, inner in content:
        name = key.value
        if type(name) is not str or name == "<<" or key.tag not in (_PLAIN, _QUOTED):
            raise _Other
        text = inner.value
        made[name] = text if inner.tag is _QUOTED and type(text) is str else _value(inner, is_text, depth - 1)
    if len(made) < len(content):
        raise _Other  # a key is there twice
    return made
