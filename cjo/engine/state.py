"""The state of one subject: a JSON-able dict.

| part | holds |
|---|---|
| v | version of this layout |
| clock | T2: greatest event time of the inputs so far, epoch ms |
| wakes | [due_ms, priority, id], sorted; id is `s:SIGNAL:KEY`, `r:RUN`, `p:RUN` (pulse of a pause) or `f` (forget) |
| seen | S5: marks of events with their day or, of many, by their first character (cjo/engine/duplicates.py) |
| profile, consent, suppressed | last value of each with its event time |
| sig | accumulators by signal and key; of a signal without a key its only one |
| runs | open runs, and ended ones while a goal or a cancel is still possible |
| dates | which date signals the subject has been armed for; absent where there are none |
| arms | D8: arm of each experiment, by `JOURNEY/STEP`, and hold-out, by `*/NAME` (shadows: with `~shadow`); for ever |
| marks | R4: last entry by journey and key |
| firsts | time of the earliest touchpoint by signal of kind `first` and key; for ever |
| fired | time of the last moment by signal of kind `predict` and key, while no touchpoint is what keeps it up |
| caps | D4: sends that count under caps |
| offers | when each offer of a `decide` with a cap of its own was chosen |
| groups | D7: by arbitration group, until when its sends are held, and which one went last |
| control | R7: effective_at of the newest control that the subject has seen; absent where there was none |
| recent | inputs that came after a due time that is not decided yet |
| warm | S4: signals that are being warmed up, each group with a state of its own; absent where there are none |
"""

from __future__ import annotations

from bisect import insort
from typing import Any, Final

from cjo.engine.wakes import Wakes

VERSION: Final = 3
"""Of the layout. A change that state of before it does not fit needs the next number (cjo/engine/migrations.py)."""
FORGET: Final = "f"
FOR_EVER: Final = ("firsts", "fired")
"""Parts that hold what signals know for ever, each under its place."""
BY_PLACE: Final = ("sig", *FOR_EVER)
"""Parts that hold what signals remember, each under its place."""
_WAKES: Final = Wakes  # to compiled code, what is Final is nearer than what is imported
_insort: Final = insort
_PERMANENT: Final = ("profile", "consent", "suppressed", "marks", "arms", *FOR_EVER)


def new_state(clock_ms: int) -> dict[str, Any]:
    """State of a subject whose first input happened at `clock_ms`."""
    return {"v": VERSION, "clock": clock_ms, "wakes": [], "seen": {}, "sig": {}, "runs": {}}


def set_wake(state: dict[str, Any], wake_id: str, priority: int, due_ms: int | None) -> None:
    """Arm the wake-up `wake_id` for `due_ms` in place of its earlier one; None disarms it."""
    wakes = state["wakes"]
    if type(wakes) is _WAKES:
        _set_among_many(wakes, wake_id, priority, due_ms)
        return
    for index, wake in enumerate(wakes):
        if wake[2] == wake_id:
            if wake[0] == due_ms:
                return
            del wakes[index]
            break
    if due_ms is not None:
        _insort(wakes, [due_ms, priority, wake_id])


def add_wakes(state: dict[str, Any], prefixes: tuple[str, ...], wakes: list[list[Any]]) -> None:
    """Those of `wakes` whose id begins with one of `prefixes`, in place of the state's own with such an id."""
    mine = [wake for wake in state["wakes"] if not wake[2].startswith(prefixes)]
    state["wakes"] = sorted([*mine, *(wake for wake in wakes if wake[2].startswith(prefixes))])


def disarm(state: dict[str, Any], run: dict[str, Any]) -> None:
    """Nothing wakes the run any more."""
    set_wake(state, f"r:{run['id']}", 0, None)
    if run.pop("paused", None):
        set_wake(state, f"p:{run['id']}", 0, None)


def is_armed(state: dict[str, Any], wake_id: str) -> bool:
    """True where the wake-up `wake_id` is armed. Looks at the latest first: forgetting mostly is."""
    if type(state["wakes"]) is _WAKES:
        return wake_id in state["wakes"].due
    for wake in reversed(state["wakes"]):  # noqa: SIM110 - called for every input, and `any` costs twice as much
        if wake[2] == wake_id:
            return True
    return False


def armed_at(state: dict[str, Any], wake_id: str) -> int | None:
    """The time for which the wake-up `wake_id` is armed, epoch ms; None where it is not."""
    for wake in state["wakes"]:
        if wake[2] == wake_id:
            return int(wake[0])
    return None


def _set_among_many(wakes: Wakes, wake_id: str, priority: int, due_ms: int | None) -> None:
    known_ms = wakes.due.get(wake_id)
    if known_ms == due_ms:
        return
    if known_ms is not None:
        wakes.drop(wake_id)
    if due_ms is not None:
        _insort(wakes, [due_ms, priority, wake_id])


def is_residue(state: dict[str, Any]) -> bool:
    """True where nothing is open or remembered for a time: only permanent marks, profile and consent may be left."""
    passing = state["sig"] or state["runs"] or state["seen"]
    return not (passing or state.get("recent") or state.get("caps") or state.get("groups") or state.get("offers"))


def holds_permanent(state: dict[str, Any]) -> bool:
    """True where something must be kept for ever."""
    return any(state.get(part) for part in _PERMANENT)
