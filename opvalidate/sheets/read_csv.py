"""CSV and TSV: the encoding and the delimiter are detected; rows are read as they are asked for.

The standard library's reader divides the rows; it has no positions. What `spans` returns are those of
one row's cells, computed only for a row that has a finding.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from functools import lru_cache
from itertools import chain, islice
from typing import TYPE_CHECKING, NamedTuple

from opvalidate.documents.document import BOM_BYTES, MAX_DOCUMENT_BYTES
from opvalidate.sheets.table import Dialect, Row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

CHUNK = 64 * 1024
DELIMITERS = ",;\t|"
_SAMPLE_LINES = 60
_MAX_UNCLOSED = 20  # rows with an unclosed quotation mark; each is read twice
_SEPARATOR = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
_WESTERN = frozenset(
    "€‚„…†‡‰Š‹ŒŽ‘’“”•–—™š›œžŸ\xa0¡¢£§©«®°±²³´µ¶·¹º»¼½¾¿"
    "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝßàáâãäåæçèéêëìíîïñòóôõöøùúûüýÿ"
)

#: The code pages of Windows for languages that the Western one does not serve.
_CODE_PAGES = {
    **dict.fromkeys(("bs", "cs", "hr", "hu", "pl", "ro", "sk", "sl", "sq"), "cp1250"),
    **dict.fromkeys(("be", "bg", "mk", "ru", "sr", "uk"), "cp1251"),
    **dict.fromkeys(("az", "tr", "uz"), "cp1254"),
    **dict.fromkeys(("ar", "fa", "ur"), "cp1256"),
    **dict.fromkeys(("et", "lt", "lv"), "cp1257"),
    "el": "cp1253", "he": "cp1255", "vi": "cp1258",
    "ja": "cp932", "ko": "cp949", "zh": "gb18030",
}  # fmt: skip

UNCLOSED = "a quotation mark is opened in this row and never closed"
MISPLACED = "in this row, text follows a closing quotation mark before the next separator"
TOO_LONG = f"this row is larger than {MAX_DOCUMENT_BYTES >> 20} MiB"
LIMIT_OF_CELL = f"a cell of this row is longer than {csv.field_size_limit():,} characters"


class CsvText(NamedTuple):
    """A text file of rows: how it is written, and its rows, blank ones included."""

    dialect: Dialect
    rows: Iterator[Row]


def read(
    read: Callable[[int], bytes | None],
    *,
    tabs: bool = False,
    report: Callable[[str], None] | None = None,
    locale: str | None = None,
) -> CsvText:
    """Read a text file. `tabs` says that its name promises tabs between cells; `report` gets the encoding.

    Text that is not UTF-8 is read in the code page of the `locale`, if it can be.
    """
    decoder = _Decoder(read, report, locale)
    lines = _lines(decoder.texts())
    head = list(islice(lines, _SAMPLE_LINES))
    delimiter = _delimiter(head, tabs=tabs or decoder.wide)
    dialect = Dialect(delimiter, decoder.encoding, decoder.bom)
    return CsvText(dialect, _rows(chain(head, lines), delimiter))


# --- decoding --------------------------------------------------------------------------------


class _Decoder:
    """Decodes a stream chunk by chunk, so that a large file is never in memory as a whole.

    As long as all bytes are ASCII, nothing needs to be decided: UTF-8 and the Western code pages agree.
    """

    def __init__(
        self,
        read: Callable[[int], bytes | None],
        report: Callable[[str], None] | None = None,
        locale: str | None = None,
    ) -> None:
        self._read = read
        self._report = report
        self._locale = locale
        self._head = read(CHUNK) or b""
        while len(self._head) < 4 and (more := read(CHUNK)):
            self._head += more
        self.bom = self._head.startswith(BOM_BYTES)
        self.encoding = "utf-8"
        self.wide = False
        if self._head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            self.bom = self.wide = True
            self.encoding = "utf-16-le" if self._head[:2] == codecs.BOM_UTF16_LE else "utf-16-be"
        elif len(self._head) >= 4 and self._head[:4].count(0) == 2:
            self.wide = True
            self.encoding = "utf-16-le" if self._head[1] == 0 else "utf-16-be"
        elif not self.bom and not self._head.isascii():
            self._choose(self._head)
        if self.wide:
            self._say(f"the file is read as {self.encoding}")

    def _say(self, sentence: str) -> None:
        if self._report is not None:
            self._report(sentence)

    def texts(self) -> Iterator[str]:
        chunk = self._head[(3 if self.encoding == "utf-8" else 2) if self.bom else 0 :]
        decoder = _incremental(self.encoding)
        undecided = self.encoding == "utf-8" and not self.bom and chunk.isascii()
        while True:
            if undecided and not chunk.isascii():
                undecided = False
                self._choose(chunk)
                decoder = _incremental(self.encoding)
            yield decoder.decode(chunk)
            chunk = self._read(CHUNK) or b""
            if not chunk:
                break
        yield decoder.decode(b"", final=True)

    def _choose(self, chunk: bytes) -> None:
        """Choose the encoding by the first chunk that is not ASCII."""
        try:
            chunk.decode()
        except UnicodeDecodeError as error:
            if error.start >= len(chunk) - 3 and len(chunk) > 3:
                return  # a character that the chunk's end divides
            if _mostly_utf8(chunk):
                return  # UTF-8 with a broken byte, which is reported at its cell
            self.encoding = _code_page(chunk, self._locale)
            self._say(f"the file is not UTF-8; it is read as {self.encoding}")


def _incremental(encoding: str) -> codecs.IncrementalDecoder:
    return codecs.getincrementaldecoder(encoding)(
        errors="replace" if encoding[:6] == "utf-16" else "surrogateescape"
    )


def _mostly_utf8(chunk: bytes) -> bool:
    text = chunk.decode(errors="surrogateescape")
    broken = sum("\udc80" <= char <= "\udcff" for char in text)
    return broken * 4 < sum(not char.isascii() for char in text)


def _code_page(chunk: bytes, locale: str | None = None) -> str:
    if named := _CODE_PAGES.get((locale or "").partition("_")[0]):
        try:
            codecs.getincrementaldecoder(named)().decode(chunk)
        except UnicodeDecodeError:
            pass
        else:
            return named
    text = chunk.decode("cp1252", errors="surrogateescape")
    if all(char.isascii() or char in _WESTERN for char in text):
        return "cp1252"
    try:
        from charset_normalizer import from_bytes
    except ImportError:
        return "cp1252"
    best = from_bytes(chunk[:CHUNK], cp_exclusion=["utf_16", "utf_32", "utf_7"]).best()
    try:
        name = codecs.lookup(best.encoding).name if best is not None else "cp1252"
        return name if chunk.decode(name, "surrogateescape") else "cp1252"
    except (LookupError, UnicodeError):
        return "cp1252"


# --- lines and rows --------------------------------------------------------------------------


def _lines(texts: Iterable[str]) -> Iterator[str]:
    """Divide at line feeds and carriage returns, which stay. A line over the limit comes in pieces."""
    rest = ""
    for text in texts:
        found = io.StringIO(rest + text, newline="").readlines()
        rest = found.pop() if found and not found[-1].endswith("\n") else ""
        yield from found
        if len(rest) > MAX_DOCUMENT_BYTES:
            yield rest
            rest = ""
    if rest:
        yield rest


def _rows(lines: Iterator[str], delimiter: str) -> Iterator[Row]:
    number, line, unclosed = 1, 1, 0
    pending: list[str] = []
    taken: list[str] = []
    ended = False

    def feed() -> Iterator[str]:
        nonlocal ended
        while one := pending.pop() if pending else next(lines, ""):
            taken.append(one)
            yield one
        ended = True

    reader = csv.reader(feed(), delimiter=delimiter)
    while True:
        problem = None
        try:
            texts = next(reader)
        except StopIteration:
            return
        except csv.Error:
            problem, texts = _problem(taken, delimiter), []
        else:
            if (len(taken) > 1 or ended) and not _is_closed("".join(taken), delimiter):
                problem = UNCLOSED
            elif '"' in taken[0] and _has_misplaced_quote("".join(taken), delimiter):
                problem = MISPLACED
        if problem == UNCLOSED:
            unclosed += 1
            if unclosed > _MAX_UNCLOSED:
                yield Row(
                    number,
                    [],
                    line=line,
                    problem="too many rows have unclosed quotation marks: the rest is not read",
                )
                return
            ended = False
            pending += reversed(taken[1:])
            del taken[1:]
            texts = next(csv.reader(taken, delimiter=delimiter), []) if len(taken[0]) < CHUNK else []
            reader = csv.reader(feed(), delimiter=delimiter)
        text = taken[0] if len(taken) == 1 else "".join(taken)
        yield Row(number, texts, line=line, text=text, problem=problem)
        taken.clear()
        number += 1
        line += text.count("\n")


def _problem(taken: list[str], delimiter: str) -> str:
    text = "".join(taken)
    if len(taken) == 1 and len(text) > MAX_DOCUMENT_BYTES:
        return TOO_LONG
    if "\0" in text and len(taken) == 1:
        return "this row has a NUL character"
    return LIMIT_OF_CELL if len(taken) == 1 or _is_closed(text, delimiter) else UNCLOSED


@lru_cache(maxsize=8)
def _cell(delimiter: str) -> re.Pattern[str]:
    other = f"[^{re.escape(delimiter)}\r\n]*"
    return re.compile(f'(?P<quoted>"[^"]*(?:""[^"]*)*(?P<closed>"?)){other}|{other}')


def spans(text: str, delimiter: str) -> list[tuple[int, int]]:
    """Return where the cells of a row begin and end, quotation marks included."""
    pattern, found, at = _cell(delimiter), [], 0
    while True:
        match = pattern.match(text, at)
        assert match is not None  # it matches nothing, too
        found.append(match.span())
        at = match.end()
        if text[at : at + 1] != delimiter:
            return found
        at += 1


def _has_misplaced_quote(text: str, delimiter: str) -> bool:
    """Whether a cell goes on behind its closing quotation mark."""
    at_edges = text.count(f'{delimiter}"') + text.count(f'"{delimiter}')
    if text.count('"') == at_edges and f'{delimiter}"{delimiter}' not in text:
        return False  # each mark is next to one separator: most rows
    if not _misplaced(delimiter).search(text):  # quick, and may be wrong about what is inside a cell
        return False
    pattern, at = _cell(delimiter), 0
    while match := pattern.match(text, at):
        if match["quoted"] is not None and match.end() > match.end("quoted"):
            return True
        at = match.end()
        if text[at : at + 1] != delimiter:
            return False
        at += 1
    return False


@lru_cache(maxsize=8)
def _misplaced(delimiter: str) -> re.Pattern[str]:
    mark = re.escape(delimiter)
    return re.compile(f'(?:\\A|{mark})"[^"]*(?:""[^"]*)*"[^"{mark}\r\n]')


def _is_closed(text: str, delimiter: str) -> bool:
    pattern, at = _cell(delimiter), 0
    while True:
        match = pattern.match(text, at)
        assert match is not None
        if match["quoted"] is not None and not match["closed"]:
            return False
        at = match.end()
        if text[at : at + 1] != delimiter:
            return True
        at += 1


def quoted(text: str, delimiter: str, old: str = "") -> str:
    """Write a cell's text as CSV: in quotation marks where it needs them, or where it had them."""
    if old[:1] == '"' or any(char in text for char in (delimiter, '"', "\n", "\r")):
        return '"' + text.replace('"', '""') + '"'
    return text


# --- delimiter -------------------------------------------------------------------------------


def separator_line(text: str) -> str | None:
    """Return the delimiter that Excel's first line `sep=;` names, None for another line."""
    match = _SEPARATOR.fullmatch(text)
    return match[1] if match else None


def _delimiter(head: list[str], *, tabs: bool) -> str:
    if head and (named := separator_line(head[0])) and named not in '"\r\n':
        return named
    best, score = "\t" if tabs else ",", 0.0
    order = "\t" + DELIMITERS.replace("\t", "") if tabs else DELIMITERS
    for delimiter in order:
        new = _consistency(head, delimiter)
        if new > score:
            best, score = delimiter, new
    return best


def _consistency(head: list[str], delimiter: str) -> float:
    """Return the share of rows that have the most frequent number of cells, times what it divides them into.

    Rows of a sheet with commas may differ by trailing ones, while all have a list with one semicolon.
    """
    widths: dict[int, int] = {}
    total = 0
    try:
        for cells in csv.reader(iter(head), delimiter=delimiter):
            if cells:
                total += 1
                widths[len(cells)] = widths.get(len(cells), 0) + 1
    except csv.Error:
        pass
    return max((count / total * (width - 1) for width, count in widths.items()), default=0.0)
