"""`opvalidate.arrow`: documents, or rows of a sheet, in an Arrow batch. Needs pyarrow; docs/spark.md."""

from opvalidate.integrations.arrow import FINDING, check, check_rows

__all__ = ["FINDING", "check", "check_rows"]
