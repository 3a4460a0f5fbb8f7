"""Tools as a server has them, and clients that talk to it."""

from __future__ import annotations

import pytest
from evaluation import TODAY

from opvalidate.engine.checker import Checker
from opvalidate.integrations.mcp.tools import Tools


@pytest.fixture(scope="package")
def tools():
    return Tools(Checker(today=TODAY))
