"""One customer's timeline out of the log: what happened, what was seen in it, what was decided, what was asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from cjo.avro.contracts import load_schema
from cjo.avro.rows import FOREIGN, event_time_ms, row_of
from cjo.client.connect import consumer
from cjo.client.reader import Record, read
from cjo.client.story import kind_of, moment, plain, sentence
from cjo.client.words import iso
from cjo.engine.ids import event_mark, mark_as_hex
from cjo.engine.people import SYSTEM_TYPES
from cjo.errors import RecordError
from cjo.settings import Settings
from cjo.spec.durations import in_words
from cjo.topics import ACTIONS_PREFIX, DECISIONS, MOMENTS, TOUCHPOINTS

MINUTE_MS, DAY_MS = 60_000, 86_400_000
_KINDS = ("touchpoint", "moment", "decision", "action")
_TIME = {"moment": "at", "decision": "decided_at", "action": "decided_at"}
_ID = {"moment": ("moment_id", "at", "late_ms"), "decision": ("decision_id",), "action": ("action_id", "kind")}
_UNREAD = "a record that can't be read"
_WITHOUT_TIME = ("no_event_time", "event_time_before_1970")


@dataclass(frozen=True)
class About:
    """What a workspace says that a timeline hangs on.

    How long a repeated event counts once (S5), the kinds of subject whose keys no customer may have, and the topics of
    actions that are not named `actions.…`.
    """

    horizon_ms: int = 7 * DAY_MS
    kinds: Collection[str] = ()
    action_topics: Collection[str] = ()

    def kind_of(self, topic: str) -> str | None:
        """touchpoint, moment, decision or action; None for what stands in no timeline."""
        kind = "action" if topic in self.action_topics else kind_of(topic)
        return kind if kind in _KINDS else None


@dataclass(frozen=True)
class Entry:
    """One line of a timeline: log time, kind of record, the record, what it says, and what is odd about it."""

    at_ms: int
    kind: str
    value: dict[str, Any]
    said: str
    note: str | None = None


def timeline(
    subject: str,
    settings: Settings,
    journey: str | None = None,
    about: About | None = None,
    since_ms: int | None = None,
) -> list[Entry]:
    """Everything that the topics hold about `subject`, by log time, or of it what is from `since_ms` on.

    With `journey`, only that journey's decisions, actions and moments. Reads only the partitions where the subject's
    records are, as jobs read them.
    """
    about = about or About()
    with ThreadPoolExecutor(max_workers=4) as pool:
        found = pool.map(
            lambda topic: _since(_read(topic, settings, subject, about), about, since_ms), _topics(settings, about)
        )
        return _in_order([entry for entries in found for entry in entries], journey)


def arranged(
    records: Iterable[Record], journey: str | None = None, about: About | None = None, since_ms: int | None = None
) -> list[Entry]:
    """Records of one subject as a timeline. Repeats of an id are left out; those of touchpoints noted.

    Noted too is a touchpoint that came a minute or more behind one that happened after it (T4), and one that the job
    does not count.
    """
    return _in_order(_since(records, about or About(), since_ms), journey)


def of_journey(entries: list[Entry], journey: str, types: Collection[str] | None = None) -> list[Entry]:
    """What is of one journey, with the moments that it was made of, and the touchpoints of a timeline.

    With `types` of the touchpoints only those of these types, cjo's own, and those that these moments are made of.
    """
    own = _with_their_inputs({one.value["moment_id"] for one in entries if _is_of(one, journey)}, entries)
    found = [entry for entry in entries if _concerns(entry, journey, own)]
    if types is None:
        return found
    asked = {*types, *SYSTEM_TYPES}
    evidence = {one["event"] for entry in found if entry.kind == "moment" for one in entry.value.get("evidence") or ()}
    return [entry for entry in found if entry.kind != "touchpoint" or _is_asked(entry.value, asked, evidence)]


def journeys_of(entries: Iterable[Entry]) -> set[str]:
    """The journeys that decided something in a timeline."""
    return {entry.value["journey"] for entry in entries if entry.kind == "decision"}


def _since(records: Iterable[Record], about: About, since_ms: int | None) -> list[Entry]:
    return [entry for entry in _entries(records, about) if since_ms is None or entry.at_ms >= since_ms]


def _in_order(found: list[Entry], journey: str | None) -> list[Entry]:
    entries = _traced(sorted(found, key=lambda entry: (entry.at_ms, _KINDS.index(entry.kind))))
    return entries if journey is None else of_journey(entries, journey)


def mark_of(event_id: str) -> str:
    """How the evidence of a moment names an event."""
    return mark_as_hex(event_mark(event_id))


def _is_asked(touchpoint: dict[str, Any], types: set[str], evidence: set[str]) -> bool:
    """True too of what nobody can read: it might have been asked for."""
    name, event_id = touchpoint.get("type"), touchpoint.get("event_id")
    return name is None or name in types or (isinstance(event_id, str) and mark_of(event_id) in evidence)


def _is_of(entry: Entry, journey: str) -> bool:
    return entry.kind in ("decision", "action") and entry.value["journey"] == journey


def _with_their_inputs(wanted: set[Any], entries: list[Entry]) -> set[Any]:
    """The moments wanted, and those that they are made of."""
    found = set(wanted)
    moments = [entry.value for entry in entries if entry.kind == "moment"]
    by_mark = {mark_of(one["moment_id"]): one["moment_id"] for one in moments}
    for value in reversed(moments):  # an input is never younger
        if value["moment_id"] in found:
            events = {one["event"] for one in value.get("evidence") or ()}
            found |= {by_mark[event] for event in events if event in by_mark}
    return found


def _traced(entries: list[Entry]) -> list[Entry]:
    """Moments that are made of other moments say of which; `evidence` names both by their marks."""
    moments = {
        mark_of(entry.value["moment_id"]): f"{entry.value['signal']} at {iso(entry.at_ms)}"
        for entry in entries
        if entry.kind == "moment"
    }
    return [_with_inputs(entry, moments) if entry.kind == "moment" else entry for entry in entries]


def _with_inputs(entry: Entry, moments: dict[str, str]) -> Entry:
    made_by = [moments[one["event"]] for one in entry.value.get("evidence") or () if one["event"] in moments]
    return replace(entry, said=plain(moment(entry.value, made_by)))


def _concerns(entry: Entry, journey: str, moments: set[str | None]) -> bool:
    if entry.kind == "moment":
        return entry.value["moment_id"] in moments
    return entry.kind == "touchpoint" or entry.value["journey"] == journey


def _entries(records: Iterable[Record], about: About) -> Iterator[Entry]:
    seen: set[tuple[Any, ...]] = set()
    touchpoints = _Touchpoints(about)
    for record in records:
        kind = about.kind_of(record.topic)
        if kind == "touchpoint":
            yield touchpoints.entry(record)
        elif kind is not None and record.value is not None:
            identity = (kind, *(record.value[name] for name in _ID[kind]))
            if identity not in seen:
                seen.add(identity)
                yield Entry(record.value[_TIME[kind]], kind, record.value, sentence(kind, record.value))


class _Touchpoints:
    """Touchpoints in the order in which they came, and what is odd about each."""

    def __init__(self, about: About) -> None:
        self._about = about
        self._counted: dict[str, int] = {}
        self._newest_ms = 0

    def entry(self, record: Record) -> Entry:
        """The touchpoint as a line."""
        if record.value is None:
            return Entry(record.timestamp_ms, "touchpoint", {}, _UNREAD, plain(f"does not count: {record.error}"))
        try:
            at_ms, note = self._judged(record.value, record.timestamp_ms)
            return Entry(at_ms, "touchpoint", record.value, sentence("touchpoint", record.value), note)
        except FOREIGN:
            note = "does not count: undecodable, it is no touchpoint"
            return Entry(record.timestamp_ms, "touchpoint", record.value, _UNREAD, note)

    def _judged(self, value: dict[str, Any], timestamp_ms: int) -> tuple[int, str | None]:
        """When it happened (when it came, where that is nowhere), and what is odd about it: what a dead letter says."""
        try:
            row_of(value, timestamp_ms, (), self._about.kinds)
        except RecordError as error:
            at_ms = timestamp_ms if error.kind in _WITHOUT_TIME else event_time_ms(value, timestamp_ms)
            return at_ms, f"does not count: {error.kind}, {error.message}"
        at_ms = event_time_ms(value, timestamp_ms)
        counted_ms = self._counted.get(value["event_id"])
        if counted_ms is not None and at_ms - counted_ms <= self._about.horizon_ms:
            return at_ms, "again: counts once"
        self._counted[value["event_id"]] = at_ms
        behind_ms = (self._newest_ms - at_ms) // MINUTE_MS * MINUTE_MS
        self._newest_ms = max(self._newest_ms, at_ms)
        late = f"came {in_words(behind_ms)} after what happened later" if behind_ms > 0 else None
        if counted_ms is not None:
            return at_ms, f"again, after more than {in_words(self._about.horizon_ms)}: may count anew"
        return at_ms, late


def _read(topic: str, settings: Settings, subject: str, about: About) -> Iterator[Record]:
    contract = load_schema(str(about.kind_of(topic)))
    return read(topic, settings, keys=[subject], contract=contract)


def _topics(settings: Settings, about: About) -> list[str]:
    client = consumer(settings.broker)
    try:
        names = client.topics()
    finally:
        client.close()
    fixed = [name for name in (TOUCHPOINTS, MOMENTS, DECISIONS) if name in names]
    return fixed + sorted(name for name in names if name.startswith(ACTIONS_PREFIX) or name in about.action_topics)
