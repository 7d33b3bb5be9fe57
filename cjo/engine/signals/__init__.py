"""What kinds of signal share. The kinds themselves are in cjo/signals, a folder each."""

from __future__ import annotations

from typing import Any

from cjo.engine.signals.base import Signal
from cjo.signals import part


def build_signal(spec: dict[str, Any], workspace: dict[str, Any]) -> Signal:
    """The signal that `spec` (a signal of the plan) describes."""
    made: Signal = part(spec["kind"], "engine").KIND(spec, workspace)
    return made
