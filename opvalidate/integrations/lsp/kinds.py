"""What a YAML text is: a request of the API, a rule pack or a mapping.

Editors open every YAML file in the server. The text decides, not its values: while it is being typed, it
often cannot be read.
"""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["request", "pack", "mapping"]

_MODELINE = re.compile(r"\A#\s*yaml-language-server:\s*\$schema\s*=\s*(\S*)")
_RULE = re.compile(r"^(?:-| *-) +(?:id|name):", re.MULTILINE)
_RULE_ID = re.compile(r"^ *(?:- +)?id: *[A-Z]{2,10}[0-9]{3,5} *$", re.MULTILINE)
_OWN_KEY = re.compile(
    r"^ +(?:require|forbid|mayChange|mayDrop|awsCode|judge|onlyIfDifferent|why):", re.MULTILINE
)
_TABLE = re.compile(
    r"^tables:(?:.*\n)+? {1,8}(?:values|entries|aliases|aliasesFrom|forms|hints):", re.MULTILINE
)
_TOP_LEVEL_KEY = re.compile(r"^([^\s#\-:][^:\n]*):", re.MULTILINE)
_MAPPING_KEYS = frozenset({"columns", "constants", "key", "locale"})


def kind_of(text: str) -> Kind:
    """Return what a YAML text is, also if it is incomplete."""
    modeline = _MODELINE.match(text)
    if modeline:
        if "rule-pack" in modeline.group(1):
            return "pack"
        if "mapping" in modeline.group(1):
            return "mapping"
    if _RULE_ID.search(text) or (_RULE.search(text) and _OWN_KEY.search(text)):
        return "pack"
    keys = {key.rstrip() for key in _TOP_LEVEL_KEY.findall(text)}
    if "columns" in keys and keys <= _MAPPING_KEYS:
        return "mapping"
    return "pack" if "tables" in keys and _TABLE.search(text) else "request"
