"""A mail server as one attempt meets it: connecting, handing a message over in time, and what the answers mean."""

from __future__ import annotations

import smtplib
import ssl
import time
from typing import Any

from cjo.deliver.outcome import Outcome, failed, retry
from cjo.spec.deliver import Smtp

_OK, _TOO_BIG = 250, 552
#: What says nothing about the message: the server goes down, or wants a login, or refuses the one it got.
_WHOLE = (421, 530, 534, 535, 538)
_LEAST_S = 0.001  # a socket that waits for nothing is another kind of socket


class _Bounded:
    """All answers of a connection are there by `until_s` of the monotonic clock, or it breaks."""

    sock: Any

    def __init__(self, until_s: float, *args: Any, **options: Any) -> None:
        self.until_s = until_s
        super().__init__(*args, timeout=self._left_s(), **options)  # type: ignore[call-arg]

    def getreply(self) -> tuple[int, bytes]:
        """The server's next answer."""
        self.sock.settimeout(self._left_s())
        return super().getreply()  # type: ignore[misc]

    def _left_s(self) -> float:
        return max(self.until_s - time.monotonic(), _LEAST_S)


class Connection(_Bounded, smtplib.SMTP):
    """A connection without TLS, or with STARTTLS."""


class TlsConnection(_Bounded, smtplib.SMTP_SSL):
    """A connection with TLS from its first byte."""


def connect(spec: Smtp, login: tuple[str, str] | None, until_s: float) -> Connection | TlsConnection:
    """A connection, logged in. OSError where there is none until then; every error of smtplib is one."""
    made: Connection | TlsConnection
    if spec.tls == "implicit":
        made = TlsConnection(until_s, spec.host, spec.port, context=ssl.create_default_context())
    else:
        made = Connection(until_s, spec.host, spec.port)
    try:
        if spec.tls == "starttls":
            made.starttls(context=ssl.create_default_context())
        if login is not None:
            made.login(*login)
        made.ehlo_or_helo_if_needed()
    except BaseException:
        made.close()
        raise
    return made


def hand_over(
    connection: Connection | TlsConnection, sender: str, recipient: str, data: bytes, taken_within_s: float
) -> None:
    """One message, which the server has taken when this returns. OSError where it has not, or as far as is known.

    The message itself begins before the connection's time is over, or never; from then on the server has
    `taken_within_s`.
    """
    options = [] if recipient.isascii() else ["SMTPUTF8", "BODY=8BITMIME"]
    if options and not connection.has_extn("smtputf8"):
        raise smtplib.SMTPNotSupportedError
    if connection.has_extn("size"):
        options.append(f"size={len(data)}")
    code, said = connection.mail(sender, options)
    if code != _OK:
        raise smtplib.SMTPSenderRefused(code, said, sender)
    code, said = connection.rcpt(recipient)
    if code not in (_OK, 251):
        raise smtplib.SMTPResponseException(code, said)
    if time.monotonic() >= connection.until_s:
        raise TimeoutError
    connection.until_s = time.monotonic() + taken_within_s
    code, said = connection.data(data)
    if code != _OK:
        raise smtplib.SMTPDataError(code, said)


def outcome_of(error: Exception) -> Outcome:
    """What a failed attempt says: 4xx and 5xx are of this message, but those for the sender, which are of all."""
    if isinstance(error, smtplib.SMTPSenderRefused) and error.smtp_code != _TOO_BIG:
        return retry(f"SMTP {error.smtp_code} for the sender", busy=True)
    if isinstance(error, smtplib.SMTPResponseException):
        code = error.smtp_code
        if code in _WHOLE:
            return retry(f"SMTP {code}", busy=True)
        return failed("refused", f"SMTP {code}") if 500 <= code < 600 else retry(f"SMTP {code}")
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return failed("bad_address", "the server takes no addresses with other than ASCII letters before the @")
    if isinstance(error, OSError):  # every other error of smtplib is one, too
        return retry(f"the connection broke: {type(error).__name__}", whole=True)
    return failed("bad_message", type(error).__name__)


def plain(error: Exception) -> str:
    """The error without what a server may repeat of a login."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"the login was refused (SMTP {error.smtp_code})"
    return f"SMTP {error.smtp_code}" if isinstance(error, smtplib.SMTPResponseException) else str(error)
