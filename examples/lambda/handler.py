"""A Lambda function behind an SQS queue of opportunities: messages with errors go back to the queue.

The event source mapping needs ReportBatchItemFailures, the queue a dead-letter queue: docs/lambda.md.
"""

from __future__ import annotations

import json
from typing import Any

import opvalidate


def handler(event: dict[str, Any], _context: object) -> dict[str, list[dict[str, str]]]:
    """Check the body of each message, log the findings, and return the messages that failed."""
    failures = []
    for message in event["Records"]:
        report = opvalidate.check_text(message["body"])
        for finding in report:  # without sensitive values, so it may be logged
            print(json.dumps({"messageId": message["messageId"], **finding.to_json()}))
        if not report.ok:
            failures.append({"itemIdentifier": message["messageId"]})
    return {"batchItemFailures": failures}
