"""OpportunityInvalid: its report and texts have no value of the opportunity."""

from __future__ import annotations

import logging
import pickle
import traceback

import canaries
import pytest
from canaries import CANARY

import opvalidate


@pytest.fixture(scope="module")
def report():
    return opvalidate.check(canaries.planted("create", f" {CANARY} "), today="2026-11-23")


@pytest.fixture(scope="module")
def error(report):
    with pytest.raises(opvalidate.OpportunityInvalid) as caught:
        opvalidate.raise_for_findings(report)
    return caught.value


def test_the_error_s_report_has_no_edits(report, error):
    assert len(error.report) == len(report) > 10
    assert any(finding.fix and finding.fix.edits for finding in report)
    assert not any(finding.fix and finding.fix.edits for finding in error.report)
    descriptions = [
        [finding.fix and finding.fix.description for finding in one] for one in (report, error.report)
    ]
    assert descriptions[0] == descriptions[1]


def test_pickles_and_texts_of_the_error_have_no_value(error, caplog):
    again = pickle.loads(pickle.dumps(error))
    assert again.report == error.report
    with caplog.at_level(logging.ERROR):
        logging.getLogger(__name__).error("invalid: %s %r", error, error.__dict__, exc_info=error)
    locals_too = traceback.TracebackException.from_exception(error, capture_locals=True)
    frames = [frame for frame in locals_too.stack if frame.name == "raise_for_findings"]
    assert frames
    texts = [
        pickle.dumps(error).decode("latin-1"),
        str(error),
        repr(error),
        repr(error.response),
        caplog.text,
    ]
    texts += [str(frame.locals) for frame in frames]
    assert CANARY not in "".join(texts)
