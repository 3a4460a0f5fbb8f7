"""`loopback`: connections to this machine, for tests with a server of their own. All other tests may not connect."""

from __future__ import annotations

import socket

import pytest

_REAL = {name: getattr(socket.socket, name) for name in ("connect", "connect_ex")}
_RESOLVE, _CREATE = socket.getaddrinfo, socket.create_connection
_HERE = {"127.0.0.1", "::1", "localhost"}


@pytest.fixture
def loopback(no_network, monkeypatch):
    """Connections to this machine, and only to it."""

    def here(host):
        assert host in _HERE, "a test tried to leave this machine"

    def guarded(name):
        def connect(self, address):
            if self.family != socket.AF_UNIX:
                here(address[0])
            return _REAL[name](self, address)

        return connect

    def getaddrinfo(host, *rest, **named):
        here(host)
        return _RESOLVE(host, *rest, **named)

    def create_connection(address, *rest, **named):
        here(address[0])
        return _CREATE(address, *rest, **named)

    monkeypatch.setattr(socket.socket, "connect", guarded("connect"))
    monkeypatch.setattr(socket.socket, "connect_ex", guarded("connect_ex"))
    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(socket, "create_connection", create_connection)
