"""Entries: which journeys a moment opens, and why not (R1, R4, R9, T4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cjo.engine import halts
from cjo.engine.ids import run_id
from cjo.engine.modes import SHADOW, begins_in_shadow, entry_mode, mark_of, mode_of
from cjo.engine.people import profile_view
from cjo.engine.records import decide_run
from cjo.engine.room import ENTRIES
from cjo.engine.runs import advance, end, in_order
from cjo.engine.steps.base import NEXT
from cjo.engine.steps.views import moment_view

if TYPE_CHECKING:
    from cjo.engine.plan import Journey
    from cjo.engine.turn import Turn

Moment = dict[str, Any]
Refusal = tuple[str, str, dict[str, str]]


def enter(turn: Turn) -> None:
    """Offer the moments of this instant to their journeys, by priority, then id (R8)."""
    offers = [
        (journey, moment)
        for moment in turn.moments
        for journey in turn.plan.entries.get(moment["signal"], ())
        if journey.who is None or journey.who in moment.get("who", ())
    ]
    turn.moments = []
    if len(offers) > 1:
        offers.sort(key=lambda offer: (-offer[0].priority, offer[0].name))
    for journey, moment in offers:
        _offer(turn, journey, moment)


def take_over(turn: Turn) -> None:
    """Offer what runs have handed over to the journeys that they named, in the order of handing."""
    handed, turn.handed = turn.handed, []
    for name, moment in handed:
        newest = turn.plan.current.get(name)
        if newest is not None:
            _offer(turn, turn.plan.entered_by(name, turn.subject) or newest, moment)


def _offer(turn: Turn, journey: Journey, moment: Moment) -> None:
    """A stopped journey is as if it were not there: it decides nothing, so it refuses nothing either (R7)."""
    halt = turn.plan.halt_of(journey.name)
    if halt is not None and halt.kind == halts.STOP:
        return
    key = (moment["key"] or "") if journey.per else ""
    entered = turn.plan.entered_by(journey.name, turn.subject)
    if entered is not journey and (entered is not None or journey is not turn.plan.current[journey.name]):
        return  # this customer enters another version, or the newest says that they enter none
    refusal = _outside(journey) if entered is None else _refusal(turn, journey, moment, key)
    if refusal is not None:
        refuse(turn, journey, moment, refusal)
        return
    if journey.again["rule"] == "replace":
        _replace(turn, journey, moment, key)
    run = _open(turn, journey, moment, key)
    decide_run(turn, run, "entry", "accepted", "entered", "R1", inputs={"moment_at": str(moment["at"])})
    advance(turn, run, NEXT)


def refuse(turn: Turn, journey: Journey, moment: Moment, refusal: Refusal) -> None:
    """Write why a moment opens no run of a journey."""
    key = (moment["key"] or "") if journey.per else ""
    reason, rule, inputs = refusal
    decide_run(turn, _not_opened(journey, moment, key), "entry", "refused", reason, rule, inputs=inputs)


def _refusal(turn: Turn, journey: Journey, moment: Moment, key: str) -> Refusal | None:
    age_ms = turn.now_ms - moment["at"]
    if age_ms > journey.fresh_ms:
        return "stale", "T4", {"age_ms": str(age_ms), "fresh_ms": str(journey.fresh_ms)}
    live_from_ms = turn.plan.live_from_ms
    if live_from_ms is not None and moment["at"] < live_from_ms:
        return "not_live", "R9", {"live_from": str(live_from_ms)}
    again = _again(turn, journey, moment, key)
    if again is not None:
        return again
    if journey.where:
        profile = profile_view(turn.state, turn.plan.profile)
        if journey.where({}, moment_view(moment), profile) is not True:
            return "condition_false", "D1", {name: str(value) for name, value in moment["values"].items()}
    mode, runs = entry_mode(turn, journey, moment), turn.state["runs"]
    if len(runs) >= turn.plan.open_runs_max:
        open_runs = sum(1 for run in runs.values() if "end" not in run and mode_of(turn, run) == mode)
        if open_runs >= turn.plan.open_runs_max:
            return "too_many_runs", "R1", {"open": str(open_runs)}
    halt = turn.plan.halt_of(journey.name)
    return None if halt is None else ("journey_paused", "R7", {"paused_since": str(halt.since_ms)})


def _not_opened(journey: Journey, moment: Moment, key: str) -> dict[str, Any]:
    """What a decision says of a run that a refusal keeps from being opened: it has no id."""
    mode = {"mode": SHADOW} if begins_in_shadow(journey, moment) else {}
    about = {"journey": journey.name, "version": journey.version, "key": key}
    return {"id": None, **about, "moment": {"id": moment["moment_id"]}, **mode}


def _outside(journey: Journey) -> Refusal:
    return "outside_share", "D8", {"share": f"{(journey.share or 0) / 10_000:g} %"}


def _again(turn: Turn, journey: Journey, moment: Moment, key: str) -> Refusal | None:
    by_customer = journey.again["per"] == "customer"
    mode = entry_mode(turn, journey, moment)
    for run in turn.state["runs"].values():
        same_key = run["key"] == key or (by_customer and journey.again["rule"] == "after_exit")
        is_same = run["journey"] == journey.name and same_key and mode_of(turn, run) == mode
        if is_same and "end" not in run and journey.again["rule"] != "replace":
            return "already_open", "R1", {"run": run["id"]}
    entered = _last_entry(turn, mark_of(turn, journey, moment), key, by_customer)
    if entered is None:
        return None
    if journey.again["rule"] == "never":
        return "again_never", "R4", {"entered": str(entered)}
    if journey.again["rule"] == "after" and turn.now_ms - entered < journey.again["after_ms"]:
        return "again_after", "R4", {"entered": str(entered), "after_ms": str(journey.again["after_ms"])}
    return None


def _replace(turn: Turn, journey: Journey, moment: Moment, key: str) -> None:
    """A new moment takes the place of the open run (`again: replace`), also of what its run may still supersede."""
    mode, by_customer = entry_mode(turn, journey, moment), journey.again["per"] == "customer"
    for run in in_order(turn):
        same = run["journey"] == journey.name and mode_of(turn, run) == mode and (by_customer or run["key"] == key)
        if same:
            run["replaced"] = 1
        if same and "end" not in run:
            end(turn, run, "replaced", "R4", {"moment": moment["moment_id"]})


def _last_entry(turn: Turn, name: str, key: str, by_customer: bool) -> int | None:
    marks = turn.state.get("marks", {}).get(name, {})
    return max(marks.values(), default=None) if by_customer else marks.get(key)


def _entry_of(turn: Turn, journey: Journey, moment: Moment, key: str) -> tuple[str, str]:
    """(id of the run, what it and its actions are made of): another where the moment has opened one before (D3).

    That has ended, as the moment was taken back before it was told again.
    """
    opened_by, times = moment["moment_id"], 0
    while (opened := run_id(turn.subject, journey.name, key, opened_by)) in turn.state["runs"]:
        times += 1
        opened_by = f"{moment['moment_id']}/{times}"
    return opened, opened_by


def _open(turn: Turn, journey: Journey, moment: Moment, key: str) -> dict[str, Any]:
    opened, opened_by = _entry_of(turn, journey, moment, key)
    run: dict[str, Any] = {
        "id": opened,
        "journey": journey.name,
        "version": journey.version,
        "key": key,
        "moment": {
            "id": moment["moment_id"],
            "at": moment["at"],
            "key": moment["key"],
            "late_ms": moment["late_ms"],
            "values": moment["values"],
            **{name: moment[name] for name in ("of", "by") if name in moment},
        },
        "entered": turn.now_ms,
        "until": turn.now_ms + journey.run_ms_max,
        "visits": {},
        "acts": [],
    }
    if opened_by != moment["moment_id"]:
        run["entry"] = opened_by
    if entry_mode(turn, journey, moment) == SHADOW:
        run["mode"] = SHADOW
    if journey.again["rule"] == "replace" and turn.row is not None and turn.row.get("session_id"):
        run["session"] = turn.row["session_id"]
    turn.state["runs"][run["id"]] = run
    if journey.again["rule"] in ("never", "after"):
        mark = "" if journey.again["per"] == "customer" else key
        entries = turn.state.setdefault("marks", {}).setdefault(mark_of(turn, journey, moment), {})
        if mark not in entries and len(entries) >= ENTRIES:
            del entries[next(iter(entries))]
            turn.count("entries_forgotten")
        entries[mark] = turn.now_ms
    return run
