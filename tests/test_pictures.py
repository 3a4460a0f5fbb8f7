"""The pictures in docs/images/ show what the commands print today, and the pages show all of them."""

from __future__ import annotations

import re
from pathlib import Path

import pictures
import pytest

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
IMAGE = re.compile(r"!\[([^\]]*)\]\(([^)]+)\)")


@pytest.mark.slow
@pytest.mark.parametrize("picture", pictures.PICTURES, ids=lambda picture: picture.name)
def test_the_text_is_what_the_command_prints(picture):
    """If not: python scripts/pictures.py."""
    drawn = (pictures.IMAGES / f"{picture.name}.svg").read_text(encoding="utf-8")
    assert drawn == pictures.drawing(pictures.output(picture), picture.columns)
    assert pictures.text_of(drawn)[0] == f"$ {picture.command}"
    assert max(map(len, pictures.text_of(drawn))) <= picture.columns


def test_long_lines_are_continued_and_nothing_is_lost():
    text = "\x1b[1mone\x1b[0m two  three\n\n" + "x" * 25
    lines = pictures.text_of(pictures.drawing(text, 10))
    assert lines == ["one two  ", "three", "", "x" * 10, "x" * 10, "x" * 5]


def test_every_picture_is_on_a_page_with_a_description_and_is_small():
    shown = {}
    for page in PAGES:
        for description, target in IMAGE.findall(page.read_text(encoding="utf-8")):
            shown[(page.parent / target).resolve()] = description
    assert shown.keys() == set(pictures.IMAGES.iterdir())
    for path, description in shown.items():
        assert len(description) > 20, path
        assert path.stat().st_size < 150_000, path
