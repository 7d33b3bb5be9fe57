"""What kinds of signal share. The kinds themselves are in cjo/signals, a folder each."""

from __future__ import annotations

from typing import Any

from cjo.engine.signals.base import Ending, Signal
from cjo.signals import part

__all__ = ["Ending", "Signal", "build_signal"]


def build_signal(spec: dict[str, Any], workspace: dict[str, Any]) -> Signal:
    """The signal that `spec` (a signal of the plan) describes."""
    made: Signal = part(spec["kind"], "engine").KIND(spec, workspace)
    return made
