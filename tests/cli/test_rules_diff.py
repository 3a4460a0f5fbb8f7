"""`rules diff`: what is printed, and the exit code."""

from __future__ import annotations

import json

from opvalidate.cli.main import main

PACK = """- id: ACME001
  name: title-length
  severity: error
  operations: [create]
  require: {Project.Title: {maxLength: %s}}
  message: No.
  why: No.
  source: {evidence: advice}
  examples:
    fail: [{Project.Title: x}]
    pass: [{Project.Title: x}]
"""


def test_a_pack_that_is_stricter(tmp_path, capsys):
    old, new = tmp_path / "old.yaml", tmp_path / "new.yaml"
    old.write_text(PACK % 5, encoding="utf-8")
    new.write_text(PACK % 3, encoding="utf-8")
    assert main(["rules", "diff", str(old), str(new)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{new}:1: stricter: ACME001 title-length (file was old.yaml)"
    assert lines[1].startswith('  a finding only in NEW: {"operation":"create","Project.Title":')
    assert lines[2] == "stricter: 1"
    assert main(["rules", "diff", str(old), str(old)]) == 0
    assert main(["rules", "diff", str(old), str(tmp_path / "none.yaml")]) == 2


def test_the_documents_whose_findings_change(tmp_path, capsys):
    old, new, deal = tmp_path / "old.yaml", tmp_path / "new.yaml", tmp_path / "deal.json"
    old.write_text(PACK % 50, encoding="utf-8")
    new.write_text(PACK % 3, encoding="utf-8")
    deal.write_text(
        '{"Catalog": "AWS", "Project": {"Title": "Data lake"}, "ClientToken": "x"}', encoding="utf-8"
    )
    arguments = ["rules", "diff", str(old), str(new), "--on", str(deal), "--format", "json"]
    assert main(arguments) == 1
    facts = json.loads(capsys.readouterr().out)
    (document,) = facts["documents"]
    assert document["gone"] == []
    assert [(one["rule"], one["pointer"]) for one in document["added"]] == [("ACME001", "/Project/Title")]
