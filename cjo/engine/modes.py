"""In which mode something is decided: live, shadow (decided and logged, nothing emitted) or test (to test recipients).

A journey that is marked shadow does not touch what live ones do: it has entries, caps and arbitration of its own. A run
stays in the mode in which it was entered; the whole workspace in shadow (policies.yaml) holds for every run at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cjo.engine.plan import Journey
    from cjo.engine.turn import Turn

LIVE, SHADOW, TEST = "live", "shadow", "test"


def mode_of(turn: Turn, run: dict[str, Any] | None, journey: Journey | None = None) -> str:
    """The mode of a run, or of an entry into `journey` that no run came of."""
    if (run is not None and run.get("mode") == SHADOW) or (run is None and journey is not None and journey.shadow):
        return SHADOW
    return turn.plan.mode


def is_shadow(turn: Turn, run: dict[str, Any]) -> bool:
    """True where nothing may leave for this run."""
    return mode_of(turn, run) == SHADOW


def mark_of(turn: Turn, journey: Journey) -> str:
    """The name under which entries are remembered (R4): those of a shadow don't keep anybody from the live journey."""
    return f"{journey.name}~{SHADOW}" if mode_of(turn, None, journey) == SHADOW else journey.name


def journey_of_mark(mark: str) -> str:
    """The journey's name behind a mark."""
    return mark.removesuffix(f"~{SHADOW}")
