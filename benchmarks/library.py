"""opvalidate and its peers as libraries: `python library.py DOCUMENTS ROUNDS` prints figures as JSON."""

from __future__ import annotations

import cProfile
import io
import json
import pstats
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import documents
import measure
import orjson
from peers import PEERS

import opvalidate
from opvalidate import Checker
from opvalidate.testing import opportunities

if TYPE_CHECKING:
    from collections.abc import Callable

BASE = "orjson.loads"


def main(count: int, rounds: int) -> dict[str, Any]:
    clean = documents.clean(count)
    mixed = documents.mixed(clean)
    broken = documents.with_findings(max(count // 5, 3), 3)
    check = Checker(operation="create").check
    contenders: dict[str, Callable[[bytes], Any]] = {
        BASE: orjson.loads,
        "opvalidate: loads and Checker.check": lambda text: check(orjson.loads(text)),
        "opvalidate: check_text": opvalidate.check_text,
    }
    absent = {}
    for name, make in PEERS.items():
        try:
            peer = make()
            accepted = sum(_accepts(peer, text) for text in clean)
            if accepted < count:
                absent[name] = f"accepts {accepted} of {count} clean documents"
            contenders[name] = peer
        except Exception as error:  # noqa: BLE001 - the others are still measured
            absent[name] = f"{type(error).__name__}: {str(error).splitlines()[0][:100]}"
    own = {name: contenders[name] for name in list(contenders)[:3]}
    return {
        "bytes": sum(map(len, clean)) / count,
        "clean": measure.calls(contenders, clean, rounds),
        "mixed": measure.calls(own, mixed, rounds),
        "three findings": measure.calls(own, broken, rounds),
        "rules": _rules(clean, rounds),
        "settings": _settings(clean, rounds),
        "payload": _payload(count, rounds),
        "absent": absent,
        "profiles": {
            "Checker.check, clean documents": _profile(check, clean, 20),
            "Checker.check, documents with three findings": _profile(check, broken, 5),
            "check_text, clean documents": _profile(opvalidate.check_text, clean, 10, parsed=False),
        },
    }


def _accepts(peer: Callable[[bytes], Any], text: bytes) -> bool:
    try:
        return bool(peer(text))
    except (ValueError, TypeError):  # raised by fastjsonschema and msgspec
        return False


def _rules(clean: list[bytes], rounds: int) -> dict[str, float]:
    """Time a check with 0, 60 and 600 rules of a user's own, without the structure."""
    parsed = [orjson.loads(text) for text in clean]
    with tempfile.TemporaryDirectory() as folder:
        contenders: dict[str, Callable[[Any], Any]] = {}
        for count in (0, 60, 600):
            pack = Path(folder) / f"{count}.yaml"
            pack.write_text("\n".join(_rule(number) for number in range(count)) or "[]", encoding="utf-8")
            contenders[str(count)] = Checker(operation="create", rules=[str(pack)], builtin=False).check
        assert not any(check(one) for check in contenders.values() for one in parsed)
        return measure.calls(contenders, parsed, rounds)  # type: ignore[arg-type]  # documents, parsed before


def _settings(clean: list[bytes], rounds: int) -> dict[str, float]:
    """Time `opvalidate.check` without settings, with some, and with a rule pack, whose files are checked."""
    parsed = [orjson.loads(text) for text in clean]
    with tempfile.TemporaryDirectory() as folder:
        pack = Path(folder) / "acme.yaml"
        pack.write_text(_rule(0), encoding="utf-8")
        contenders: dict[str, Callable[[Any], Any]] = {
            "none": opvalidate.check,
            "operation": lambda one: opvalidate.check(one, operation="create"),
            "operation and today": lambda one: opvalidate.check(one, operation="create", today="2026-11-23"),
            "severity": lambda one: opvalidate.check(one, severity={"title-required": "info"}),
            "profile": lambda one: opvalidate.check(one, profile={"PartnerType": "Services"}),
            "rules": lambda one: opvalidate.check(one, rules=pack),
        }
        time.sleep(0.2)  # a pack that has just been written is not cached
        return measure.calls(contenders, parsed, rounds)  # type: ignore[arg-type]  # as below


def _payload(count: int, rounds: int) -> dict[str, float]:
    """Time a request of another operation, which is recognized by its members."""
    (payload,) = opportunities(documents.SEED, 1, "StartEngagementFromOpportunityTask")
    text = orjson.dumps(payload)
    check = Checker().check
    assert check(payload).ok
    contenders = {
        BASE: orjson.loads,
        "opvalidate: loads and Checker.check": lambda one: check(orjson.loads(one)),
    }
    return measure.calls(contenders, [text] * count, rounds)


def _rule(number: int) -> str:
    """Return a rule that clean documents satisfy; the rules are of six kinds and have different values."""
    industries = [
        "Gaming",
        "Mining",
        "Travel",
        "Retail",
        "Healthcare",
        "Education",
        "Aerospace",
        "Agriculture",
    ]
    stages = ["Qualified", "Committed", "Launched", "Technical Validation"]
    industry, stage, sites = industries[number % 8], stages[number % 4], f"acme{number}.com, acme{number}.net"
    body = (
        (
            f"when: {{Customer.Account.Industry: {{const: {industry}}}}}, "
            f"require: {{Customer.Account.Duns: {{not: {{const: '{number:09}'}}}}}}"
        ),
        f"require: {{Project.Title: {{not: {{pattern: 'ACME-{number}-[0-9]+'}}}}}}",
        f"each: 'Project.ExpectedCustomerSpend[]', require: {{Amount: {{above: {number / 1000}}}}}",
        (
            f"when: {{LifeCycle.Stage: {{const: {stage}}}, Catalog: {{const: AWS}}}}, "
            f"require: {{LifeCycle.NextSteps: {{maxLength: {200 + number}}}}}"
        ),
        (
            "unless: {NationalSecurity: {const: Yes}}, "
            f"forbid: {{Customer.Account.WebsiteUrl: {{enum: [{sites}]}}}}"
        ),
        f"require: {{SoftwareRevenue.Value.Amount: {{atMost: {1_000_000 + number}}}}}",
    )[number % 6]
    return (
        f"- {{id: ACME{number:03}, name: acme-{number}, severity: error, {body}, message: No., "
        "why: It is measured., source: {evidence: advice}, examples: {fail: [{Catalog: Acme}], pass: [{}]}}"
    )


def _profile(function: Callable[[Any], Any], texts: list[bytes], times: int, *, parsed: bool = True) -> str:
    values = [orjson.loads(text) for text in texts] if parsed else texts
    profile = cProfile.Profile()
    profile.enable()
    for _ in range(times):
        for value in values:
            function(value)
    profile.disable()
    out = io.StringIO()
    pstats.Stats(profile, stream=out).sort_stats("tottime").print_stats(12)
    table = out.getvalue().partition("   ncalls")
    text = table[1] + table[2]
    for prefix in (str(Path(opvalidate.__file__).parent.parent), sys.prefix, sys.base_prefix):
        text = text.replace(prefix + "/", "")
    return text.rstrip()


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]), int(sys.argv[2]))))
