"""What every test gets: no network, no working folder of its own to lean on, no limit of time."""

from __future__ import annotations

import socket

import pytest
from hypothesis import settings

#: A busy machine is no failure.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """opvalidate never calls anybody: a socket that connects is a failed test."""

    def refuse(*_, **__):
        raise AssertionError("a test tried to open a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
