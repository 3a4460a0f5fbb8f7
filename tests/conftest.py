"""For all tests: no network, no time limit for hypothesis, and comparisons with the libraries of the data.

The shipped data names the releases of the libraries that it was generated with. A test marked `data_of("babel")`
compares the data with that library. With the recorded release, which requirements/dev.txt locks, a difference is
a failure; with another one (`make newest`) it is the reason of a skip.
"""

from __future__ import annotations

import os
import socket
from importlib.metadata import version

import pure  # first: it may replace what the package imports
import pytest
from data_versions import recorded
from hypothesis import settings

#: A slow machine is not a failure, and each run has the same examples.
settings.register_profile("same", deadline=None, derandomize=True)
#: Other examples each time, and ten times as many: `make explore`.
settings.register_profile("explore", deadline=None, max_examples=1000, print_blob=True)
#: A tenth of the examples: `make quick`.
settings.register_profile("quick", deadline=None, derandomize=True, max_examples=10)
settings.load_profile("same")

os.environ.pop("COLUMNS", None)  # a process of pytest-xdist has it: the text of the commands would be wrapped


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """opvalidate never opens a connection: a socket that connects is a failed test."""

    def fail(*_, **__):
        raise AssertionError("a test tried to open a connection")

    monkeypatch.setattr(socket.socket, "connect", fail)
    monkeypatch.setattr(socket.socket, "connect_ex", fail)
    monkeypatch.setattr(socket, "create_connection", fail)
    monkeypatch.setattr(socket, "getaddrinfo", fail)


def pytest_runtest_setup(item):
    if pure.ENABLED and item.get_closest_marker("native"):
        pytest.skip("about what only the compiled libraries can do")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    try:
        return (yield)
    except Exception as difference:
        others = [
            f"{library} {version(library)} is installed, the data is of {recorded(library)}"
            for mark in item.iter_markers("data_of")
            for library in mark.args
            if version(library) != recorded(library)
        ]
        if not others:
            raise
        pytest.skip(f"{'; '.join(others)}: {type(difference).__name__}: {difference}")
