"""Ids as functions of what they name, so that every replay gives the same ones."""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64
from hashlib import blake2b

_SEPARATOR = "\x1f"
MILLION = 1_000_000
"""A share of everybody."""


def digest(*parts: object) -> str:
    """32 hex digits of the BLAKE2b digest over `parts`; None and the empty text differ."""
    text = _SEPARATOR.join(["\x00" if part is None else str(part) for part in parts])
    return blake2b(text.encode(), digest_size=16).hexdigest()


def event_mark(event_id: str) -> str:
    """The form in which state remembers an event: 8 bytes of its BLAKE2b digest, 11 characters of base64."""
    return b2a_base64(blake2b(event_id.encode(), digest_size=8).digest())[:11].decode()


def mark_as_hex(mark: str) -> str:
    """16 hex digits of an event mark, as contracts show it."""
    return a2b_base64(mark + "=").hex()


def moment_id(signal: str, subject: str, key: str, marks: list[str]) -> str:
    """S3: a function of signal, subject, key and the events that made the moment, in their event-time order."""
    return digest("moment", signal, subject, key, *marks)


def run_id(subject: str, journey: str, key: str, opened_by: str) -> str:
    """One pass of `subject` through `journey`, opened by the moment `opened_by`."""
    return digest("run", subject, journey, key, opened_by)


def handed_over_id(run: str, step: str, visit: int) -> str:
    """The moment that a run hands over to another journey."""
    return digest("hand_over", run, step, visit)


def action_id(subject: str, journey: str, version: str, key: str, opened_by: str, step: str, visit: int) -> str:
    """D3: customer, journey, version, run key, run entry, step id and visit number."""
    return digest("action", subject, journey, version, key, opened_by, step, visit)


def point(*parts: object) -> int:
    """A number from 0 to 999,999 that hangs on `parts` alone: a share of so many millionths holds those below it."""
    return int(digest(*parts)[:16], 16) * MILLION >> 64
