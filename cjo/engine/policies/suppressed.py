"""Nobody who is suppressed is contacted, whatever the purpose (D6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cjo.engine.people import is_suppressed
from cjo.engine.policies.base import Verdict

if TYPE_CHECKING:
    from cjo.engine.turn import Request, Turn


def check(turn: Turn, request: Request) -> Verdict | None:
    """Refuse with `suppressed`."""
    return Verdict("suppressed", "D2") if is_suppressed(turn.state) else None
