"""The parts of a `multipart/form-data` body."""

from __future__ import annotations

from typing import NamedTuple

from opvalidate.integrations.serve.problems import HttpProblem
from opvalidate.suggest import expected

MAX_PARTS = 16


class Part(NamedTuple):
    """One part: its content, the file's name and the media type, which may be empty."""

    data: bytes
    file: str = ""
    media_type: str = ""

    def __repr__(self) -> str:  # never the data: they are a customer's
        return f"Part({len(self.data)} bytes)"


def parts(data: bytes, content_type: str, allowed: tuple[str, ...]) -> dict[str, Part]:
    """Return the parts of a body by name. Raises HttpProblem for one that is invalid, or not allowed."""
    from python_multipart.exceptions import FormParserError
    from python_multipart.multipart import MultipartParser, parse_options_header

    _, options = parse_options_header(content_type.encode("latin-1"))
    found: dict[str, Part] = {}
    headers: dict[bytes, bytes] = {}
    name, value = bytearray(), bytearray()
    content: list[bytes] = []  # a large file is copied twice, not three times

    def begin() -> None:
        headers.clear()
        content.clear()

    def end_header() -> None:
        headers[bytes(name).lower()] = bytes(value)
        name.clear()
        value.clear()

    def end() -> None:
        _, about = parse_options_header(headers.get(b"content-disposition", b""))
        part = _text(about.get(b"name", b""))
        if part not in allowed:
            raise HttpProblem(400, expected("part", allowed, part[:100]))
        if part in found or len(found) == MAX_PARTS:
            raise HttpProblem(400, f"the part {part} is there twice")
        media_type = _text(headers.get(b"content-type", b"")).partition(";")[0].strip().lower()
        found[part] = Part(b"".join(content), _text(about.get(b"filename", b"")), media_type)

    complete = False

    def finish() -> None:
        nonlocal complete
        complete = True

    try:
        parser = MultipartParser(
            options.get(b"boundary", b""),
            {
                "on_part_begin": begin,
                "on_part_data": lambda piece, start, stop: content.append(piece[start:stop]),
                "on_part_end": end,
                "on_header_field": lambda piece, start, stop: name.extend(piece[start:stop]),
                "on_header_value": lambda piece, start, stop: value.extend(piece[start:stop]),
                "on_header_end": end_header,
                "on_end": finish,
            },
        )
        parser.write(data)
        parser.finalize()
    except FormParserError:
        complete = False
    if not complete:
        raise HttpProblem(400, "the body is not complete multipart/form-data")
    if "file" not in found:
        raise HttpProblem(400, "the part file is missing")
    return found


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
