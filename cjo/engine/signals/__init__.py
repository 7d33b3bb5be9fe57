"""What kinds of signal share. The kinds themselves are in cjo/signals, a folder each."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from cjo.engine.signals.base import Ending, Signal
from cjo.signals import kinds, part

__all__ = ["Ending", "Signal", "build_signal", "form_of"]

_NOT_OF_THE_FORM: Final = frozenset({"where", "max", "minus", "weight", "window_ms"})


def build_signal(spec: dict[str, Any], workspace: dict[str, Any]) -> Signal:
    """The signal that `spec` (a signal of the plan) describes."""
    return all_kinds()[spec["kind"]](spec, workspace)


def form_of(spec: dict[str, Any]) -> list[Any]:
    """What the form of a signal's memory hangs on: where two revisions differ in it, neither reads the other's."""
    named = all_kinds()[spec["kind"]].formed_by
    return [spec["kind"], *(_form(spec.get(name)) for name in ("per", "subject", *named))]


def _form(value: Any) -> Any:
    """A part of a spec without its conditions and limits, in the order in which it is written: it is that of values."""
    if isinstance(value, dict):
        return [[name, _form(part)] for name, part in value.items() if name not in _NOT_OF_THE_FORM]
    return [_form(part) for part in value] if isinstance(value, list | tuple) else value


@cache
def all_kinds() -> dict[str, type[Signal]]:
    """Every kind, imported together.

    A worker that lives on keeps the modules of its first job, whose code is gone when that job ends: a kind that a
    later job is the first to use could not be imported then.
    """
    return {kind: part(kind, "engine").KIND for kind in kinds()}
