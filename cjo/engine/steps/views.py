"""What conditions, variables and templates of a run see: the moment that opened it, the profile, its own variables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from cjo.engine.people import profile_view

if TYPE_CHECKING:
    from cjo.engine.plan import Journey
    from cjo.engine.turn import Turn

Read = Callable[[Any, Any, Any], Any]
_LONGEST: Final = 200


def moment_view(moment: dict[str, Any]) -> dict[str, Any]:
    """A moment as conditions and templates see it: its values beside at, key and late_ms."""
    return {**moment["values"], "at": moment["at"], "key": moment["key"], "late_ms": moment["late_ms"]}


def variables_view(run: dict[str, Any], journey: Journey) -> dict[str, Any]:
    """Every variable that an `update` of the journey sets, None before it has."""
    known = run.get("vars") or {}
    return {name: known.get(name) for name in journey.variables}


def arguments(turn: Turn, run: dict[str, Any]) -> tuple[Any, Any, Any]:
    """What the closures of a run's conditions take: the run stands where a touchpoint's row does."""
    return run, moment_view(run["moment"]), profile_view(turn.state, turn.plan.profile)


def as_texts(reads: Mapping[str, Read], about: tuple[Any, Any, Any]) -> dict[str, str]:
    """The values behind names, as inputs of a decision: cut where long, absent where NULL."""
    values = {name: read(*about) for name, read in reads.items()}
    return {name: _text(value)[:_LONGEST] for name, value in values.items() if value is not None}


def on_wire(value: Any) -> Any:
    """A value as the contracts carry it: decimals as text, without an exponent."""
    return format(value, "f") if isinstance(value, Decimal) else value


def _text(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(on_wire(value))
