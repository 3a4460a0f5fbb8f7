"""What every test gets: no network, no working folder of its own to lean on, no limit of time.

Data that the product carries says which release of which library it is made from. A test marked
`data_of("babel")` compares with that library: it fails on the recorded release alone, which
requirements/dev.txt locks. On another one a difference is a skip whose reason is the difference: `make newest`.
"""

from __future__ import annotations

import socket
from importlib.metadata import version

import pytest
from data_versions import recorded
from hypothesis import settings

#: A busy machine is no failure, and a change is judged by what it changes: the same examples each time.
settings.register_profile("same", deadline=None, derandomize=True)
#: Other examples each time, and ten times as many: `make explore`.
settings.register_profile("explore", deadline=None, max_examples=1000, print_blob=True)
settings.load_profile("same")


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """opvalidate never calls anybody: a socket that connects is a failed test."""

    def refuse(*_, **__):
        raise AssertionError("a test tried to open a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


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
