"""The server's messages: by hand, and with the official SDK's client, in memory and over standard input and output."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest
from evaluation import TODAY, good
from hypothesis import given
from hypothesis import strategies as st
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

from opvalidate import __version__
from opvalidate.integrations.mcp import protocol
from opvalidate.integrations.mcp.tools import Answer

pytestmark = pytest.mark.slow  # they start processes

ROOT = Path(__file__).parents[3]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
NAMES = ["check", "fix", "explain", "fields", "prepare_update"]


def request(method, number=1, **params):
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


def talk(tools, *lines):
    """What the server writes while it reads these lines."""
    sink = io.BytesIO()
    protocol.serve(tools, io.BytesIO(b"".join(line + b"\n" for line in lines)), sink)
    return [json.loads(line) for line in sink.getvalue().splitlines()]


def code(reply):
    return reply["error"]["code"]


# --- messages ------------------------------------------------------------------------------------


@pytest.mark.parametrize("asked", [*protocol.VERSIONS, "1999-01-01", None, 3])
def test_a_revision_that_is_known_is_used_and_otherwise_the_newest(tools, asked):
    result = protocol.answer(tools, request("initialize", protocolVersion=asked))["result"]
    assert result["protocolVersion"] == (asked if asked in protocol.VERSIONS else protocol.VERSIONS[0])
    assert result["serverInfo"]["version"] == __version__
    assert result["capabilities"] == {"tools": {}}


@pytest.mark.parametrize("number", [0, 7, "seven", ""])
def test_an_answer_has_the_id_of_its_request(tools, number):
    assert protocol.answer(tools, request("ping", number)) == {"jsonrpc": "2.0", "id": number, "result": {}}


@pytest.mark.parametrize(
    "message",
    [
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 3}},
        {"jsonrpc": "2.0", "id": 1, "result": {}},
        {"jsonrpc": "2.0", "id": 1, "error": {"code": 1, "message": "no"}},
    ],
)
def test_notifications_and_responses_are_not_answered(tools, message):
    assert protocol.answer(tools, message) is None


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"{", protocol.PARSE_ERROR),
        (b"\xff\xfe", protocol.PARSE_ERROR),
        (b"[" * 2000, protocol.PARSE_ERROR),
        (b"[]", protocol.INVALID_REQUEST),
        (b"3", protocol.INVALID_REQUEST),
        (b'{"id": 1, "method": "ping"}', protocol.INVALID_REQUEST),
        (b'{"jsonrpc": "2.0", "id": 1}', protocol.INVALID_REQUEST),
        (b'{"jsonrpc": "2.0", "id": 1, "method": 3}', protocol.INVALID_REQUEST),
        (b'{"jsonrpc": "2.0", "id": null, "method": "ping"}', protocol.INVALID_REQUEST),
        (b'{"jsonrpc": "2.0", "id": [1], "method": "ping"}', protocol.INVALID_REQUEST),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "ping", "params": 3}', protocol.INVALID_PARAMS),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {}}', protocol.INVALID_PARAMS),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": []}}', protocol.INVALID_PARAMS),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "resources/list"}', protocol.METHOD_NOT_FOUND),
    ],
)  # fmt: skip
def test_an_invalid_message_is_answered_and_the_session_goes_on(tools, line, expected):
    bad, ping = talk(tools, line, json.dumps(request("ping", 2)).encode())
    assert code(bad) == expected
    assert ping == {"jsonrpc": "2.0", "id": 2, "result": {}}


def test_a_message_that_is_too_long_is_answered_and_read_to_its_end(tools, monkeypatch):
    monkeypatch.setattr(protocol, "MAX_MESSAGE_BYTES", 100)
    ping = json.dumps(request("ping", 2)).encode()
    long, after = talk(tools, b"x" * 1000, ping)
    assert (code(long), after["id"]) == (protocol.INVALID_REQUEST, 2)


class Faulty:
    """Tools with a fault, whose text holds a value."""

    names = ("check",)

    def call(self, name, arguments):
        raise RuntimeError(f"Jane Doe {name} {arguments}")


def test_a_fault_is_answered_without_its_text():
    reply = protocol.answer(Faulty(), request("tools/call", name="check", arguments={}))
    assert reply["error"] == {"code": protocol.INTERNAL_ERROR, "message": "internal error: RuntimeError"}


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(arguments=VALUES, name=st.sampled_from(NAMES))
def test_any_arguments_have_an_answer(tools, arguments, name):
    result = protocol.answer(tools, request("tools/call", name=name, arguments=arguments))["result"]
    assert result["content"]
    assert all(part["type"] == "text" and part["text"] for part in result["content"]), result


@given(document=VALUES, operation=st.sampled_from(["auto", "create", "update", "submit", "record"]))
def test_any_document_has_an_answer(tools, document, operation):
    for name in ("check", "fix"):
        answer = tools.call(name, {"document": document, "operation": operation})
        assert isinstance(answer, Answer)
        assert answer.failed or "checked" in answer.texts[-1]


# --- the SDK's client --------------------------------------------------------------------------------


@asynccontextmanager
async def in_memory(tools):
    """A session of the SDK's client with this server; messages pass as objects."""
    from mcp.shared.memory import create_client_server_memory_streams
    from mcp.shared.message import SessionMessage

    message_type = type_adapter()

    async def serve(read, write):
        async for received in read:
            sent = received.message.model_dump(by_alias=True, mode="json", exclude_unset=True)
            reply = protocol.answer(tools, sent)
            if reply is not None:
                await write.send(SessionMessage(message_type(reply)))

    streams = create_client_server_memory_streams()
    async with streams as (client, server), anyio.create_task_group() as group:
        group.start_soon(serve, *server)
        async with ClientSession(*client) as session:
            yield session
        group.cancel_scope.cancel()


def type_adapter():
    """Return what makes a message of a dictionary: the SDK's first and second version differ."""
    try:
        from mcp_types import jsonrpc_message_adapter
    except ImportError:
        from mcp.types import JSONRPCMessage

        return JSONRPCMessage.model_validate
    return jsonrpc_message_adapter.validate_python


@asynccontextmanager
async def over_stdio(_):
    """A session of the SDK's client with `opvalidate mcp`, in a process of its own."""
    arguments = ["-m", "opvalidate", "mcp", "--isolated"]
    with open(os.devnull, "w") as silent:  # noqa: ASYNC230 - it is there at once
        server = StdioServerParameters(command=sys.executable, args=arguments, env=ENVIRONMENT)
        async with stdio_client(server, errlog=silent) as streams, ClientSession(*streams) as session:
            yield session


@pytest.mark.parametrize("connect", [in_memory, over_stdio])
def test_the_sdk_lists_the_tools_and_calls_each(tools, connect):
    async def session():
        async with connect(tools) as client:
            greeting = await client.initialize()
            listed = (await client.list_tools()).tools
            answers = {name: await client.call_tool(name, arguments) for name, arguments in ARGUMENTS.items()}
            return greeting, listed, answers

    greeting, listed, answers = anyio.run(session)
    assert dumped(greeting)["serverInfo"]["name"] == "opvalidate"
    assert [tool.name for tool in listed] == NAMES
    for tool in map(dumped, listed):
        assert tool["annotations"]["readOnlyHint"] is True
        assert tool["inputSchema"]["additionalProperties"] is False
    for name, answer in answers.items():
        assert dumped(answer).get("isError") is False, name
        assert all(part.text for part in answer.content)
    assert (
        answers["check"]
        .content[0]
        .text.startswith("CRM-2027-0042 (create):\nerror Customer.Account.WebsiteUrl")
    )


def dumped(model):
    return model.model_dump(by_alias=True, mode="json", exclude_none=True)


ARGUMENTS = {
    "check": {"document": good("create", Customer__Account__WebsiteUrl=None), "today": TODAY},
    "fix": {"document": good("create"), "today": TODAY},
    "explain": {"rule": "website-url-required"},
    "fields": {"path": "Customer.Account.Industry"},
    "prepare_update": {"record": good("record"), "changes": {"LifeCycle.NextSteps": "Call"}, "today": TODAY},
}


# --- the process ---------------------------------------------------------------------------------------


def run(arguments, text, folder):
    return subprocess.run(
        [sys.executable, "-m", "opvalidate", "mcp", *arguments],
        cwd=folder, env=ENVIRONMENT, input=text, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


def test_the_command_uses_the_configuration_of_its_folder_and_ends_with_its_client(tmp_path):
    (tmp_path / "opvalidate.toml").write_text('ignore = ["website-url-required"]\n')
    call = request("tools/call", name="check", arguments=ARGUMENTS["check"])
    for arguments, expected in (([], "nothing found"), (["--isolated"], "website-url-required")):
        done = run(arguments, json.dumps(call) + "\n", tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        assert expected in json.loads(done.stdout)["result"]["content"][0]["text"]


def test_a_configuration_with_a_mistake_ends_the_command(tmp_path):
    (tmp_path / "opvalidate.toml").write_text('ignore = ["website-url-require"]\n')
    done = run([], "", tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "website-url-required" in done.stderr


def test_the_server_imports_no_event_loop_and_no_sdk():
    """They would make the start too slow; no test measures that, because a test must not depend on the machine."""
    program = (
        "import sys; sys.argv = ['opvalidate', 'mcp', '--isolated'];"
        "from opvalidate.cli.start import command; code = command();"
        "used = sorted({'asyncio', 'mcp', 'pydantic', 'anyio', 'yaml', 'socket'} & {*sys.modules});"
        "print(*used, code, file=sys.stderr)"
    )
    call = request("tools/call", name="check", arguments=ARGUMENTS["check"])
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=ENVIRONMENT, input=json.dumps(call) + "\n", capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stderr == "0\n"  # standard output is for messages only
    assert len(done.stdout.splitlines()) == 1
