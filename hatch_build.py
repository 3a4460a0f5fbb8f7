"""Puts the built-in rules into the wheel in the form in which they are cached: JSON."""

from __future__ import annotations

import os
import sys
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CacheHook(BuildHookInterface):  # type: ignore[type-arg, misc]  # hatchling's own generic
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable" or self.target_name != "wheel":
            return
        sys.path.insert(0, self.root)
        from opvalidate.ruleset.load import builtin_cache

        cached = builtin_cache(os.path.join(self.root, "rules"))
        path = os.path.join(self.directory, f"{cached.name}.json")
        os.makedirs(self.directory, exist_ok=True)
        with open(path, "wb") as stream:
            stream.write(cached.form(cached.make(), cached.signature()))
        build_data["force_include"][path] = f"opvalidate/data/{cached.name}.json"
