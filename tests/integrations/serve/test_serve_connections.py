"""What ends a connection, with a protocol and a transport that record what is done to them."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace

import pytest

from opvalidate.integrations.serve.connections import MAX_HEAD_BYTES, limited


class Recorder:
    """A transport: `done` is what was done to it, `written` what was written."""

    def __init__(self):
        self.done = []
        self.written = b""

    def write(self, data):
        self.written += data

    def close(self):
        self.done.append("close")

    def abort(self):
        self.done.append("abort")


class Protocol:
    """As uvicorn's: a new cycle for each head that is complete, here at a blank line."""

    cycle = None

    def connection_made(self, transport):
        self.transport = transport

    def connection_lost(self, exc):
        pass

    def data_received(self, data):
        if data.endswith(b"\r\n\r\n"):
            self.cycle = SimpleNamespace(response_complete=False)

    def pause_writing(self):
        pass

    def resume_writing(self):
        pass


def session(*steps, seconds=0.001, wait=0.02):
    """Do steps with a connection; return what was done to it after a while."""

    async def run():
        protocol = limited(Protocol, seconds)()
        transport = Recorder()
        protocol.connection_made(transport)
        for step in steps:
            step(protocol)
        await asyncio.sleep(wait)
        return transport

    return asyncio.run(run())


def send(data):
    return lambda protocol: protocol.data_received(data)


def answer(protocol):
    protocol.cycle.response_complete = True


HEAD = b"GET / HTTP/1.1\r\n\r\n"


@pytest.mark.parametrize(
    ("steps", "done"),
    [
        ([], ["close"]),
        ([send(HEAD[:9])], ["close"]),
        ([send(HEAD)], []),
        ([send(HEAD[:9]), send(HEAD[9:])], []),
        ([send(HEAD), answer], []),
        ([send(HEAD), answer, send(HEAD[:9])], ["close"]),
        ([send(HEAD), answer, send(HEAD[:9]), send(HEAD[9:])], []),
        ([send(HEAD), send(b"a body that is still arriving")], []),
        ([lambda protocol: protocol.connection_lost(None)], []),
    ],
)
def test_a_head_must_be_complete_in_time(steps, done):
    assert session(*steps).done == done


@pytest.mark.parametrize(("size", "done"), [(MAX_HEAD_BYTES, []), (MAX_HEAD_BYTES + 1, ["close"])])
def test_a_head_has_a_size(size, done):
    assert session(send(b"x" * 1000), send(b"x" * (size - 1000)), seconds=60, wait=0).done == done


@pytest.mark.parametrize(
    ("then", "done"),
    [
        ([], ["abort"]),
        ([lambda protocol: protocol.resume_writing()], []),
        ([lambda protocol: protocol.connection_lost(None)], []),
        ([lambda protocol: protocol.resume_writing(), lambda protocol: protocol.pause_writing()], ["abort"]),
    ],
)
def test_an_answer_must_be_read_in_time(then, done):
    assert session(send(HEAD), lambda protocol: protocol.pause_writing(), *then).done == done


def test_what_is_not_http_is_answered_as_a_problem():
    transport = session(lambda protocol: protocol.send_400_response("Invalid"), seconds=60, wait=0)
    head, _, body = transport.written.partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json\r\n" in head
    assert f"content-length: {len(body)}\r\n".encode() in head
    assert json.loads(body)["status"] == 400
    assert transport.done == ["close"]
