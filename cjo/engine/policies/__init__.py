"""Policies: what every send must pass, one file each, in the order of D2.

A policy is `check(turn, request) -> Verdict | None`, or for a channel `check(turn, request, channel)`; what it looked
at goes into `request.inputs`. Those of a channel are asked by `channels`, which chooses one. The last step of D2, the
hold-out, is no refusal: where the action would have been, the decision says that it was held out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from cjo.engine.policies import arbitrated, channels, eligible, suppressed
from cjo.engine.policies.base import Verdict

if TYPE_CHECKING:
    from cjo.engine.turn import Request, Turn

ORDER: tuple[Callable[[Turn, Request], Verdict | None], ...] = (
    suppressed.check,
    eligible.check,
    channels.check,
    arbitrated.check,
)


def check(turn: Turn, request: Request) -> Verdict | None:
    """The first verdict against the request in the order of D2, None where all agree."""
    for policy in ORDER:
        verdict = policy(turn, request)
        if verdict is not None:
            return verdict
    return None
