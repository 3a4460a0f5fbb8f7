"""Throw made-up bytes at opvalidate; stop at the first that brings a traceback, a hang or too much memory.

    python scripts/fuzz.py [SECONDS] [FOLDER]

With atheris (`pip install atheris`, on a Python it has a wheel for) coverage guides the inputs; without, they
are mutations of good documents by chance, from a seed. An input goes through a reader and an operation, every
format and every fix. FOLDER has the corpus across runs. The input that failed is in `fuzz-failure`.
"""

from __future__ import annotations

import contextlib
import random
import resource
import sys
import time
from pathlib import Path
from typing import Any

try:
    import atheris
except ImportError:
    atheris = None

ROOT = Path(__file__).parent.parent
SECONDS_EACH, MEGABYTES = 20, 1024
TODAY = "2026-11-23"
SYNTAXES = ("json", "jsonl", "yaml", None)

with atheris.instrument_imports(include=["opvalidate"]) if atheris else contextlib.nullcontext():
    import opvalidate
    from opvalidate.documents.document import UNREADABLE
    from opvalidate.documents.read import read_bytes
    from opvalidate.engine.run import Run
    from opvalidate.fixes.apply import fix_bytes
    from opvalidate.report.diff import unified
    from opvalidate.report.formats import FORMATS, Style, formatter

CHECKERS = {
    operation: opvalidate.Checker(operation=operation, today=TODAY)
    for operation in ("auto", "create", "update", "submit", "record")
}
count = 0


def once(data: bytes) -> None:
    """Read, check, report and fix one input in every way."""
    global count  # noqa: PLW0603 - printed in the last line
    count += 1
    choice = data[:1] or b"\0"
    data = data[1:]
    syntax = SYNTAXES[choice[0] % 4]
    operation, checker = list(CHECKERS.items())[(choice[0] >> 2) % 5]
    documents = list(read_bytes(data, file="a\n\udcff.json", syntax=syntax))
    record = next((one.value for one in documents if isinstance(one.value, dict)), None)
    run = Run(checker, (lambda _: record) if choice[0] & 64 else None)
    style = Style(values=bool(choice[0] & 128))
    formatters = [formatter(name, style) for name in FORMATS]
    for document in documents:
        findings = run.check(document).findings
        if document.value is UNREADABLE and not findings:
            raise AssertionError("a text that cannot be read, and no finding")
        repr((document, findings))
        for one in formatters if findings else ():
            one.add(document, findings).encode()
    last = run.finish()
    for one in formatters:
        ((one.add(None, last) if last else "") + one.end(run.tally.summary(), TODAY)).encode()
    for unsafe in (False, True):
        fixed = fix_bytes(checker, data, syntax=syntax, unsafe=unsafe)
        unified(data, fixed, file="a", syntax=syntax, values=False).encode()
    if record is not None:
        opvalidate.check(record, operation=operation, today=TODAY)
        if "Id" in record:
            opvalidate.prepare_update(record, {"LifeCycle.Stage": "Committed"}, today=TODAY)


def watched(data: bytes) -> None:
    """Run one input, and hold it to its time and memory."""
    started = time.monotonic()
    try:
        once(data)
        took = time.monotonic() - started
        used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        assert took <= SECONDS_EACH, f"{took:.0f} s"
        assert used <= MEGABYTES, f"{used} MB"
    except BaseException:
        Path("fuzz-failure").write_bytes(data)
        raise


def seeds() -> list[bytes]:
    """Return documents of the repository, as they are and in the other ways of writing."""
    texts = [
        path.read_bytes() for path in sorted(ROOT.glob("examples/*.*")) if path.suffix in (".json", ".yaml")
    ]
    texts += [path.read_bytes() for path in sorted(ROOT.glob("rules/base/*.*"))]
    texts += [b"[" + b",".join(texts[:2]) + b"]", b"---\na: &a [1, 'x']\nb: *a\n<<: {c: ~}\n"]
    return [bytes([first]) + text for text in texts for first in (0, 3, 6, 13, 64 + 5, 128 + 16)]


PIECES = (
    b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b"\n", b"\r\n", b"\t", b"\\ud800", b"\\u0000",
    b"---\n", b"...\n", b"# opvalidate: ignore[x] y\n", b"*a", b"&a ", b"<<: ", b"!!str ", b"|\n", b">-\n",
    b"null", b"NaN", b"1e999", b"-0", b"9" * 40, b"\xff", b"\xef\xbb\xbf", b"\x00", b"\xe2\x80\xae",
    b"[" * 70, b'{"a":' * 70, b'"Id":"O1",', b'"Identifier":"O1",', b"true", b"2027-01-01", b"&amp;",
    b"%TAG ! x\n",
)  # fmt: skip


def mutated(made: random.Random, known: list[bytes]) -> bytes:
    """Change a document in one to eight places."""
    data = bytearray(made.choice(known))
    for _ in range(made.randint(1, 8)):
        at = made.randrange(len(data) + 1)
        match made.randrange(6):
            case 0:
                data[at:at] = made.choice(PIECES)
            case 1:
                del data[at : at + made.randint(1, 30)]
            case 2:
                data[at : at + 1] = bytes([made.randrange(256)])
            case 3:
                other = made.choice(known)
                start = made.randrange(len(other))
                data[at:at] = other[start : start + made.randint(1, 200)]
            case 4:
                data[at:at] = data[at : at + made.randint(1, 60)] * made.randint(1, 4)
            case _:
                del data[at:]
                data = data or bytearray(1)
    return bytes(data)


def main(arguments: list[str]) -> int:
    seconds = int(arguments[0]) if arguments else 60
    started = time.monotonic()
    known = seeds()
    for seed in known:
        watched(seed)
    if atheris:
        folder = Path(arguments[1] if len(arguments) > 1 else "fuzz-corpus")
        folder.mkdir(exist_ok=True)
        for number, seed in enumerate(known):
            (folder / f"seed-{number}").write_bytes(seed)
        limits = [f"-timeout={SECONDS_EACH}", f"-rss_limit_mb={MEGABYTES}", "-max_len=20000"]
        print(f"fuzz: atheris, {seconds} s, corpus in {folder}", flush=True)
        atheris.Setup([sys.argv[0], f"-max_total_time={seconds}", *limits, str(folder)], watched)
        atheris.Fuzz()  # ends the process; libFuzzer's last lines have the count
        return 0
    made: Any = random.Random(2026)  # noqa: S311 - no secret
    while time.monotonic() - started < seconds:
        watched(mutated(made, known))
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"fuzz: {count:,} inputs in {time.monotonic() - started:.0f} s, {used} MB at most, no failure")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
