"""The layout of the package: imports go downwards, without cycles; files and functions are short; a name is used once."""

from __future__ import annotations

import ast
from collections import defaultdict
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = {path: ast.parse(path.read_text("utf-8")) for path in sorted(ROOT.glob("opvalidate/**/*.py"))}

#: From top to bottom. A module imports what is on its own line or on a lower one.
LAYERS = """
    __main__
    cli
    arrow serve spark integrations
    testing
    api
    config
    suppression
    report
    analysis
    engine
    updates
    read
    sheets
    fixes
    fallback
    ruleset
    schema
    documents
    finding output
    paths settings suggest
    resources files native
"""
LAYER = {name: number for number, line in enumerate(LAYERS.split("\n")) for name in line.split()}

MAX_FILE, MAX_FUNCTION = 500, 60

#: What is left to do: imports upwards or in cycles, files, and names of classes.
REMAINING = ()


def module(path):
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module(path): tree for path, tree in FILES.items()}


def imports(tree):
    """Yield the package's modules that a module imports, wherever in its code; not those for annotations alone."""
    pending = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            pending += node.orelse
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("opvalidate"):
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                yield name if name in MODULES else node.module
        else:
            pending += ast.iter_child_nodes(node)


IMPORTS = {
    name: {imported for imported in imports(tree) if (name, imported) not in REMAINING}
    for name, tree in MODULES.items()
}


def layer(name):
    return LAYER[name.split(".")[1]]


@pytest.mark.parametrize("name", [name for name in MODULES if name != "opvalidate"])
def test_imports_go_downwards(name):
    assert [one for one in IMPORTS[name] if one != "opvalidate" and layer(one) < layer(name)] == []


def test_no_imports_are_circular():
    below = {name: imported - {"opvalidate"} for name, imported in IMPORTS.items()}
    try:
        TopologicalSorter(below).prepare()
    except CycleError as error:
        pytest.fail(" → ".join(error.args[1]))


def test_no_file_is_too_long():
    lengths = {str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in FILES}
    assert [file for file, length in lengths.items() if length > MAX_FILE and file not in REMAINING] == []


def test_no_function_is_too_long():
    assert [
        f"{path.name}: {node.name}"
        for path, tree in FILES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= MAX_FUNCTION
    ] == []


def test_no_two_classes_have_one_name():
    found = defaultdict(list)
    for name, tree in MODULES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                found[node.name].append(name)
    assert {name: places for name, places in found.items() if len(places) > 1 and name not in REMAINING} == {}
