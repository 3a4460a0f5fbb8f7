"""Puts the cache of the compiled rules into the wheel as JSON, which loads in two milliseconds."""

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
        from opvalidate.engine.constrained_schema import BARS, kept
        from opvalidate.ruleset.load import kept_builtin, signed, unpacked

        def put(one: Any) -> Any:
            made, signature = one.make(), one.signature()
            path = os.path.join(self.directory, f"{one.name}.json")
            os.makedirs(self.directory, exist_ok=True)
            with open(path, "wb") as stream:
                stream.write(one.form(made, signature))
            build_data["force_include"][path] = f"opvalidate/data/{one.name}.json"
            return made, signature

        folder = os.path.join(self.root, "rules")
        made, signature = put(kept_builtin(folder))
        builtin = signed(unpacked(folder, made), signature).builtin
        for bar in BARS:
            put(kept(*bar, builtin))
