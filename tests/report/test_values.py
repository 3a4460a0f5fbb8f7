"""No sensitive value in any output: canaries in every such field must not occur in any output."""

from __future__ import annotations

import io
import json

import canaries
import pytest
from canaries import CANARY
from evaluation import BUILTIN, TODAY, good

import opvalidate
from opvalidate.cli.main import main
from opvalidate.engine.checker import Checker, Settings
from opvalidate.read import read_bytes
from opvalidate.report.excerpt import Excerpts
from opvalidate.report.formats import FORMATS


def planted(operation):
    """A document with the canary in every sensitive and unknown field, and with many violations."""
    value = canaries.planted(operation)
    value["Customer"]["Account"]["Secret"] = {"Deep": [CANARY]}
    value["LifeCycle"]["Stage"] = [CANARY]
    value["Marketing"] = CANARY
    value["Project"]["ApnPrograms"] = CANARY
    return value


@pytest.mark.parametrize("operation", ["create", "update", "record", "submit"])
@pytest.mark.parametrize("style", FORMATS)
def test_no_format_shows_a_sensitive_value(operation, style, tmp_path, capsys):
    value = planted("create" if operation == "submit" else operation)
    for name, text in (("deal.json", json.dumps(value, indent=2)), ("line.jsonl", json.dumps(value))):
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert main(["check", str(tmp_path), "--operation", operation, "--format", style, "--today", TODAY]) == 1
    shown = capsys.readouterr()
    assert "deal.json" in shown.out
    assert CANARY not in shown.out + shown.err


@pytest.mark.parametrize(
    "text",
    [
        f"Catalog: AWS\nCustomer: {{Account: {{CompanyName: {CANARY}}}}}  # {CANARY}\nProject:\n  Title: |\n    {CANARY}\n    {CANARY}\n"
    ],
)
def test_yaml_comments_and_blocks_are_masked(text, tmp_path, capsys):
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    main(["check", str(tmp_path)])
    shown = capsys.readouterr().out
    assert "| Customer: {Account: {CompanyName: ***}}" in shown
    assert CANARY not in shown


@pytest.mark.parametrize("name,text", [("a.json", f'{{"Catalog": "{CANARY}",'), ("a.yaml", f"Catalog: [{CANARY}"), ("b.json", f'{{"Catalog": "{CANARY}" {CANARY}}}'), ("b.yaml", f"a: *{CANARY}\n"), ("c.yaml", f"a: !{CANARY} x")])  # fmt: skip
def test_a_text_with_a_syntax_error_is_not_quoted(name, text, tmp_path, capsys):
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert main(["check", str(tmp_path)]) == 1
    assert CANARY not in capsys.readouterr().out


def test_values_are_shown_on_request(tmp_path, capsys):
    (tmp_path / "a.json").write_text(
        json.dumps(good(Customer__Account__Duns=CANARY), indent=1), encoding="utf-8"
    )
    main(["check", str(tmp_path), "--values", "show"])
    assert f'"Duns": "{CANARY}"' in capsys.readouterr().out


def test_reprs_and_exceptions_have_no_value():
    document = next(read_bytes(json.dumps(planted("create")).encode(), syntax="json"))
    checker = Checker.of(BUILTIN, {rule.name: rule for rule in BUILTIN.rules}, Settings("create", TODAY))
    report = opvalidate.check(document.value)
    shown = [repr(document), repr(checker), repr(report), repr(list(checker.check(document)))]
    with pytest.raises(opvalidate.OpportunityInvalid) as caught:
        opvalidate.raise_for_findings(report)
    shown += [repr(caught.value), str(caught.value), json.dumps(caught.value.response)]
    assert CANARY not in "".join(shown).replace(f"stage.{CANARY[:1].lower()}{CANARY[1:]}", "")


def test_control_characters_never_reach_the_terminal(tmp_path, capsys):
    value = good(LifeCycle__Stage="Pros\x1b[31mpect", PartnerOpportunityIdentifier="a\x07b\nc")
    (tmp_path / "a\nb.json").write_text(json.dumps(value, ensure_ascii=False, indent=1), encoding="utf-8")
    for style in ("text", "concise"):
        main(["check", str(tmp_path), "--format", style, "--values", "show"])
        shown = capsys.readouterr().out
        assert "a\N{REPLACEMENT CHARACTER}b.json" in shown
        assert not set(shown) & {"\x1b", "\x07"}


def test_standard_input_is_read_once(monkeypatch, capsys):
    stdin = io.TextIOWrapper(io.BytesIO(json.dumps(good()).encode()))
    monkeypatch.setattr("sys.stdin", stdin)
    assert main(["check", "-", "-", "--today", TODAY]) == 0
    assert capsys.readouterr().out == "1 document checked, nothing found.\n"


@pytest.mark.parametrize(
    "line",
    [
        "Catalog: >- # KANARIENVOGEL\n  AWS\n  Sandbox",
        "Origin: &KANARIENVOGEL x\nCatalog: *KANARIENVOGEL",
        "*KANARIENVOGEL : x",
    ],
)
def test_a_comment_after_a_block_and_the_name_of_an_anchor_are_masked(line, tmp_path, capsys):
    (tmp_path / "deal.yaml").write_text(line, encoding="utf-8")
    main(["check", "--values", "hide", str(tmp_path / "deal.yaml")])
    assert CANARY not in capsys.readouterr().out


@pytest.mark.parametrize(
    "text,cells",
    [("abc", 3), ("資格あり", 8), ("ｶﾅ", 2), ("ＡＢ", 4), ("한국", 4), ("e\u0301a", 2), ("é", 1)],
)
def test_the_mark_is_as_wide_as_the_text_in_a_terminal(text, cells):
    line = f'{{"LifeCycle": {{"Stage": "{text}"}}}}'
    (document,) = read_bytes(line.encode(), file="a.json", syntax="json")
    finding = next(
        one for one in Checker(operation="create").check(document) if one.name == "value-not-allowed"
    )
    ((_, mark),) = Excerpts(document, "create", values=True, width=100).of([finding])
    before, marked = '{"LifeCycle": {', '"Stage": ""'
    assert mark == "  | " + " " * len(before) + "^" * (len(marked) + cells)
