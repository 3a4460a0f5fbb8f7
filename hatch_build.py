"""Puts the built-in rules into the wheel in the form they are loaded from: JSON, read in two milliseconds."""

from __future__ import annotations

import os
import sys
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class RuleSetHook(BuildHookInterface):  # type: ignore[type-arg, misc]  # hatchling's own generic
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable" or self.target_name != "wheel":
            return
        sys.path.insert(0, self.root)
        from opvalidate.ruleset.load import kept_form, pack_files
        from opvalidate.ruleset.pack import read_packs
        from opvalidate.ruleset.rule import RuleSet

        folder = os.path.join(self.root, "rules")
        files = pack_files(folder)
        path = os.path.join(self.directory, "ruleset.json")
        os.makedirs(self.directory, exist_ok=True)
        with open(path, "wb") as stream:
            stream.write(kept_form(read_packs(files, RuleSet((), {})), folder, files, times=False))
        build_data["force_include"][path] = "opvalidate/data/ruleset.json"
