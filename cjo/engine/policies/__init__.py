"""Policies: what every send must pass, one file each, in the order of D2.

A policy is `check(turn, request) -> (reason code, rule) | None`; it may choose the channel and writes what it looked at
into `request.inputs`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from cjo.engine.policies import capped, eligible, reachable, suppressed

if TYPE_CHECKING:
    from cjo.engine.turn import Request, Turn

Refusal = tuple[str, str]
ORDER: tuple[Callable[[Turn, Request], Refusal | None], ...] = (
    suppressed.check,
    eligible.check,
    reachable.check,
    capped.check,
)


def check(turn: Turn, request: Request) -> Refusal | None:
    """The first refusal in the order of D2, None where all agree."""
    for policy in ORDER:
        refusal = policy(turn, request)
        if refusal is not None:
            return refusal
    return None
