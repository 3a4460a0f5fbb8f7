"""The difference between a request and a record: which fields the request drops."""

from __future__ import annotations

import pytest
from evaluation import good

import opvalidate
from opvalidate.testing import record_of


@pytest.mark.parametrize("email", [{"Address": "ana@anycompany.com"}, ["ana@anycompany.com"], 7, True, ""])
def test_a_record_with_an_email_that_is_not_text_is_compared_by_position(email):
    update = good("update")
    record = record_of(update)
    record["Customer"]["Contacts"][0]["Email"] = email
    report = opvalidate.Checker(today="2026-11-23").check(update, record=record)
    assert "rule-failed" not in {finding.name for finding in report}
    assert "update-drops-field" not in {finding.name for finding in report}
