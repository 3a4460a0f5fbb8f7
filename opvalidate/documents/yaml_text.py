"""One YAML document's bytes to a `Document`, read as YAML 1.2, with every scalar as it is written.

The events come from libyaml. The meaning of plain scalars is decided here, because libyaml's users follow
YAML 1.1, where `No` is false and `12:30` is 750.
"""

from __future__ import annotations

from functools import cached_property
from math import inf
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from opvalidate.documents.document import (
    BOM_BYTES,
    MAX_DEPTH,
    MAX_DOCUMENT_BYTES,
    MAX_PROBLEMS,
    UNREADABLE,
    Document,
)
from opvalidate.documents.source import (
    DUPLICATE,
    EMPTY,
    TOO_DEEP,
    TOO_MANY,
    Lines,
    TextPlace,
    Unscannable,
    current,
    decode,
    wide_encoding,
)
from opvalidate.documents.yaml_scalars import (
    BAD_TAG,
    KINDS,
    NON_FINITE,
    TAG,
    TYPED_STARTS,
    convert,
    is_null,
    kind_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from opvalidate.documents.document import Path, Problem

_ALIAS_NODES = 10_000
_ALIAS_FACTOR = 10
_MAX_TAG_DIRECTIVES = 100  # libyaml compares each with all before it
_COMPLEX_KEY = "a list or an object as a key: a key must be text"


def read(data: bytes, *, file: str = "", index: int = 0, line: int = 1, column: int = 1) -> Document:
    """Read one YAML document that starts at `line` and `column` of `file`; never raises.

    Scalars stay as they were written; an unquoted date, number or boolean is also a problem.
    """
    value, problems = _read(data, line, column, None)
    return Document(
        value,
        data=data,
        file=file,
        index=index,
        syntax="yaml",
        line=line,
        column=column,
        problems=tuple(problems),
    )


def read_typed(data: bytes, *, file: str) -> Document:
    """Read a YAML file with numbers and booleans, such as a rule pack; never raises."""
    value, problems = _read(data, 1, 1, None, typed=True)
    return Document(value, data=data, file=file, syntax="yaml", problems=tuple(problems))


def places(document: Document, paths: Iterable[Path] | None = None) -> dict[Path, TextPlace]:  # noqa: ARG001 - as json_text has it
    """Return the place of each value of a document. The place of an alias is where it is written.

    Members from a merge key have the place of that key. Before an error, all places are included.
    """
    found: dict[Path, TextPlace] = {}
    _read(document.data, 1, 1, found)
    return current(found)


def _read(
    data: bytes, line: int, column: int, found: dict[Path, TextPlace] | None, *, typed: bool = False
) -> tuple[Any, list[Problem]]:
    problems: list[Problem] = []
    if data.startswith(BOM_BYTES) or len(data) > MAX_DOCUMENT_BYTES or wide_encoding(data):
        source = decode(data, line, column)
        problems += source.problems
        if not source.readable:
            return UNREADABLE, problems
    builder = _Builder(data, line, column, found, typed=typed)
    try:
        value = builder.document()
    except _Duplicate:
        return _read(data, line, column, {}, typed=typed)
    except Unscannable:
        value = UNREADABLE
    return value, problems + builder.problems


#: NEL, LS and PS: they end a line in YAML 1.1 and in libyaml; in YAML 1.2 and JSON they are text.
_OLD_BREAKS = tuple(char.encode() for char in "\x85\u2028\u2029")


def _without_old_breaks(data: bytes) -> tuple[bytes, dict[int, str]]:
    """Return a text with other characters instead of those that end a line in YAML 1.1 only, and a map back.

    The text does not have the other characters. Positions, which count characters, do not change.
    """
    substitutes: dict[int, str] = {}
    for old in _OLD_BREAKS if not data.isascii() else ():
        if old in data:
            code = next(code for code in range(0x4E00, 0x9FFF) if chr(code).encode() not in data)
            data = data.replace(old, chr(code).encode())
            substitutes[code] = old.decode()
    return data, substitutes


def _parser(data: bytes) -> Any:
    import yaml

    return yaml.CSafeLoader(data) if yaml.__with_libyaml__ else yaml.SafeLoader(data)


class _Duplicate(Exception):  # noqa: N818 - not an error of the program
    """A duplicate key: the text is read again with places, because the message has the first key's line."""


class _Anchor(NamedTuple):
    """What an anchor names: a value, the text of a scalar, and nodes and levels with aliases expanded."""

    value: Any
    text: str | None
    nodes: int
    height: int


class _Container:
    """A list or an object that is not closed yet."""

    __slots__ = (
        "anchor",
        "before",
        "expects_key",
        "height",
        "key",
        "key_span",
        "merge",
        "path",
        "start",
        "value",
    )

    def __init__(
        self, value: Any, start: int = 0, path: Path = (), anchor: str | None = None, before: int = 0
    ) -> None:
        self.value = value
        self.start = start
        self.path = path
        self.anchor = anchor
        self.before = before  # nodes before this one
        self.height = 0  # levels inside
        self.expects_key = isinstance(value, dict)
        self.key = ""  # of the latest member
        self.key_span: tuple[int, int] | None = None
        self.merge: tuple[int, int] | None = None  # span of the merge key


class _Builder:
    """Builds a document's value from libyaml's events, and its places if requested."""

    def __init__(
        self, data: bytes, line: int, column: int, found: dict[Path, TextPlace] | None, *, typed: bool
    ) -> None:
        self.typed = typed
        self.data = data
        self.line = line
        self.column = column
        self.bom = int(data.startswith(BOM_BYTES))
        self.found = found
        self.problems: list[Problem] = []
        self.first_keys: dict[tuple[int, str], int] = {}  # of duplicates only: object and key → offset
        self.anchors: dict[str, _Anchor | None] = {}
        self.nodes = 0
        self.aliased = 0  # nodes that aliases expand to
        self.breaks: dict[int, str] = {}  # replacements of characters that do not break a line
        self.end = 0  # of the last thing read
        self.top = _Container([])  # contains the document
        self.stack: list[_Container] = []  # the containers of `top`, outermost first

    @cached_property
    def lines(self) -> Lines:
        return decode(self.data, self.line, self.column).lines

    def document(self) -> Any:
        from yaml import YAMLError

        if self.data.count(b"%TAG") > _MAX_TAG_DIRECTIVES:
            self.stop("yaml-syntax", BAD_TAG, (0, 0))
        try:
            data, self.breaks = _without_old_breaks(self.data[3:] if self.bom else self.data)
            return self.build(_parser(data).get_event)
        except YAMLError as error:
            self.fail(error)

    def build(self, next_event: Callable[[], Any]) -> Any:
        from yaml import events

        actions: dict[type, Callable[[Any], None]] = {
            events.ScalarEvent: self.scalar,
            events.AliasEvent: self.alias,
            events.MappingStartEvent: self.open_mapping,
            events.SequenceStartEvent: self.open_list,
            events.MappingEndEvent: self.close,
            events.SequenceEndEvent: self.close,
        }
        next_event()  # the stream's start
        if type(next_event()) is not events.DocumentStartEvent:
            self.stop("empty-file", EMPTY, (0, 0))
        first = event = next_event()
        while action := actions.get(type(event)):
            action(event)
            event = next_event()
        if type(extra := next_event()) is not events.StreamEndEvent:
            self.syntax("a second document starts here", extra)
        if type(first) is events.ScalarEvent and first.value == "" and first.implicit[0] and not first.anchor:
            self.stop("empty-file", EMPTY, (0, 0))
        return self.top.value[0]

    # --- events -----------------------------------------------------------------------------

    def scalar(self, event: Any) -> None:
        self.nodes += 1
        text = value = event.value.translate(self.breaks) if self.breaks else event.value
        tag = event.tag
        if tag is not None and tag not in KINDS:
            self.syntax(BAD_TAG, event)
        if self.top.expects_key:
            self.key(event, text)
            if text == "<<" and tag is None and event.implicit[0]:
                self.top.merge = self.span(event)
        else:
            if tag is not None or (text[:1] in TYPED_STARTS and event.implicit[0]):
                value = self.resolve(event, text)
            self.put(event, value)
        if event.anchor is not None:
            self.anchors[event.anchor] = _Anchor(value, text, 1, 0)

    def alias(self, event: Any) -> None:
        if event.anchor not in self.anchors:
            self.syntax("an alias without an anchor before it", event)
        anchor = self.anchors[event.anchor]
        if anchor is None:
            self.syntax("an alias inside its own anchor", event)
        self.nodes += 1
        if self.top.expects_key:
            if anchor.text is None:
                self.syntax(_COMPLEX_KEY, event)
            self.key(event, anchor.text)
            return
        self.aliased += anchor.nodes
        limit = _ALIAS_NODES + _ALIAS_FACTOR * self.nodes
        if self.aliased > limit:
            self.stop("too-large", f"the aliases expand to more than {limit} values", self.span(event))
        if len(self.stack) + anchor.height > MAX_DEPTH:
            self.stop("too-deep", TOO_DEEP, self.span(event), path=self.path())
        self.top.height = max(self.top.height, anchor.height)
        self.put(event, anchor.value)

    def open_list(self, event: Any) -> None:
        self.open(event, [], "seq")

    def open_mapping(self, event: Any) -> None:
        self.open(event, {}, "map")

    def open(self, event: Any, value: Any, tag: str) -> None:
        if event.tag not in (None, "!", TAG + tag):
            self.syntax(BAD_TAG, event)
        if self.top.expects_key:
            self.syntax(_COMPLEX_KEY, event)
        if len(self.stack) == MAX_DEPTH:
            self.stop("too-deep", TOO_DEEP, self.span(event), path=self.path())
        if event.anchor is not None:
            self.anchors[event.anchor] = None  # until its end
        path = () if self.found is None else self.path()
        container = _Container(value, event.start_mark.index, path, event.anchor, self.nodes + self.aliased)
        self.nodes += 1
        self.put(event, value, scalar=False)
        self.stack.append(self.top)
        self.top = container

    def close(self, event: Any) -> None:
        container, self.top = self.top, self.stack.pop()
        height = container.height + 1
        self.top.height = max(self.top.height, height)
        if container.merge is not None:
            self.merge(container, container.merge)
        if container.anchor is not None:
            nodes = self.nodes + self.aliased - container.before
            self.anchors[container.anchor] = _Anchor(container.value, None, nodes, height)
        if self.found is not None:
            start, end = self.span(event)
            if start < end:  # a bracket; the end of indented text is empty and just before the next key
                self.end = end
            place = self.found[container.path]
            self.found[container.path] = place._replace(value=(place.value[0], self.end))

    # --- members ----------------------------------------------------------------------------

    def key(self, event: Any, key: str) -> None:
        top = self.top
        top.expects_key = False
        top.key = key
        if self.found is not None:
            top.key_span = self.span(event)
            self.end = top.key_span[1]
        if key in top.value:
            if self.found is None:
                raise _Duplicate
            path = self.path()
            before = self.found[path].key
            assert before
            first = self.first_keys.setdefault((top.start, key), before[0])
            self.report(
                "duplicate-key", DUPLICATE.format(self.lines.at(first)[0]), self.span(event), path=path
            )

    def put(self, event: Any, value: Any, *, scalar: bool = True) -> None:
        top = self.top
        if self.found is not None:
            start, end = self.span(event)
            self.found[self.path()] = TextPlace(top.key_span, (start, end if scalar else start + 1), scalar)
            self.end = max(self.end, end)
        if isinstance(top.value, dict):
            top.value[top.key] = value
            top.expects_key = True
        else:
            top.value.append(value)

    def merge(self, container: _Container, span: tuple[int, int]) -> None:
        """Add the members of a merge key; the object's own have priority, then the earlier ones."""
        own = container.value
        named = own.pop("<<")
        for source in named if isinstance(named, list) else [named]:
            if not isinstance(source, dict):
                self.stop("yaml-syntax", "<< must have an object, or a list of objects", span)
            for key, value in source.items():
                if key not in own:
                    own[key] = value
                    if self.found is not None:
                        path = (*container.path, key)
                        self.found[path] = TextPlace(None, span, scalar=True)

    def resolve(self, event: Any, text: str) -> Any:
        """Return a scalar's text, None for null; convert other types, or report them."""
        if event.tag is None:
            if NON_FINITE.fullmatch(text):
                detail = "YAML reads this as infinity or not a number, not as text: put it in quotes"
                self.report("non-finite-number", detail, self.span(event), path=self.path())
                return inf if self.typed else text
            kind = kind_of(text)
        else:
            kind = KINDS[event.tag]
        if kind and self.typed:
            value = convert(text)
            if value in (inf, -inf):
                self.report("non-finite-number", "not finite", self.span(event), path=self.path())
            return value
        if kind:
            detail = f"YAML reads this as {kind}, not as text: put it in quotes"
            self.report("yaml-unquoted", detail, self.span(event), path=self.path())
        return None if is_null(text, event.tag) else text

    # --- places and problems ----------------------------------------------------------------

    def path(self) -> Path:
        """Return the path of the next value."""
        outer = (item.key if isinstance(item.value, dict) else len(item.value) - 1 for item in self.stack[1:])
        if not self.stack:
            return ()
        last = self.top.key if isinstance(self.top.value, dict) else len(self.top.value)
        return (*outer, last)

    def span(self, event: Any) -> tuple[int, int]:
        start, end = event.start_mark.index + self.bom, event.end_mark.index + self.bom
        if getattr(event, "style", None) in ("|", ">"):  # which include their line ends
            end = start + len(self.lines.text[start:end].rstrip())
        return start, end

    def report(
        self, rule: str, detail: str, span: tuple[int, int], *, path: Path = (), suggestion: str | None = None
    ) -> None:
        if len(self.problems) == MAX_PROBLEMS:
            self.problems.append(self.lines.problem("too-large", TOO_MANY, *span))
            raise Unscannable
        self.problems.append(self.lines.problem(rule, detail, *span, path=path, suggestion=suggestion))

    def stop(self, rule: str, detail: str, span: tuple[int, int], *, path: Path = ()) -> NoReturn:
        self.report(rule, detail, span, path=path)
        raise Unscannable

    def syntax(self, detail: str, event: Any) -> NoReturn:
        self.stop("yaml-syntax", detail, self.span(event))

    def fail(self, error: Any) -> NoReturn:
        """Report an error of libyaml."""
        if getattr(error, "problem", None) is None:  # bytes or a character, not grammar
            source = decode(self.data, self.line, self.column)
            if not source.readable:
                self.problems += source.problems
                raise Unscannable
        from opvalidate.documents.yaml_errors import describe

        self.stop(*describe(error, self.lines, self.bom))
