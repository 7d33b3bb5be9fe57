"""A row of a CRM file as touchpoints: the profile, and a consent each."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from cjo.errors import RecordError

CHANNEL = "crm"
_OWN = ("customer_id", "occurred_at", "consent", "consent_withdrawn")
_CONSENTS = {"consent": "consent_given", "consent_withdrawn": "consent_withdrawn"}


def profile_touchpoints(row: Mapping[str, Any], now_ms: int) -> list[dict[str, Any]]:
    """A profile_updated touchpoint with the row's profile attributes, and one for each consent given or withdrawn.

    `consent` and `consent_withdrawn` are lists of `purpose` or `purpose:channel`, in a text parted by semicolons.
    Without occurred_at the row holds from `now_ms`. Empty values change nothing. Event ids follow from row and time,
    so that a file with times sent twice counts once. Raises RecordError.
    """
    if not row.get("customer_id"):
        raise RecordError("customer_id is missing")
    base = {
        "customer_id": row["customer_id"],
        "channel": CHANNEL,
        "occurred_at": row.get("occurred_at") or now_ms,
    }
    profile = {name: value for name, value in row.items() if name not in _OWN and value not in (None, "")}
    found = [{**base, "type": "profile_updated", "attributes": profile}] if profile else []
    for column, kind in _CONSENTS.items():
        found += [{**base, "type": kind, "attributes": consent} for consent in _consents(column, row.get(column))]
    if not found:
        raise RecordError("the row holds neither a profile attribute nor a consent")
    return [{"event_id": _event_id(touchpoint), **touchpoint} for touchpoint in found]


def refuse_row_of_crm(row: Mapping[str, Any]) -> None:
    """RecordError for a customer's row that is no touchpoint by any of its columns."""
    if row.get("customer_id") and not any(row.get(name) for name in ("type", "event_id")):
        hint = "a CRM file of profiles and consents goes with --profiles, columns of other names with --map"
        raise RecordError(f"a touchpoint has type, event_id, channel and occurred_at, got {', '.join(row)}; {hint}")


def _consents(column: str, value: Any) -> list[dict[str, str]]:
    if value is None:
        return []
    words = value.split(";") if isinstance(value, str) else value
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise RecordError(f'{column}: expected a list such as ["marketing:email"], got {value!r}')
    return [_consent(column, word.strip()) for word in words if word.strip()]


def _consent(column: str, word: str) -> dict[str, str]:
    purpose, colon, channel = word.partition(":")
    if not purpose or (colon and not channel):
        raise RecordError(f"{column}: expected purpose or purpose:channel, got {word!r}")
    return {"purpose": purpose, **({"channel": channel} if channel else {})}


def _event_id(touchpoint: Mapping[str, Any]) -> str:
    words = json.dumps(touchpoint, sort_keys=True, default=str)
    return f"{CHANNEL}-{hashlib.sha256(words.encode()).hexdigest()[:24]}"
