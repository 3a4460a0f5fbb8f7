"""scripts/second_opinion.py as a module."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "scripts"))

from second_opinion import Documents  # noqa: F401 - found in the folder just added
