"""The page for people: well-formed, self-contained, hostile names harmless; and used in a real browser."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest
from evaluation import TODAY, good
from hypothesis import given, settings
from strategies import often
from test_formats import RULES, finding, findings_at_large, rendered

from opvalidate.cli.main import main
from opvalidate.output import printable
from opvalidate.read import read_bytes
from opvalidate.report.format_html import BARS, field_label
from opvalidate.report.formats import aws_refuses, builtin_rules

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
EVIL = "</script><img src=x onerror=alert(1)>'\"&lt;"
SECRET = "KANARIENVOGEL"
VOID = {"meta", "input", "br", "img", "link"}


class Page(HTMLParser):
    """Reads a page strictly: every element closed in order, every attribute and text recorded."""

    def __init__(self, text):
        super().__init__()
        self.open, self.elements, self.text = [], [], ""
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        if not {"script", "style"} & set(self.open):
            self.text += data

    def all(self, name):
        return [attrs for tag, attrs in self.elements if tag == name]


KNOWN = {tag for tag, _ in Page(rendered("html", [finding(suggestion="this")])).elements}


@settings(max_examples=often(60))
@given(found=findings_at_large)
def test_the_page_is_complete_and_has_every_finding(found):
    text = rendered("html", found)
    page = Page(text)
    assert {tag for tag, _ in page.elements} <= KNOWN
    assert sum("finding" in attrs.get("class", "").split() for attrs in page.all("li")) == len(found)
    for one in found:
        assert printable(one.message) in page.text
        assert printable(one.file) in page.text
    identifiers = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert len(identifiers) == len(set(identifiers))
    for _, attrs in page.elements:
        assert all(name in identifiers for name in attrs.get("aria-labelledby", "").split())
        href = attrs.get("href", "#")
        assert href.startswith("https://") or href[1:] in ["", *identifiers]


def test_hostile_names_are_text():
    found = finding(message=EVIL, file=EVIL, opportunity=EVIL, pointer=f"/{EVIL}", suggestion=EVIL, name=EVIL)
    page = Page(rendered("html", [found]))
    assert {tag for tag, _ in page.elements} <= KNOWN
    assert page.text.count(EVIL) >= 6
    assert not [name for _, attrs in page.elements for name in attrs if name.startswith("on")]


def test_nothing_is_loaded_and_only_its_own_script_and_style_may_run():
    text = rendered("html", [finding()])
    (policy,) = [attrs["content"] for attrs in Page(text).all("meta") if "http-equiv" in attrs]
    assert policy.startswith("default-src 'none'; ")
    for tag in ("style", "script"):
        (content,) = re.findall(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
        assert not re.search(r"https?:|url\(|@import|fetch|innerHTML|eval", content)
    for _, attrs in Page(text).elements:
        assert not {"src", "srcset", "action", "style", "data"} & set(attrs)


def test_blockers_come_first():
    found = [
        finding(document_index=0, severity="info"),
        finding(document_index=1, severity="warning", message="w"),
        finding(document_index=1, severity="error", message="e"),
        finding(document_index=2, severity="error"),
        finding(document_index=2, severity="error"),
    ]
    page = Page(rendered("html", found))
    names = [line for line in page.text.splitlines() if line.startswith("Opportunity ")]
    assert names[-3:] == ["Opportunity 3", "Opportunity 2", "Opportunity 1"]
    assert [attrs["class"] for attrs in page.all("article")] == ["error", "error", "info"]
    severities = [attrs["data-severity"] for attrs in page.all("li") if "data-severity" in attrs]
    assert severities == ["error", "error", "error", "warning", "info"]


@settings(max_examples=often(40))
@given(found=findings_at_large.filter(bool))
def test_the_tables_count_every_finding_and_the_charts_agree(found):
    text = rendered("html", found)
    for table in re.findall(r"<tbody>(.*?)</tbody>", text, re.DOTALL):
        rows = [[int(cell) for cell in re.findall(r">(\d+)</td>", row)] for row in table.strip().splitlines()]
        assert sum(row[3] for row in rows) == len(found)
        assert all(row[0] + row[1] + row[2] == row[3] for row in rows)
        assert [row[3] for row in rows] == sorted((row[3] for row in rows), reverse=True)
    for chart in re.findall(r"<svg viewBox=\"0 0 360.*?</svg>", text, re.DOTALL):
        counts = re.findall(r'class="count"[^>]*>(\d+)<', chart)
        assert 0 < len(counts) <= BARS
        widths = [float(width) for width in re.findall(r'<rect [^>]*width="([\d.]+)"', chart)]
        assert max(widths) <= 360 - 44 + 0.1
    assert text.count('role="img"') == text.count("<table>") == 2


def test_a_field_label_is_readable():
    assert field_label("/Customer/Contacts/0/BusinessTitle") == "Customer › Contacts 1 › Business Title"
    assert field_label("/a~1b~0c") == "a/b~c"
    assert field_label("") == "The whole document"


def test_an_opportunity_with_only_a_batch_finding_counts_as_blocked(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    texts = [json.dumps(good(Project__Title=title)) for title in ("One thing", "Another thing")]
    Path("a.jsonl").write_text("\n".join(texts), encoding="utf-8")
    main(["check", "--format", "html", "--today", TODAY, "--select", "client-token-reused"])
    page = Page(capsys.readouterr().out)
    assert "1 of 2 opportunities would be rejected by AWS" in page.text
    assert "Other document: a.jsonl, opportunity 1, line 1" in page.text


PACK = """\
- id: ACME001
  name: long-problem
  severity: error
  operations: [create, submit]
  require: {Project.CustomerBusinessProblem: {minLength: 200}}
  message: Our desk needs 200 characters.
  why: Our desk reads nothing else.
  source: {evidence: documented, page: Sales handbook, url: "https://handbook.example/page?a=1&b=2"}
  examples: {fail: [{}], pass: [{Project.CustomerBusinessProblem: null}]}
"""


@pytest.mark.parametrize("operation", ["create", "submit"])
@pytest.mark.parametrize(
    "patch,refused",
    [({}, False), ({"Catalog": "AWZ"}, True)],
    ids=["company", "both"],
)
def test_only_evidence_supports_the_claim_that_aws_would_reject(tmp_path, capsys, operation, patch, refused):
    (tmp_path / "acme.yaml").write_text(PACK, encoding="utf-8")
    (tmp_path / "deal.json").write_text(json.dumps(good(**patch)), encoding="utf-8")
    main([
        "check", str(tmp_path / "deal.json"), "--isolated", "--rules", str(tmp_path / "acme.yaml"), "--format", "html",
        "--today", TODAY, "--operation", operation,
    ])  # fmt: skip
    page = Page(capsys.readouterr().out)
    assert "Violates a company rule" in page.text
    assert ("rejected by AWS" in page.text) is (refused and operation == "create")
    assert ("AWS would reject" in page.text) is (refused and operation == "create")
    assert ("AWS accepts it" in page.text) is refused
    assert "your company's own rules" in page.text
    assert {"href": "https://handbook.example/page?a=1&b=2"} in page.all("a")


@pytest.mark.parametrize(
    "rule,severity,expected",
    [
        ("catalog-value", "error", True),
        ("catalog-value", "warning", False),  # from a configuration
        ("company-name-required", "error", False),  # a warning on create: made an error by a configuration
        ("placeholder-text", "error", False),  # advice
        ("json-syntax", "error", False),
    ],
)
def test_aws_refuses_depends_on_rule_and_severity(rule, severity, expected):
    rules = builtin_rules()
    named = next(one for one in rules.values() if one.name == rule)
    assert aws_refuses(finding(rule=named.id, name=rule, severity=severity), rules) is expected
    assert aws_refuses(finding(rule="ACME001"), rules) is False


@pytest.mark.parametrize("values", [False, True])
def test_the_customers_name_and_values_are_shown_only_on_request(values):
    value = good(
        Customer__Account__CompanyName=SECRET,
        Project__Title=SECRET,
        Origin=["x"],
        Customer__Account__Duns=SECRET,
    )
    document = next(read_bytes(json.dumps(value, indent=1).encode(), file="a.json", syntax="json"))
    line = next(
        n for n, text in enumerate(json.dumps(value, indent=1).splitlines(), 1) if "CompanyName" in text
    )
    text = rendered("html", [finding(line=line, end_line=line, column=4)], document, values=values)
    page = Page(text)
    if values:
        assert f"{SECRET} · {SECRET}" in page.text
        assert f'"CompanyName": "{SECRET}"' in page.text
    else:
        assert SECRET not in text
        assert '"CompanyName": ***' in page.text


def test_an_empty_run_and_a_clean_one_say_so():
    assert "No opportunity was found to check" in Page(rendered("html", [])).text
    clean = rendered("html", [], clean=3)
    assert "All opportunities are valid" in Page(clean).text
    assert not Page(clean).all("script")


# --- a real browser -------------------------------------------------------------------------

# The product does not need a browser: without one, these tests are skipped.
browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: apt-get install chromium")

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--window-size=1000,800",
]

_PROBE = """<script>
const shown = () => [...document.querySelectorAll(".finding")].filter((e) => e.checkVisibility()).length;
const form = document.getElementById("filters"), result = {};
result.all = shown();
result.form = form.checkVisibility();
form.elements.search.value = '"customer › contacts › phone"';
form.dispatchEvent(new Event("input"));
result.phrase = shown();
form.elements.search.value = "phone  WRONG";
form.dispatchEvent(new Event("input"));
result.words = shown();
result.status = document.getElementById("status").textContent;
form.elements.search.value = "no such thing";
form.dispatchEvent(new Event("input"));
result.none = document.getElementById("none").checkVisibility() && shown() === 0;
document.querySelector("button[data-search='text-pattern']").click();
result.picked = shown();
form.reset();
setTimeout(() => {
  form.querySelector("input[value=error]").click();
  result.unchecked = shown();
  result.hidden = [...document.querySelectorAll("article")].filter((e) => !e.checkVisibility()).length;
  result.wide = document.documentElement.scrollWidth > innerWidth;
  result.alert = Boolean(window.hit);
  document.title = JSON.stringify(result);
}, 50);
</script>"""


def chromium(tmp_path, *arguments):
    profile = tmp_path / "profile"
    run = subprocess.run(
        [CHROMIUM, *FLAGS, f"--user-data-dir={profile}", *arguments],
        capture_output=True, timeout=120, check=True, env={**os.environ, "HOME": str(tmp_path)},
    )  # fmt: skip
    shutil.rmtree(profile, ignore_errors=True)
    return run.stdout.decode()


def page_of_three(message="Wrong"):
    found = [
        finding(
            document_index=0,
            rule="OPV106",
            name="text-pattern",
            pointer="/Customer/Contacts/0/Phone",
            message=message,
        ),
        finding(
            document_index=0, severity="warning", pointer="/Customer/Contacts/1/Phone", message="wrong phone"
        ),
        finding(document_index=1, pointer="/" + "VeryLongName" * 30, message="w" * 400),
    ]
    return rendered("html", found, rules=RULES)


@pytest.mark.slow
@browser
def test_search_and_filters_work_in_a_browser(tmp_path):
    page = tmp_path / "page.html"
    # the probe is not the page's own script: remove the page's policy to run it
    text = re.sub(
        r"<meta http-equiv[^>]*>", "", page_of_three(EVIL.replace("alert(1)", "window.hit=1") + " wrong")
    )
    page.write_text(text.replace("</body>", _PROBE + "</body>"), encoding="utf-8")
    shown = chromium(tmp_path, "--virtual-time-budget=3000", "--dump-dom", page.as_uri())
    result = json.loads(re.search(r"<title>(.*?)</title>", shown)[1].replace("&amp;", "&"))
    assert result == {
        "all": 3, "form": True, "phrase": 2, "words": 2, "status": "2 of 3 findings shown", "none": True,
        "picked": 1, "unchecked": 1, "hidden": 1, "wide": False, "alert": False,
    }  # fmt: skip


@pytest.mark.slow
@browser
def test_the_pages_own_policy_lets_its_script_run_and_no_other(tmp_path):
    page = tmp_path / "page.html"
    stranger = "<script>document.title = 'stranger'</script></body>"
    page.write_text(page_of_three().replace("</body>", stranger), encoding="utf-8")
    shown = chromium(tmp_path, "--dump-dom", page.as_uri())
    assert "3 of 3 findings shown" in shown
    assert f"<title>Opportunity check, {TODAY}</title>" in shown


@pytest.mark.slow
@browser
def test_light_dark_and_print_render(tmp_path):
    page = tmp_path / "page.html"
    page.write_text(page_of_three(), encoding="utf-8")
    pictures = {}
    for name, flags in {
        "light": ["--blink-settings=preferredColorScheme=1"],
        "dark": ["--blink-settings=preferredColorScheme=0"],
    }.items():
        target = tmp_path / f"{name}.png"
        chromium(tmp_path, *flags, f"--screenshot={target}", page.as_uri())
        pictures[name] = target.read_bytes()
    assert pictures["light"] != pictures["dark"]
    chromium(tmp_path, "--no-pdf-header-footer", f"--print-to-pdf={tmp_path / 'page.pdf'}", page.as_uri())
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF")


def test_only_a_submission_is_said_to_be_blocked() -> None:
    from opvalidate.engine.report import Summary
    from opvalidate.report.format_html import Rules, _summary

    for operation, head in (
        ("create", "Nothing that AWS would reject"),
        ("submit", "Nothing blocks submission"),
    ):
        summary = Summary(documents=1, operations={operation: 1}, warning=1)
        said = _summary(summary, "2026-11-24", [], Rules({}, {}))
        assert f"<h1>{head}</h1>" in said
        assert ("before submission" in said) == (operation == "create")
