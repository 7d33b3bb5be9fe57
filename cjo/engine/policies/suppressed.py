"""Nobody who is suppressed is contacted, whatever the purpose (D6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cjo.engine.people import is_suppressed

if TYPE_CHECKING:
    from cjo.engine.turn import Request, Turn


def check(turn: Turn, request: Request) -> tuple[str, str] | None:
    """Refuse with `suppressed`."""
    return ("suppressed", "D2") if is_suppressed(turn.state) else None
