"""Puts what is kept of the rules into the wheel, in the form it is read from: JSON, in two milliseconds."""

from __future__ import annotations

import os
import sys
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class KeptHook(BuildHookInterface):  # type: ignore[type-arg, misc]  # hatchling's own generic
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable" or self.target_name != "wheel":
            return
        sys.path.insert(0, self.root)
        from opvalidate.engine.merged import BARS, kept
        from opvalidate.ruleset.load import kept_builtin, load_builtin

        ruleset = load_builtin()
        folder = os.path.join(self.root, "rules")
        os.makedirs(self.directory, exist_ok=True)
        for one in (kept_builtin(folder), *(kept(*bar, ruleset) for bar in BARS)):
            path = os.path.join(self.directory, f"{one.name}.json")
            with open(path, "wb") as stream:
                stream.write(one.form(one.make(), times=False))
            build_data["force_include"][path] = f"opvalidate/data/{one.name}.json"
