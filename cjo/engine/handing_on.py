"""A moment of an account (or the like) on its way to people: as a touchpoint of the log.

Account and people stand in different partitions, and the one log is what gives each customer's inputs one order. So the
moment is written into it, for the contact or for each member, under an id that every replay makes again: a second copy
counts as a repeat (S5). cjo/engine/arriving.py takes it there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson

from cjo.engine import halts
from cjo.engine.entries import refuse
from cjo.engine.ids import digest
from cjo.engine.room import TOLD
from cjo.engine.subjects import people_of

if TYPE_CHECKING:
    from cjo.engine.plan import Journey
    from cjo.engine.turn import Turn

MOMENT_REACHED: Final = "moment_reached"
CONTACT: Final = "contact"
MEMBERS: Final = "members"
_CHANNEL: Final = "system"
Moment = dict[str, Any]


def hand_on(turn: Turn) -> None:
    """Write the moments of this instant to the people whose journeys enter on them; take back what never was."""
    for moment_id in turn.voided:
        _take_back(turn, moment_id)
    moments, turn.moments = turn.moments, []
    for moment in moments:
        _to_people(turn, moment)


def _to_people(turn: Turn, moment: Moment) -> None:
    kind = turn.plan.kinds[turn.plan.signals[moment["signal"]].subject]
    contact, members = people_of(turn.state, kind, moment["at"])
    told: dict[str, list[str]] = {}
    for journey in _entered_on(turn, moment["signal"]):
        if _is_before_live(turn, journey, moment):
            continue
        people = members if journey.who == MEMBERS else [contact] if contact else []
        if not people:
            about = {"subject": turn.subject}
            nobody = ("no_members", "D1", about) if journey.who == MEMBERS else ("no_contact", "D1", about)
            refuse(turn, journey, moment, nobody)
        for customer in people:
            if journey.who not in told.setdefault(customer, []):
                told[customer].append(str(journey.who))
    times = _times_taken_back(turn, moment["moment_id"])
    for customer, who in sorted(told.items()):
        _tell(turn, customer, moment, {"who": ",".join(sorted(who))}, times)
    if told:
        _remember(turn, moment, sorted(told), times)


def _entered_on(turn: Turn, signal: str) -> list[Journey]:
    """Journeys that somebody may enter on it; a stopped one is as if it were not there (R7)."""
    found = []
    for journey in turn.plan.entries.get(signal, ()):
        halt = turn.plan.halt_of(journey.name)
        if halt is None or halt.kind != halts.STOP:
            found.append(journey)
    return found


def _is_before_live(turn: Turn, journey: Journey, moment: Moment) -> bool:
    """R9: what was before the first submission fills memory; nobody is told of it."""
    live_from_ms = turn.plan.live_from_ms
    if live_from_ms is None or moment["at"] >= live_from_ms:
        return False
    refuse(turn, journey, moment, ("not_live", "R9", {"live_from": str(live_from_ms)}))
    return True


def _tell(turn: Turn, customer: str, moment: Moment, more: dict[str, str], times: int) -> None:
    """`times` it was taken back before: what is told once more is no repeat (D3)."""
    again = [times] if times else []
    attributes = {
        "signal": moment["signal"],
        "signal_version": moment["signal_version"],
        "moment_id": moment["moment_id"],
        "subject": turn.subject,
        "late_ms": str(moment["late_ms"]),
        "values": orjson.dumps(moment["values"]).decode(),
        **({"key": moment["key"]} if moment["key"] else {}),
        **more,
    }
    touchpoint = {
        "event_id": digest(MOMENT_REACHED, moment["moment_id"], customer, more.get("void"), *again),
        "customer_id": customer,
        "channel": _CHANNEL,
        "type": MOMENT_REACHED,
        "occurred_at": moment["at"],
        "attributes": attributes,
    }
    turn.effects.append(("touchpoint", touchpoint))


def _times_taken_back(turn: Turn, moment_id: str) -> int:
    known = turn.state.get("told", {}).get(moment_id, ())
    return int(known[4]) if len(known) > 4 else 0


def _remember(turn: Turn, moment: Moment, customers: list[str], times: int) -> None:
    """Keep who was told, as long as a late touchpoint can take the moment back, and how often one has."""
    told = turn.state.setdefault("told", {})
    oldest_ms = turn.now_ms - turn.plan.late_horizon_ms
    for moment_id in [one for one, (at_ms, *_) in told.items() if at_ms < oldest_ms]:
        del told[moment_id]
    if len(told) >= TOLD and moment["moment_id"] not in told:
        del told[next(iter(told))]
        turn.count("told_forgotten")
    told[moment["moment_id"]] = [moment["at"], moment["signal"], moment["signal_version"], customers, times]


def _take_back(turn: Turn, moment_id: str) -> None:
    """T4: those who were told of a moment that turned out never to have been are told so."""
    known = turn.state.get("told", {}).get(moment_id)
    if known is None or not known[3]:
        return
    at_ms, signal, version, customers = known[:4]
    times = _times_taken_back(turn, moment_id)
    moment = {
        "moment_id": moment_id, "signal": signal, "signal_version": version, "key": None, "at": at_ms, "late_ms": 0,
        "values": {},
    }  # fmt: skip
    for customer in customers:
        _tell(turn, customer, moment, {"void": "true"}, times)
    _remember(turn, moment, [], times + 1)
