"""Control records for engine tests, and plays under them."""

from __future__ import annotations

from typing import Any

from cjo.engine import Engine
from cjo.simulate.replay import Replay
from tests.engine.build import Outcome, at

Record = dict[str, Any]


def control(kind: str, minutes: float, journey: str = "win-back", revision: int = 1) -> Record:
    """pause, resume or stop of one journey, or of `*`."""
    return {"kind": kind, "name": f"control/{journey}", "revision": revision, "effective_at_ms": at(minutes)}


def publish(minutes: float, *specs: dict[str, Any], **more: Any) -> Record:
    """The definitions `specs` from then on."""
    first = specs[0]
    fragment = {
        "signals": [one for one in specs if "kind" in one],
        "journeys": [one for one in specs if "kind" not in one],
        "templates": {},
    }
    kind = "signal" if "kind" in first else "journey"
    identity = {"kind": "publish", "name": f"{kind}/{first['name']}", "revision": first["revision"]}
    return {**identity, "effective_at_ms": at(minutes), "plan": fragment, **more}


def remove(minutes: float, name: str, revision: int = 2) -> Record:
    return {"kind": "remove", "name": name, "revision": revision, "effective_at_ms": at(minutes)}


def engine(plan_: dict[str, Any], controls: list[Record]) -> Engine:
    made = Engine(plan_)
    for record in controls:
        assert made.publish(record)
    return made


def play(
    plan_: dict[str, Any],
    controls: list[Record],
    rows: list[dict[str, Any]],
    until_minutes: float | None = None,
    subject: str = "c1",
) -> Outcome:
    """Feed the rows in this order under these controls, then let time pass."""
    replay = Replay(engine(plan_, controls))
    until_ms = None if until_minutes is None else at(until_minutes)
    return Outcome([effect for _, effect in replay.run(((subject, row) for row in rows), until_ms)], replay)
