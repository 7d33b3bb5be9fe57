"""Ids as functions of what they name, so that every replay gives the same ones.

An id is the digest of a text: its parts with a separator between them. The ids that a touchpoint asks for most write
that text out, for `digest` has to look at each part.
"""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64
from hashlib import blake2b
from typing import Final

_SEPARATOR: Final = "\x1f"
_NONE: Final = "\x00"
MILLION: Final = 1_000_000
"""A share of everybody."""

_new_hash: Final = blake2b(digest_size=16).copy  # a copy costs less than making one
_new_mark: Final = blake2b(digest_size=8).copy
_base64: Final = b2a_base64  # to compiled code, what is Final is nearer than what is imported


def digest(*parts: object) -> str:
    """32 hex digits of the BLAKE2b digest over `parts`; None and the empty text differ."""
    return _of_text(_SEPARATOR.join([_NONE if part is None else str(part) for part in parts]))


def event_mark(event_id: str) -> str:
    """The form in which state remembers an event: 8 bytes of its BLAKE2b digest, 11 characters of base64."""
    made = _new_mark()
    made.update(event_id.encode())
    return _base64(made.digest()).decode()[:11]


def mark_as_hex(mark: str) -> str:
    """16 hex digits of an event mark, as contracts show it."""
    return a2b_base64(mark + "=").hex()


def moment_id(signal: str, subject: str, key: str, marks: list[str]) -> str:
    """S3: a function of signal, subject, key and the events that made the moment, in their event-time order."""
    return _of_text(_SEPARATOR.join(["moment", signal, subject, key, *marks]))


def decision_id(
    subject: str,
    journey: str,
    version: str,
    run_id: str | None,
    moment_id: str | None,
    kind: str,
    step: str | None,
    visit: int,
    reason: str,
    action_id: str | None,
    at_ms: int,
    event_id: str | None = None,
) -> str:
    """What was decided, for whom, of which run or moment, and when; by which touchpoint where several may say it."""
    run_id, moment_id = _NONE if run_id is None else run_id, _NONE if moment_id is None else moment_id
    step, action_id = _NONE if step is None else step, _NONE if action_id is None else action_id
    return _of_text(
        f"decision\x1f{subject}\x1f{journey}\x1f{version}\x1f{run_id}\x1f{moment_id}\x1f{kind}\x1f{step}\x1f{visit}"
        f"\x1f{reason}\x1f{action_id}\x1f{at_ms}" + ("" if event_id is None else f"\x1f{event_id}")
    )


def run_id(subject: str, journey: str, key: str, opened_by: str) -> str:
    """One pass of `subject` through `journey`, opened by the moment `opened_by`."""
    return _of_text(f"run\x1f{subject}\x1f{journey}\x1f{key}\x1f{opened_by}")


def handed_over_id(run: str, step: str, visit: int) -> str:
    """The moment that a run hands over to another journey."""
    return digest("hand_over", run, step, visit)


def action_id(subject: str, journey: str, version: str, key: str, opened_by: str, step: str, visit: int) -> str:
    """D3: customer, journey, version, run key, run entry, step id and visit number."""
    return _of_text(f"action\x1f{subject}\x1f{journey}\x1f{version}\x1f{key}\x1f{opened_by}\x1f{step}\x1f{visit}")


def point(*parts: object) -> int:
    """A number from 0 to 999,999 that hangs on `parts` alone: a share of so many millionths holds those below it."""
    return int(digest(*parts)[:16], 16) * MILLION >> 64


def _of_text(text: str) -> str:
    made = _new_hash()
    made.update(text.encode())
    return made.hexdigest()
