"""Sending actions as e-mails over an SMTP server, with connections that are kept."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage

from cjo.deliver.mail import NoAddressError, NoMessageError, message_of
from cjo.deliver.outcome import DELIVERED, Action, Outcome, failed, retry
from cjo.errors import StackError
from cjo.spec.deliver import Smtp

_CLOSING = 421
_HINT = "check host, port, tls and the login in deliver.yaml"


class SmtpCarrier:
    """An `smtp` of deliver.yaml with its login. `unsubscribe(action)` gives the way out, `html(action)` marks links."""

    def __init__(
        self,
        spec: Smtp,
        login: tuple[str, str] | None,
        unsubscribe: Callable[[Action], str | None] = lambda action: None,
        html: Callable[[Action], Callable[[str], str]] = lambda action: str,
    ) -> None:
        self._spec = spec
        self._login = login
        self._unsubscribe = unsubscribe
        self._html = html
        self._kept: list[smtplib.SMTP] = []
        self._mutex = threading.Lock()
        self._pool = ThreadPoolExecutor(spec.parallel, thread_name_prefix="smtp")

    async def open(self) -> None:
        """Raises StackError where the server can't be reached or refuses the login."""
        loop = asyncio.get_running_loop()
        try:
            self._keep(await loop.run_in_executor(self._pool, self._connect))
        except (OSError, smtplib.SMTPException) as error:
            where = f"{self._spec.host}:{self._spec.port}"
            raise StackError(f"no mail goes out by {where}: {_plain(error)}", _HINT) from None

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
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._send, message)

    async def withdraw(self, action: Action) -> None:
        """Nothing: no e-mail comes back."""

    async def close(self) -> None:
        """Leave the server."""
        await asyncio.to_thread(self._pool.shutdown)
        for connection in self._kept:
            connection.close()

    def _send(self, message: EmailMessage) -> Outcome:
        try:
            connection = self._connection()
        except (OSError, smtplib.SMTPException) as error:
            return retry(f"no connection: {_plain(error)}", whole=True)
        try:
            connection.send_message(message)
        except Exception as error:
            connection.close()
            return _outcome(error)
        self._keep(connection)
        return DELIVERED

    def _connection(self) -> smtplib.SMTP:
        """A kept connection that still answers, else a new one."""
        while True:
            with self._mutex:
                kept = self._kept.pop() if self._kept else None
            if kept is None:
                return self._connect()
            try:
                if kept.noop()[0] == 250:
                    return kept
            except (OSError, smtplib.SMTPException):
                pass
            kept.close()

    def _connect(self) -> smtplib.SMTP:
        spec, timeout_s = self._spec, self._spec.timeout / 1000
        connection: smtplib.SMTP
        if spec.tls == "implicit":
            tls = ssl.create_default_context()
            connection = smtplib.SMTP_SSL(spec.host, spec.port, timeout=timeout_s, context=tls)
        else:
            connection = smtplib.SMTP(spec.host, spec.port, timeout=timeout_s)
        try:
            if spec.tls == "starttls":
                connection.starttls(context=ssl.create_default_context())
            if self._login is not None:
                connection.login(*self._login)
        except BaseException:
            connection.close()
            raise
        return connection

    def _keep(self, connection: smtplib.SMTP) -> None:
        with self._mutex:
            self._kept.append(connection)


def _outcome(error: Exception) -> Outcome:
    """What a failed attempt says: 421 and broken connections of the server, 4xx and 5xx of this message."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = next(iter(error.recipients.values()))[0]
    elif isinstance(error, smtplib.SMTPResponseException):
        code = error.smtp_code
    elif isinstance(error, smtplib.SMTPNotSupportedError | UnicodeError):
        return failed("bad_address", "the server takes no addresses with other than ASCII letters")
    elif isinstance(error, OSError):  # every other error of smtplib is one, too
        return retry(f"the connection broke: {type(error).__name__}", whole=True)
    else:
        return failed("bad_message", type(error).__name__)
    if code == _CLOSING:
        return retry(f"SMTP {code}", whole=True)
    return failed("refused", f"SMTP {code}") if 500 <= code < 600 else retry(f"SMTP {code}")


def _plain(error: Exception) -> str:
    """The error without what a server may repeat of a login."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"the login was refused (SMTP {error.smtp_code})"
    return f"SMTP {error.smtp_code}" if isinstance(error, smtplib.SMTPResponseException) else str(error)
