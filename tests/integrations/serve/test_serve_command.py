"""`opvalidate serve` as a process: where it listens, what it refuses, how it ends."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
import webbrowser
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import pytest
from evaluation import TODAY, good

import opvalidate
from opvalidate.cli.main import main
from opvalidate.cli.serve import _announcing

pytestmark = pytest.mark.slow  # they start processes

ROOT = Path(__file__).parents[3]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
BAD = json.dumps(good("create", Customer__Account__WebsiteUrl=None)).encode()
TOKEN = "0123456789abcdef"


@pytest.fixture
def start(tmp_path, loopback):
    """Return what starts the service on a free port and returns its process and its address."""
    started = []

    def serve(*arguments):
        process = subprocess.Popen(
            [sys.executable, "-m", "opvalidate", "serve", "--port", "0", *arguments],
            cwd=tmp_path, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        started.append(process)
        line = process.stderr.readline()
        assert line.startswith("opvalidate: serving on http://127.0.0.1:"), line + process.stderr.read()
        return process, line.split()[-1]

    yield serve
    for process in started:
        process.kill()
        process.communicate()


def get(address, data=None, **headers):
    request = urllib.request.Request(address, data, headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def test_a_document_is_checked_and_nothing_is_stored_or_printed(start, tmp_path):
    process, address = start("--isolated", "--today", TODAY)
    status, body = get(f"{address}/check", BAD)
    assert (status, body.decode()) == (200, opvalidate.check_text(BAD, today=TODAY).to_json_text())
    assert get(f"{address}/check", BAD * 100)[0] == 200  # by a worker
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    assert (out, err) == ("", "")
    assert process.returncode in (0, -signal.SIGTERM)
    assert [*tmp_path.iterdir()] == []


def test_configuration_and_limits_hold(start, tmp_path):
    (tmp_path / "opvalidate.toml").write_text('ignore = ["website-url-required"]\n')
    _, address = start("--today", TODAY, "--max-body", "5000")
    assert json.loads(get(f"{address}/check", BAD)[1])["summary"]["error"] == 0
    assert get(f"{address}/check", b" " * 5001)[0] == 413


def test_a_token_is_read_from_its_file(start, tmp_path):
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    _, address = start("--isolated", "--token-file", "token")
    assert get(f"{address}/check", BAD)[0] == 401
    assert get(f"{address}/check", BAD, Authorization=f"Bearer {TOKEN}")[0] == 200


def test_a_request_that_is_being_answered_is_finished_before_the_end(start):
    process, address = start("--isolated")
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as client:
        head = f"POST /check HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(BAD)}\r\n\r\n"
        client.sendall(head.encode() + BAD[:10])
        assert get(f"{address}/healthz")[0] == 200  # so the first request has arrived, too
        process.send_signal(signal.SIGTERM)
        client.sendall(BAD[10:])
        assert client.recv(4096).startswith(b"HTTP/1.1 200 ")
    process.communicate(timeout=60)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--host", "0.0.0.0"], "add --token-file or --no-auth"),
        (["--token-file", "none"], "--token-file: No such file"),
        (["--token-file", "short"], "at least 16 ASCII characters"),
        (["--max-body", "0"], "--max-body must be above 0"),
        (["--rules", "none.yaml"], "none.yaml"),
    ],
)
def test_what_is_not_safe_or_not_possible_is_refused(arguments, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "short").write_text("secret")
    assert main(["serve", "--isolated", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_a_port_that_is_in_use_ends_the_command(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-m", "opvalidate", "serve", "--isolated", "--port", port],
            env=ENVIRONMENT, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
    assert done.returncode == 2
    assert "in use" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_documented_application_is_there():
    from opvalidate.serve import app, make_app

    assert callable(app)
    assert callable(make_app)


def test_the_command_names_the_extra_that_it_needs(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    assert main(["serve", "--isolated"]) == 2
    assert "install opvalidate with the extra serve" in capsys.readouterr().err


def test_a_head_that_is_too_slow_or_too_large_ends_its_connection(start):
    _, address = start("--isolated", "--max-seconds", "0.5")
    host, port = address.removeprefix("http://").split(":")
    for beginning in (b"", b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: "):
        with socket.create_connection((host, int(port)), timeout=60) as client:
            client.sendall(beginning)
            assert client.recv(4096) == b""
    with socket.create_connection((host, int(port)), timeout=60) as client:
        with suppress(ConnectionError):
            client.sendall(b"GET /healthz HTTP/1.1\r\nX-Large: " + b"x" * 1_000_000)
        with suppress(ConnectionError):
            assert not client.recv(4096).startswith(b"HTTP/1.1 200")
    assert get(f"{address}/healthz")[0] == 200


def test_a_connection_that_was_used_has_the_same_limits(start):
    _, address = start("--isolated", "--max-seconds", "0.5")
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as client:
        request = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
        for _ in range(2):
            client.sendall(request)
            answer = b""
            while not answer.endswith(b"}\n"):
                answer += client.recv(4096)
            assert answer.startswith(b"HTTP/1.1 200")
        client.sendall(request[:10])
        assert client.recv(4096) == b""


@pytest.mark.parametrize(
    "text", [b"\0\xff\r\n\r\n", b"POST /check HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n"]
)
def test_what_is_not_http_is_a_problem(start, text):
    _, address = start("--isolated")
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as client:
        client.sendall(text)
        received = b""
        while piece := client.recv(4096):
            received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"application/problem+json" in head
    assert json.loads(body)["detail"] == "the request is not valid HTTP"


def test_workers_end_with_a_service_that_is_killed(start):
    process, address = start("--isolated")
    assert get(f"{address}/check", BAD * 100)[0] == 200  # by a worker
    process.kill()
    process.communicate(timeout=60)  # until its workers have closed standard error, too


@pytest.mark.parametrize("browser", [True, False])
def test_the_page_is_opened_if_asked_for(browser, monkeypatch, capsys):
    class Listening:
        sockets = (SimpleNamespace(getsockname=lambda: ("::1", 8080, 0, 0)),)

    class Base:
        servers = (Listening(),)

        async def startup(self, sockets=None):
            pass

    opened = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    asyncio.run(_announcing(Base, browser=browser)().startup())
    assert opened == ["http://[::1]:8080/"] * browser
    assert capsys.readouterr().err == "opvalidate: serving on http://[::1]:8080\n"
