"""D7: of the sends of one group that fall due together one goes, and then none of the group for a while.

Together means at the same instant, or within the group's `hold` from the first of them: they are held until it is over
and asked again. `groups` of the state is, by group, [until when they are held, when the last one went, its action id].
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from cjo.engine.modes import SHADOW, is_shadow
from cjo.engine.policies.base import Verdict
from cjo.engine.policies.superseding import superseded

if TYPE_CHECKING:
    from cjo.engine.turn import Request, Turn

HOLD: Final = "arbitration"
_NEVER: Final = 0
_CONTEST: Final = 0
_WON: Final = 1


def check(turn: Turn, request: Request) -> Verdict | None:
    """Hold with `arbitration` while others may come; refuse with `arbitration_lost` or `arbitration_blocked`."""
    group = _group(turn, request)
    if group is None:
        return None
    name, known = _place(turn, request, group), turn.state.get("groups", {})
    contest_ms, won_ms, winner = known.get(name, (_NEVER, _NEVER, None))
    if winner is not None and (old := superseded(turn, request, request.channel)) and old["id"] == winner:
        return None
    if winner is not None and won_ms == turn.now_ms:
        request.inputs |= {"group": group["name"], "winner": winner}
        return Verdict("arbitration_lost", "D7")
    if winner is not None and turn.now_ms < won_ms + group["spacing_ms"]:
        request.inputs |= {"group": group["name"], "winner": winner, "until": str(won_ms + group["spacing_ms"])}
        return Verdict("arbitration_blocked", "D7")
    return _held(turn, request, group, name, contest_ms)


def win(turn: Turn, request: Request, action_id: str) -> None:
    """The request is sent, or held out: its group is closed to others for the spacing."""
    group = _group(turn, request)
    if group is not None:
        name = _place(turn, request, group)
        turn.state.setdefault("groups", {})[name] = [_NEVER, turn.now_ms, action_id]


def forget(state: dict[str, Any], groups: list[dict[str, Any]], clock_ms: int) -> None:
    """Drop what blocks nobody any more."""
    spacing_ms = {group["name"]: group["spacing_ms"] for group in groups}
    kept = {
        name: one
        for name, one in state.get("groups", {}).items()
        if clock_ms < max(one[_CONTEST], one[_WON] + spacing_ms.get(name.partition("~")[0], 0))
    }
    if kept:
        state["groups"] = kept
    else:
        state.pop("groups", None)


def _held(turn: Turn, request: Request, group: dict[str, Any], name: str, contest_ms: int) -> Verdict | None:
    """The first opens the hold, others join it. All that were held until now are decided at this instant.

    A touchpoint of the hold's very end is handled before what was held wakes up, and joins it (T3).
    """
    if not group["hold_ms"] or request.run.get("contest") is not None:
        return None
    if contest_ms == turn.now_ms and turn.row is None:
        return None
    if contest_ms < turn.now_ms:
        contest_ms = turn.now_ms + group["hold_ms"]
        turn.state.setdefault("groups", {}).setdefault(name, [_NEVER, _NEVER, None])[_CONTEST] = contest_ms
    request.run["contest"] = contest_ms
    request.inputs |= {"group": group["name"], "until": str(contest_ms)}
    return Verdict(HOLD, "D7", contest_ms)


def _group(turn: Turn, request: Request) -> dict[str, Any] | None:
    return turn.plan.group_of(request.journey)


def _place(turn: Turn, request: Request, group: dict[str, Any]) -> str:
    return f"{group['name']}~{SHADOW}" if is_shadow(turn, request.run) else str(group["name"])
