"""How many bytes signals really keep: measured of one of so many written states, for a metric of each signal.

`cjo explain` estimates the same (cjo/insight/memory.py); a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Protocol

import orjson

EVERY = 256
"""One of so many written states that signals keep something in is measured: what that costs is not seen."""
_AT_ONCE = 1_000
"""So many measurements are handed over with a checkpoint at most."""
OTHER: Final = "other"
"""The label of a place that no signal of the known plans has."""


class Gauges(Protocol):
    """Where measurements go: `io.cjo.flink.DecideHost` is one."""

    def sample(self, name: str, labels: str, value: int) -> None:
        """One value of the distribution `name`; `labels` is like `signal=basket_abandoned`."""


class Measured:
    """Takes states as they are written, and hands over what it measured before each checkpoint."""

    def __init__(self, gauges: Gauges, plan: Mapping[str, Any]) -> None:
        self._gauges = gauges
        self._names: dict[str, str] = {}
        self._keyed: set[str] = set()
        self._waiting: list[tuple[str, int, int]] = []
        self._left = 1
        self.know(plan)

    def know(self, plan: Mapping[str, Any]) -> None:
        """Signals of a plan, or of what is published, are told by name."""
        for spec in plan.get("signals") or ():
            place = spec.get("memory", spec["name"])
            self._names[place] = spec["name"]
            if spec.get("per"):
                self._keyed.add(place)

    def take(self, state: dict[str, Any] | None) -> None:
        """A state that was just written."""
        if state is None or not state["sig"]:
            return
        self._left -= 1
        if self._left > 0:
            return
        self._left = EVERY
        if len(self._waiting) < _AT_ONCE:
            for place, memory in state["sig"].items():
                keys = len(memory) if place in self._keyed else 1
                self._waiting.append((self._names.get(place, OTHER), bytes_of(state, place, memory), keys))

    def flush(self) -> None:
        """Hand over what is measured so far."""
        for signal, size, keys in self._waiting:
            self._gauges.sample("state_bytes", f"signal={signal}", size)
            self._gauges.sample("state_keys", f"signal={signal}", keys)
        self._waiting.clear()


def bytes_of(state: dict[str, Any], place: str, memory: Mapping[str, Any]) -> int:
    """What a signal's memory, of all keys, takes of a customer's state, its wake-ups included, in bytes of JSON."""
    begin = f"s:{place}:"
    wakes = [wake for wake in state["wakes"] if wake[2].startswith(begin)]
    return len(orjson.dumps({place: dict(memory.items())})) + (len(orjson.dumps(wakes)) if wakes else 0)
