"""One checker under load: threads, processes, and a long time."""

from __future__ import annotations

import gc
import json
import multiprocessing
import random
import tracemalloc
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from itertools import repeat

import pytest
from evaluation import TODAY, good

import opvalidate
from opvalidate.read import read_bytes

pytestmark = pytest.mark.slow

VALUES = [
    good(),
    good("update"),
    good("record"),
    good(Customer__Account__WebsiteUrl=None),
    good(Customer__Account__Industry="software & internet", Catalog="Ours"),
    good(Project__ExpectedCustomerSpend=[{"Amount": "-1"}], Unknown={"a": [1]}),
    good("record", LifeCycle__Stage=7),
    good("update", Project__Title="\ud800"),
    {"Id": 1, "Customer": None},
]
TEXTS = [json.dumps(value, indent=1).encode() for value in VALUES]


def findings(checker, number):
    mapping = checker.check(VALUES[number % len(VALUES)])
    (document,) = read_bytes(TEXTS[number % len(TEXTS)])
    return repr([list(mapping), list(checker.check(document))])


def test_threads_that_share_a_checker_have_the_findings_of_one_thread():
    alone = opvalidate.Checker(today=TODAY)
    expected = [findings(alone, number) for number in range(len(VALUES))]
    for seed in range(3):  # a new checker each time: it is compiled by the first thread
        shared = opvalidate.Checker(today=TODAY)
        numbers = list(range(len(VALUES))) * 40
        random.Random(seed).shuffle(numbers)
        with ThreadPoolExecutor(32) as pool:
            found = list(pool.map(findings, repeat(shared), numbers))
        assert found == [expected[number] for number in numbers]


def test_processes_that_receive_a_checker_have_the_findings_of_one_process():
    checker = opvalidate.Checker(today=TODAY)
    numbers = range(len(VALUES))
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        found = list(pool.map(findings, repeat(checker), numbers))
    assert found == [findings(checker, number) for number in numbers]


def test_checking_many_documents_does_not_increase_the_memory():
    checker = opvalidate.Checker(today=TODAY)

    def work():
        for number in range(len(VALUES)):
            findings(checker, number)
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        for _ in range(5):
            before = work()
        for _ in range(60):
            after = work()
    finally:
        tracemalloc.stop()
    assert after - before < 50_000  # 540 documents; one finding alone is 600 bytes
