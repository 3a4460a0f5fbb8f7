"""PySpark: a DataFrame of documents, or of rows of a sheet, to a DataFrame of findings."""

from __future__ import annotations

import pickle
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from opvalidate.engine.batch import digest, duplicate_finding, location, unique_keys
from opvalidate.engine.checker import Checker
from opvalidate.finding import Finding, Location
from opvalidate.integrations import arrow

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from os import PathLike

    from pyspark.sql import DataFrame
    from pyspark.sql.types import StructType
    from typing_extensions import Unpack

    from opvalidate.documents.document import Document
    from opvalidate.settings import CheckerSettings

_DOCUMENT, _ORDER = "_opvalidate_document", "_opvalidate_order"
_KEYS, _FIRST = "_opvalidate_keys", "_opvalidate_first"
_KEY = pa.struct(
    [
        ("rule", pa.string()),
        ("key", pa.string()),
        ("digest", pa.string()),
        ("pointer", pa.string()),
        ("documentIndex", pa.int32()),
        ("line", pa.int32()),
        ("column", pa.int32()),
    ]
)
#: The part of it that is compared.
_COMPARED = pa.schema([_KEY.field(name) for name in ("rule", "key", "digest")])


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
    documents with each other, which reads `df` twice more. `settings` are those of `Checker`;
    `today` is determined here, once for all executors.

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
        loaded = _load(pickled)
        for part in batches:
            yield arrow.check(part, checker=loaded, column=_DOCUMENT, keys=list(taken))

    source = df.select(
        *(F.col(_quoted(name)).alias(key) for key, name in taken.items()),
        F.col(_quoted(column)).alias(_DOCUMENT),
    )
    schema = StructType([*(source.schema[key] for key in taken), *from_arrow_schema(arrow.FINDING)])
    found = source.mapInArrow(findings, schema)
    if batch and any(rule.batch for rule in checker.rules.values()):
        found = found.unionByName(_across(source, list(taken), pickled, schema))
    return found.toDF(*names, *arrow.FINDING.names)


def check_rows(
    df: DataFrame,
    *,
    mapping: str | PathLike[str] | Mapping[str, Any] | None = None,
    layout: str | None = None,
    keys: Sequence[str] = (),
    **settings: Unpack[CheckerSettings],
) -> DataFrame:
    """Return the findings for the rows of `df`, whose columns are those of a sheet: one row an opportunity.

    `mapping` and `layout` are as in `opvalidate.check_table`, and so are the findings about rows; those
    about the titles are not among them, and rows are not compared with each other. `keys` and `settings`
    are as in `check`. Rows are read in batches: name the locale of dates and numbers in the mapping.

    Raises as `check` and `check_table` do, and ValueError for titles of no known layout.
    """
    from pyspark.sql import functions as F  # noqa: N812 - the usual name
    from pyspark.sql.pandas.types import from_arrow_schema
    from pyspark.sql.types import StructType

    from opvalidate.integrations.tables import layout_of_table

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
        loaded = _load(pickled)
        for part in batches:
            yield arrow.check_rows(part, checker=loaded, layout=chosen, titles=titles, keys=taken)

    source = df.select(
        *(F.col(_quoted(title)).alias(name) for title, name in zip(titles, names, strict=True))
    )
    schema = StructType([*(source.schema[key] for key in taken), *from_arrow_schema(arrow.FINDING)])
    return source.mapInArrow(findings, schema).toDF(*dict.fromkeys(keys), *arrow.FINDING.names)


def _across(source: DataFrame, keys: list[str], pickled: bytes, schema: StructType) -> DataFrame:
    """Return the batch rules' findings.

    A unique key has two digests, and only documents whose key occurs again are moved between executors.
    A key is derived from the document's content, so that reading the source twice is safe.
    """
    from pyspark.sql import Window
    from pyspark.sql import functions as F  # noqa: N812 - as above
    from pyspark.sql.pandas.types import from_arrow_schema, from_arrow_type
    from pyspark.sql.types import StructField, StructType

    def keys_of(part: pa.RecordBatch) -> list[list[dict[str, Any]]]:
        loaded = _load(pickled)
        return [
            [key for document in arrow.documents(cell) for key in _unique_keys(loaded, document, order)]
            for order, cell in zip(part.column(_ORDER), arrow.cells(part, _DOCUMENT), strict=True)
        ]

    def compare(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for part in batches:
            unique = [key for row in keys_of(part) for key in row]
            yield pa.RecordBatch.from_pylist(unique, _COMPARED)

    def add_keys(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for part in batches:
            yield part.append_column(_KEYS, pa.array(keys_of(part), pa.list_(_KEY)))

    def find(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        loaded = _load(pickled)
        for part in batches:
            duplicates = zip(
                arrow.cells(part, _DOCUMENT),
                part.column(_KEYS).to_pylist(),
                part.column(_FIRST).to_pylist(),
                strict=True,
            )
            found = [_finding(loaded, cell, key, first) for cell, key, first in duplicates]
            yield arrow.with_keys(part, range(len(found)), found, keys)

    ordered = source.withColumn(_ORDER, F.monotonically_increasing_id())
    with_keys = StructType([*ordered.schema, StructField(_KEYS, from_arrow_type(pa.list_(_KEY)))])
    # without the documents: only the keys are compared
    few = ordered.select(_DOCUMENT, _ORDER).mapInArrow(compare, from_arrow_schema(_COMPARED))
    several = few.groupBy("rule", "key").agg(F.min("digest").alias("least"), F.max("digest").alias("most"))
    several = several.where("least <> most").select(F.struct("rule", "key").alias("several"))
    each = ordered.mapInArrow(add_keys, with_keys).withColumn(_KEYS, F.explode(_KEYS))
    by = [F.col(f"{_KEYS}.{name}").alias(name) for name in ("rule", "key")]
    digest = F.col(f"{_KEYS}.digest")
    same = F.struct(*by) == F.col("several")
    window = Window.partitionBy(*by).orderBy(_ORDER, f"{_KEYS}.documentIndex")
    later = (
        each.join(several, same, "left_semi")
        .withColumn(_FIRST, F.first(_KEYS).over(window))
        .where(digest != F.col(f"{_FIRST}.digest"))
    )
    return later.mapInArrow(find, schema)


def _unique_keys(checker: Checker, document: Document, order: Any) -> Iterator[dict[str, Any]]:
    operation, _ = checker.recognise(document) if isinstance(document.value, dict) else (None, None)
    if operation is None:
        return
    content = digest(document.value).hex()
    for _, compiled, values in unique_keys(checker, document, operation):
        place = location(document, compiled.place)
        yield {
            "rule": compiled.rule.name,
            "key": digest([compiled.rule.id, *values]).hex(),
            # if the content does not count, all documents differ
            "digest": content if compiled.rule.only_if_different else f"{order} {document.index}",
            "pointer": place.pointer,
            "documentIndex": place.document_index,
            "line": place.line,
            "column": place.column,
        }


def _finding(checker: Checker, cell: Any, key: dict[str, Any], first: dict[str, Any]) -> Finding:
    document = next(one for one in arrow.documents(cell) if one.index == key["documentIndex"])
    operation, _ = checker.recognise(document)
    assert operation is not None
    batch = checker.compiled_for(operation).batch
    compiled = next(compiled for compiled in batch if compiled.rule.name == key["rule"])
    where = Location(first["pointer"], "", first["documentIndex"], first["line"], first["column"])
    return duplicate_finding(checker, document, operation, compiled, where)


@lru_cache(maxsize=4)
def _load(pickled: bytes) -> Checker:
    """Return the checker, compiled once in each of an executor's Python processes."""
    checker: Checker = pickle.loads(pickled)  # noqa: S301 - it comes from the driver, as the code does
    return checker


def _quoted(name: str) -> str:
    """Quote a column's name, so that a dot in it is not a path."""
    return "`" + name.replace("`", "``") + "`"
