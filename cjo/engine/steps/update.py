"""update: set variables of the run from expressions. All of them see the values from before the step."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cjo.engine.records import decide_run
from cjo.engine.steps.base import NEXT, Move, Run, Step
from cjo.engine.steps.views import arguments, as_texts
from cjo.values import READERS

if TYPE_CHECKING:
    from cjo.engine.turn import Turn


def arrive(turn: Turn, run: Run, step: Step) -> Move:
    """Set the variables; NULL takes one away."""
    about = arguments(turn, run)
    values = {name: kept(value(*about), kind) for name, (kind, value) in step["set"].items()}
    variables = run.get("vars") or {}
    run["vars"] = {name: value for name, value in {**variables, **values}.items() if value is not None}
    known = {f"run.{name}": (lambda *_, value=value: value) for name, value in values.items()}
    visit = run["visits"][step["id"]]
    decide_run(
        turn, run, "move", "done", "updated", "D1", step=step["id"], visit=visit, inputs=as_texts(known, about)
    )  # fmt: skip
    return NEXT


def kept(value: Any, kind: str) -> Any:
    """A value as state keeps it, in its variable's type: decimals as text; None for a number of too many digits."""
    if value is None or kind not in ("int", "decimal"):
        return value
    text = format(value, "f") if isinstance(value, Decimal) else str(value)
    readable = READERS[kind](text)
    return text if kind == "decimal" and readable is not None else readable
