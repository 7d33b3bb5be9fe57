"""A touchpoint as the engine's input row: the Python twin of the query that runs in the JVM.

The form is in docs/reference/plan.md, "Input". Both must give the same row for the same record, or a simulator would
decide differently from the job.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from cjo.avro.decimals import unscaled
from cjo.engine.subjects import kind_named
from cjo.errors import RecordError

AHEAD_MS_MAX = 3_600_000
HEARTBEAT = "heartbeat"
ID_CHARACTERS = 1_000
"""The most of an event_id, and of the customer_id, or device_id, that a touchpoint is of."""
DEVICE_PREFIX = "device:"
RESERVED = "reserved_subject"
RESERVED_SAYS = "its customer_id is the key of another kind of subject"
_TEXT = ("customer_id", "device_id", "channel", "session_id", "product_id", "basket_id", "order_id", "currency", "text")
COLUMNS = (*_TEXT, "amount", "attributes")
"""Every column that a plan may ask for, besides event_id, type and at."""
FOREIGN = (ArithmeticError, AttributeError, KeyError, TypeError, ValueError)
"""What reading a decoded record of another contract than Touchpoint may raise, besides RecordError."""


def row_of(
    touchpoint: Mapping[str, Any], record_timestamp_ms: int, columns: Collection[str], kinds: Collection[str] = ()
) -> tuple[str, dict[str, Any]] | None:
    """(subject, row) of a decoded touchpoint; None for a heartbeat, which moves time and concerns nobody.

    Raises RecordError with the kind of the dead letter that the job would write, checked in this order: no_event_time,
    event_time_before_1970, event_time_ahead, no_event_id, no_subject, id_too_long, and where signals look at subjects
    of `kinds`, reserved_subject.
    """
    at = event_time_ms(touchpoint, record_timestamp_ms)
    if at > record_timestamp_ms + AHEAD_MS_MAX:
        ahead = at - record_timestamp_ms
        raise RecordError(f"its event time is {ahead} ms after its record's timestamp", kind="event_time_ahead")
    if touchpoint["type"] == HEARTBEAT:
        return None
    if touchpoint["event_id"] == "":
        raise RecordError("its event_id is empty", kind="no_event_id")
    subject = subject_of(touchpoint)
    if problem := long_id(touchpoint):
        raise RecordError(problem, kind="id_too_long")
    if kinds and kind_named(subject) in kinds:
        raise RecordError(RESERVED_SAYS, kind=RESERVED)
    row: dict[str, Any] = {"event_id": touchpoint["event_id"], "type": touchpoint["type"], "at": at}
    for name in _TEXT:
        if name in columns and (value := touchpoint.get(name)) is not None:
            row[name] = value
    if "amount" in columns and (amount := touchpoint.get("amount")) is not None:
        row["amount"] = decimal_text(amount)
    if "attributes" in columns:
        row["attributes"] = dict(touchpoint.get("attributes") or {})
    return subject, row


def subject_of(touchpoint: Mapping[str, Any]) -> str:
    """The record key: `customer_id`, else `device:` + `device_id`. RecordError (no_subject) where both are missing.

    An empty text is no identity: all customers whose id got lost would become one.
    """
    if customer := touchpoint.get("customer_id"):
        return customer
    if device := touchpoint.get("device_id"):
        return DEVICE_PREFIX + device
    raise RecordError("it has neither customer_id nor device_id", kind="no_subject")


def long_id(touchpoint: Mapping[str, Any]) -> str | None:
    """What is to be said of an id that is too long: it stands in each record that comes of it, more than once."""
    named = "customer_id" if touchpoint.get("customer_id") else "device_id"
    for name in ("event_id", named):
        if len(touchpoint.get(name) or "") > ID_CHARACTERS:
            return f"its {name} has {len(touchpoint[name])} characters, and {ID_CHARACTERS} is the most"
    return None


def event_time_ms(touchpoint: Mapping[str, Any], record_timestamp_ms: int) -> int:
    """When it happened (rule T6), in epoch milliseconds.

    With sent_at, the error of the device's clock is taken out: received_at - (sent_at - occurred_at), and the
    record's timestamp stands for a missing received_at. Raises RecordError: no_event_time without occurred_at, and
    event_time_before_1970 for a time below zero, which is what producers write who have none.
    """
    occurred_at = touchpoint.get("occurred_at")
    if occurred_at is None:
        raise RecordError("it has no occurred_at", kind="no_event_time")
    at_ms: int = occurred_at
    if (sent_at := touchpoint.get("sent_at")) is not None:
        received_at = touchpoint.get("received_at")
        at_ms = (record_timestamp_ms if received_at is None else received_at) - (sent_at - occurred_at)
    if at_ms < 0:
        raise RecordError(f"its event time is before 1970: {at_ms} ms", kind="event_time_before_1970")
    return at_ms


def moves_to_ms(touchpoint: Mapping[str, Any], record_timestamp_ms: int) -> int | None:
    """To what time a decoded touchpoint moves its partition of the log, as the watermark in the JVM does (T6).

    A clock that is ahead moves it no further than the record's timestamp. None for a time that is dead, and moves none,
    and for a record of another contract.
    """
    try:
        at_ms = event_time_ms(touchpoint, record_timestamp_ms)
    except (RecordError, *FOREIGN):
        return None
    return min(at_ms, record_timestamp_ms) if at_ms <= record_timestamp_ms + AHEAD_MS_MAX else None


def stamp_ms(touchpoint: Mapping[str, Any], now_ms: int) -> int:
    """The record's timestamp for a touchpoint that comes without one, from a file: with it, rule T6 gives its time.

    `sent_at` stands for a missing `received_at`; any other is stamped with its event time; nothing with a time after
    `now_ms`. Raises RecordError (no_event_time) without occurred_at.
    """
    sent_at: int | None = touchpoint.get("sent_at")
    if sent_at is not None and touchpoint.get("received_at") is None:
        return min(now_ms, sent_at)
    return min(now_ms, event_time_ms(touchpoint, now_ms))


def decimal_text(value: Any) -> str:
    """A decimal with exactly four places, as Flink prints a DECIMAL(18, 4): `12.5000`, `-0.0500`, `0.0000`."""
    whole = unscaled(value)
    units, rest = divmod(abs(whole), 10_000)
    return f"{'-' if whole < 0 else ''}{units}.{rest:04d}"
