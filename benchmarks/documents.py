"""The benchmarks' documents: always the same opportunities from `opvalidate.testing`, and their files."""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from opvalidate.analysis.examples import patched
from opvalidate.testing import opportunities

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SEED = 2027

#: Usual mistakes; each is a patch that violates one or two rules in any document.
MISTAKES: tuple[dict[str, Any], ...] = (
    {"Customer.Account.WebsiteUrl": None},
    {"Customer.Account.Industry": "Manufacture"},
    {"Customer.Account.Address.CountryCode": "USA"},
    {"Customer.Account.Duns": "12-345-6789"},
    {"Customer.Contacts[0].Phone": "030 1234567"},
    {"Customer.Contacts[0].Email": "Ana.Garcia@anycompany.com"},
    {"LifeCycle.Stage": "Closed Won"},
    {"LifeCycle.TargetCloseDate": "2026-02-30"},
    {"LifeCycle.ClosedLostReason": "Price"},
    {"Project.CustomerUseCase": "migration / database migration"},
    {"Project.CustomerBusinessProblem": "Too slow"},
    {"Project.DeliveryModels": None},
    {"Project.ExpectedCustomerSpend[0].CurrencyCode": "GBP"},
    {"Project.ExpectedCustomerSpend[0].Amount": "0"},
    {"Project.SalesActivities[0]": "Had a call"},
    {"Marketing.Source": None},
    {"Lifecycle": {}},
    {"PrimaryNeedsFromAws[0]": "Cosell—Deal Support"},
)


def clean(count: int) -> list[bytes]:
    """Return create requests without a finding."""
    return [orjson.dumps(document) for document in opportunities(SEED, count)]


def mixed(documents: list[bytes]) -> list[bytes]:
    """Put one to three mistakes into one document in ten."""
    source = random.Random(SEED)  # noqa: S311 - the same every time
    return [
        orjson.dumps(mistaken(orjson.loads(text), source, source.randint(1, 3))) if index % 10 == 9 else text
        for index, text in enumerate(documents)
    ]


def mistaken(document: dict[str, Any], source: random.Random, count: int) -> dict[str, Any]:
    for mistake in source.sample(MISTAKES, count):
        document = patched(document, mistake)
    return document


def with_findings(count: int, findings: int) -> list[bytes]:
    """Return `count` create requests, each with exactly so many findings."""
    from opvalidate import Checker

    checker, source, made = Checker(), random.Random(SEED), []  # noqa: S311 - as above
    for document in opportunities(SEED, 100 * count):
        broken = mistaken(document, source, findings)
        if len(checker.check(broken)) == findings:
            made.append(orjson.dumps(broken))
            if len(made) == count:
                break
    return made


def multiplied(documents: list[bytes], count: int) -> Iterator[bytes]:
    """Yield `count` documents, each with its own number, so that the copies are not duplicates."""
    numbers = [
        orjson.loads(text)["PartnerOpportunityIdentifier"].removeprefix("CRM-").encode() for text in documents
    ]
    for index in range(count):
        text, number = documents[index % len(documents)], numbers[index % len(documents)]
        yield text.replace(number, b"%012x" % index)


def folder(path: Path, documents: list[bytes], suffix: str = "json") -> Path:
    """Write each document into a file of its own."""
    path.mkdir()
    for index, text in enumerate(documents):
        (path / f"{index:06}.{suffix}").write_bytes(yaml(text) if suffix == "yaml" else text)
    return path


def yaml(text: bytes) -> bytes:
    """Write a document in YAML, indented, every value quoted."""
    return "\n".join(_block(orjson.loads(text), "")).encode() + b"\n"


def _block(value: Any, indent: str) -> Iterator[str]:
    for key, item in value.items() if isinstance(value, dict) else (("-", item) for item in value):
        lead = f"{indent}{key}" + ("" if key == "-" else ":")
        if isinstance(item, dict | list) and item:
            yield lead
            yield from _block(item, indent + "  ")
        else:
            yield f"{lead} {orjson.dumps(item).decode()}"


def lines(path: Path, documents: Iterator[bytes] | list[bytes]) -> Path:
    with path.open("wb") as stream:
        for text in documents:
            stream.write(text)
            stream.write(b"\n")
    return path


def array(path: Path, documents: Iterator[bytes]) -> Path:
    with path.open("wb") as stream:
        stream.write(b"[")
        for index, text in enumerate(documents):
            stream.write(b",\n" * bool(index) + text)
        stream.write(b"]\n")
    return path


def stream(path: Path, documents: Iterator[bytes]) -> Path:
    with path.open("wb") as file:
        for text in documents:
            file.write(b"---\n" + yaml(text))
    return path


def write(work: Path, size: Mapping[str, int]) -> None:
    """Write every file that the commands are measured on."""
    documents = clean(size["lines"])
    with_mistakes = mixed(documents)
    lines(work / "clean.jsonl", documents)
    lines(work / "mixed.jsonl", with_mistakes)
    folder(work / "clean-files", documents[: size["files"]])
    folder(work / "mixed-files", with_mistakes[: size["files"]])
    folder(work / "yaml-files", documents[: size["files"]], "yaml")
    (work / "clean.json").write_bytes(documents[0])
    (work / "dirty.json").write_bytes(with_findings(1, 3)[0])
    for times in (1, 4):
        count = size["memory"] * times
        lines(work / f"memory-{times}.jsonl", multiplied(documents, count))
        array(work / f"memory-{times}.json", multiplied(documents, count))
        stream(work / f"memory-{times}.yaml", multiplied(documents, count // 10))
        _findings(work, times, size["findings"] * times // 4)
    lines(work / "jobs.jsonl", multiplied(with_mistakes, size["jobs"]))


def _findings(work: Path, times: int, count: int) -> None:
    """Write so many findings into one file, in documents of ten, and into one document."""
    texts = multiplied(clean(100), count // 10)
    bad = {f"Project.DeliveryModels[{index}]": "SaaS" for index in range(10)}
    base: dict[str, Any] = {"Project.DeliveryModels": []}
    lines(
        work / f"findings-{times}.jsonl",
        (orjson.dumps(patched(patched(orjson.loads(text), base), bad)) for text in texts),
    )
    one = orjson.loads(clean(1)[0])
    one["Project"]["DeliveryModels"] = ["SaaS"] * count
    (work / f"findings-{times}.json").write_bytes(orjson.dumps(one, option=orjson.OPT_INDENT_2))


if __name__ == "__main__":
    write(Path(sys.argv[1]), json.loads(sys.argv[2]))
