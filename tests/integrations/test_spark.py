"""Real Spark in local mode: the findings are those of the same documents without it."""

from __future__ import annotations

import json
import os
import shutil
import sys
from decimal import Decimal

import dirty
import orjson
import pytest
from evaluation import good
from test_docs import ROOT, code_of

import opvalidate
from opvalidate.engine.run import Run
from opvalidate.read import read_bytes
from opvalidate.testing import broken, opportunities

pytestmark = pytest.mark.slow

pa = pytest.importorskip("pyarrow")
sql = pytest.importorskip(
    "pyspark.sql", reason="PySpark is not installed: install opvalidate with the extra spark"
)
if not (shutil.which("java") or os.environ.get("JAVA_HOME")):
    pytest.skip("Spark needs Java, which is not installed", allow_module_level=True)

TODAY = "2026-11-23"
BAD = good("create", Customer__Account__WebsiteUrl=None)
TEXTS = [
    json.dumps(good()),
    json.dumps(BAD, indent=2),
    json.dumps(good()),
    json.dumps(
        good("create", ClientToken="t-2", PartnerOpportunityIdentifier="CRM-2", Project__Title="Other")
    ),
    json.dumps(
        [good("create", ClientToken="t-2", Project__Title="Third"), good("create", Project__Title="Other")]
    ),
    json.dumps(good("update")),
    json.dumps(good("record")),
    '{"Catalog": "AWS"',
    "[]",
    None,
]


@pytest.fixture(scope="module")
def spark():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        session = (
            sql.SparkSession.builder.master("local[1]")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "1")
            .config("spark.default.parallelism", "1")
            .getOrCreate()
        )
        yield session
        session.stop()


@pytest.fixture(autouse=True)
def talk_to_spark(loopback):
    """Python and the Java process talk over the loopback interface."""


def ordered(findings):
    return sorted(findings, key=lambda finding: json.dumps(finding, sort_keys=True))


def of(frame):
    return [row.asDict(recursive=True) for row in frame.collect()]


def test_texts_have_the_findings_of_a_run_on_the_same_documents(spark):
    # in two partitions, so that batch rules look across them
    frame = spark.createDataFrame(
        spark.sparkContext.parallelize(list(enumerate(TEXTS)), 2), "id int, doc string"
    )
    found = of(opvalidate.spark.check(frame, "doc", keys=["id"], today=TODAY))
    rows = [finding.pop("id") for finding in found]
    run = Run(opvalidate.Checker(today=TODAY))
    expected = []
    for text in TEXTS:
        documents = list(read_bytes((text or "").encode(), syntax="json"))
        findings = [finding for one in documents for finding in run.check(one).findings]
        expected += findings if documents else Run(run.checker).finish()
    expected += run.finish()
    assert ordered(found) == ordered(finding.to_json() for finding in expected)
    assert {finding["name"] for finding in found} > {
        "json-syntax",
        "empty-file",
        "no-document",
        "opportunity-twice",
    }
    assert set(rows) == {1, 4, 7, 8, 9}


def test_structs_have_the_findings_of_check_on_mappings(spark):
    mappings = [good(), BAD]
    frame = spark.read.json(spark.sparkContext.parallelize([json.dumps(one) for one in mappings], 1))
    frame = frame.select(sql.functions.struct("*").alias("doc"))
    found = opvalidate.spark.check(frame, "doc", batch=False, operation="create", today=TODAY)
    checker = opvalidate.Checker(operation="create", today=TODAY)
    assert of(found) == [finding.to_json() for one in mappings for finding in checker.check(one)]


@pytest.mark.parametrize(
    "column",
    ["1", "array('x')", "map('Catalog', 'AWS')", "current_date()"],
)
def test_a_column_without_documents_is_an_error_before_the_job_runs(spark, column):
    frame = spark.range(1).select(sql.functions.expr(column).alias("doc"))
    with pytest.raises(ValueError, match="the column doc has the type"):
        opvalidate.spark.check(frame, "doc")


def test_unknown_or_clashing_columns_are_an_error_before_the_job_runs(spark):
    frame = spark.createDataFrame([("{}", "a")], "doc string, file string")
    with pytest.raises(ValueError, match="document"):
        opvalidate.spark.check(frame, "document")
    with pytest.raises(ValueError, match="file"):
        opvalidate.spark.check(frame, "doc", keys=["file"])
    with pytest.raises(ValueError, match="File"):
        opvalidate.spark.check(frame.withColumnRenamed("file", "File"), "doc", keys=["File"])


def test_keys_may_have_any_name_and_type(spark):
    key = "named_struct('a b', 1, 'c.d', array(map('x', 1.50BD)))"
    frame = spark.createDataFrame([(json.dumps(BAD),)] * 2, "`the doc.text` string")
    frame = frame.selectExpr("*", f"{key} as `the key.of` ", "null as file_number")
    keys = ["the key.of", "file_number", "the doc.text"]
    found = opvalidate.spark.check(frame, "the doc.text", keys=keys, today=TODAY)
    assert found.columns == [*keys, *opvalidate.arrow.FINDING.names]
    row = found.first()
    assert row["the key.of"].asDict() == {"a b": 1, "c.d": [{"x": Decimal("1.50")}]}
    assert (row["the doc.text"], row["file_number"]) == (json.dumps(BAD), None)


def test_rules_are_compiled_once_in_a_worker(spark):
    def cache_info(batches):
        from opvalidate.integrations.spark_batch import load

        list(batches)
        info = load.cache_info()
        yield pa.RecordBatch.from_pydict({"hits": [info.hits], "misses": [info.misses]})

    def count():
        row = spark.range(1).mapInArrow(cache_info, "hits long, misses long").first()
        return row.hits, row.misses

    frame = spark.createDataFrame([(json.dumps(BAD),)] * 8, "doc string").repartition(4)
    before = count()
    rules = opvalidate.spark.check(frame, "doc", batch=False, today="2026-11-22")
    assert (rules.count(), rules.count()) == (8, 8)
    after = count()
    assert (after[0] - before[0], after[1] - before[1]) == (7, 1)


def test_a_result_without_rows_has_the_columns(spark):
    found = opvalidate.spark.check(spark.createDataFrame([], "doc string"), "doc")
    assert (found.columns, found.count()) == (opvalidate.arrow.FINDING.names, 0)


def test_a_huge_row_has_a_finding_and_the_other_rows_are_checked(spark):
    huge = json.dumps(good("create", Project__Title="x" * (8 << 20)))
    frame = spark.createDataFrame([(huge,), (json.dumps(BAD),)], "doc string")
    found = opvalidate.spark.check(frame, "doc", today=TODAY, batch=False)
    assert [row.name for row in found.collect()] == ["too-large", "website-url-required"]


# --- whatever the documents are: tests/integrations/test_arrow.py tries more of them ------------------


def test_findings_equal_those_of_a_run_on_the_same_documents(spark):
    made = dirty.cells(1, 60)
    rows = [(None if cell is None else bytearray(cell),) for cell in made]
    # partitions of many rows, of few, and of none
    spread = spark.sparkContext.parallelize(rows[:50], 2).union(spark.sparkContext.parallelize(rows[50:], 12))
    found = of(opvalidate.spark.check(spark.createDataFrame(spread, "doc binary"), "doc", today=TODAY))
    expected = dirty.expected(made, opvalidate.Checker(today=TODAY), batch=True)
    assert ordered(found) == ordered(one for findings in expected for one in findings)
    assert {"partner-opportunity-identifier-twice", "json-syntax", "duplicate-key"} & {
        one["name"] for one in found
    }


@pytest.mark.parametrize("operation", ["create", "update"])
def test_findings_in_structs_equal_those_of_check(spark, operation):
    made = list(opportunities(3, 30, operation))
    made += [broken("email-lower-case", 3, operation), broken("state-value", 3, operation)]
    del made[3]["Customer"], made[5]["Project"]["Title"]
    lines = [orjson.dumps(one).decode() for one in made]
    frame = spark.read.json(spark.sparkContext.parallelize(lines, 2)).select(
        sql.functions.struct("*").alias("doc")
    )
    found = of(opvalidate.spark.check(frame, "doc", operation=operation, today=TODAY, batch=False))
    checker = opvalidate.Checker(operation=operation, today=TODAY)
    assert ordered(found) == ordered(finding.to_json() for one in made for finding in checker.check(one))
    assert {finding["name"] for finding in found} >= {"email-lower-case", "state-value", "title-required"}


def test_the_code_of_the_page_runs(spark, tmp_path):
    spark.createDataFrame(
        [("a", json.dumps(good())), ("b", json.dumps(BAD))], "crm_id string, document string"
    ).write.parquet(f"{tmp_path}/opportunities/")
    (code,) = code_of(ROOT / "docs" / "spark.md")
    exec(compile(code.replace("s3://bucket", str(tmp_path)), "spark.md", "exec"), {"spark": spark})
    found = spark.read.parquet(f"{tmp_path}/findings/").collect()
    assert ("b", "website-url-required") in {(row.crm_id, row.name) for row in found}
    assert {row.crm_id for row in found} == {"b"}


def test_rows_of_a_sheet_have_the_findings_of_check_table(spark, tmp_path):
    file = tmp_path / "deals.csv"
    file.write_text("Id,Deal.Name,Stage\nA-1,Cold chain,won\nA-2,,lots\nA-3,Claims portal,won\n", "utf-8")
    stage = {"field": "LifeCycle.Stage", "values": {"won": "Committed"}}
    mapping = {
        "columns": {"Id": "PartnerOpportunityIdentifier", "Deal.Name": "Project.Title", "Stage": stage}
    }
    frame = spark.read.csv(str(file), header=True)
    found = of(opvalidate.spark.check_rows(frame, mapping=mapping, keys=["Id"], today=TODAY))
    expected = opvalidate.check_table(file, mapping=mapping, today=TODAY)
    assert {one["Id"] for one in found} == {"A-1", "A-2", "A-3"}
    assert [(one["Id"], one["name"], one["pointer"], one["message"]) for one in found] == [
        (f"A-{one.cell.row - 1}", one.name, one.pointer, one.message) for one in expected
    ]
    with pytest.raises(ValueError, match="not those of a known layout"):
        opvalidate.spark.check_rows(frame)
    with pytest.raises(ValueError, match="column not found: Nope"):
        opvalidate.spark.check_rows(frame, mapping=mapping, keys=["Nope"])


SHARE = """
title: Phones
rules:
  - id: ACME001
    name: acme-phone
    severity: {create: warning}
    scope: batch
    share: 40%
    require: {Customer.Contacts: {contains: {Phone: filled}}}
    message: "At most {limit} may have no phone: {found} have none."
    why: The sales team calls.
    source: {evidence: advice}
    examples: {fail: [{documents: [{"Customer.Contacts[0].Phone": null}]}], pass: [{documents: [{}]}]}
"""


@pytest.mark.parametrize("without,count", [((1, 3), 0), ((1, 3, 4), 1)])
def test_a_share_of_the_documents_may_violate_a_rule(spark, tmp_path, without, count):
    (tmp_path / "acme.yaml").write_text(SHARE)
    deals = [good("create", PartnerOpportunityIdentifier=f"CRM-{number}") for number in range(5)]
    for number in without:
        del deals[number]["Customer"]["Contacts"][0]["Phone"]
    rows = [(f"deal {number}", json.dumps(deal)) for number, deal in enumerate(deals)]
    frame = spark.createDataFrame(spark.sparkContext.parallelize(rows, 3), "key string, doc string")
    settings = {"today": TODAY, "rules": [str(tmp_path)], "select": ["acme-phone"]}
    found = of(opvalidate.spark.check(frame, "doc", keys=["key"], **settings))
    expected = opvalidate.check_many(deals, **settings)
    assert [one["message"] for one in found] == [one.message for one in expected]
    assert [one["key"] for one in found] == ["deal 1"] * count


def test_rows_of_a_sheet_are_compared(spark):
    mapping = {
        "columns": {"Number": "PartnerOpportunityIdentifier", "Deal": "Project.Title"},
        "constants": {"Catalog": "AWS"},
    }
    rows = [("A-1", "Cold chain"), ("A-2", "Claims portal"), ("A-1", "Cold store")]
    frame = spark.createDataFrame(rows, "Number string, Deal string").repartition(1)
    rule = "partner-opportunity-identifier-twice"
    settings = {"mapping": mapping, "today": TODAY, "select": [rule]}
    found = of(opvalidate.spark.check_rows(frame, keys=["Deal"], **settings))
    assert [(one["Deal"], one["name"]) for one in found] == [("Cold store", rule)]
    assert of(opvalidate.spark.check_rows(frame, batch=False, **settings)) == []
