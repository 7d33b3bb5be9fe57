"""Sending actions as e-mails over an SMTP server, with connections that are kept."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage

from cjo.deliver.mail import NoAddressError, NoMessageError, message_of
from cjo.deliver.outcome import DELIVERED, Action, Outcome, failed, retry
from cjo.deliver.smtp_server import Connection, TlsConnection, connect, hand_over, outcome_of, plain
from cjo.errors import StackError
from cjo.mailbox import mailbox_of
from cjo.spec.deliver import Smtp

_ALIVE_S = 5.0  # a connection that was kept answers at once, or was lost on the way
_HINT = "check host, port, tls and the login in deliver.yaml"


class SmtpCarrier:
    """An `smtp` of deliver.yaml with its login. `unsubscribe(action)` gives the way out, `html(action)` marks links.

    A message begins to be handed over within `timeout` and not after its `expires_at` (D9), or not in this attempt.
    """

    def __init__(
        self,
        spec: Smtp,
        login: tuple[str, str] | None,
        unsubscribe: Callable[[Action], str | None] = lambda action: None,
        html: Callable[[Action], Callable[[str], str]] = lambda action: str,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        self._spec = spec
        self._login = login
        self._unsubscribe = unsubscribe
        self._html = html
        self._now_s = now_s
        self._sender = mailbox_of(spec.sender).address
        self._timeout_s = spec.timeout / 1000
        self._kept: list[Connection | TlsConnection] = []
        self._mutex = threading.Lock()
        self._pool = ThreadPoolExecutor(spec.parallel, thread_name_prefix="smtp")

    async def open(self) -> None:
        """Raises StackError where the server can't be reached or refuses the login."""
        loop = asyncio.get_running_loop()
        try:
            until_s = time.monotonic() + self._timeout_s
            self._keep(await loop.run_in_executor(self._pool, connect, self._spec, self._login, until_s))
        except OSError as error:
            where = f"{self._spec.host}:{self._spec.port}"
            raise StackError(f"no mail goes out by {where}: {plain(error)}", _HINT) from None

    async def deliver(self, action: Action) -> Outcome:
        """Delivered where the server has taken the message; 5xx for it is final."""
        try:
            message = message_of(
                action,
                self._spec.sender,
                reply_to=self._spec.reply_to,
                unsubscribe=self._unsubscribe(action),
                one_click=self._spec.one_click,
                html=self._html(action),
            )
        except NoAddressError as error:
            return failed("bad_address", str(error))
        except NoMessageError as error:
            return failed("bad_message", str(error))
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._send, message, action)

    async def withdraw(self, action: Action) -> None:
        """Nothing: no e-mail comes back."""

    async def close(self) -> None:
        """Leave the server."""
        await asyncio.to_thread(self._pool.shutdown)
        for connection in self._kept:
            connection.close()

    def _send(self, message: EmailMessage, action: Action) -> Outcome:
        lives_s = action["expires_at"] / 1000 - self._now_s()
        until_s = time.monotonic() + min(self._timeout_s, lives_s)
        outcome = self._tried(message, until_s)
        cut_short = lives_s < self._timeout_s and time.monotonic() >= until_s
        return retry("its time is over") if outcome.whole and cut_short else outcome

    def _tried(self, message: EmailMessage, until_s: float) -> Outcome:
        try:
            connection = self._connection(until_s)
        except OSError as error:
            return retry(f"no connection: {plain(error)}", whole=True)
        try:
            hand_over(connection, self._sender, message["To"], message.as_bytes(), self._timeout_s)
        except Exception as error:
            connection.close()
            return outcome_of(error)
        self._keep(connection)
        return DELIVERED

    def _connection(self, until_s: float) -> Connection | TlsConnection:
        """A kept connection that still answers, else a new one."""
        while True:
            with self._mutex:
                kept = self._kept.pop() if self._kept else None
            if kept is None:
                return connect(self._spec, self._login, until_s)
            kept.until_s = min(until_s, time.monotonic() + _ALIVE_S)
            try:
                if kept.noop()[0] == 250:
                    kept.until_s = until_s
                    return kept
            except OSError:
                pass
            kept.close()

    def _keep(self, connection: Connection | TlsConnection) -> None:
        with self._mutex:
            self._kept.append(connection)
