"""Kinds of signal: one file each."""

from __future__ import annotations

from typing import Any

from cjo.engine.signals.absence import AbsenceSignal
from cjo.engine.signals.base import Signal
from cjo.engine.signals.count import CountSignal
from cjo.engine.signals.date import DateSignal
from cjo.engine.signals.event import EventSignal
from cjo.engine.signals.profile import ProfileSignal
from cjo.engine.signals.score import ScoreSignal

KINDS: dict[str, type[Signal]] = {
    "absence": AbsenceSignal,
    "count": CountSignal,
    "date": DateSignal,
    "event": EventSignal,
    "profile": ProfileSignal,
    "score": ScoreSignal,
}


def build_signal(spec: dict[str, Any], workspace: dict[str, Any]) -> Signal:
    """The signal that `spec` (a signal of the plan) describes."""
    return KINDS[spec["kind"]](spec, workspace)
