"""`opvalidate schema`: show, drift."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from opvalidate.cli.console import FOUND, OK, fail
from opvalidate.cli.parser import OperationChoices
from opvalidate.output import dumps

if TYPE_CHECKING:
    import argparse

    from opvalidate.ruleset.rule import Operation

#: The schemas of opvalidate's own files.
_OWN = ("rule-pack", "mapping", "config", "report")


def add_arguments(schema: argparse.ArgumentParser) -> None:
    actions = schema.add_subparsers(required=True, metavar="ACTION", prog="opvalidate schema")
    show = actions.add_parser("show", help="print a JSON Schema, for editors")
    show.set_defaults(run=print_schema)
    show.add_argument(
        "schema",
        nargs="?",
        default="create",
        metavar="SCHEMA",
        choices=OperationChoices(*_OWN),
        help="create, update, submit, record, rule-pack, mapping, config, report, or an API operation such as"
        " AssociateOpportunity (default: create)",
    )
    show.add_argument(
        "field", nargs="?", metavar="FIELD", help="print only this field: its type, limits, rules and values"
    )
    drift = actions.add_parser("drift", help="compare the installed botocore with the schemas")
    drift.set_defaults(run=compare_model)
    drift.add_argument("--format", default="text", choices=("text", "json"))


def print_schema(options: argparse.Namespace) -> int:
    """Print a JSON Schema, for editors and other tools, or the documentation of one of its fields."""
    from opvalidate.ruleset.operations import operation_named
    from opvalidate.schema.fields import path_of

    name = options.schema
    if name not in _OWN:
        name = operation_named(name)
        return _show_field(name, options.field) if options.field else _show_operation(name)
    if options.field:
        return fail(f"schema show {name} {options.field}: only schemas of operations have fields to show")
    path = path_of(name)
    with open(path, encoding="utf-8") as stream:  # noqa: PTH123 - as above
        sys.stdout.write(stream.read())
    return OK


def _show_field(operation: Operation, name: str) -> int:
    from opvalidate.engine.checker_cache import cached_checker
    from opvalidate.report.field_page import text
    from opvalidate.suggest import nearest

    compiled = cached_checker({"operation": operation}).compiled_for(operation)
    known = compiled.fields({})
    field = known.get(name)
    if field is None:
        near = nearest(name, [*known])
        return fail(
            f"unknown field of {operation}: {name}" + (f" (did you mean {near.text}?)" if near else "")
        )
    sys.stdout.write(text(field, known, compiled))
    return OK


def _show_operation(operation: Operation) -> int:
    """Print the schema of documents; picklists that are only in rules become examples, not enums."""
    from opvalidate.engine.checker_cache import cached_checker
    from opvalidate.report.field_page import rule_values
    from opvalidate.schema.fields import load

    schema = load(operation)
    compiled = cached_checker({"operation": operation}).compiled_for(operation)
    for path, listed in rule_values(compiled.conditional, compiled).items():
        node = schema
        for step in path.replace("[]", ".[]").split("."):
            node = node["items"] if step == "[]" else node["properties"][step]
        if "enum" not in node:
            command = f"opvalidate schema show {operation} {path}"
            node["description"] = f"One of {len(listed.values)} values: {command}"
            node["examples"] = list(listed.values)
    sys.stdout.write(dumps(schema, indent=True))
    return OK


def compare_model(options: argparse.Namespace) -> int:
    """Compare the installed botocore's model with the shipped schemas; 1 if AWS changed something."""
    from opvalidate import resources
    from opvalidate.schema.drift import drift
    from opvalidate.schema.fields import load
    from opvalidate.schema.generate import read_overlay
    from opvalidate.schema.model import ModelError, load_model

    path = os.path.join(resources.directory("schemas"), "overlay.yaml")  # noqa: PTH118 - resources.py
    try:
        with open(path, encoding="utf-8") as stream:  # noqa: PTH123 - as above
            overlay = read_overlay(stream.read())
        model = load_model()
        differences = drift(model, overlay)
    except ModelError as error:
        return fail(str(error))
    shipped = load("create")["x-model"]["botocore"]
    if options.format == "json":
        found = [difference._asdict() for difference in differences]
        sys.stdout.write(
            dumps({"shipped": shipped, "installed": model.botocore, "drift": found}, indent=True)
        )
    else:
        for difference in differences:
            print(difference)
        verdict = f"{len(differences)} differences" if differences else "nothing changed"
        print(f"schemas of botocore {shipped}, model of botocore {model.botocore}: {verdict}.")
    return FOUND if differences else OK
