"""policies.yaml: caps of every form."""

from __future__ import annotations

from typing import Any

from tests.system.authors import words
from tests.system.chance import Chance

_WINDOWS = ("2 hours", "1 day", "3 days", "day", "day", "week", "month")


def policies(chance: Chance) -> dict[str, Any] | None:
    """The file, None where the workspace has none."""
    if chance.maybe(0.25):
        return None
    return {"caps": {f"cap{number}": _cap(chance) for number in range(chance.randint(1, 3))}}


def _cap(chance: Chance) -> dict[str, Any]:
    cap: dict[str, Any] = {"at_most": chance.choice([1, 1, 2, 3]), "per": chance.choice(_WINDOWS)}
    if chance.maybe(0.3):
        cap["channels"] = chance.some(list(words.CHANNELS), 1, 2)
    if chance.maybe(0.3):
        cap["purposes"] = chance.some(["marketing", "advice"], 1, 2)
    return cap
