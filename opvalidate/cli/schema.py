"""`opvalidate schema`: show, drift."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from opvalidate.cli.console import FOUND, OK, fail
from opvalidate.report.format_json import dumps

if TYPE_CHECKING:
    import argparse


def add_arguments(schema: argparse.ArgumentParser) -> None:
    actions = schema.add_subparsers(required=True, metavar="ACTION", prog="opvalidate schema")
    show = actions.add_parser("show", help="print a JSON Schema, for editors")
    show.set_defaults(run=print_schema)
    show.add_argument(
        "schema",
        nargs="?",
        default="create",
        choices=("create", "update", "submit", "record", "rule-pack", "mapping", "config", "report"),
        help="what it describes (default: create)",
    )
    drift = actions.add_parser("drift", help="compare the installed botocore with the schemas")
    drift.set_defaults(run=compare_model)
    drift.add_argument("--format", default="text", choices=("text", "json"))


def print_schema(options: argparse.Namespace) -> int:
    """Print a JSON Schema, for editors and other tools."""
    from opvalidate import resources

    name = "create" if options.schema == "submit" else options.schema
    path = os.path.join(resources.directory("schemas"), f"{name}.json")  # noqa: PTH118 - resources.py
    with open(path, encoding="utf-8") as stream:  # noqa: PTH123 - as above
        sys.stdout.write(stream.read())
    return OK


def compare_model(options: argparse.Namespace) -> int:
    """Compare the installed botocore's model with the shipped schemas; 1 when AWS changed something."""
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
