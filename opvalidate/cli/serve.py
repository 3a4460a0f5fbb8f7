"""`opvalidate serve`: the HTTP service."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from opvalidate.cli import collector
from opvalidate.cli.console import FAILED, OK, fail, say
from opvalidate.cli.parser import OPERATIONS, add_config_options, add_rule_options

if TYPE_CHECKING:
    import argparse

LOOPBACK = ("127.0.0.1", "::1", "localhost")
MIN_TOKEN = 16
"""Characters of a token: a shorter one can be guessed."""


def add_arguments(serve: argparse.ArgumentParser) -> None:
    serve.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: 127.0.0.1)")
    serve.add_argument("--port", type=int, default=8080, help="0 takes a free one (default: 8080)")
    serve.add_argument("--token-file", metavar="FILE", help="clients must send its content as a bearer token")
    serve.add_argument(
        "--no-auth", action="store_true", help="listen on another address than 127.0.0.1 without a token"
    )
    serve.add_argument(
        "--cors", action="append", default=[], metavar="ORIGIN", help="an origin that may call from a browser"
    )
    serve.add_argument("--max-body", type=int, metavar="BYTES", help="(default: 50 MiB)")
    serve.add_argument("--max-seconds", type=float, metavar="N", help="of one request (default: 30)")
    serve.add_argument("--max-requests", type=int, metavar="N", help="answered at once (default: 64)")
    serve.add_argument(
        "--max-rate", type=int, metavar="N", help="requests a minute of one address (default: no limit)"
    )
    serve.add_argument("--workers", type=int, default=2, metavar="N", help="processes for large bodies")
    serve.add_argument("--open", action="store_true", help="open the page in the browser")
    serve.add_argument("--operation", choices=("auto", *OPERATIONS), help="the default operation")
    serve.add_argument("--today", metavar="DATE", help="the default date (default: the date in UTC)")
    add_rule_options(serve)
    add_config_options(serve)


def run(options: argparse.Namespace) -> int:
    """Serve until a signal ends the process; requests in progress are finished first."""
    from opvalidate.cli.settings import make_checker

    try:
        token = _token(options)
    except (OSError, ValueError) as error:
        return fail(f"--token-file: {getattr(error, 'strerror', None) or error}")
    if options.host not in LOOPBACK and token is None and not options.no_auth:
        return fail(f"--host {options.host}: other machines can connect: add --token-file or --no-auth")
    for name in ("max_body", "max_seconds", "max_requests", "max_rate", "workers"):
        value = getattr(options, name)
        if value is not None and not value > 0:
            return fail(f"--{name.replace('_', '-')} must be above 0")
    checker = make_checker(options)
    if checker is None:
        return FAILED
    try:
        import uvicorn

        from opvalidate.integrations.serve.app import make_app
        from opvalidate.integrations.serve.connections import limited
        from opvalidate.integrations.serve.guard import Limits
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("uvicorn", "starlette"):
            raise
        return fail("the service needs Starlette and uvicorn: install opvalidate with the extra serve")
    default = Limits()
    limits = Limits(
        options.max_body or default.body_bytes,
        options.max_seconds or default.seconds,
        options.max_requests or default.concurrency,
        options.max_rate or default.rate,
    )
    app = make_app(checker, limits=limits, token=token, origins=options.cors, workers=options.workers)
    logging.getLogger("python_multipart").setLevel(logging.ERROR)  # clients cause its warnings
    collector.set_threshold(700, 10, 10)  # the command's own is for runs that end
    config = uvicorn.Config(
        app,
        host=options.host,
        port=options.port,
        access_log=False,
        log_level="warning",
        server_header=False,
        interface="asgi3",
        ws="none",
        timeout_keep_alive=30,
        timeout_graceful_shutdown=int(limits.seconds) + 1,
    )
    config.load()
    config.http_protocol_class = limited(config.http_protocol_class, limits.seconds)
    server = _announcing(uvicorn.Server, browser=options.open)(config)
    try:
        server.run()
    except SystemExit:  # the address is in use; uvicorn has said so
        return FAILED
    return OK if server.started else FAILED


def _announcing(base: type, *, browser: bool) -> type:
    class AnnouncingServer(base):  # type: ignore[misc] # its type is known only with the extra
        async def startup(self, sockets: object = None) -> None:
            await super().startup(sockets)
            for server in self.servers:
                for socket in server.sockets:
                    host, port = socket.getsockname()[:2]
                    host = f"[{host}]" if ":" in host else host
                    say(f"opvalidate: serving on http://{host}:{port}")
                    if browser:
                        import webbrowser

                        webbrowser.open(f"http://{host}:{port}/")

    return AnnouncingServer


def _token(options: argparse.Namespace) -> str | None:
    if options.token_file is None:
        return None
    from opvalidate.files import read_regular

    token = read_regular(options.token_file, 4096).decode("ascii", "replace").strip()
    if len(token) < MIN_TOKEN or not token.isascii() or not token.isprintable() or " " in token:
        raise ValueError(f"expected one line of at least {MIN_TOKEN} ASCII characters without blanks")
    return token
