"""Samples of the layout that the engine keeps: how many bytes a signal's memory takes.

A sample is built like the engine's own state (cjo/engine/state.py) from text of a usual length, and its JSON measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from cjo.engine.ids import digest, event_mark

Json = dict[str, Any]

TEXT = "x" * 8
"""A usual business key, product id or profile text."""
AT = 1_700_000_000_000
MARK = event_mark("sample")
ID = digest("sample", "sample")
DECIMAL = "12.5000"


@dataclass(frozen=True)
class Estimate:
    """`fixed`, `each` touchpoint and, from `assumed` touchpoints on, that it has fired, in bytes of JSON.

    `assumed` touchpoints are remembered usually, `most` at most; all is kept `kept_ms` after the last one (None: as
    long as the profile).
    """

    fixed: int
    each: int
    assumed: int
    most: int
    kept_ms: int | None
    fired: int = 0

    def bytes_for(self, touchpoints: int) -> int:
        """Bytes with so many touchpoints remembered, for one key; nothing without any."""
        if not touchpoints:
            return 0
        fired = self.fired if touchpoints >= self.assumed else 0
        return self.fixed + self.each * min(touchpoints, self.most) + fired

    def as_json(self, keys_most: int) -> Json:
        """`bytes` with `assumed` touchpoints, `bytes_most` with as many as are remembered at most, both for one key.

        `customer_bytes_most`: a customer with as many keys as are kept.
        """
        return {
            "bytes": self.bytes_for(self.assumed),
            "assumed_touchpoints": self.assumed,
            "bytes_each_touchpoint": self.each,
            "bytes_most": self.bytes_for(self.most),
            "keys_most": keys_most,
            "customer_bytes_most": self.bytes_for(self.most) * keys_most,
            "kept_ms": self.kept_ms,
        }


def keyed(signal: Json, empty: Json) -> int:
    """The signal's place in state with one key, where it has keys."""
    return size({signal["name"]: {TEXT: empty} if signal["per"] else empty})


def wake(signal: Json) -> int:
    """Bytes of a wake-up of the signal."""
    return size([AT, 0, f"s:{signal['name']}:{key(signal)}"])


def key(signal: Json) -> str:
    """A usual key of the signal."""
    return TEXT if signal["per"] else ""


def read(signal: Json) -> list[Any]:
    """What an event gives to what is collected."""
    parts = (signal.get("collect") or {}).values()
    refs = [part.get("each") or part.get("sum") or part.get("value") for part in parts]
    return [DECIMAL if ref[2] == "decimal" else TEXT for ref in refs if ref]


def size(value: Any) -> int:
    """Bytes of a value as JSON."""
    return len(orjson.dumps(value))
