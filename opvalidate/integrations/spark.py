"""PySpark: a DataFrame of documents, or of rows of a sheet, to a DataFrame of findings."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from opvalidate.engine.checker import Checker
from opvalidate.integrations import arrow, spark_batch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from os import PathLike

    from pyspark.sql import DataFrame
    from typing_extensions import Unpack

    from opvalidate.documents.document import Document
    from opvalidate.settings import CheckerSettings

_DOCUMENT = "_opvalidate_document"


def check(
    df: DataFrame,
    column: str,
    *,
    keys: Sequence[str] = (),
    batch: bool = True,
    **settings: Unpack[CheckerSettings],
) -> DataFrame:
    """Return the findings of the documents in one column of `df`, a row each, with the report's columns.

    The column has JSON text, as text or bytes, or structs; a struct's null members count as absent.
    `keys` are columns of `df` to copy to each finding, to identify its row. `batch` also compares the
    documents with each other, which reads `df` twice more, and once more for rules with a share. `settings`
    are those of `Checker`; `today` is determined here, once for all executors.

    Lazy, as Spark is. Raises as `Checker` does, and ValueError for a column that does not exist or cannot
    contain documents, and for a key with the name of a finding's column.
    """
    from pyspark.sql import functions as F  # noqa: N812 - the usual name
    from pyspark.sql.pandas.types import from_arrow_schema
    from pyspark.sql.types import BinaryType, NullType, StringType, StructType

    checker = Checker(**settings)
    checker = Checker.of(checker.ruleset, checker.rules, checker.settings._replace(today=checker.today))
    missing = [name for name in (column, *keys) if name not in df.columns]
    if missing:
        raise ValueError(f"column not found: {missing[0]}")
    kind = df.schema[column].dataType
    if not isinstance(kind, StringType | BinaryType | StructType | NullType):
        raise ValueError(  # noqa: TRY004 - the type of a column, not of an argument
            f"the column {column} has the type {kind.simpleString()}: expected text, bytes or structs"
        )
    clash = arrow.clash(keys)
    if clash is not None:
        raise ValueError(f"the key {clash} has the name of a finding's column: rename it")
    pickled, names = pickle.dumps(checker), list(dict.fromkeys(keys))
    # other names, because mapInArrow interprets a dot in a name as a path
    taken = {f"_opvalidate_key_{number}": name for number, name in enumerate(names)}

    def findings(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        loaded = spark_batch.load(pickled)
        for part in batches:
            yield arrow.check(part, checker=loaded, column=_DOCUMENT, keys=list(taken))

    source = df.select(
        *(F.col(_quoted(name)).alias(key) for key, name in taken.items()),
        F.col(_quoted(column)).alias(_DOCUMENT),
    )
    schema = StructType([*(source.schema[key] for key in taken), *from_arrow_schema(arrow.FINDING)])
    found = source.mapInArrow(findings, schema)
    if batch and (
        more := spark_batch.findings(source, spark_batch.Rows(_documents, list(taken), schema, pickled))
    ):
        found = found.unionByName(more)
    return found.toDF(*names, *arrow.FINDING.names)


def check_rows(
    df: DataFrame,
    *,
    mapping: str | PathLike[str] | Mapping[str, Any] | None = None,
    layout: str | None = None,
    keys: Sequence[str] = (),
    batch: bool = True,
    **settings: Unpack[CheckerSettings],
) -> DataFrame:
    """Return the findings for the rows of `df`, whose columns are those of a sheet: one row an opportunity.

    `mapping` and `layout` are as in `opvalidate.check_table`, and so are the findings about rows; those
    about the titles are not among them. `keys`, `batch` and `settings` are as in `check`. Rows are read in
    batches: name the locale of dates and numbers in the mapping.

    Raises as `check` and `check_table` do, and ValueError for titles of no known layout.
    """
    from pyspark.sql import functions as F  # noqa: N812 - the usual name
    from pyspark.sql.pandas.types import from_arrow_schema
    from pyspark.sql.types import StructType

    from opvalidate.integrations.tables import layout_of_table
    from opvalidate.sheets.row_source import RowSource

    checker = Checker(**settings)
    checker = Checker.of(checker.ruleset, checker.rules, checker.settings._replace(today=checker.today))
    missing = next((name for name in keys if name not in df.columns), None)
    if missing is not None:
        raise ValueError(f"column not found: {missing}")
    chosen = layout_of_table(mapping, layout)
    titles = list(df.columns)
    empty = pa.RecordBatch.from_pylist([], pa.schema([(title, pa.string()) for title in titles]))
    arrow.check_rows(empty, checker=checker, layout=chosen, keys=list(keys))
    # other names, because mapInArrow interprets a dot in a name as a path
    names = [f"_opvalidate_column_{number}" for number in range(len(titles))]
    taken = [names[titles.index(key)] for key in dict.fromkeys(keys)]
    pickled = pickle.dumps(checker)

    def findings(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        loaded = spark_batch.load(pickled)
        for part in batches:
            yield arrow.check_rows(part, checker=loaded, layout=chosen, titles=titles, keys=taken)

    source = df.select(
        *(F.col(_quoted(title)).alias(name) for title, name in zip(titles, names, strict=True))
    )

    def read(part: pa.RecordBatch) -> list[list[Document]]:
        rows: list[list[Document]] = [[] for _ in range(part.num_rows)]
        for document in arrow.documents_of_rows(part.select(names), chosen, titles):
            if isinstance(document.source, RowSource):
                rows[document.source.row.number - 2].append(document)
        return rows

    schema = StructType([*(source.schema[key] for key in taken), *from_arrow_schema(arrow.FINDING)])
    found = source.mapInArrow(findings, schema)
    if batch and (more := spark_batch.findings(source, spark_batch.Rows(read, taken, schema, pickled))):
        found = found.unionByName(more)
    return found.toDF(*dict.fromkeys(keys), *arrow.FINDING.names)


def _documents(part: pa.RecordBatch) -> list[list[Document]]:
    return [[*arrow.documents(cell)] for cell in arrow.cells(part, _DOCUMENT)]


def _quoted(name: str) -> str:
    """Quote a column's name, so that a dot in it is not a path."""
    return "`" + name.replace("`", "``") + "`"
