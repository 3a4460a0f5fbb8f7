"""Fixtures of the language server's tests: one editor for a module, with a check that nothing leaks."""

from __future__ import annotations

import pytest
from canaries import CANARY
from lsp_client import SECRET, Editor

from opvalidate.testing import opportunities


@pytest.fixture(scope="module")
def editor():
    editor = Editor()
    yield editor
    code, log = editor.close()
    assert (code, log) == (0, "")
    assert not any(word in "".join(editor.raw) for word in (SECRET, CANARY))


@pytest.fixture(scope="module")
def valid():
    return next(opportunities(seed=3, count=1))
