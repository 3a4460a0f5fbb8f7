"""`opvalidate.spark`: documents, or rows of a sheet, in a DataFrame. See docs/spark.md."""

from opvalidate.integrations.spark import check, check_rows

__all__ = ["check", "check_rows"]
