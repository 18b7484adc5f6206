"""The address of this machine to which Keap sends the browser back."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import urlsplit

import click

from bridge.cli.ending import CannotReach

DONE = (
    "<!DOCTYPE html><title>keap-bridge</title>"
    "<p>You can close this page and look at the command line.</p>"
)


@contextmanager
def listening_at(redirect_uri: str) -> Iterator[Callable[[], str]]:
    """Listen at this address, and give what waits until a browser is sent there.

    That gives the address that the browser asked for, without its host.

    Raises:
        click.UsageError: It is not an address of this machine with a port.
        CannotReach: Another program listens there.
    """
    wanted = urlsplit(redirect_uri)
    if wanted.scheme != "http" or wanted.port is None:
        message = (
            "--listen needs a keap.oauth.redirect_uri such as http://127.0.0.1:8976/, registered"
            " at Keap like this. Keap may want https: then leave --listen out, and paste."
        )
        raise click.UsageError(message)
    came: list[str] = []

    class Once(BaseHTTPRequestHandler):
        """Answers the browser; what is not the redirect, such as an icon, is not there."""

        def do_GET(self) -> None:
            """Keep what was asked for."""
            asked = urlsplit(self.path)
            found = asked.path == (wanted.path or "/") and bool(asked.query)
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            if found:
                came.append(self.path)
                self.wfile.write(DONE.encode())

        def log_message(self, *_: object) -> None:
            """Nothing: the address holds the code."""

    try:
        server = HTTPServer((wanted.hostname or "", wanted.port), Once)
    except OSError as error:
        message = f"Nobody can be waited for at {redirect_uri}: {error.strerror}."
        raise CannotReach(message) from None

    def wait() -> str:
        while not came:
            server.handle_request()
        return came[0]

    with server:
        yield wait
