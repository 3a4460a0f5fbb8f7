"""Real Spark in local mode: the findings are those of the same documents without it."""

from __future__ import annotations

import json
import os
import shutil
import sys

import pytest
from judging import good
from test_docs import ROOT, code_of

import opvalidate
from opvalidate.documents.read import read_bytes
from opvalidate.engine.run import Run

sql = pytest.importorskip("pyspark.sql", reason="PySpark is not installed: pip install opvalidate[spark]")
if not (shutil.which("java") or os.environ.get("JAVA_HOME")):
    pytest.skip("Spark needs Java, and there is none", allow_module_level=True)

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


def in_order(findings):
    return sorted(findings, key=lambda finding: json.dumps(finding, sort_keys=True))


def of(frame):
    return [row.asDict(recursive=True) for row in frame.collect()]


def test_texts_have_the_findings_of_a_run_over_the_same_documents(spark):
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
        findings = [finding for one in documents for finding in run.judge(one).findings]
        expected += findings if documents else Run(run.checker).finish()
    expected += run.finish()
    assert in_order(found) == in_order(finding.to_json() for finding in expected)
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


def test_wrong_columns_are_told_before_anything_runs(spark):
    frame = spark.createDataFrame([("{}", "a")], "doc string, file string")
    with pytest.raises(ValueError, match="document"):
        opvalidate.spark.check(frame, "document")
    with pytest.raises(ValueError, match="file"):
        opvalidate.spark.check(frame, "doc", keys=["file"])


def test_the_code_of_the_page_runs(spark, tmp_path):
    spark.createDataFrame(
        [("a", json.dumps(good())), ("b", json.dumps(BAD))], "crm_id string, document string"
    ).write.parquet(f"{tmp_path}/opportunities/")
    (code,) = code_of(ROOT / "docs" / "spark.md")
    exec(compile(code.replace("s3://bucket", str(tmp_path)), "spark.md", "exec"), {"spark": spark})
    found = spark.read.parquet(f"{tmp_path}/findings/").collect()
    assert ("b", "website-url-required") in {(row.crm_id, row.name) for row in found}
    assert {row.crm_id for row in found} == {"b"}
