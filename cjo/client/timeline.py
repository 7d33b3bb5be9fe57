"""One customer's timeline out of the log: what happened, what was seen in it, what was decided, what was asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from cjo.avro.rows import event_time_ms, row_of
from cjo.client.connect import consumer
from cjo.client.reader import Record, read
from cjo.client.story import kind_of, moment, sentence
from cjo.client.words import iso
from cjo.engine.ids import event_mark, mark_as_hex
from cjo.errors import RecordError
from cjo.settings import Settings
from cjo.spec.durations import in_words
from cjo.topics import ACTIONS_PREFIX, DECISIONS, MOMENTS, TOUCHPOINTS

MINUTE_MS = 60_000
_KINDS = ("touchpoint", "moment", "decision", "action")
_TIME = {"moment": "at", "decision": "decided_at", "action": "decided_at"}
_ID = {"touchpoint": ("event_id",), "moment": ("moment_id",), "decision": ("decision_id",),
       "action": ("action_id", "kind")}  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """One line of a timeline: log time, kind of record, the record, what it says, and what is odd about it."""

    at_ms: int
    kind: str
    value: dict[str, Any]
    said: str
    note: str | None = None


def timeline(subject: str, settings: Settings, journey: str | None = None) -> list[Entry]:
    """Everything that the topics hold about `subject`, by log time; with `journey`, only that journey's decisions,
    actions and moments. Reads only the partitions where the subject's records are."""
    with ThreadPoolExecutor(max_workers=4) as pool:
        found = pool.map(lambda topic: list(read(topic, settings, keys=[subject])), _topics(settings))
        return arranged((record for records in found for record in records), journey)


def arranged(records: Iterable[Record], journey: str | None = None) -> list[Entry]:
    """Records of one subject as a timeline. Repeats of an id are left out; those of touchpoints noted.

    Noted too is a touchpoint that came a minute or more behind one that happened after it (T4).
    """
    entries = _traced(sorted(_entries(records), key=lambda entry: (entry.at_ms, _KINDS.index(entry.kind))))
    if journey is None:
        return entries
    own = _with_their_inputs(
        {one.value["moment_id"] for one in entries if one.value.get("journey") == journey}, entries
    )
    return [entry for entry in entries if _concerns(entry, journey, own)]


def _with_their_inputs(wanted: set[Any], entries: list[Entry]) -> set[Any]:
    """The moments wanted, and those that they are made of."""
    found = set(wanted)
    for entry in reversed([entry for entry in entries if entry.kind == "moment"]):  # an input is never younger
        if entry.value["moment_id"] in found:
            events = {one["event"] for one in entry.value.get("evidence") or ()}
            ids = [one.value["moment_id"] for one in entries if one.kind == "moment"]
            found |= {name for name in ids if mark_as_hex(event_mark(name)) in events}
    return found


def _traced(entries: list[Entry]) -> list[Entry]:
    """Moments that are made of other moments say of which; `evidence` names both by their marks."""
    moments = {
        mark_as_hex(event_mark(entry.value["moment_id"])): f"{entry.value['signal']} at {iso(entry.at_ms)}"
        for entry in entries
        if entry.kind == "moment"
    }
    return [_with_inputs(entry, moments) if entry.kind == "moment" else entry for entry in entries]


def _with_inputs(entry: Entry, moments: dict[str, str]) -> Entry:
    made_by = [moments[one["event"]] for one in entry.value.get("evidence") or () if one["event"] in moments]
    return replace(entry, said=moment(entry.value, made_by))


def _concerns(entry: Entry, journey: str, moments: set[str | None]) -> bool:
    if entry.kind == "moment":
        return entry.value["moment_id"] in moments
    return entry.kind == "touchpoint" or entry.value["journey"] == journey


def _entries(records: Iterable[Record]) -> Iterator[Entry]:
    seen: set[tuple[Any, ...]] = set()
    newest_ms = 0
    for record in records:
        kind = kind_of(record.topic)
        if kind not in _ID or record.value is None:
            continue
        identity = (kind, *(record.value[name] for name in _ID[kind]))
        repeated = identity in seen
        seen.add(identity)
        if kind == "touchpoint":
            entry = _touchpoint(record, record.value, repeated)
            behind_ms = (newest_ms - entry.at_ms) // MINUTE_MS * MINUTE_MS
            if entry.note is None:
                newest_ms = max(newest_ms, entry.at_ms)
                if behind_ms > 0:
                    entry = replace(entry, note=f"came {in_words(behind_ms)} after what happened later")
            yield entry
        elif not repeated:
            yield Entry(record.value[_TIME[kind]], kind, record.value, sentence(kind, record.value))


def _touchpoint(record: Record, value: dict[str, Any], repeated: bool) -> Entry:
    """At its event time; what does not count may have none, and stands where it came."""
    note = "again: counts once" if repeated else None
    try:
        row_of(value, record.timestamp_ms, ())
        at_ms = event_time_ms(value, record.timestamp_ms)
    except RecordError as error:
        note, at_ms = f"does not count: {error.kind}, {error.message}", record.timestamp_ms
    return Entry(at_ms, "touchpoint", value, sentence("touchpoint", value), note)


def _topics(settings: Settings) -> list[str]:
    client = consumer(settings.broker)
    try:
        names = client.topics()
    finally:
        client.close()
    fixed = [name for name in (TOUCHPOINTS, MOMENTS, DECISIONS) if name in names]
    return fixed + sorted(name for name in names if name.startswith(ACTIONS_PREFIX))
