"""PySpark: the rules that compare documents, or that a share of them may violate, over a DataFrame."""

from __future__ import annotations

import pickle
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from opvalidate.engine.batch import (
    ShareCount,
    digest,
    duplicate_finding,
    location,
    share_finding,
    unique_keys,
    violations,
)
from opvalidate.finding import Finding, Location
from opvalidate.integrations import arrow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pyspark.sql import DataFrame
    from pyspark.sql.types import StructType

    from opvalidate.documents.document import Document
    from opvalidate.engine.checker import Checker

    #: From the columns of a batch to the documents of each row.
    Read = Callable[[pa.RecordBatch], Sequence[Sequence[Document]]]

_ORDER, _ENTRIES, _FIRST = "_opvalidate_order", "_opvalidate_entries", "_opvalidate_first"
_PLACE = [
    ("rule", pa.string()),
    ("operation", pa.string()),
    ("number", pa.int32()),
    ("documentIndex", pa.int32()),
    ("line", pa.int32()),
    ("column", pa.int32()),
]
_KEY = pa.struct([*_PLACE, ("key", pa.string()), ("digest", pa.string()), ("pointer", pa.string())])
_CASE = pa.struct([*_PLACE, ("violated", pa.int32())])
#: The part of a key that is compared.
_COMPARED = pa.schema([_KEY.field(name) for name in ("rule", "key", "digest")])


class Rows(NamedTuple):
    """How the documents of a DataFrame are read, the columns to copy, and the columns of the findings."""

    read: Read
    keys: Sequence[str]
    schema: StructType
    pickled: bytes


def findings(frame: DataFrame, source: Rows) -> DataFrame | None:
    """Return the findings of the batch rules; None if there are no such rules."""
    rules = [rule for rule in load(source.pickled).rules.values() if rule.batch]
    frames = []
    if any(rule.share is None for rule in rules):
        frames.append(_duplicates(frame, source))
    if any(rule.share is not None for rule in rules):
        frames.append(_shares(frame, source))
    if not frames:
        return None
    return frames[0].unionByName(frames[1]) if len(frames) > 1 else frames[0]


def _duplicates(frame: DataFrame, source: Rows) -> DataFrame:
    """Return the findings on documents with the same unique key.

    A unique key has two digests, and only documents whose key occurs again are moved between executors.
    A key is derived from the document's content, so that reading the source twice is safe.
    """
    from pyspark.sql import Window
    from pyspark.sql import functions as F  # noqa: N812 - the usual name
    from pyspark.sql.pandas.types import from_arrow_schema, from_arrow_type
    from pyspark.sql.types import StructField, StructType

    entries = partial(_entries, source, _unique_keys)

    def compare(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for part in batches:
            yield pa.RecordBatch.from_pylist([key for row in entries(part) for key in row], _COMPARED)

    def add_keys(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for part in batches:
            yield part.append_column(_ENTRIES, pa.array(entries(part), pa.list_(_KEY)))

    def find(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        checker = load(source.pickled)
        for part in batches:
            rows = zip(source.read(part), *map(_values, (part, part), (_ENTRIES, _FIRST)), strict=True)
            found = [_duplicate(checker, row[key["number"]], key, first) for row, key, first in rows]
            yield arrow.with_keys(part, range(len(found)), found, source.keys)

    ordered = frame.withColumn(_ORDER, F.monotonically_increasing_id())
    with_keys = StructType([*ordered.schema, StructField(_ENTRIES, from_arrow_type(pa.list_(_KEY)))])
    # without the documents: only the keys are compared
    few = ordered.mapInArrow(compare, from_arrow_schema(_COMPARED))
    several = few.groupBy("rule", "key").agg(F.min("digest").alias("least"), F.max("digest").alias("most"))
    several = several.where("least <> most").select(F.struct("rule", "key").alias("several"))
    each = ordered.mapInArrow(add_keys, with_keys).withColumn(_ENTRIES, F.explode(_ENTRIES))
    by = [F.col(f"{_ENTRIES}.{name}").alias(name) for name in ("rule", "key")]
    window = Window.partitionBy(*by).orderBy(_ORDER, f"{_ENTRIES}.number")
    later = (
        each.join(several, F.struct(*by) == F.col("several"), "left_semi")
        .withColumn(_FIRST, F.first(_ENTRIES).over(window))
        .where(F.col(f"{_ENTRIES}.digest") != F.col(f"{_FIRST}.digest"))
    )
    return later.mapInArrow(find, source.schema)


def _shares(frame: DataFrame, source: Rows) -> DataFrame:
    """Return the findings on rules that more than their share of the documents violate."""
    from pyspark.sql import functions as F  # noqa: N812 - as above
    from pyspark.sql.pandas.types import from_arrow_type
    from pyspark.sql.types import StructField, StructType

    def count(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for part in batches:
            cases = pa.array(_entries(source, _cases, part), pa.list_(_CASE))
            yield part.select([*source.keys, _ORDER]).append_column(_ENTRIES, cases)

    def find(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        checker = load(source.pickled)
        for part in batches:
            counted = zip(*(_values(part, name) for name in ("documents", "violated", _FIRST)), strict=True)
            found = [_share(checker, *one) for one in counted]
            rows = [row for row, one in enumerate(found) if one is not None]
            yield arrow.with_keys(part, rows, [one for one in found if one is not None], source.keys)

    ordered = frame.withColumn(_ORDER, F.monotonically_increasing_id())
    case = StructField(_ENTRIES, from_arrow_type(pa.list_(_CASE)))
    columns = StructType([*(ordered.schema[name] for name in (*source.keys, _ORDER)), case])
    each = ordered.mapInArrow(count, columns).withColumn(_ENTRIES, F.explode(_ENTRIES))
    violated = F.col(f"{_ENTRIES}.violated")
    order = F.when(violated == 1, F.struct(_ORDER, f"{_ENTRIES}.number"))
    rules = each.groupBy(F.col(f"{_ENTRIES}.rule").alias("rule")).agg(
        F.count("*").alias("documents"),
        F.sum(violated).alias("violated"),
        *(F.min_by(name, order).alias(name) for name in (*source.keys, _ENTRIES)),
    )
    few = rules.where("violated > 0").withColumnRenamed(_ENTRIES, _FIRST).coalesce(1)
    return few.mapInArrow(find, source.schema)


def _entries(
    source: Rows, of: Callable[..., Iterator[dict[str, Any]]], part: pa.RecordBatch
) -> list[list[dict[str, Any]]]:
    """Return what is compared or counted of the documents of each row."""
    checker = load(source.pickled)
    rows = zip(_values(part, _ORDER), source.read(part), strict=True)
    return [
        [
            {"operation": operation, "number": number, "documentIndex": document.index, **entry}
            for number, document in enumerate(row)
            if (operation := _operation(checker, document)) is not None
            for entry in of(checker, document, operation, f"{order} {number}")
        ]
        for order, row in rows
    ]


def _operation(checker: Checker, document: Document) -> str | None:
    return checker.recognise(document)[0] if isinstance(document.value, dict) else None


def _unique_keys(
    checker: Checker, document: Document, operation: str, order: str
) -> Iterator[dict[str, Any]]:
    content = digest(document.value).hex()
    for _, compiled, values in unique_keys(checker, document, operation):
        place = location(document, compiled.place)
        yield {
            "rule": compiled.rule.name,
            "key": digest([compiled.rule.id, *values]).hex(),
            # if the content does not count, all documents differ
            "digest": content if compiled.rule.only_if_different else order,
            "pointer": place.pointer,
            "line": place.line,
            "column": place.column,
        }


def _cases(checker: Checker, document: Document, operation: str, _: str) -> Iterator[dict[str, Any]]:
    batch = checker.compiled_for(operation).batch
    for number, violated in violations(checker, document, operation):
        yield {
            "rule": batch[number].name,
            "violated": violated,
            "line": document.line,
            "column": document.column,
        }


def _duplicate(
    checker: Checker, document: Document, key: Mapping[str, Any], first: Mapping[str, Any]
) -> Finding:
    batch = checker.compiled_for(key["operation"]).batch
    compiled = next(compiled for compiled in batch if compiled.rule.name == key["rule"])
    where = Location(first["pointer"], "", first["documentIndex"], first["line"], first["column"])
    return duplicate_finding(checker, document, key["operation"], compiled, where)


def _share(checker: Checker, documents: int, violated: int, first: Mapping[str, Any]) -> Finding | None:
    count = ShareCount()
    count.documents, count.violated = documents, violated
    operation = first["operation"]
    names = [compiled.name for compiled in checker.compiled_for(operation).batch]
    rule = names.index(first["rule"])
    compiled = checker.compiled_for(operation).batch[rule]
    if not count.exceeds(compiled.rule.share or "100%"):
        return None
    place = Location("", "", first["documentIndex"], first["line"], first["column"])
    return share_finding(checker, operation, rule, count, place)


def _values(part: pa.RecordBatch, name: str) -> list[Any]:
    values: list[Any] = part.column(name).to_pylist()
    return values


@lru_cache(maxsize=4)
def load(pickled: bytes) -> Checker:
    """Return the checker, compiled once in each of an executor's Python processes."""
    checker: Checker = pickle.loads(pickled)  # noqa: S301 - it comes from the driver, as the code does
    return checker
