"""S4, R7: a job that is stopped and resumed with what holds now decides as one that goes on under control records."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from cjo.engine import Engine
from cjo.engine.beside import beside
from cjo.simulate.replay import Replay
from cjo.submission.control import halting, numbered
from cjo.submission.running import base_of
from tests.engine.build import at
from tests.engine.test_clock import _by_subject, disordered_log, every_step

Record = dict[str, Any]


def changed(plan: dict[str, Any]) -> dict[str, Any]:
    """Both journeys wait longer, and runs move to it."""
    other = copy.deepcopy(plan)
    for spec in other["journeys"]:
        spec |= {"version": "j2", "migrate": {"steps": {"pause": "pause"}, "wakes": "recompute"}}
        next(step for step in spec["steps"] if step["id"] == "pause")["for_ms"] *= 3
    return other


def engine(plan: dict[str, Any], known: list[Record]) -> Engine:
    made = Engine(plan)
    for record in known:
        if (added := beside(plan, record)) is not None:
            made.publish(added)
    return made


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("share", [None, 500_000])
@pytest.mark.parametrize("stopped", [10, 24, 26, 40])
def test_s4_where_the_job_was_stopped_in_between_cannot_be_seen(seed: int, share: int | None, stopped: int) -> None:
    log = disordered_log(seed, changes=True)
    first, submitted = numbered(every_step(), [])
    shares = None if share is None else {"win-back": share, "two": share}
    _, published = numbered(changed(first), submitted, at(25), shares)
    known = [*submitted, *published, halting("pause", "two", [], at(28))]
    stop = next(place for place, (_, row) in enumerate(log) if row["at"] >= at(stopped))

    on_and_on = _by_subject(Replay(engine(first, known)).run(log))
    replay = Replay(engine(first, known))
    effects = [(subject, effect) for subject, row in log[:stop] for effect in replay.take(subject, row)]
    replay.engine = engine(base_of(changed(first), known), known)
    effects += [(subject, effect) for subject, row in log[stop:] for effect in replay.take(subject, row)]
    effects += [(subject, one) for subject, found in replay.advance(at(100_000)) for one in found]

    assert _by_subject(effects) == on_and_on


def test_r2_the_logs_of_the_property_bring_about_moves_pauses_and_both_versions() -> None:
    first, submitted = numbered(every_step(), [])
    _, published = numbered(changed(first), submitted, at(25))
    known = [*submitted, *published, halting("pause", "two", [], at(28))]
    decided = [
        one
        for seed in range(12)
        for _, (kind, one) in Replay(engine(first, known)).run(disordered_log(seed, changes=True))
        if kind == "decision"
    ]

    assert {"migrated", "journey_paused", "sent"} <= {one["reason"] for one in decided}
    assert len({one["journey_version"] for one in decided}) == 2
