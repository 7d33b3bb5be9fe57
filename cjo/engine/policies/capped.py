"""D4: at most so many messages to one customer in a window, over all journeys; transactional ones go anyway (D6)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from cjo.engine import reservations
from cjo.engine.localtime import local_date, local_to_utc_ms
from cjo.engine.modes import is_shadow
from cjo.engine.policies.base import TRANSACTIONAL, Verdict, is_about
from cjo.engine.policies.superseding import superseded
from cjo.engine.room import TIMES, drop_oldest
from cjo.engine.zones import zone_of

if TYPE_CHECKING:
    from cjo.engine.turn import Request, Turn

Cap = dict[str, Any]
"""Of the plan: name, at_most, per (`day`, `week`, `month` or None), window_ms, channels and purposes (None: all)."""

LONGEST_MS: Final = {"day": 26 * 3_600_000, "week": 8 * 86_400_000, "month": 32 * 86_400_000}
"""More than the longest calendar window, with an hour that the clocks give twice, lasts."""


def looks_back_ms(caps: list[Cap]) -> int:
    """How long a reservation must be kept for these caps; 0 without any."""
    return max((cap["window_ms"] or LONGEST_MS[cap["per"]] for cap in caps), default=0)


def check(turn: Turn, request: Request, channel: str) -> Verdict | None:
    """Refuse with `cap_reached` where a cap that is about channel and purpose has no room left."""
    purpose = request.journey.purpose
    if purpose == TRANSACTIONAL:
        return None
    old = superseded(turn, request, channel) if turn.plan.caps else None
    for cap in turn.plan.caps:
        if not is_about(cap, channel, purpose):
            continue
        since_ms, zone = _since(turn, request, cap)
        held = reservations.since(turn.state, since_ms, with_shadows=is_shadow(turn, request.run))
        taken = sum(1 for one in held if is_about(cap, one[1], one[2]) and not (old and one[3] == old["id"]))
        if taken >= cap["at_most"]:
            request.inputs |= {"cap": cap["name"], "at_most": str(cap["at_most"]), "taken": str(taken)}
            request.inputs |= {"since": str(since_ms)} | ({"zone": zone} if zone else {})
            return Verdict("cap_reached", "D4")
    return None


def reserve(turn: Turn, request: Request, action_id: str) -> None:
    """Take the room of an action that is emitted now, or that would be were it not for a hold-out (D8)."""
    purpose = request.journey.purpose
    if turn.plan.caps and purpose != TRANSACTIONAL:
        shadow = is_shadow(turn, request.run)
        reservations.reserve(turn.state, turn.now_ms, str(request.channel), purpose, action_id, shadow)
        if drop_oldest(turn.state["caps"], TIMES):
            turn.count("reservations_forgotten")


def _since(turn: Turn, request: Request, cap: Cap) -> tuple[int, str | None]:
    """When the window began that closes now (T3: closed at both ends), and the zone where it is one of a calendar.

    Where there is no calendar any more, what a calendar cap counts is at least as long as its window ever is.
    """
    if cap["window_ms"] is not None:
        return turn.now_ms - cap["window_ms"], None
    zone, whose = zone_of(turn, request.journey)
    try:
        return _began_ms(turn.now_ms, cap["per"], zone), f"{zone} ({whose})"
    except (OverflowError, ValueError):  # a log time outside the calendar's years 1 to 9999
        return turn.now_ms - LONGEST_MS[cap["per"]], None


def _began_ms(now_ms: int, per: str, zone: str) -> int:
    day = local_date(now_ms, zone)
    if per == "week":
        day -= timedelta(days=day.weekday())
    elif per == "month":
        day = day.replace(day=1)
    return local_to_utc_ms(day.year, day.month, day.day, 0, 0, zone)
