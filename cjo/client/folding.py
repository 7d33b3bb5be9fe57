"""A timeline without its repetitions: many touchpoints of one type are a line, where nothing hangs on any of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from cjo.client.story import plain
from cjo.client.timeline import Entry, mark_of
from cjo.client.words import iso
from cjo.engine.people import SYSTEM_TYPES

MANY = 4


def folded(entries: Sequence[Entry]) -> Iterator[Entry]:
    """Between any two moments, decisions and actions, `MANY` touchpoints of one type and more are one entry.

    Those that a moment or a decision names stay by themselves, and so do those with a note, and cjo's own types. What
    was folded stands at the time of its first, with an empty record.
    """
    named = _named(entries)
    for is_touchpoint, found in groupby(entries, key=lambda entry: entry.kind == "touchpoint"):
        stretch = list(found)
        yield from _without_repetitions(stretch, named) if is_touchpoint else stretch


def _named(entries: Iterable[Entry]) -> set[str]:
    """Marks of the touchpoints that moments are made of, or that decisions name."""
    found: set[str] = set()
    for entry in entries:
        found.update(one["event"] for one in entry.value.get("evidence") or ())
        if event_id := (entry.value.get("inputs") or {}).get("event_id"):
            found.add(mark_of(event_id))
    return found


def _without_repetitions(stretch: list[Entry], named: set[str]) -> Iterator[Entry]:
    alike: dict[str, list[Entry]] = {}
    for entry in stretch:
        if _says_little(entry, named):
            alike.setdefault(entry.value["type"], []).append(entry)
    many = {name: found for name, found in alike.items() if len(found) >= MANY}
    hidden = {id(entry) for found in many.values() for entry in found}
    firsts = {id(found[0]): found for found in many.values()}
    for entry in stretch:
        if id(entry) in firsts:
            yield _together(firsts[id(entry)])
        elif id(entry) not in hidden:
            yield entry


def _says_little(entry: Entry, named: set[str]) -> bool:
    if entry.note or not entry.value or entry.value["type"] in SYSTEM_TYPES:
        return False
    return mark_of(entry.value["event_id"]) not in named


def _together(found: list[Entry]) -> Entry:
    channels = ", ".join(dict.fromkeys(entry.value["channel"] for entry in found))
    said = f"{len(found)} {found[0].value['type']} ({channels}), the last at {iso(found[-1].at_ms)}"
    return Entry(found[0].at_ms, "touchpoint", {}, plain(said))
