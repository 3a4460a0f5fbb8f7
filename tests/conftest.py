"""What every test gets: no network, no working folder of its own to lean on, no limit of time."""

from __future__ import annotations

import socket

import pytest
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
