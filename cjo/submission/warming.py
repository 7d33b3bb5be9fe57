"""What has to be warmed up before a signal can take effect, and the control records about it (S4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cjo.avro.rows import AHEAD_MS_MAX
from cjo.client.offsets import stretch
from cjo.engine.inputs import direct_inputs, inputs_of
from cjo.engine.merge import PUBLISH
from cjo.engine.signals import build_signal
from cjo.engine.warming import KINDS, PREFIX, WARM, WITHDRAW, id_of
from cjo.settings import Settings
from cjo.submission.control import Record, place_of
from cjo.topics import TOUCHPOINTS


@dataclass(frozen=True)
class Need:
    """The memory of one signal: `place` in the state, `reach_ms` how far back in the log it goes (None: to its begin).

    `since_ms` is that as a time of the log; `complete_from_ms` is when the signal knows all that it wants to, where the
    log does not go back so far, else None; a repeat of what lies before the log is not known to be one (S5). Epoch ms.
    """

    signal: str
    place: str
    reach_ms: int | None
    since_ms: int | None
    complete_from_ms: int | None


@dataclass(frozen=True)
class Replay:
    """What the warm-up of all of them reads: from `begin_ms` (a record's timestamp; None: all), so many records."""

    needs: list[Need]
    begin_ms: int | None
    records: int


def replay_for(settings: Settings, plan: Mapping[str, Any], records: Sequence[Record], log_ms: int) -> Replay | None:
    """What must be read of the log before `records` can be published; None where no signal remembers anything.

    Further back than the memory goes, by what a repeat may be later than what it repeats (S5): it is known to be one
    only where both are read.
    """
    specs = warmed(plan, records)
    if not specs:
        return None
    reaches = [reach_ms(plan, spec["name"]) for spec in specs]
    known = [reach for reach in reaches if reach is not None]
    before_ms = int(plan["workspace"]["dedup_horizon_ms"]) + AHEAD_MS_MAX
    begin_ms = log_ms - max(known) - before_ms if len(known) == len(reaches) else None
    found = stretch(settings, TOUCHPOINTS, begin_ms)
    needs = [_need(spec, reach, log_ms, found.first_ms) for spec, reach in zip(specs, reaches, strict=True)]
    return Replay(needs, begin_ms, found.records)


def warmed(plan: Mapping[str, Any], records: Iterable[Record]) -> list[dict[str, Any]]:
    """The signals that `records` publish and that remember something, each with the place of its memory."""
    specs = [spec for record in records if record["kind"] == PUBLISH for spec in record["plan"].get("signals", ())]
    return [{**spec, "memory": place_of(spec)} for spec in specs if _own_ms(plan, spec) != 0]


def placed(records: list[Record], at_ms: int) -> list[Record]:
    """The records with each signal in its own place, giving moments from `at_ms` on; changes their definitions."""
    for record in records:
        for spec in record["plan"].get("signals", ()) if record["kind"] == PUBLISH else ():
            spec |= {"memory": place_of(spec), "from_ms": at_ms}
    return records


def warm_record(known: Iterable[Record], plan: Mapping[str, Any], specs: Sequence[dict[str, Any]]) -> Record:
    """The record from which on the workers keep what concerns these signals; with them run those that they use."""
    number = 1 + max((int(id_of(record)) for record in known if record["kind"] in KINDS), default=0)
    places = [spec["memory"] for spec in specs]
    mine = {spec["name"] for spec in specs}
    used = {name for one in mine for name in inputs_of(plan["signals"], one)} - mine
    others = [_always(spec) for spec in plan["signals"] if spec["name"] in used]
    name = f"{PREFIX}{number}"
    return {"kind": WARM, "name": name, "revision": 1, "places": places, "plan": {"signals": [*others, *specs]}}


def withdrawal(record: Record) -> Record:
    """The record that takes a warm-up back: the workers forget what they have kept."""
    return {"kind": WITHDRAW, "name": record["name"], "revision": 2}


def unfinished(known: Sequence[Record]) -> list[Record]:
    """Warm-ups of which no signal was ever published, and that nobody has taken back."""
    withdrawn = {record["name"] for record in known if record["kind"] == WITHDRAW}
    published = {
        spec.get("memory")
        for record in known
        if record["kind"] == PUBLISH
        for spec in record["plan"].get("signals", ())
    }
    return [
        record
        for record in known
        if record["kind"] == WARM and record["name"] not in withdrawn and published.isdisjoint(record["places"])
    ]


def reach_ms(plan: Mapping[str, Any], name: str) -> int | None:
    """How far back a signal of the plan remembers, with those that it uses; None: all of the log."""
    specs = {spec["name"]: spec for spec in plan["signals"]}
    return _sum(_own_ms(plan, specs[name]), _below_ms(plan, specs, name))


def _below_ms(plan: Mapping[str, Any], specs: Mapping[str, dict[str, Any]], name: str) -> int | None:
    """The longest reach of what a signal uses."""
    longest_ms = 0
    for one in direct_inputs(specs[name]):
        if one in specs:
            own_ms = build_signal(specs[one], plan["workspace"]).reach_as_input_ms()
            found = _sum(own_ms, _below_ms(plan, specs, one))
            if found is None:
                return None
            longest_ms = max(longest_ms, found)
    return longest_ms


def _sum(own_ms: int | None, below_ms: int | None) -> int | None:
    return None if own_ms is None or below_ms is None else own_ms + below_ms


def _own_ms(plan: Mapping[str, Any], spec: dict[str, Any]) -> int | None:
    found = build_signal(spec, plan["workspace"]).reach_ms()
    return None if found is None else max(found, _people_ms(plan, spec))


def _people_ms(plan: Mapping[str, Any], spec: Mapping[str, Any]) -> int:
    """How far back go the people of a subject to whom journeys hand its moments on."""
    kind = (plan.get("subjects") or {}).get(spec.get("subject"))
    told = any(one["enter"]["on"] == spec["name"] and one["enter"].get("who") for one in plan["journeys"])
    return int(kind["remember_ms"]) if kind and told else 0


def _always(spec: dict[str, Any]) -> dict[str, Any]:
    """A signal that is used, as if this revision of it had always been there."""
    return {name: value for name, value in spec.items() if name != "from_ms"}


def _need(spec: dict[str, Any], reach_ms: int | None, log_ms: int, first_ms: int | None) -> Need:
    since_ms = None if reach_ms is None else log_ms - reach_ms
    is_short = since_ms is not None and (first_ms is None or first_ms > since_ms)
    complete_ms = (log_ms if first_ms is None else first_ms) + (reach_ms or 0) if is_short else None
    return Need(spec["name"], spec["memory"], reach_ms, since_ms, complete_ms)
