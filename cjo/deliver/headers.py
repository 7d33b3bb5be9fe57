"""Headers of an e-mail as they are meant. What a value holds is text: no part of it is parsed or decoded.

The library's own policy reads what looks like an encoded word (`=?utf-8?q?...?=`) and writes what it decodes to, line
breaks and all: such a word in a customer's name would be headers and text of the message.
"""

from __future__ import annotations

import re
from email.header import Header
from email.policy import EmailPolicy
from typing import Any

_BREAK = re.compile(r"[\0\n\v\f\r\x1c-\x1e\x85\u2028\u2029]")
_LINE = 76
_WORD_MAX = 900  # within the longest line of a message
_SUBJECT = "subject"
_MIME = ("content-", "mime-")


class Headers(EmailPolicy):
    """A policy that keeps each header as it is given, but those that say how the text is encoded (made, not given)."""

    def header_store_parse(self, name: str, value: Any) -> tuple[str, Any]:
        """The header as it is kept. ValueError for a line break, UnicodeEncodeError for half a character."""
        if name.lower().startswith(_MIME):
            return super().header_store_parse(name, value)
        if _BREAK.search(value):
            raise ValueError(f"a line break in {name}")
        value.encode("utf-8")
        return name, value.strip()

    def header_fetch_parse(self, name: str, value: Any) -> Any:
        """The header as it is kept."""
        return value

    def fold(self, name: str, value: Any) -> str:
        """The header as text."""
        if name.lower().startswith(_MIME):
            return super().fold(name, value)
        return folded(name, encoded(name, value) if name.lower() == _SUBJECT else value, self.linesep)

    def fold_binary(self, name: str, value: Any) -> bytes:
        """The header as bytes."""
        return self.fold(name, value).encode("utf-8")


def encoded(name: str, text: str) -> str:
    """Text as a header has it (RFC 2047): as it is where it is plain ASCII, else encoded words parted by spaces."""
    plain = text.isascii() and text.isprintable() and "=?" not in text
    if plain and max(map(len, text.split(" "))) <= _WORD_MAX:
        return text
    return Header(text, "utf-8", _LINE, name).encode(linesep="")


def folded(name: str, text: str, linesep: str) -> str:
    """The header in lines, broken only before spaces, which stay: put together again it is the same text."""
    lines = [f"{name}:"]
    for part in re.findall(r" *[^ ]+", f" {text}") or [" "]:
        if len(lines[-1]) + len(part) <= _LINE or lines == [f"{name}:"]:
            lines[-1] += part
        else:
            lines.append(part)
    return linesep.join(lines) + linesep
