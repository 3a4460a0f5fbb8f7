"""Rule packs from someone who means harm: data they are, and data they stay."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import pytest
from evaluation import BUILTIN, TODAY, good
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import often

import opvalidate
from opvalidate.engine import codegen, generated_function
from opvalidate.engine.checker import Checker, Settings
from opvalidate.engine.compiled_operation import CompiledRule
from opvalidate.ruleset.load import PackInvalid, load
from opvalidate.ruleset.patterns.engine import compile_pattern
from opvalidate.ruleset.rule import Rule, Table
from opvalidate.ruleset.scope import Context
from opvalidate.schema.errors import Schema
from opvalidate.schema.fields import fields
from opvalidate.schema.fields import load as load_schema

PACK = """\
- id: ACME001
  name: acme-rule
  severity: error
  operations: [create]
  require: {Project.Title: {pattern: "[A-Z].*"}}
  message: No.
  why: No.
  source: {evidence: advice}
  examples: {fail: [{}], pass: [{}]}
"""


def loaded(tmp_path, text):
    (tmp_path / "acme.yaml").write_text(text, encoding="utf-8")
    return load([str(tmp_path / "acme.yaml")], builtin=False)


@pytest.mark.parametrize(
    "tag",
    [
        "!!python/object/apply:os.system [touch PROOF]",
        "!!python/object/new:os.system [touch PROOF]",
        "!!python/name:os.system ",
        "!!python/module:antigravity ",
        "!!python/object:subprocess.Popen {args: [touch, PROOF]}",
        "!!python/tuple [1]",
        "!<tag:yaml.org,2002:python/object/apply:os.system> [touch PROOF]",
        "!include /etc/passwd",
        "!env HOME",
    ],
)
@pytest.mark.parametrize("place", ["message: No.", "why: No.", "severity: error", "- id: ACME001"])
def test_a_tag_runs_nothing_and_is_refused(tmp_path, monkeypatch, tag, place):
    monkeypatch.chdir(tmp_path)
    key = place.partition(":")[0]
    with pytest.raises(PackInvalid):
        loaded(tmp_path, PACK.replace(place, f"{key}: {tag}"))
    assert os.listdir(tmp_path) == ["acme.yaml"]


@pytest.mark.parametrize(
    "template",
    [
        "{0.__class__}", "{today!r:>1000000000}", "%s %(value)s",
        "${value}", "{{value}}", "{% import os %}", "[A-Z]{4}", "{", "}", "{}", "\\x1b[2J\\u202e",
    ],
)  # fmt: skip
def test_a_template_in_a_message_stays_text(tmp_path, template):
    rules = loaded(tmp_path, PACK.replace("message: No.", f'message: "{template} {{field}}."'))
    checker = Checker.of(rules, {rule.name: rule for rule in rules.rules}, Settings("create", TODAY))
    finding = checker.check(good(Project__Title="small"))[0]
    written = template.encode().decode("unicode_escape") if "\\" in template else template
    assert finding.message == f"{written} Title.".replace("{value}", "the value")


@pytest.mark.parametrize(
    "template", ["{field.__class__.__mro__}", "{value.__init__}", "{field[0]}", "{missing}"]
)
def test_a_template_that_nothing_fills_is_refused(tmp_path, template):
    with pytest.raises(PackInvalid, match="unknown placeholder"):
        loaded(tmp_path, PACK.replace("message: No.", f'message: "{template}"'))


def test_a_value_in_a_document_is_no_template():
    value = "{field}{today}{0.__class__}{value}"
    (finding,) = opvalidate.check(good(Marketing__UseCases=[value]), select=["marketing-use-case-value"])
    assert finding.message == f'"{value}" is not one of the marketing use cases.'


FIELDS = [
    "Project.Title\\nimport os", "Project.Title'", 'Project.Title\\"', "Project.Title)", "Project.__class__", "Project.Title or 1",
    "Project.Title;x", "Project[0]", "Project.Title[][", "$document.__class__", "$context.x", "Ｐroject.Title", "Project.def",
]  # fmt: skip


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("place", ["require", "when", "each", "at", "by"])
def test_a_field_name_that_is_code_is_refused(tmp_path, field, place):
    text = {
        "require": PACK.replace("Project.Title:", f'"{field}":'),
        "when": PACK.replace("  message", f'  when: {{"{field}": {{not: {{const: x}}}}}}\n  message'),
        "each": PACK.replace("  message", f'  each: "{field}[]"\n  message').replace(
            "Project.Title:", "Email:"
        ),
        "at": PACK.replace("  message", f'  at: "{field}"\n  message'),
        "by": PACK.replace('"[A-Z].*"', f'{{table: t, by: "{field}"}}'),
    }[place]
    if place == "by":
        text = "tables: {t: {source: {page: x}, entries: {a: b}}}\nrules:\n" + text
    with pytest.raises(PackInvalid):
        loaded(tmp_path, text)


EVIL = [
    "'",
    '"',
    "\\",
    "\n",
    "{}",
    "__import__('os').abort()",
    "k0",
    "document",
    "x' or 1 or '",
    '"""',
    "#",
    ")):\n raise SystemExit\n#",
]
texts = st.sampled_from(EVIL) | st.text(max_size=6)
scalars = texts | st.integers(-5, 5) | st.booleans() | st.floats(allow_nan=False)
words = st.sampled_from(["present", "filled", "absent"])


def value_tests():
    plain = st.one_of(
        st.fixed_dictionaries({"const": scalars}),
        st.fixed_dictionaries({"enum": st.lists(scalars, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"enum": st.just({"table": "picks"})}),
        st.fixed_dictionaries({"enum": st.just({"table": "lists", "by": "Catalog"})}),
        st.fixed_dictionaries({"minLength": st.integers(0, 4)}),
        st.fixed_dictionaries({"maxDecimals": st.integers(0, 3), "above": st.integers(-2, 2)}),
        st.fixed_dictionaries({"after": st.just("today")}),
        st.fixed_dictionaries({"equals": st.just({"field": "Project.Title"})}),
    )
    return st.recursive(
        plain,
        lambda inner: (
            st.fixed_dictionaries({"not": inner})
            | st.fixed_dictionaries({"anyOf": st.lists(inner, min_size=1, max_size=2)})
        ),
        max_leaves=3,
    )


contains = st.fixed_dictionaries(
    {"contains": st.fixed_dictionaries({"Email": st.fixed_dictionaries({"const": scalars})})}
)


@st.composite
def conditions(draw, names, least=0):
    """Up to two entries; a list may be asked for an item."""
    chosen = draw(st.lists(st.sampled_from(names), min_size=least, max_size=2, unique=True))
    return {name: draw(words | (contains if name in LISTS else value_tests())) for name in chosen}


LISTS = ("Customer.Contacts", "OpportunityTeam")
KNOWN = [name for name in fields(load_schema("create")) if "[]" not in name]


@st.composite
def rules(draw):
    each = draw(st.sampled_from([None, "Customer.Contacts[]"]))
    names = ["Email", "Phone"] if each else KNOWN
    clauses = draw(conditions(names, least=1))
    return Rule(
        id="ACME001", name=draw(texts), severity={"create": "error"}, message=draw(texts), why="No.", each=each,
        when=draw(conditions(names)), unless=draw(conditions(names)), source={"evidence": "advice"},
        **{draw(st.sampled_from(["require", "forbid"])): clauses},
    )  # fmt: skip


TABLES = {
    "picks": Table("picks", values=tuple(EVIL)),
    "lists": Table("lists", entries={"AWS": EVIL[:3], "'": ["x"]}),
}


@settings(max_examples=often(150))
@given(rule=rules(), title=scalars, email=scalars, catalog=texts)
def test_no_text_of_a_pack_reaches_the_generated_code(rule, title, email, catalog):
    """Only names of fields do; what the code says is what the closures say."""
    sources = []

    def spy(source, *rest):
        sources.append(source)
        return compile(source, *rest)

    types = {field.path: field.type for field in fields(load_schema("create")).values()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(generated_function, "compile", spy, raising=False)
        written = codegen.code(types, [rule], TABLES, {}, record=False)
        names, left_over = written.candidates(), written.left_over
    assert sources
    allowed = {name for path in KNOWN for name in path.split(".")} | {"Email", "Phone"}
    for source in sources:
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert node.value in allowed | {"."}
            assert not isinstance(node, ast.Import | ast.ImportFrom | ast.Global | ast.Lambda)
            if isinstance(node, ast.Attribute):
                assert node.attr in ("append", "get", "count", "partition", "isspace")
    value = good(Project__Title=title, Catalog=catalog, Customer__Contacts=[{"Email": email}])
    context = Context(value, TODAY)
    broken = any(True for _ in CompiledRule(rule, TABLES).violations(context))
    if not left_over and isinstance(title, str) and isinstance(email, str):
        try:
            suspected = names(value, TODAY, None)
        except (TypeError, AttributeError, ValueError):  # then the checker asks the closures: no silent pass
            suspected = [rule.name] * broken
        assert rule.name in suspected or not broken


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+",
        "(a|a)*",
        "(a|aa)+",
        "(.*a){20}",
        "([a-z]+)*[a-z]+",
        "(?:(?:a*)*)*",
        "a*a*a*a*a*a*a*b",
        "(x+x+)+y",
    ],
)
def test_a_pattern_that_hangs_others_takes_time_linear_in_the_value(pattern):
    matches = compile_pattern(pattern)
    started = time.process_time()
    for tail in ("", "!", "b"):
        matches("a" * 200_000 + tail)
    assert time.process_time() - started < 20  # backtracking would take longer than the universe has had


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a)\1",
        "(?=a)a",
        "(?<=a)a",
        "(?!a)b",
        "(?>a+)",
        "((a{1000}){1000}){9}",
        "a{1000000}",
        "(" * 5000 + "a" + ")" * 5000,
    ],
)
def test_a_pattern_that_no_linear_engine_takes_is_refused(pattern):
    with pytest.raises(ValueError, match="linear-time"):
        compile_pattern(pattern)


def test_a_pack_of_ten_megabytes_is_refused_unread(tmp_path):
    (tmp_path / "acme.yaml").write_bytes(PACK.encode() + b"#" * 10_000_000)
    tracemalloc.start()
    with pytest.raises(PackInvalid, match="larger than"):
        load([str(tmp_path / "acme.yaml")], builtin=False)
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()


@pytest.mark.parametrize(
    "text",
    [
        "[" * 5000,
        "a: " * 1 + "{a: " * 2000,
        PACK.replace('{pattern: "[A-Z].*"}', "{not: " * 70 + "{const: x}" + "}" * 70),
        PACK.replace("  message", "  when: " + "{anyOf: [" * 200 + "{Catalog: filled}" + "]}" * 200 + "\n  message"),
        "x: &a [1]\n" + "".join(f"y{n}: &b{n} [*{'a' if n == 0 else f'b{n - 1}'}, *{'a' if n == 0 else f'b{n - 1}'}]\n" for n in range(40)),
        PACK.replace("name: acme-rule", "name: &n acme-rule\n  aliases: [*n, *n, *m]"),
        "\x00", "\ufeff\ufeff", "- &a [*a]", "? {x: y}\n: z", "%YAML 9.9\n---\n[]", "--- []\n--- []",
    ],
)  # fmt: skip
def test_nesting_bombs_and_odd_yaml_are_mistakes_in_the_pack(tmp_path, text):
    with pytest.raises(PackInvalid):
        loaded(tmp_path, text)


def test_more_rules_than_anyone_writes_are_refused():
    rule = {
        "id": "ACME001",
        "name": "acme-rule",
        "severity": "info",
        "message": "No.",
        "why": "No.",
        "source": {"evidence": "advice"},
        "examples": {"fail": [{}], "pass": [{}]},
    }
    schema = Schema(load_schema("rule-pack", linear=True))
    assert schema.is_valid([rule] * 2000)
    assert not schema.is_valid([rule] * 2001)


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "/etc/passwd",
        "..json",
        "a/b.json",
        "..\\\\x.json",
        "a.json\\0",
        "file:a.json",
        "a.JSON",
        "-.json/../b.json",
    ],
)
def test_a_table_reads_nothing_outside_the_pack_s_folder(tmp_path, name):
    table = f'tables: {{t: {{source: {{page: x}}, values: [a], aliasesFrom: "{name}"}}}}\n'
    with pytest.raises(PackInvalid):
        loaded(tmp_path, table)


def test_a_table_named_like_a_path_is_a_name_and_no_path(tmp_path):
    rules = loaded(tmp_path, 'tables: {"../../etc/passwd": {source: {page: x}, values: [a]}}\n')
    assert rules.tables["../../etc/passwd"].values == ("a",)
    with pytest.raises(PackInvalid, match="unknown table"):
        loaded(tmp_path, PACK.replace('{pattern: "[A-Z].*"}', '{enum: {table: "/etc/passwd"}}'))


def test_a_rule_that_raises_is_a_finding_that_names_it_and_hides_no_other(tmp_path):
    """A table's entry is compiled when its key turns up: what the loader did not see shows only then."""
    table = "tables: {t: {source: {page: x}, entries: {AWS: x}}}\nrules:\n"
    rules = loaded(tmp_path, table + PACK.replace('"[A-Z].*"', "{table: t, by: Catalog}"))
    chosen = {
        rule.name: rule for rule in BUILTIN.rules if rule.name in ("rule-failed", "website-url-required")
    }
    tables = {**BUILTIN.tables, "t": rules.tables["t"]._replace(entries={"AWS": "("})}
    checker = Checker.of(
        BUILTIN._replace(tables=tables), {**chosen, "acme-rule": rules.rules[0]}, Settings("create", TODAY)
    )
    found = checker.check(good(Customer__Account__WebsiteUrl=None))
    assert {finding.name for finding in found} == {"rule-failed", "website-url-required"}
    assert "acme-rule" in next(finding.message for finding in found if finding.name == "rule-failed")
    assert [finding.name for finding in checker.check(good())] == ["rule-failed"]
    assert not checker.check(good(Catalog="Sandbox"))


def test_the_command_tells_a_hostile_pack_without_a_traceback(tmp_path):
    (tmp_path / "acme.yaml").write_text(
        PACK.replace("message: No.", "message: !!python/name:os.system x"), encoding="utf-8"
    )
    done = subprocess.run(
        [sys.executable, "-m", "opvalidate", "check", "--rules", str(tmp_path / "acme.yaml"), "examples/good.json"],
        capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert "acme.yaml" in done.stderr
    assert "Traceback" not in done.stderr
