"""The built-in packs can be read without libyaml: PyYAML's own parser rejects a `?` in a text inside braces."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from opvalidate.resources import directory

FILES = sorted(Path(directory("rules")).rglob("*.yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_both_parsers_read_the_same(path):
    text = path.read_text(encoding="utf-8")
    assert yaml.load(text, yaml.SafeLoader) == yaml.load(text, yaml.CSafeLoader)
