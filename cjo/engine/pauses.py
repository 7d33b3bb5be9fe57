"""What a pause holds, and how it comes to an end (R7).

Held work is due when it expires. A resume makes it due as of its own time, at the customer's next input or wake-up; so
that this is never long in coming, the customer is woken every 10 minutes of log time while the pause lasts; more often
where the action expires soon, so that most of its time is left. A pulse decides nothing and writes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from cjo.engine.state import set_wake
from cjo.engine.steps import wait

if TYPE_CHECKING:
    from cjo.engine.turn import Turn

Run = dict[str, Any]
PULSE_MS: Final = 600_000
PULSE_MS_MIN: Final = 1_000
PULSES_MIN: Final = 8
"""Pulses in the time of an action that expires soon."""


def begin(turn: Turn, run: Run) -> None:
    """The run's action has just been held because its journey is paused."""
    run["paused"] = 1
    _pulse(turn, run)


def on_pulse(turn: Turn, run: Run, due_ms: int) -> None:
    """The customer has been looked at, and controls have been obeyed; arm the next pulse if the pause goes on."""
    if run.get("paused"):
        _pulse(turn, run)


def release(turn: Turn, run: Run) -> None:
    """The journey is resumed: what was held is due now, and everything is evaluated again."""
    wait.stand_until(turn, run, min(turn.now_ms, run["due"]))


def _pulse(turn: Turn, run: Run) -> None:
    lasts_ms = run["due"] - run["asked"]
    next_ms = turn.now_ms + min(PULSE_MS, max(PULSE_MS_MIN, lasts_ms // PULSES_MIN))
    set_wake(turn.state, f"p:{run['id']}", 0, next_ms if next_ms < run["due"] else None)
