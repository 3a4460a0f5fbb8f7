"""Write docs/images/: what commands print, and the page of `opvalidate serve`.

Run `python scripts/pictures.py` when the output of a command or the page has changed. The picture of the page
needs Chromium and the packages that `make test` installs from npm; without them it stays as it is.
"""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
IMAGES = ROOT / "docs" / "images"
PAGE = IMAGES / "page.png"

TODAY = "2026-11-23"
#: Colours of a dark terminal, by the codes that opvalidate prints.
_COLOURS = {"31": "#ff7b72", "32": "#7ee787", "33": "#e3b341", "36": "#79c0ff"}
_CODE = re.compile("\x1b\\[([0-9;]*)m")
_CHARACTER, _LINE, _MARGIN, _BAR = 7.8, 18, 16, 30
_TIMEOUT = 60
_BLANK = "\u00a0"


class Picture(NamedTuple):
    """A command, and the options that the picture omits: with them its output is the same every day."""

    name: str
    command: str
    hidden: tuple[str, ...]
    columns: int = 100


PICTURES = (
    Picture(
        "terminal",
        "opvalidate check examples/bad.json --select OPV201,state-value,OPV703",
        ("--today", TODAY),
    ),
    Picture(
        "ci",
        "opvalidate check examples/bad.json --format github --select OPV201,OPV206,OPV104",
        ("--today", TODAY),
    ),
)


def output(picture: Picture) -> str:
    """Run the command and return what a terminal shows: the command, its output and its exit code."""
    run = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "opvalidate", *picture.command.split()[1:], *picture.hidden, "--isolated"],
        cwd=ROOT,
        env={**os.environ, "FORCE_COLOR": "1", "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=_TIMEOUT,
        check=False,
    )
    return (
        f"\x1b[1m$ {picture.command}\x1b[0m\n{run.stdout.rstrip()}\n\x1b[1m$ echo $?\x1b[0m\n{run.returncode}"
    )


def drawing(text: str, columns: int) -> str:
    """Return an SVG of a terminal with this text; longer lines are continued on the next one."""
    lines = [part for line in text.split("\n") for part in _wrapped(_spans(line), columns)]
    width = round(columns * _CHARACTER) + 2 * _MARGIN
    height = len(lines) * _LINE + _MARGIN + _BAR + 6
    drawn = []
    for number, line in enumerate(lines):
        spans = "".join(
            f'<tspan fill="{fill}" font-weight="{weight}">{_printed(part)}</tspan>'
            for part, fill, weight in line
        )
        drawn.append(f'<text x="{_MARGIN}" y="{_BAR + _LINE * (number + 1)}">{spans}</text>')
    dots = "".join(
        f'<circle cx="{_MARGIN + 6 + 18 * at}" cy="16" r="5" fill="{colour}"/>'
        for at, colour in enumerate(("#ff5f57", "#febc2e", "#28c840"))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}">\n'
        f'<rect width="{width}" height="{height}" rx="8" fill="#0d1117"/>{dots}\n'
        '<g font-family="ui-monospace, Menlo, Consolas, monospace" font-size="13">\n'
        + "\n".join(drawn)
        + "\n</g>\n</svg>\n"
    )


def _printed(text: str) -> str:
    # blanks that no viewer drops
    return html.escape(text, quote=False).replace(" ", _BLANK)


_Span = tuple[str, str, str]


def _spans(line: str) -> list[_Span]:
    fill, weight = "#e6edf3", "normal"
    spans = []
    for at, part in enumerate(_CODE.split(line)):
        if at % 2 == 0:
            spans.append((part, fill, weight))
            continue
        for code in part.split(";"):
            if code in {"", "0"}:
                fill, weight = "#e6edf3", "normal"
            elif code == "1":
                weight = "bold"
            else:
                fill = _COLOURS[code]
    return [span for span in spans if span[0]]


def _wrapped(spans: list[_Span], columns: int) -> list[list[_Span]]:
    lines: list[list[_Span]] = []
    rest = [(character, fill, weight) for text, fill, weight in spans for character in text]
    while len(rest) > columns:
        end = max((at for at in range(1, columns + 1) if rest[at - 1][0] == " "), default=columns)
        lines.append(rest[:end])
        rest = rest[end:]
    return [
        [("".join(one[0] for one in group), *style) for style, group in groupby(line, lambda one: one[1:])]
        for line in [*lines, rest]
    ]


def text_of(drawn: str) -> list[str]:
    """Return the lines of text in an SVG."""
    lines = re.findall(r"<text [^>]*>(.*?)</text>", drawn)
    return [html.unescape(re.sub(r"<[^>]+>", "", line)).replace(_BLANK, " ") for line in lines]


_TAKE = """
const { modules, browser, address, file, target, today } = JSON.parse(process.argv[1]);
const { chromium } = require(`${modules}/playwright-core`);
(async () => {
  const running = await chromium.launch({ executablePath: browser, args: ["--no-sandbox"] });
  const page = await running.newPage({ viewport: { width: 1100, height: 640 } });
  await page.clock.setFixedTime(new Date(`${today}T12:00:00Z`));
  await page.goto(address);
  await page.setInputFiles("#file", file);
  await page.waitForFunction(() => document.getElementById("status").textContent.includes("checked:"));
  await page.screenshot({ path: target });
  await running.close();
})();
"""


def take_page() -> str:
    """Write the picture of the page; return why not, if it cannot be taken."""
    node, browser, modules = shutil.which("node"), shutil.which("chromium"), ROOT / ".venv" / "node_modules"
    if node is None or browser is None or not (modules / "playwright-core").is_dir():
        return "not taken again: node, Chromium or playwright-core is not installed"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "opvalidate", "serve", "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) as service:  # noqa: S603 - our own command
        try:
            _wait_for(port)
            given = {"modules": str(modules), "browser": browser, "address": f"http://127.0.0.1:{port}/"}
            given |= {"file": str(ROOT / "examples" / "bad.json"), "target": str(PAGE), "today": TODAY}
            subprocess.run([node, "-e", _TAKE, json.dumps(given)], check=True, timeout=_TIMEOUT)  # noqa: S603
        finally:
            service.terminate()
    return "written"


def _wait_for(port: int) -> None:
    end = time.monotonic() + _TIMEOUT
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(port)


def main() -> None:
    """Write all pictures."""
    for picture in PICTURES:
        drawn = drawing(output(picture), picture.columns)
        (IMAGES / f"{picture.name}.svg").write_text(drawn, encoding="utf-8")
    print(f"{PAGE.name}: {take_page()}")


if __name__ == "__main__":
    main()
