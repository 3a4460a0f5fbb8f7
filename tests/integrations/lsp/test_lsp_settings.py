"""The settings of a document, and their changes."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest
from lsp_client import SECRET, Editor, RawClient, changed
from lsprotocol import types

from opvalidate.integrations.lsp.settings import LspSettings

pytestmark = pytest.mark.slow


def test_the_nearest_configuration_is_used_and_read_again_when_it_changes(editor, valid, tmp_path):
    folder = tmp_path
    bad = json.dumps(changed(valid, "LifeCycle.Stage", "Prospekt"))
    config = folder / "opvalidate.toml"
    config.write_text('[severity]\nvalue-not-allowed = "info"\n')
    page = editor.open(bad, (folder / "a.json").as_uri())
    assert [one.severity for one in page.diagnostics] == [types.DiagnosticSeverity.Information]

    config.write_text('ignore = ["value-not-allowd"]\n')
    changes = types.DidChangeWatchedFilesParams(
        [types.FileEvent(config.as_uri(), types.FileChangeType.Changed)]
    )
    editor.client.workspace_did_change_watched_files(changes)
    editor.until(lambda: editor.shown.get(config.as_uri()) and editor.shown[config.as_uri()].diagnostics)
    (problem,) = editor.shown[config.as_uri()].diagnostics
    assert "value-not-allowed" in problem.message
    editor.until(lambda: page.diagnostics == [])
    assert any("opvalidate.toml" in one for one in editor.messages)

    config.write_text('exclude = ["a.json"]\n')
    editor.client.workspace_did_change_watched_files(changes)
    editor.until(lambda: not editor.shown[config.as_uri()].diagnostics)
    assert page.complete('{"|"}') == {}

    config.write_text("")
    identifier = types.TextDocumentIdentifier(page.uri)
    page.type(bad)
    editor.client.text_document_did_save(types.DidSaveTextDocumentParams(identifier))
    editor.until(lambda: page.codes == ["OPV104"])


def test_suppressed_findings_are_not_shown(editor):
    text = "# opvalidate: ignore[OPV201] a draft\nCatalog: AWS\n"
    before = editor.open("Catalog: AWS\n", "r.yaml", "yaml").codes
    after = editor.open(text, "s.yaml", "yaml").codes
    assert [code for code in before if code != "OPV201"] == after != before


def test_the_server_watches_settings_files(editor):
    assert editor.watches == ["workspace/didChangeWatchedFiles"]


def test_isolated_and_other_encodings(valid, tmp_path):
    (tmp_path / "opvalidate.toml").write_text('ignore = ["value-not-allowed"]\n')
    editor = Editor("--isolated", "--stdio", encodings=["utf-32"])
    try:
        assert editor.server.capabilities.position_encoding == "utf-32"
        bad = changed(valid, "LifeCycle.Stage", "Prospekt")
        bad["PartnerOpportunityIdentifier"] = "😀"
        bad["LifeCycle"] = bad.pop("LifeCycle")
        text = json.dumps(bad, ensure_ascii=False)
        page = editor.open(text, (tmp_path / "a.json").as_uri())
        (shown,) = [one for one in page.diagnostics if one.code == "OPV104"]
        assert shown.range.start.character == text.index('"Stage"')
    finally:
        code, log = editor.close()
    assert (code, log) == (0, "")


def test_an_internal_error_is_logged_without_values(capsys):
    from opvalidate.integrations.lsp.server import Server, _guarded

    async def hover(server, params):
        raise KeyError(params)

    assert asyncio.run(_guarded(hover)(None, SECRET)) is None
    Server.report_server_error(None, ValueError(SECRET), ValueError)
    assert capsys.readouterr().err == (
        "opvalidate lsp: hover failed: KeyError\nopvalidate lsp: ValueError failed: ValueError\n"
    )


def test_without_pygls_the_command_says_what_to_install(monkeypatch, capsys):
    from opvalidate.cli.main import main

    monkeypatch.setitem(sys.modules, "pygls.lsp.server", None)
    monkeypatch.setitem(sys.modules, "pygls", None)
    monkeypatch.delitem(sys.modules, "opvalidate.integrations.lsp.server", raising=False)
    assert main(["lsp"]) == 2
    assert "install opvalidate with the extra lsp" in capsys.readouterr().err


def test_the_diagnostics_of_an_example_are_the_findings_of_check(editor):
    from opvalidate import check_paths

    path = Path(__file__).parents[3] / "examples" / "bad.json"
    page = editor.open(path.read_text("utf-8"), path.as_uri())
    found = check_paths([str(path)])
    assert page.codes == [finding.rule for finding in found]
    assert [(one.range.start.line + 1, one.range.start.character + 1) for one in page.diagnostics] == [
        (finding.line, finding.column) for finding in found
    ]


# --- every file that was read or looked for is watched ---------------------------------------------

PACK = """\
- id: {id}
  name: {name}
  severity: warning
  require: {{Project.Title: filled}}
  message: The title is missing.
  why: We need one.
  source: {{note: ours, evidence: advice}}
  examples: {{fail: [{{Project.Title: null}}], pass: [{{}}]}}
"""


class Folder:
    """A folder with a configuration, and the settings of a document in it."""

    def __init__(self, folder, **files):
        self.folder = folder
        self.settings = LspSettings()
        self.write(files)

    def write(self, files):
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def problems(self):
        return [problem.message for problem in self.settings.of(str(self.folder / "a.json")).problems]

    def rules(self):
        effective = self.settings.of(str(self.folder / "a.json")).effective
        return {rule.name for rule in effective.checker.rules.values()} if effective else set()


def pack(number=1, name=None):
    return PACK.format(id=f"ACME00{number}", name=name or f"acme-{number}")


TABLE = """\
tables:
  numbers:
    source: {page: ours}
    values: [One, Two]
    aliasesFrom: spellings.json
"""
SETTINGS_FILES = {
    "a missing pack is created": (
        {"opvalidate.toml": 'rules = ["acme.yaml"]\n'},
        {"acme.yaml": pack()},
        "acme-1",
    ),
    "a missing folder of packs is created": (
        {"opvalidate.toml": 'rules = ["packs"]\n'},
        {"packs/acme.yaml": pack()},
        "acme-1",
    ),
    "an empty folder of packs gets one": (
        {"opvalidate.toml": 'rules = ["packs"]\n', "packs/README": ""},
        {"packs/acme.yaml": pack()},
        "acme-1",
    ),
    "a missing base is created": (
        {"opvalidate.toml": 'extend = "base.toml"\n'},
        {"base.toml": 'rules = ["acme.yaml"]\n', "acme.yaml": pack()},
        "acme-1",
    ),
    "the base of a base is created": (
        {"opvalidate.toml": 'extend = "base.toml"\n', "base.toml": 'extend = "sub/base.toml"\n'},
        {"sub/base.toml": 'rules = ["acme.yaml"]\n', "sub/acme.yaml": pack()},
        "acme-1",
    ),
    "an invalid base is fixed": (
        {"opvalidate.toml": 'extend = "base.toml"\n', "base.toml": "rules = [\n", "acme.yaml": pack()},
        {"base.toml": 'rules = ["acme.yaml"]\n'},
        "acme-1",
    ),
    "the other of two packs with one id is fixed": (
        {
            "opvalidate.toml": 'rules = ["one.yaml", "two.yaml"]\n',
            "one.yaml": pack(1),
            "two.yaml": pack(1, "acme-2"),
        },
        {"one.yaml": pack(3)},
        "acme-3",
    ),
    "the second of two packs with one id is fixed": (
        {
            "opvalidate.toml": 'rules = ["one.yaml", "two.yaml"]\n',
            "one.yaml": pack(1),
            "two.yaml": pack(1, "acme-2"),
        },
        {"two.yaml": pack(3)},
        "acme-3",
    ),
    "an empty base gets an entry": (
        {"opvalidate.toml": 'extend = "base.toml"\n', "base.toml": "", "acme.yaml": pack()},
        {"base.toml": 'rules = ["acme.yaml"]\n'},
        "acme-1",
    ),
    "an overridden base gets an entry": (
        {
            "opvalidate.toml": 'extend = "base.toml"\nstrict = true\n',
            "base.toml": "strict = false\n",
            "acme.yaml": pack(),
        },
        {"base.toml": 'strict = false\nrules = ["acme.yaml"]\n'},
        "acme-1",
    ),
    "a folder of packs gets another": (
        {"opvalidate.toml": 'rules = ["packs"]\n', "packs/one.yaml": pack(1)},
        {"packs/two.yaml": pack(2)},
        "acme-2",
    ),
    "a folder of packs gets tables": (
        {"opvalidate.toml": 'rules = ["packs"]\n', "packs/one.yaml": pack(1), "packs/tables/README": ""},
        {"packs/tables/two.yaml": pack(2)},
        "acme-2",
    ),
    "a file that a table names is created": (
        {"opvalidate.toml": 'rules = ["one.yaml", "table.yaml"]\n', "one.yaml": pack(1), "table.yaml": TABLE},
        {"spellings.json": '{"uno": "One"}'},
        "acme-1",
    ),
    "an invalid file that a table names is fixed": (
        {
            "opvalidate.toml": 'rules = ["packs"]\n',
            "packs/one.yaml": pack(1),
            "packs/table.yaml": TABLE,
            "packs/spellings.json": "[1]",
        },
        {"packs/spellings.json": '{"uno": "One"}'},
        "acme-1",
    ),
}


@pytest.mark.parametrize("before, after, rule", SETTINGS_FILES.values(), ids=SETTINGS_FILES)
def test_settings_are_read_again_when(tmp_path, before, after, rule):
    folder = Folder(tmp_path, **before)
    assert rule not in folder.rules()
    folder.write(after)
    assert folder.problems() == []
    assert rule in folder.rules()


def test_a_file_that_a_table_names_is_watched(tmp_path):
    folder = Folder(tmp_path, **{"opvalidate.toml": 'rules = ["table.yaml"]\n', "table.yaml": TABLE})
    folder.write({"spellings.json": '{"uno": "One"}'})
    assert folder.problems() == []
    folder.write({"spellings.json": "[]"})
    assert folder.problems() != []


def test_unchanged_settings_are_not_read_again(tmp_path):
    folder = Folder(tmp_path, **{"opvalidate.toml": 'rules = ["acme.yaml"]\n', "acme.yaml": pack()})
    first, second = (folder.settings.of(str(tmp_path / name)).effective for name in ("a.json", "b.json"))
    assert first.checker is second.checker


def test_files_that_the_workspace_patterns_do_not_cover_are_watched(tmp_path):
    (tmp_path / "base.conf").write_text("")
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    (workspace / "opvalidate.toml").write_text('extend = "../base.conf"\n')
    watching = {"dynamicRegistration": True, "relativePatternSupport": True}
    client = RawClient(
        capabilities={"workspace": {"didChangeWatchedFiles": watching}}, root=workspace.as_uri()
    )
    registered = client.until(lambda message: message.get("method") == "client/registerCapability")
    client.send({"jsonrpc": "2.0", "id": registered["id"], "result": None})
    client.open((workspace / "a.json").as_uri(), "{")
    registered = client.until(lambda message: message.get("method") == "client/registerCapability")
    watchers = registered["params"]["registrations"][0]["registerOptions"]["watchers"]
    assert [watcher["globPattern"] for watcher in watchers] == [
        {"baseUri": tmp_path.as_uri(), "pattern": "base.conf"}
    ]
    assert client.close() == (0, "")


# --- the command line ---------------------------------------------------------------------------


def test_the_command_line_names_the_operation_packs_and_records(valid, tmp_path):
    record = {"Catalog": "AWS", "Id": "O1234567", "LastModifiedDate": "2026-01-01T00:00:00Z"}
    record |= {"CreatedDate": "2026-01-01T00:00:00Z", "RelatedEntityIdentifiers": {}}
    (tmp_path / "records").mkdir()
    (tmp_path / "records" / "one.json").write_text(json.dumps(record))
    (tmp_path / "acme.yaml").write_text(pack())
    arguments = ("--record", str(tmp_path / "records"), "--rules", str(tmp_path / "acme.yaml"))
    editor = Editor(*arguments)
    try:
        update = {"Catalog": "AWS", "Identifier": "O7654321", "LastModifiedDate": "2026-01-01T00:00:00Z"}
        page = editor.open(json.dumps(update), (tmp_path / "update.json").as_uri())
        assert "OPV818" in page.codes
        (tmp_path / "records" / "two.json").write_text(json.dumps({**record, "Id": "O7654321"}))
        page.type(json.dumps(update) + "\n")
        page.settle()
        assert "OPV818" not in page.codes
        page = editor.open(json.dumps(changed(valid, "Project.Title", None)), "untitled.json")
        assert "ACME001" in page.codes
    finally:
        code, log = editor.close()
    assert (code, log) == (0, "")


def test_a_broken_pack_of_the_command_line_is_shown_in_its_file(valid, tmp_path):
    (tmp_path / "acme.yaml").write_text(pack().replace("Project.Title: filled", "Project.Titel: filled"))
    editor = Editor("--rules", str(tmp_path / "acme.yaml"), "--operation", "submit")
    try:
        page = editor.open(json.dumps(valid), (tmp_path / "a.json").as_uri())
        (problem,) = editor.shown[(tmp_path / "acme.yaml").as_uri()].diagnostics
        assert "did you mean Project.Title?" in problem.message
        (tmp_path / "acme.yaml").write_text(pack())
        page.type(json.dumps(changed(valid, "Project.Title", None)))
        page.settle()
        assert "ACME001" in page.codes
    finally:
        editor.close()


def test_a_path_that_does_not_exist_is_reported(capsys):
    from opvalidate.cli.main import main

    assert main(["lsp", "--rules", "nowhere.yaml"]) == 2
    assert "nowhere.yaml: no such rule pack (file or folder)" in capsys.readouterr().err
    assert main(["lsp", "--record", "nowhere"]) == 2
    assert "nowhere: no such file or folder" in capsys.readouterr().err
