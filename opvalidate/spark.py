"""`opvalidate.spark.check`: documents in a PySpark DataFrame. Needs `opvalidate[spark]`; docs/spark.md."""

from opvalidate.integrations.spark import check

__all__ = ["check"]
