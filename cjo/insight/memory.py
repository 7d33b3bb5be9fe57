"""How much state a customer costs: estimated from samples of the layout that the engine keeps.

A sample is built like the engine's own state (cjo/engine/state.py) from text of a usual length, and its JSON measured,
so an estimate is as good as the number of touchpoints assumed; the tests hold it within a factor of 1.3 of the real.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson

from cjo.engine import room
from cjo.engine.ids import digest, event_mark

Json = dict[str, Any]

TEXT = "x" * 8
"""A usual business key, product id or profile text."""
_AT = 1_700_000_000_000
_MARK = event_mark("sample")
_ID = digest("sample", "sample")
_DECIMAL = "12.5000"
FACTOR = 1.3
USUAL_TOUCHPOINTS = 20
"""A usual number of touchpoints whose repeats are noticed."""


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

    def as_json(self) -> Json:
        """`bytes` with `assumed` touchpoints, `bytes_most` with as many as are remembered at most."""
        return {
            "bytes": self.bytes_for(self.assumed),
            "assumed_touchpoints": self.assumed,
            "bytes_each_touchpoint": self.each,
            "bytes_most": self.bytes_for(self.most),
            "kept_ms": self.kept_ms,
        }


def of_signal(plan: Json, signal: Json) -> Estimate | None:
    """The memory of one key of a signal (of the customer, where it has no `per`); None for a kind without a sample."""
    sample = _SAMPLES.get(signal["kind"])
    return sample(plan["workspace"], signal) if sample else None


def of_run(plan: Json, journey: Json) -> int:
    """Bytes of one open run after all its sends and emits, with every variable set."""
    signal: Json = next((one for one in plan["signals"] if one["name"] == journey["enter"]["on"]), {})
    key = TEXT if journey["per"] else ""
    sends = [step for step in journey["steps"] if step["kind"] in ("send", "emit")]
    variables = {name: TEXT for step in journey["steps"] if step["kind"] == "update" for name in step["set"]}
    act = {"id": _ID, "channel": "email", "decided": _AT, "expires": _AT}
    moment = {"id": _ID, "at": _AT, "key": key or None, "late_ms": 0, "values": _values(signal)}
    run = {
        "id": _ID, "journey": journey["name"], "version": journey["version"], "key": key, "moment": moment,
        "entered": _AT, "until": _AT, "visits": {step["id"]: 1 for step in journey["steps"]},
        "acts": [{**act, "step": step["id"]} for step in sends], "step": TEXT, "since": _AT, "due": _AT, "sent": _AT,
    }  # fmt: skip
    run |= {"vars": variables} if variables else {}
    return _size({_ID: run}) + _size([_AT, 999, f"r:{_ID}"])


def of_customer(plan: Json) -> Json:
    """Bytes of what is kept once a customer: the head with the whole profile, and each remembered event mark."""
    profile = {name: [_AT, TEXT * 2] for name in plan["workspace"]["profile"]}
    consent = {f"{purpose}|*": [_AT, True] for purpose in plan["workspace"]["purposes"]}
    head = {"v": 1, "clock": _AT, "wakes": [[_AT, 9_999, "f"]], "seen": {}, "sig": {}, "runs": {}}
    arms = {
        f"{journey['name']}/{step['id']}": max((arm["name"] for arm in step["arms"]), key=len)
        for journey in plan["journeys"]
        for step in journey["steps"]
        if step["kind"] == "experiment"
    }
    head |= {"arms": arms} if arms else {}
    return {
        "bytes": _size({**head, "profile": profile, "consent": consent}),
        "bytes_each_touchpoint": 14,
        "kept_ms": plan["workspace"]["dedup_horizon_ms"],
    }


def of_everything(plan: Json) -> Json:
    """`bytes`: a customer in every signal and every journey at once. `bytes_most`: one at every limit (engine/room.py).

    Both with texts of usual length. At most, all runs are of the largest kind, and keys that are remembered for ever or
    for a time are as many as are kept.
    """
    customer = of_customer(plan)
    signals = [(one, estimate) for one in plan["signals"] if (estimate := of_signal(plan, one))]
    runs = [of_run(plan, journey) for journey in plan["journeys"]]
    usual = customer["bytes"] + sum(estimate.bytes_for(estimate.assumed) for _, estimate in signals) + sum(runs)
    mark = customer["bytes_each_touchpoint"]
    keyed = [one for one in plan["journeys"] if one["per"] and one["enter"]["again"]["per"] == "key"]
    memory = sum(estimate.bytes_for(estimate.most) * (room.KEYS if one["per"] else 1) for one, estimate in signals)
    most = customer["bytes"] + memory + room.EVENTS * mark
    most += (plan["workspace"]["limits"]["open_runs"] + room.ENDED_RUNS) * max(runs, default=0)
    most += room.ENTRIES * _size([TEXT, _AT]) * len(keyed)
    most += room.CONSENTS * _size({f"{TEXT}|{TEXT}": [_AT, True]})
    most += room.TIMES * _size([_AT, TEXT, TEXT, _ID]) if plan["workspace"].get("caps") else 0
    return {"bytes": usual + mark * USUAL_TOUCHPOINTS, "bytes_most": most}


def _absence(workspace: Json, signal: Json) -> Estimate:
    each = _size([_AT, _MARK, _read(signal)]) + 1
    waiting_or_fired = max(_size([_AT, _AT, _ID]) + 1, _wake(signal))
    kept_ms = signal["within_ms"] + workspace["late_horizon_ms"]
    fixed = _keyed(signal, {"s": [], "u": [], "m": [], "f": []}) + waiting_or_fired
    return Estimate(fixed, each, 3, workspace["limits"]["events_per_key"], kept_ms)


def _score(workspace: Json, signal: Json) -> Estimate:
    usual = max(sum(point["add"] for point in signal["points"]) // max(len(signal["points"]), 1), 1)
    needed = -(-signal["at_least"] // usual)
    most = workspace["limits"]["events_per_key"] + signal["at_least"]
    kept_ms = signal["window_ms"] + workspace["late_horizon_ms"]
    fixed = _keyed(signal, {"p": []}) + (_wake(signal) if signal["settle"] else 0)
    return Estimate(fixed, _size([_AT, _MARK, usual]) + 1, needed, most, kept_ms, fired=_size({"off": 1, "last": _AT}))


def _count(workspace: Json, signal: Json) -> Estimate:
    each = [_AT, _MARK, _read(signal), *([TEXT] if signal["distinct"] else [])]
    most = workspace["limits"]["events_per_key"] + signal["at_least"]
    kept_ms = signal["window_ms"] + workspace["late_horizon_ms"]
    fixed = _keyed(signal, {"p": []}) + (_wake(signal) if signal["settle"] else 0)
    return Estimate(fixed, _size(each) + 1, signal["at_least"], most, kept_ms, fired=_size({"off": 1, "last": _AT}))


def _profile(workspace: Json, signal: Json) -> Estimate:
    return Estimate(0, 0, 0, 0, 0)


def _date(workspace: Json, signal: Json) -> Estimate:
    return Estimate(_wake(signal) + 1, 0, 1, 1, None)


def _event(workspace: Json, signal: Json) -> Estimate:
    if not signal["settle"]:
        return Estimate(0, 0, 0, 0, 0)
    each = _size([_AT, _MARK, _read(signal)]) + 1
    return Estimate(
        _keyed(signal, {"p": []}) + _wake(signal), each, 1, workspace["limits"]["events_per_key"], workspace["bound_ms"]
    )


_SAMPLES: dict[str, Callable[[Json, Json], Estimate]] = {
    "absence": _absence,
    "count": _count,
    "date": _date,
    "event": _event,
    "profile": _profile,
    "score": _score,
}


def _keyed(signal: Json, empty: Json) -> int:
    """The signal's place in state with one key."""
    return _size({signal["name"]: {_key(signal): empty}})


def _wake(signal: Json) -> int:
    return _size([_AT, 0, f"s:{signal['name']}:{_key(signal)}"])


def _key(signal: Json) -> str:
    return TEXT if signal["per"] else ""


def _read(signal: Json) -> list[Any]:
    parts = (signal.get("collect") or {}).values()
    refs = [part.get("each") or part.get("sum") or part.get("value") for part in parts]
    return [_DECIMAL if ref[2] == "decimal" else TEXT for ref in refs if ref]


def _values(signal: Json) -> Json:
    parts = (signal.get("collect") or {}).items()
    return {name: [TEXT] * 3 if "each" in part else TEXT for name, part in parts} or {"score": 10}


def _size(value: Any) -> int:
    return len(orjson.dumps(value))
