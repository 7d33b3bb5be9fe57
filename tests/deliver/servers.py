"""Real servers on loopback: HTTP that answers as told, SMTP that refuses as told."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


class Got(NamedTuple):
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


class Web:
    """An HTTP server. `answers` are taken in turn, then 200: a status, (status, headers), or `drop` and `hang`."""

    def __init__(self) -> None:
        self.answers: list[int | tuple[int, dict[str, str]] | str] = []
        self.got: list[Got] = []
        self.released = threading.Event()
        web = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                web.got.append(Got(self.path, {name.lower(): value for name, value in self.headers.items()}, body))
                answer = web.answers.pop(0) if web.answers else 200
                if answer == "hang":
                    web.released.wait(10)
                if isinstance(answer, str):
                    self.close_connection = True
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                status, headers = answer if isinstance(answer, tuple) else (answer, {})
                self.send_response(status)
                for name, value in {"Content-Length": "0", **headers}.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def close(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Inbox(Message):
    """Keeps messages; refuses at MAIL, RCPT or at the end of DATA as told, takes `wait_s` for each of the first two."""

    def __init__(self) -> None:
        super().__init__(EmailMessage)
        self.messages: list[EmailMessage] = []
        self.mail: list[str] = []
        self.rcpt: dict[str, str] = {}
        self.wait_s = 0.0
        self.data: list[str] = []

    def handle_message(self, message: Any) -> None:
        self.messages.append(message)

    async def handle_MAIL(  # noqa: N802 - the name is its library's
        self, server: SMTP, session: Session, envelope: Envelope, address: str, mail_options: list[str]
    ) -> str:
        await asyncio.sleep(self.wait_s)
        if self.mail:
            return self.mail.pop(0)
        envelope.mail_from = address
        envelope.mail_options.extend(mail_options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - the name is its library's
        self, server: SMTP, session: Session, envelope: Envelope, address: str, rcpt_options: list[str]
    ) -> str:
        await asyncio.sleep(self.wait_s)
        if address in self.rcpt:
            return self.rcpt[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self.data.pop(0) if self.data else "250 OK"
        if answer == "drop":
            server.transport.abort()
        if answer.startswith("250"):
            await super().handle_DATA(server, session, envelope)
        return answer


class Mail:
    """An SMTP server with an inbox; `logins` are the ones it takes."""

    def __init__(self, logins: dict[str, str] | None = None, **options: Any) -> None:
        self.inbox = _Inbox()
        self.sessions = 0
        mail = self

        def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
            known = isinstance(data, LoginPassword) and logins and logins.get(data.login.decode())
            return AuthResult(success=bool(known) and known == data.password.decode(), handled=False)

        class Counting(Controller):
            def factory(self) -> SMTP:
                mail.sessions += 1
                return super().factory()

        if logins is not None:
            options |= {"authenticator": authenticate, "auth_require_tls": False}
        self._controller = Counting(self.inbox, hostname="127.0.0.1", port=free_port(), **options)
        self._controller.start()
        self.sessions = 0  # it has tried itself
        self.port = self._controller.port

    @property
    def messages(self) -> list[EmailMessage]:
        return self.inbox.messages

    def close(self) -> None:
        self._controller.stop()


@contextmanager
def closing(server: Any) -> Iterator[Any]:
    """The server, closed at the end."""
    try:
        yield server
    finally:
        server.close()


def free_port() -> int:
    """A port of loopback that is free now."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def run(carrier: Any, work: Callable[[Any], Any]) -> Any:
    """What the coroutine `work(carrier)` gives, with the carrier open."""

    async def opened() -> Any:
        await carrier.open()
        try:
            return await work(carrier)
        finally:
            await carrier.close()

    return asyncio.run(opened())
