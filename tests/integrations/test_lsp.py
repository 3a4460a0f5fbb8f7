"""The language server, asked by a real client over standard input and output."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import canaries
import pytest
from canaries import CANARY
from lsprotocol import types
from pygls.lsp.client import LanguageClient

from opvalidate.testing import opportunities

SECRET = "Zanzibar Quill Holdings"


class Editor:
    """A client that keeps what the server shows, and works in steps."""

    def __init__(self, *arguments, encodings=None):
        self.loop = asyncio.new_event_loop()
        self.client = LanguageClient("test", "1")
        self.shown, self.messages, self.raw, self.watches = {}, [], [], []
        self.news = asyncio.Event()

        @self.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def published(params):
            self.shown[params.uri] = params
            self.raw.append(repr(params))
            self.news.set()

        @self.client.feature(types.WINDOW_SHOW_MESSAGE)
        def message(params):
            self.messages.append(params.message)
            self.raw.append(params.message)

        @self.client.feature(types.CLIENT_REGISTER_CAPABILITY)
        def register(params):
            self.watches += [one.method for one in params.registrations]

        self.loop.run_until_complete(
            self.client.start_io(sys.executable, "-m", "opvalidate", "lsp", *arguments)
        )
        snippets = types.ClientCompletionItemOptions(snippet_support=True)
        self.server = self.ask(
            "initialize",
            types.InitializeParams(
                capabilities=types.ClientCapabilities(
                    workspace=types.WorkspaceClientCapabilities(
                        did_change_watched_files=types.DidChangeWatchedFilesClientCapabilities(
                            dynamic_registration=True
                        )
                    ),
                    text_document=types.TextDocumentClientCapabilities(
                        completion=types.CompletionClientCapabilities(completion_item=snippets)
                    ),
                    general=types.GeneralClientCapabilities(position_encodings=encodings),
                )
            ),
        )
        self.client.initialized(types.InitializedParams())

    def run(self, awaitable):
        return self.loop.run_until_complete(asyncio.wait_for(awaitable, 20))

    def ask(self, name, params):
        return self.run(getattr(self.client, f"{name}_async")(params))

    def until(self, holds):
        async def wait():
            while not holds():
                self.news.clear()
                await self.news.wait()

        self.run(wait())

    def close(self):
        self.run(self.client.shutdown_async(None))
        self.client.exit(None)
        process = self.client._server
        log = self.run(process.stderr.read()).decode()
        self.run(process.wait())
        self.run(self.client.stop())
        self.loop.close()
        return process.returncode, log

    # --- what a user does

    def open(self, text, name="a.json", language="json"):
        uri = name if ":" in name else f"file:///nowhere/{name}"
        self.shown.pop(uri, None)
        item = types.TextDocumentItem(uri, language, 1, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        self.until(lambda: uri in self.shown)
        return Page(self, uri, text)


class Page:
    """An open text."""

    def __init__(self, editor, uri, text):
        self.editor, self.uri, self.text, self.version = editor, uri, text, 1

    @property
    def found(self):
        return list(self.editor.shown[self.uri].diagnostics)

    @property
    def codes(self):
        return [one.code for one in self.found]

    def type(self, text):
        self.text, self.version = text, self.version + 1
        identifier = types.VersionedTextDocumentIdentifier(self.version, self.uri)
        change = types.TextDocumentContentChangeWholeDocument(text)
        self.editor.client.text_document_did_change(types.DidChangeTextDocumentParams(identifier, [change]))

    def settle(self):
        self.editor.until(lambda: self.editor.shown[self.uri].version == self.version)

    def position(self, offset):
        line = self.text.count("\n", 0, offset)
        begin = self.text.rfind("\n", 0, offset) + 1
        return types.Position(line, len(self.text[begin:offset].encode("utf-16-le")) // 2)

    def offset(self, position):
        begin = 0
        for _ in range(position.line):
            begin = self.text.index("\n", begin) + 1
        units = self.text[begin:].encode("utf-16-le")[: 2 * position.character]
        return begin + len(units.decode("utf-16-le"))

    def covered(self, range_):
        return self.text[self.offset(range_.start) : self.offset(range_.end)]

    def _at(self, offset):
        return {"text_document": types.TextDocumentIdentifier(self.uri), "position": self.position(offset)}

    def complete(self, marked):
        """Type a text that has a | for the cursor; return what is offered."""
        at = marked.index("|")
        self.type(marked.replace("|", "", 1))
        return {
            one.label: one
            for one in self.editor.ask(
                "text_document_completion", types.CompletionParams(**self._at(at))
            ).items
        }

    def hover(self, part):
        answer = self.editor.ask(
            "text_document_hover", types.HoverParams(**self._at(self.text.index(part) + 1))
        )
        return answer and answer.contents.value

    def actions(self, start=0, end=None, only=None):
        end = len(self.text) if end is None else end
        params = types.CodeActionParams(
            types.TextDocumentIdentifier(self.uri),
            types.Range(self.position(start), self.position(end)),
            types.CodeActionContext([], only=only),
        )
        return list(self.editor.ask("text_document_code_action", params))

    def after(self, action):
        text = self.text
        edits = [edit for edits in action.edit.changes.values() for edit in edits]
        for edit in sorted(edits, key=lambda edit: self.offset(edit.range.start), reverse=True):
            text = text[: self.offset(edit.range.start)] + edit.new_text + text[self.offset(edit.range.end) :]
        return text

    def accept(self, item):
        edit = item.text_edit
        return (
            self.text[: self.offset(edit.range.start)]
            + edit.new_text
            + self.text[self.offset(edit.range.end) :]
        )


@pytest.fixture(scope="module")
def editor():
    editor = Editor()
    yield editor
    code, log = editor.close()
    assert (code, log) == (0, "")
    assert not any(word in "".join(editor.raw) for word in (SECRET, CANARY))


@pytest.fixture(scope="module")
def good():
    return next(opportunities(seed=3, count=1))


def changed(document, path, value):
    document = json.loads(json.dumps(document))
    *way, last = path.split(".")
    inner = document
    for step in way:
        inner = inner[step]
    inner[last] = value
    return document


# --- diagnostics ----------------------------------------------------------------------------------


def test_a_document_in_order_has_no_diagnostics(editor, good):
    assert editor.open(json.dumps(good, indent=2)).found == []


@pytest.mark.parametrize("name", ["a.json", "a.yaml", "a.jsonl"])
def test_a_finding_is_shown_where_it_stands(editor, good, name):
    bad = changed(good, "Customer.Account.Industry", "Manufacture")
    text = json.dumps(bad, indent=2 if name == "a.json" else None)
    if name == "a.jsonl":
        text = json.dumps(changed(good, "PartnerOpportunityIdentifier", "other")) + "\n" + text + "\n"
    page = editor.open(text, name, name.partition(".")[2])
    (shown,) = [one for one in page.found if one.code == "OPV104"]
    assert page.covered(shown.range) == '"Industry": "Manufacture"'
    assert shown.source == "opvalidate"
    assert shown.severity is types.DiagnosticSeverity.Error
    assert "try: Manufacturing" in shown.message


def test_columns_are_utf_16_code_units_and_a_carriage_return_ends_a_line(editor, good):
    text = json.dumps(changed(good, "Customer.Account.CompanyName", "𝔸𝔹 😀é"), ensure_ascii=False)
    text = "\r\r\n" + text.replace('"Origin"', '"Orign"')
    page = editor.open(text, "b.json")
    (shown,) = [one for one in page.found if "Orign" in one.message]
    assert shown.range.start.line == 2
    line = text.split("\r\n")[1]
    units = line.encode("utf-16-le")[2 * shown.range.start.character : 2 * shown.range.end.character]
    assert units.decode("utf-16-le").startswith('"Orign"')


def test_severities_are_those_of_the_rules(editor, good):
    text = json.dumps({**changed(good, "LifeCycle.Stage", "Closed Lost"), "Origin": None})
    severities = {one.severity for one in editor.open(text, "c.json").found}
    assert types.DiagnosticSeverity.Error in severities
    assert types.DiagnosticSeverity.Warning in severities


@pytest.mark.parametrize(
    "name, text, code",
    [
        ("d.json", '{"Catalog": "AWS", ', "OPV001"),
        ("d.json", '{"Catalog": "AWS" "Origin": "x"}', "OPV001"),
        ("d.yaml", "Catalog: AWS\nProject: [", "OPV002"),
        ("d.jsonl", '{"Catalog": "AWS"\n', "OPV001"),
        ("d.json", '[{"Catalog": "AWS"}, ', "OPV001"),
    ],
)
def test_a_broken_text_is_a_finding(editor, name, text, code):
    assert editor.open(text, name, name.partition(".")[2]).codes[-1] == code


def test_every_beginning_of_a_document_gets_an_answer(editor, good):
    """Whatever is typed so far: a document, letter by letter, in JSON and in YAML."""
    yaml = (
        "Catalog: AWS\nCustomer:\n  Account:\n    CompanyName: x\n  Contacts:\n  - Email: 'a\nTags: [{Key: a"
    )
    for name, text in (("e.json", json.dumps(good, indent=1)[:60]), ("e.yaml", yaml)):
        page = editor.open("", name, name[2:])
        for end in range(len(text)):
            page.complete(text[:end] + "|")
            page.type(text[:end] + "}\ud800" + text[end:])
            editor.ask("text_document_hover", types.HoverParams(**page._at(0)))
        page.settle()


def test_mending_the_text_takes_the_diagnostics_away(editor, good):
    page = editor.open(json.dumps(changed(good, "LifeCycle.Stage", "Prospekt")), "f.json")
    assert page.codes == ["OPV104"]
    page.type(json.dumps(good))
    page.settle()
    assert page.found == []


def test_a_closed_text_has_no_diagnostics(editor):
    page = editor.open("{", "g.json")
    assert page.found
    editor.client.text_document_did_close(
        types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(page.uri))
    )
    editor.until(lambda: page.found == [])


@pytest.mark.parametrize(
    "name, text",
    [("package.json", '{"name": "x", "version": 1'), ("pack.yaml", "title: x\nrules:\n  - id: X"), ("h.json", "[1, 2]"),
     ("x.toml", "a = "), ("h.json", " \n"), ("h.json", '[{"name": 1}, {')],
)  # fmt: skip
def test_what_is_no_opportunity_is_left_alone(editor, name, text):
    page = editor.open(text, name, "plaintext" if name == "x.toml" else name.rpartition(".")[2])
    assert page.found == []
    assert page.complete(text + "|") == {}
    assert page.hover(text[:1]) is None


def test_two_documents_of_one_file_are_compared(editor, good):
    other = changed(good, "Project.Title", "Another one")
    page = editor.open(f"{json.dumps(good)}\n{json.dumps(other)}\n", "i.jsonl", "jsonl")
    shown = page.found[0]
    assert shown.range.start.line == 1
    assert shown.related_information[0].location.range.start.line == 0


def test_a_text_without_a_file_is_checked(editor):
    assert editor.open('{"Catalog": "AWS", "Orign": "x"}', "untitled:Untitled-1").found


# --- hover ----------------------------------------------------------------------------------------


def test_hover_explains_the_finding_and_the_field(editor, good):
    page = editor.open(json.dumps(changed(good, "LifeCycle.Stage", "Prospekt"), indent=2), "j.json")
    said = page.hover('"Stage"')
    assert "**OPV104** value-not-allowed (error)" in said
    assert "Try: Prospect" in said
    assert "**LifeCycle.Stage** — text" in said
    assert "one of Prospect, Qualified," in said


def test_hover_tells_what_a_field_wants(editor, good):
    page = editor.open(json.dumps(good, indent=2), "k.json")
    said = page.hover('"WebsiteUrl"')
    assert "4 to 255 characters" in said
    assert "**OPV201** error: WebsiteUrl is required" in said
    assert "required" in page.hover('"Catalog"')
    assert page.hover(good["Catalog"]) is None


def test_hover_works_in_a_broken_text_and_in_yaml(editor):
    page = editor.open("LifeCycle:\n  Stage: [\n", "l.yaml", "yaml")
    assert "one of Prospect" in page.hover("Stage")


def test_what_is_sensitive_is_not_repeated(editor, good):
    bad = changed(good, "Customer.Account.CompanyName", SECRET * 10)
    bad["Customer"]["Account"]["Address"]["CountryCode"] = SECRET
    bad["Orign"] = SECRET
    page = editor.open(json.dumps(bad, indent=2), "m.json")
    assert len(page.found) >= 3
    assert all("Zanzibar" not in page.hover(part) for part in ('"CompanyName"', '"CountryCode"'))
    page.type(json.dumps(bad, indent=2)[:-2])
    page.settle()
    assert page.found


@pytest.mark.parametrize("operation", ["create", "update", "record"])
def test_no_message_no_page_and_no_title_has_a_value(editor, operation):
    value = canaries.planted(operation, f" {CANARY}&amp;{CANARY} ") | {"Unknown": [CANARY]}
    page = editor.open(json.dumps(value, indent=2), f"{operation}.json")
    assert len(page.found) > 10
    keys = {line.split('"')[1] for line in page.text.split("\n") if '": ' in line}
    said = [repr(page.found), *(action.title for action in page.actions())]
    said += [page.hover(f'"{key}"') for key in sorted(keys)]
    assert len(said) > 30
    assert CANARY not in str(said)


# --- completion -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def blank(editor):
    return editor.open("{}", "n.json")


@pytest.fixture(scope="module")
def yaml(editor):
    return editor.open("", "n.yaml", "yaml")


@pytest.mark.parametrize(
    "marked, wanted, unwanted",
    [
        ("{|", "Catalog", "Stage"),
        ('{"Catalog": "AWS", "|"}', "Project", "Catalog"),
        ('{"Catalog": "AWS", "LifeCycle": {"|\n "Stage": "Prospect"}}', "TargetCloseDate", "Stage"),
        ('{"LifeCycle": {"Sta|": "Prospect"}}', "Stage", "Catalog"),
        ('[{"Catalog": "AWS"}, {"|"}]', "Catalog", "Stage"),
        ('{"Customer": {"Contacts": [{"Email": "a"}, {"|', "Email", "Catalog"),
        ('{"Identifier": "O1", "|"}', "LastModifiedDate", "Identifier"),
        ('{"|"}', "ClientToken", "LastModifiedDate"),
    ],
)  # fmt: skip
def test_json_field_names(blank, marked, wanted, unwanted):
    offered = blank.complete(marked)
    assert wanted in offered
    assert unwanted not in offered


@pytest.mark.parametrize(
    "marked, wanted, unwanted",
    [
        ("|", "Catalog", "Stage"),
        ("Catalog: AWS\n|", "Project", "Catalog"),
        ("LifeCycle:\n  |", "Stage", "Catalog"),
        ("LifeCycle:\n  Stage: Prospect\n  Tar|\nProject:\n  Title: x", "TargetCloseDate", "Stage"),
        ("Customer:\n  Contacts:\n  - Email: a\n    |\n", "Phone", "Email"),
        ("Customer:\n  Contacts:\n  - |\n", "Phone", "Account"),
        ("Catalog: AWS\n---\n|", "Catalog", "Stage"),
        ],
)  # fmt: skip
def test_yaml_field_names(yaml, marked, wanted, unwanted):
    offered = yaml.complete(marked)
    assert wanted in offered
    assert unwanted not in offered


@pytest.mark.parametrize(
    "marked, wanted",
    [
        ('{"LifeCycle": {"Stage": |', "Technical Validation"),
        ('{"LifeCycle": {"Stage": "Pro|"}}', "Prospect"),
        ('{"Catalog": "|"}', "Sandbox"),
        ('{"PrimaryNeedsFromAws": ["|"]}', "Co-Sell - Architectural Validation"),
        ('{"Customer": {"Account": {"Address": {"CountryCode": "US", "StateOrRegion": "|"}}}}', "California"),
        ('{"Project": {"CustomerUseCase": "|"}}', "Blockchain"),
        ('{"Project": {"ApnPrograms": ["P3", "|"]}}', "ISV Workload Migration"),
        ('{"Marketing": {"UseCases": ["|"]}}', "AI/ML"),
        ('{"NationalSecurity": |}', "Yes"),
    ],
)  # fmt: skip
def test_json_values(blank, marked, wanted):
    item = blank.complete(marked)[wanted]
    assert json.dumps(wanted) in blank.accept(item)


@pytest.mark.parametrize(
    "marked, wanted",
    [
        ("LifeCycle:\n  Stage: |", "Prospect"),
        ("LifeCycle:\n  Stage:|", "Prospect"),
        ("LifeCycle:\n  Stage: Pro|", "Prospect"),
        ("LifeCycle:\n  Stage: 'Pro|'", "Prospect"),
        ("LifeCycle: {Stage: |}", "Prospect"),
        ("Project:\n  ApnPrograms:\n  - P3\n  - |", "ISV Workload Migration"),
        ("Project:\n  CompetitorName: |", "*Other"),
        ("Project:\n  CustomerUseCase: |", "Big Data: Data Warehouse/Data Integration/ETL/Data Lake/BI"),
        ("NationalSecurity: |", "No"),
    ],
)  # fmt: skip
def test_yaml_values_are_read_as_they_are_meant(yaml, marked, wanted):
    from opvalidate.documents.yaml_text import read

    text = yaml.accept(yaml.complete(marked)[wanted])
    document = read(text.encode())
    assert not document.problems
    assert json.dumps(wanted) in json.dumps(document.value)


def test_a_country_is_found_by_its_name(blank):
    item = blank.complete('{"Customer": {"Account": {"Address": {"CountryCode": "Ger|"}}}}')["DE"]
    assert item.detail == "Germany"
    assert item.filter_text == '"DE Germany'
    assert '"CountryCode": "DE"' in blank.accept(item)


def test_only_what_a_rule_leaves_is_offered(blank):
    spend = '{"Project": {"ExpectedCustomerSpend": [{"CurrencyCode": "|"}]}}'
    assert list(blank.complete(spend)) == ["USD", "EUR"]
    state = '{"Customer": {"Account": {"Address": {"CountryCode": "DE", "StateOrRegion": "|"}}}}'
    assert blank.complete(state) == {}


def test_a_name_brings_what_follows_it(blank, yaml):
    offered = blank.complete('{"Catalog": "AWS", "|"}')
    assert offered["Origin"].text_edit.new_text == '"Origin": "$1"'
    assert offered["Project"].text_edit.new_text == '"Project": {$1}'
    assert offered["OpportunityTeam"].text_edit.new_text == '"OpportunityTeam": [$1]'
    assert blank.complete('{"Cat|": 1}')["Catalog"].text_edit.new_text == '"Catalog"'
    assert (offered["Origin"].detail, offered["OpportunityTeam"].detail) == ("text", "list")
    assert blank.complete("{|")["Catalog"].detail == "text, required"
    assert yaml.complete("|")["Project"].text_edit.new_text == "Project:"
    assert yaml.complete("Catalog: AWS\n|")["Origin"].text_edit.new_text == "Origin: "


def test_positions_behind_wide_characters_are_understood(blank):
    text = '{"Customer": {"Account": {"CompanyName": "😀😀"}}, "LifeCycle": {"Stage": "|"}}'
    assert '"Stage": "Prospect"' in blank.accept(blank.complete(text)["Prospect"])


# --- fixes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["o.json", "o.jsonl", "o.yaml"])
def test_a_quick_fix_mends_its_finding_alone(editor, good, name):
    bad = changed(changed(good, "LifeCycle.Stage", "prospect"), "Customer.Account.Industry", "manufacturing")
    bad["Customer"]["Account"]["CompanyName"] = "😀 GmbH"
    text = json.dumps(bad, ensure_ascii=False)
    if name == "o.jsonl":
        text = json.dumps(changed(good, "PartnerOpportunityIdentifier", "😀")) + "\n" + text
    page = editor.open(text, name, name[2:])
    at = text.index('"prospect"')
    (action,) = page.actions(at, at, only=[types.CodeActionKind.QuickFix])
    assert action.title == "Change the value to Prospect"
    assert action.is_preferred
    assert [one.code for one in action.diagnostics] == ["OPV104"]
    assert page.after(action) == text.replace('"prospect"', '"Prospect"')


def test_all_safe_fixes_at_once(editor, good):
    bad = changed(changed(good, "LifeCycle.Stage", "prospect"), "Customer.Account.Industry", "manufacturing")
    bad["Customer"]["Account"]["CompanyName"] = "😀 GmbH"
    bad["LifeCycle"]["ReviewComments"] = "mine"  # has an unsafe fix
    page = editor.open(json.dumps(bad, indent=2), "p.json")
    wanted = page.text.replace('"prospect"', '"Prospect"').replace('"manufacturing"', '"Manufacturing"')
    for only in ("source.fixAll", "source", "source.fixAll.opvalidate"):
        (action,) = page.actions(only=[only])
        assert page.after(action) == wanted
    assert page.actions(only=["source.organizeImports"]) == []
    unsafe = [one for one in page.actions(only=["quickfix"]) if not one.is_preferred]
    assert unsafe


def test_what_has_no_fix_gets_no_action(editor, good):
    page = editor.open(json.dumps(changed(good, "LifeCycle.Stage", "Nonsense")), "q.json")
    assert page.found
    assert page.actions() == []


# --- settings -------------------------------------------------------------------------------------


def test_the_configuration_of_the_workspace_counts(editor, good, tmp_path):
    folder = tmp_path
    bad = json.dumps(changed(good, "LifeCycle.Stage", "Prospekt"))
    config = folder / "opvalidate.toml"
    config.write_text('[severity]\nvalue-not-allowed = "info"\n')
    page = editor.open(bad, (folder / "a.json").as_uri())
    assert [one.severity for one in page.found] == [types.DiagnosticSeverity.Information]

    config.write_text('ignore = ["value-not-allowd"]\n')
    changes = types.DidChangeWatchedFilesParams(
        [types.FileEvent(config.as_uri(), types.FileChangeType.Changed)]
    )
    editor.client.workspace_did_change_watched_files(changes)
    editor.until(lambda: editor.shown.get(config.as_uri()) and editor.shown[config.as_uri()].diagnostics)
    (mistake,) = editor.shown[config.as_uri()].diagnostics
    assert "value-not-allowed" in mistake.message
    editor.until(lambda: page.found == [])
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


def test_accepted_findings_are_not_shown(editor):
    text = "# opvalidate: ignore[OPV201] a draft\nCatalog: AWS\n"
    before = editor.open("Catalog: AWS\n", "r.yaml", "yaml").codes
    after = editor.open(text, "s.yaml", "yaml").codes
    assert [code for code in before if code != "OPV201"] == after != before


def test_the_server_asks_to_hear_of_changed_settings(editor):
    assert editor.watches == ["workspace/didChangeWatchedFiles"]


def test_isolated_and_other_encodings(good, tmp_path):
    (tmp_path / "opvalidate.toml").write_text('ignore = ["value-not-allowed"]\n')
    editor = Editor("--isolated", "--stdio", encodings=["utf-32"])
    try:
        assert editor.server.capabilities.position_encoding == "utf-32"
        bad = changed(good, "LifeCycle.Stage", "Prospekt")
        bad["PartnerOpportunityIdentifier"] = "😀"
        bad["LifeCycle"] = bad.pop("LifeCycle")  # behind it
        text = json.dumps(bad, ensure_ascii=False)
        page = editor.open(text, (tmp_path / "a.json").as_uri())
        (shown,) = [one for one in page.found if one.code == "OPV104"]
        assert shown.range.start.character == text.index('"Stage"')
    finally:
        code, log = editor.close()
    assert (code, log) == (0, "")


def test_the_server_ends_with_its_editor():
    editor = Editor()
    editor.client._server.stdin.close()
    assert editor.run(editor.client._server.wait()) == 0
    editor.run(editor.client.stop())
    editor.loop.close()


def test_an_error_of_ours_does_not_tell_what_was_in_the_document(capsys):
    from opvalidate.integrations.lsp.server import Server, _safely

    def hover(server, params):
        raise KeyError(params)

    assert _safely(hover)(None, SECRET) is None
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
    assert "pip install 'opvalidate[lsp]'" in capsys.readouterr().err


def test_the_examples_of_the_repository_are_what_check_says(editor):
    from opvalidate import check_paths

    path = Path(__file__).parents[2] / "examples" / "bad.json"
    page = editor.open(path.read_text("utf-8"), path.as_uri())
    found = check_paths([str(path)])
    assert page.codes == [finding.rule for finding in found]
    assert [(one.range.start.line + 1, one.range.start.character + 1) for one in page.found] == [
        (finding.line, finding.column) for finding in found
    ]
