"""Offline checks for AWS Partner Central opportunities.

    import opvalidate

    report = opvalidate.check(opportunity)
    for finding in report:
        print(finding.pointer, finding.message)

Everything public is listed in `__all__` and loaded when first used, so that importing the package
costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

__all__ = [
    "Checker",
    "ConfigInvalid",
    "Finding",
    "Fix",
    "FixResult",
    "MappingInvalid",
    "OpportunityInvalid",
    "PackInvalid",
    "PreparedUpdate",
    "Report",
    "check",
    "check_many",
    "check_paths",
    "check_table",
    "check_text",
    "fix",
    "guard",
    "prepare_update",
    "raise_for_findings",
    "unguard",
]

if TYPE_CHECKING:
    from opvalidate.api import (
        FixResult,
        OpportunityInvalid,
        PreparedUpdate,
        check,
        check_many,
        check_paths,
        check_text,
        fix,
        prepare_update,
        raise_for_findings,
    )
    from opvalidate.config.read import ConfigInvalid
    from opvalidate.engine.checker import Checker
    from opvalidate.engine.report import Report
    from opvalidate.finding import Finding, Fix
    from opvalidate.integrations.boto3 import guard, unguard
    from opvalidate.integrations.tables import check_table
    from opvalidate.ruleset.load import PackInvalid
    from opvalidate.sheets.mapping import MappingInvalid

_MODULE_OF = {
    "Checker": "opvalidate.engine.checker",
    "ConfigInvalid": "opvalidate.config.read",
    "Finding": "opvalidate.finding",
    "Fix": "opvalidate.finding",
    "MappingInvalid": "opvalidate.sheets.mapping",
    "PackInvalid": "opvalidate.ruleset.load",
    "Report": "opvalidate.engine.report",
    "check_table": "opvalidate.integrations.tables",
    "guard": "opvalidate.integrations.boto3",
    "unguard": "opvalidate.integrations.boto3",
}


#: Modules that need an extra, imported when they are first used.
_MODULES = ("arrow", "serve", "spark")


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name in _MODULES:
        return import_module(f"opvalidate.{name}")
    if name not in __all__:
        raise AttributeError(f"module 'opvalidate' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_MODULE_OF.get(name, "opvalidate.api")), name)
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
