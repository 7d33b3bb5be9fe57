"""decide: the best of several offers for this customer now: those that are eligible, by score; each loser is logged.

An offer is eligible where its condition holds, its score is a number, and its own cap has room. The higher score wins,
the earlier in the file where two are equal. `offers` of the state is, by `JOURNEY/STEP/OFFER`, when it was chosen.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from cjo.engine.modes import SHADOW, is_shadow
from cjo.engine.records import decide_run
from cjo.engine.room import TIMES, drop_oldest
from cjo.engine.steps.base import Move, Run, Step, move_to, tell
from cjo.engine.steps.views import arguments

if TYPE_CHECKING:
    from cjo.engine.turn import Turn

Offer = dict[str, Any]
NOT_ELIGIBLE: Final = "not eligible"
NO_SCORE: Final = "no score"
CAPPED: Final = "cap reached"


def arrive(turn: Turn, run: Run, step: Step) -> Move:
    """Choose at once; one decision says which offer, and for each other its score or why it has none."""
    about = arguments(turn, run)
    inputs: dict[str, str] = {}
    best: tuple[Any, Offer] | None = None
    for offer in step["offers"]:
        score = _score(turn, run, step, offer, about)
        inputs[f"score.{offer['name']}"] = _shown(score)
        if not isinstance(score, str) and (best is None or score > best[0]):
            best = score, offer
    if best is None:
        return _take(turn, run, step, "no_offer", step["otherwise_then"], inputs)
    chosen = best[1]
    if chosen["at_most"] is not None:
        times = turn.state.setdefault("offers", {}).setdefault(_place(turn, run, step, chosen), [])
        times.append(turn.now_ms)
        if drop_oldest(times, TIMES):
            turn.count("reservations_forgotten")
    return _take(turn, run, step, "offer_chosen", chosen["then"], {"offer": chosen["name"], **inputs})


def forget(state: dict[str, Any], windows_ms: dict[str, int], clock_ms: int) -> None:
    """Drop choices that no offer's cap counts any more; `windows_ms` is by `JOURNEY/STEP/OFFER`."""
    kept = {
        name: times
        for name, all_times in state.get("offers", {}).items()
        if (times := [at for at in all_times if at >= clock_ms - windows_ms.get(name.removesuffix(_SHADOWED), 0)])
    }
    if kept:
        state["offers"] = kept
    else:
        state.pop("offers", None)


_SHADOWED: Final = f"~{SHADOW}"


def _score(turn: Turn, run: Run, step: Step, offer: Offer, about: tuple[Any, Any, Any]) -> Any:
    """The number by which an offer competes, or in words why it does not."""
    if offer["where"] is not None and offer["where"](*about) is not True:
        return NOT_ELIGIBLE
    score = offer["score"](*about)
    if isinstance(score, bool) or not isinstance(score, int | Decimal):
        return NO_SCORE
    if offer["at_most"] is not None:
        times = turn.state.get("offers", {}).get(_place(turn, run, step, offer), ())
        if sum(1 for at in times if at >= turn.now_ms - offer["window_ms"]) >= offer["at_most"]:
            return CAPPED
    return score


def _shown(score: Any) -> str:
    return format(score, "f") if isinstance(score, Decimal) else str(score)


def _place(turn: Turn, run: Run, step: Step, offer: Offer) -> str:
    name = f"{run['journey']}/{step['id']}/{offer['name']}"
    return f"{name}{_SHADOWED}" if is_shadow(turn, run) else name


def _take(turn: Turn, run: Run, step: Step, reason: str, then: str | None, inputs: dict[str, str]) -> Move:
    tell(turn, run, step, inputs.get("offer", reason))
    visit = run["visits"][step["id"]]
    decide_run(turn, run, "move", "done", reason, "D1", step=step["id"], visit=visit, inputs=inputs)
    return move_to(then)
