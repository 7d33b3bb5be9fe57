"""A server of a test's own, on a free port of the loopback and in a thread."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    """Answers in JSON what `respond` says, and writes no log."""

    def respond(self) -> None:
        """Call `answer`; what came with the request is read already, and in `body`."""
        raise NotImplementedError

    def do_GET(self) -> None:
        """A request, with what it brings in `body`."""
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.respond()

    do_POST = do_PUT = do_GET  # noqa: N815

    def answer(self, status: int, body: bytes) -> None:
        """Send a whole answer."""
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: object) -> None:
        """Nobody reads it."""


@contextmanager
def served(handler: type[Handler], tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """`127.0.0.1:PORT`, where the server answers in the block."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
