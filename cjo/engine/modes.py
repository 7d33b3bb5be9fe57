"""In which mode something is decided: live, shadow (decided and logged, nothing emitted) or test (to test recipients).

A journey that is marked shadow does not touch what live ones do: it has entries, caps and arbitration of its own. A run
stays in the mode in which it was entered, and so does what it hands over; the whole workspace in shadow (policies.yaml)
holds for every run at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from cjo.engine.plan import Journey
    from cjo.engine.turn import Turn

LIVE: Final = "live"
SHADOW: Final = "shadow"
TEST: Final = "test"


def mode_of(turn: Turn, run: dict[str, Any]) -> str:
    """The mode of a run."""
    return SHADOW if run.get("mode") == SHADOW else turn.plan.mode


def begins_in_shadow(journey: Journey, moment: dict[str, Any]) -> bool:
    """True where an entry is in shadow of itself: by its journey, or because a run in shadow has handed it over."""
    return journey.shadow or moment.get("mode") == SHADOW


def entry_mode(turn: Turn, journey: Journey, moment: dict[str, Any]) -> str:
    """The mode of an entry into `journey`, whether a run comes of it or not."""
    return SHADOW if begins_in_shadow(journey, moment) else turn.plan.mode


def is_shadow(turn: Turn, run: dict[str, Any]) -> bool:
    """True where nothing may leave for this run."""
    return mode_of(turn, run) == SHADOW


def exposure_of(turn: Turn, run: dict[str, Any], place: str) -> str:
    """The name under which an arm is remembered (D8): what was tried in shadow is drawn anew for live runs."""
    return f"{place}~{SHADOW}" if is_shadow(turn, run) else place


def mark_of(turn: Turn, journey: Journey, moment: dict[str, Any]) -> str:
    """The name under which entries are remembered (R4): those of a shadow don't keep anybody from the live journey."""
    return f"{journey.name}~{SHADOW}" if entry_mode(turn, journey, moment) == SHADOW else journey.name


def journey_of_mark(mark: str) -> str:
    """The journey's name behind a mark."""
    return mark.removesuffix(f"~{SHADOW}")
