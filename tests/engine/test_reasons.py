"""Every reason code is shown by a test: what the table says can happen has been seen to happen."""

from __future__ import annotations

from pathlib import Path

from cjo.engine import Engine
from cjo.reasons import REASONS
from tests.engine import build
from tests.engine.build import play, reachable, tp


def test_every_reason_is_expected_by_a_test_of_the_engine() -> None:
    tests = Path(__file__).parents[1]
    found = [path for name in ("engine", "scenarios") for path in (tests / name).glob("test_*.py")]
    texts = "".join(path.read_text() for path in found)
    assert [code for code in REASONS if f'"{code}"' not in texts] == []


def test_a_run_that_comes_to_an_exit_says_what_its_author_called_it() -> None:
    made = build.journey(steps=[build.send(), build.leave()])
    out = play(build.plan(build.absence(), made), [*reachable(), tp("product_added", 0)], 100)
    (end,) = [one for one in out.of("decision") if one["kind"] == "end"]
    assert (end["reason"], end["inputs"]) == ("exit_step", {"said": "finished"})


def test_a_run_whose_step_is_in_no_plan_any_more_ends() -> None:  # R2
    before = build.plan(build.absence(), build.journey(steps=[build.send(), build.wait("pause", 600)]))
    after = build.plan(build.absence(), build.journey(version="j2", steps=[build.send()]))
    state = None
    engine = Engine(before)
    for row in (*reachable(), tp("product_added", 0), tp("page_viewed", 60), tp("order_placed", 61)):
        state = engine.on_input(state, "c1", row).state
    state = engine.on_time(state, "c1", build.at(100)).state
    assert state is not None
    assert [run["step"] for run in state["runs"].values()] == ["pause"]
    done = Engine(after).on_time(state, "c1", build.at(10_000))
    assert [record["reason"] for kind, record in done.effects if kind == "decision"] == ["step_removed"]
