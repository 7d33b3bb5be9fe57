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
    return [spec["kind"], list(spec.get("per") or ()), spec.get("subject"), *(kind.form(spec) if kind else ())]


@cache
def all_kinds() -> dict[str, type[Signal]]:
    """Every kind, imported together.

    A worker that lives on keeps the modules of its first job, whose code is gone when that job ends: a kind that a
    later job is the first to use could not be imported then.
    """
    return {kind: part(kind, "engine").KIND for kind in kinds()}
