"""What kinds of signal share. The kinds themselves are in cjo/signals, a folder each."""

from __future__ import annotations

from functools import cache
from typing import Any

from cjo.engine.signals.base import Ending, Signal
from cjo.signals import kinds, part

__all__ = ["Ending", "Signal", "build_signal", "form_of"]


def build_signal(spec: dict[str, Any], workspace: dict[str, Any]) -> Signal:
    """The signal that `spec` (a signal of the plan) describes."""
    return all_kinds()[spec["kind"]](spec, workspace)


def form_of(spec: dict[str, Any]) -> list[Any]:
    """What the form of a signal's memory hangs on: where two revisions differ in it, neither reads the other's.

    Also of a kind that another cjo knew.
    """
    kind = all_kinds().get(spec["kind"])
    named = kind.formed_by if kind else ()
    return [spec["kind"], *(_form(name, spec.get(name), spec["kind"]) for name in ("per", "subject", *named))]


def _form(name: str, value: Any, kind: str) -> Any:
    """What a part of a spec says of the form, in the order in which it is written: it is that of what is kept."""
    if name == "collect":
        return [one for part in (value or {}).values() if (one := _collected(part, kind))]
    if name == "counts":
        return list(value)
    if name == "steps":
        return [[[match["type"] for match in step[part]] for part in ("on", "not")] for step in value]
    if name == "features":
        return [[one["name"], "sum" in one, one.get("profile")] for one in value]
    return list(value) if isinstance(value, tuple) else value


def _collected(part: dict[str, Any], kind: str) -> list[Any] | None:
    """What is kept of a collected value; None for nothing. A session keeps what it has come to, the others a value."""
    ref = part.get("each") or part.get("sum") or part.get("value")
    if kind != "session":
        return None if ref is None else [list(ref), bool(part.get("minus"))]
    how = next((how for how in ("count", "each", "sum", "value") if how in part), None)
    return [how, None if ref is None else list(ref), part.get("of")]


@cache
def all_kinds() -> dict[str, type[Signal]]:
    """Every kind, imported together.

    A worker that lives on keeps the modules of its first job, whose code is gone when that job ends: a kind that a
    later job is the first to use could not be imported then.
    """
    return {kind: part(kind, "engine").KIND for kind in kinds()}
