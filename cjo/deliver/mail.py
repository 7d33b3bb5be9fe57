"""An action as an e-mail: text and HTML, the way out in a header, an id that is the same in every attempt."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

from cjo.deliver.headers import Headers
from cjo.deliver.outcome import Action
from cjo.mailbox import address_of, mailbox_of

_BODY, _HTML = "body", "html"
_LINK = re.compile(r"[!-;=?-~]{1,900}")  # printable ASCII without < and >, within the longest line of a message
_POLICY = Headers(linesep="\r\n", cte_type="7bit")


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
        message["To"] = address_of(str(action["address"] or "")).header
    except ValueError as error:
        raise NoAddressError(str(error)) from error
    shop = mailbox_of(sender)
    try:
        message["From"] = shop.header
        message["Subject"] = content.get("subject", "")
        message["Date"] = format_datetime(datetime.fromtimestamp(action["decided_at"] / 1000, UTC))
        message["Message-ID"] = f"<{action['action_id']}@{shop.domain}>"
        for name, value in _further(reply_to, unsubscribe, one_click):
            message[name] = value
    except ValueError as error:
        raise NoMessageError(str(error)) from error
    _fill(message, content, html)
    return message


def _further(reply_to: str | None, unsubscribe: str | None, one_click: bool) -> list[tuple[str, str]]:
    found = [("Reply-To", mailbox_of(reply_to).header)] if reply_to else []
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
