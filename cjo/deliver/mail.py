"""An action as an e-mail: text and HTML, the way out in a header, an id that is the same in every attempt."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import parseaddr
from typing import Any

from cjo.deliver.outcome import Action

_DOMAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
_BODY, _HTML = "body", "html"
_WHOLE = frozenset({"message-id", "list-unsubscribe", "list-unsubscribe-post"})
_LINK = re.compile(r"[!-;=?-~]{1,900}")  # printable ASCII without < and >, within the longest line of a message


class _Policy(EmailPolicy):
    """Leaves headers that programs read in one line: folded, a long link would become encoded words, which is none."""

    def fold(self, name: str, value: Any) -> str:
        """The header as text."""
        return f"{name}: {value}{self.linesep}" if name.lower() in _WHOLE else super().fold(name, value)

    def fold_binary(self, name: str, value: Any) -> bytes:
        """The header as bytes."""
        return self.fold(name, value).encode("ascii") if name.lower() in _WHOLE else super().fold_binary(name, value)


_POLICY = _Policy(linesep="\r\n")


class NoAddressError(ValueError):
    """The recipient is not exactly one e-mail address."""


class NoMessageError(ValueError):
    """There is nothing to send, or a part can't stand in a message."""


def message_of(
    action: Action,
    sender: str,
    *,
    reply_to: str | None = None,
    unsubscribe: str | None = None,
    one_click: bool = False,
    html: Callable[[str], str] = str,
) -> EmailMessage:
    """The message of an action: subject, body and html of its content. Raises NoAddressError or NoMessageError.

    `html` changes the HTML part, for links that report clicks. The message's id is made of the action's: whoever gets
    the same message twice can tell.
    """
    content = action["content"]
    if not content.get(_BODY) and not content.get(_HTML):
        raise NoMessageError("neither `body` nor `html` in its content")
    message = EmailMessage(policy=_POLICY)
    try:
        message["To"] = address_of(action["address"])
        message["From"] = sender
        message["Subject"] = content.get("subject", "")
        message["Date"] = datetime.fromtimestamp(action["decided_at"] / 1000, UTC)
        message["Message-ID"] = f"<{action['action_id']}@{domain_of(sender)}>"
        for name, value in _further(reply_to, unsubscribe, one_click):
            message[name] = value
    except NoAddressError:
        raise
    except (ValueError, HeaderParseError, IndexError) as error:
        raise NoMessageError(str(error)) from error
    _fill(message, content, html)
    return message


def address_of(text: Any) -> Address:
    """The one address that this text is."""
    try:
        found = Address(addr_spec=str(text or "").strip())
    except (ValueError, HeaderParseError, IndexError) as error:
        raise NoAddressError("not one e-mail address") from error
    if not found.username or not found.domain or re.search(r"[\s,;<>]", found.addr_spec):
        raise NoAddressError("not one e-mail address")
    return found


def domain_of(sender: str) -> str:
    """The domain of a From header; `localhost` where it has none."""
    domain = parseaddr(sender)[1].rpartition("@")[2]
    return domain if _DOMAIN.fullmatch(domain) else "localhost"


def _further(reply_to: str | None, unsubscribe: str | None, one_click: bool) -> list[tuple[str, str]]:
    found = [("Reply-To", reply_to)] if reply_to else []
    if unsubscribe and _LINK.fullmatch(unsubscribe):
        found.append(("List-Unsubscribe", f"<{unsubscribe}>"))
        if one_click and unsubscribe.startswith("https://"):
            found.append(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    return found


def _fill(message: EmailMessage, content: Any, html: Callable[[str], str]) -> None:
    if content.get(_BODY):
        message.set_content(content[_BODY])
        if content.get(_HTML):
            message.add_alternative(html(content[_HTML]), subtype="html")
    else:
        message.set_content(html(content[_HTML]), subtype="html")
