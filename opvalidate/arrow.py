"""`opvalidate.arrow.check`: documents in an Arrow batch. Needs pyarrow; docs/spark.md."""

from opvalidate.integrations.arrow import FINDING, check

__all__ = ["FINDING", "check"]
