"""Estimates of state against the state that the engine really keeps."""

from __future__ import annotations

import orjson
import pytest

from cjo.avro.rows import row_of
from cjo.compile import compile_workspace
from cjo.engine import Engine, room
from cjo.engine.signals import build_signal
from cjo.insight import memory
from cjo.resources import data_dir
from cjo.simulate.replay import Replay
from tests.demo.replayed import small_world
from tests.engine import build, test_room
from tests.engine.build import reachable, tp

VIEWS = build.predict()["features"][:1]
ROW = {"basket_id": "basket-1", "product_id": "product1", "amount": "12.5000"}


def kept(plan: dict, rows: list[dict]) -> dict:
    """State of a customer after these rows."""
    replay = Replay(Engine(plan))
    for row in rows:
        replay.take("c1", row)
    return orjson.loads(replay.states["c1"])


def real_bytes(state: dict, signal: str) -> int:
    """What a signal's memory and its wake-ups take in a customer's state."""
    wakes = [wake for wake in state["wakes"] if wake[2].startswith(f"s:{signal}:")]
    return len(orjson.dumps({signal: state["sig"][signal]})) + sum(len(orjson.dumps(wake)) for wake in wakes)


def remembered(signal: dict, accumulator: dict) -> int:
    """How many touchpoints an accumulator holds."""
    if signal["kind"] in ("count", "score"):
        return len(accumulator["p"]) // build_signal(signal, build.plan()["workspace"]).width
    spells = sum(len(spell[2]) for spell in accumulator.get("c", ()))
    of_features = sum(map(len, accumulator.get("x", {}).values()))
    return spells + of_features or len(accumulator.get("s") or accumulator.get("p") or accumulator.get("n") or ())


def near(estimate: int, real: int) -> bool:
    return real / memory.FACTOR <= estimate <= real * memory.FACTOR


@pytest.mark.parametrize("count", [1, 2, 3, 10, 50, 200, 260])
@pytest.mark.parametrize(
    "part",
    [
        build.absence(),
        build.score(at_least=1000),
        build.score(at_least=1),
        build.score(at_least=1000, half_life_ms=build.HOUR),
        build.predict(features=VIEWS, intercept="-1000"),
        build.predict(features=VIEWS, intercept="-4.9", settle=True),
        build.count(at_least=3),
        build.count(at_least=30, distinct=build.PRODUCT),
        build.inactivity(at_least=3),
        build.inactivity(collect=build.count()["collect"]),
        build.sequence(),
        build.session(gap_ms=1_000),
    ],
    ids=[
        "absence",
        "score",
        "fired",
        "fading",
        "unlikely",
        "likely",
        "count",
        "distinct",
        "inactivity",
        "inactivity with a sum",
        "sequence",
        "session",
    ],
)
def test_a_signal_costs_what_is_estimated(part: dict, count: int) -> None:
    plan = build.plan(part)
    kind = "page_viewed" if part["kind"] in ("score", "predict") else "product_added"
    rows = [tp(kind, number / 10, **{**ROW, "product_id": f"product{number % 10}"}) for number in range(count)]
    estimate = memory.of_signal(plan, part)
    assert estimate is not None
    real = real_bytes(kept(plan, rows), part["name"])
    assert near(estimate.bytes_for(count), real), (estimate.bytes_for(count), real)


@pytest.mark.parametrize("days", [1, 7, 36, 60])
@pytest.mark.parametrize("of", [None, build.AMOUNT])
def test_a_change_costs_a_total_a_day(of: list | None, days: int) -> None:
    part = build.change(of=of)
    rows = [tp("page_viewed", day * 1440, amount="12.5000") for day in range(days)]
    estimate = memory.of_signal(build.plan(part), part).bytes_for(days)
    real = real_bytes(kept(build.plan(part), rows), "fell")
    assert near(estimate, real), (estimate, real)


def test_a_date_costs_its_wake_up_and_a_profile_signal_nothing() -> None:
    day, change = build.date(), build.profile()
    plan = build.plan(day, change, profile=build.PROFILE)
    state = kept(plan, [tp("profile_updated", 0, attributes={"birth_date": "1990-05-01", "segment": "gold"})])
    estimates = [memory.of_signal(plan, part) for part in (day, change)]

    (wake,) = [wake for wake in state["wakes"] if wake[2] == "s:birthday:"]
    assert state["sig"] == {}
    assert [estimate and estimate.bytes_for(1) for estimate in estimates] == [len(orjson.dumps(wake)) + 1, 0]


def test_an_event_costs_nothing_unless_it_settles() -> None:
    at_once, settled = build.event(), build.event(settle=True)
    estimate = memory.of_signal(build.plan(at_once), at_once)
    assert estimate is not None
    assert estimate.bytes_for(5) == 0
    assert kept(build.plan(at_once), [tp("page_viewed", 0)])["sig"] == {}
    waiting = memory.of_signal(build.plan(settled), settled)
    assert waiting is not None
    real = real_bytes(kept(build.plan(settled), [tp("page_viewed", 0)]), "seen")
    assert near(waiting.bytes_for(1), real)


def test_an_open_run_costs_what_is_estimated() -> None:
    steps = [build.send("remind", next="pause"), build.wait("pause", 60, next="again")]
    steps += [build.send("again", next="rest"), build.wait("rest", 600, next=None)]
    made = build.journey("win-back", steps=steps)
    plan = build.plan(build.absence(), made)
    rows = [*reachable(), tp("product_added", 0, **ROW), tp("page_viewed", 40), tp("product_added", 300, **ROW)]
    replay = Replay(Engine(plan))
    for row in rows:
        replay.take("c1", row)
    for _ in replay.advance(build.at(250)):
        pass
    state = orjson.loads(replay.states["c1"])
    (run,) = state["runs"].values()
    assert len(run["acts"]) == 2
    wake = next(wake for wake in state["wakes"] if wake[2].startswith("r:"))
    real = len(orjson.dumps(state["runs"])) + len(orjson.dumps(wake))
    assert near(memory.of_run(plan, made), real), (memory.of_run(plan, made), real)


def test_the_shipped_signals_cost_what_is_estimated_for_the_customers_of_a_synthetic_week() -> None:
    plan = compile_workspace(data_dir("journeys"))
    world = small_world(3)
    replay = Replay(Engine(plan))
    for record in world.records():
        if record.bad is None:
            taken = row_of(record.touchpoint, record.timestamp_ms, plan["columns"])
            assert taken is not None
            replay.take(*taken)
    states = [orjson.loads(blob) for blob in replay.states.values()]
    for signal in plan["signals"]:
        estimate = memory.of_signal(plan, signal)
        if estimate is None or not estimate.most or signal["kind"] == "date":  # which remembers no touchpoints
            continue
        holding = [state for state in states if signal["name"] in state["sig"]]
        assert len(holding) > 50 or signal["name"] not in ("basket_abandoned", "high_mortgage_engagement")
        real = guessed = 0
        for state in holding:
            real += real_bytes(state, signal["name"])
            guessed += sum(estimate.bytes_for(remembered(signal, one)) for one in build.memories(state, signal))
        assert not holding or near(guessed, real), (signal["name"], guessed, real)


def test_no_customer_costs_more_than_all_limits_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small limits, and logs that reach every one of them, with texts of the length assumed."""
    for module, name, value in test_room.SMALL:
        monkeypatch.setattr(module, name, value)
        monkeypatch.setattr(room, name, value)
    monkeypatch.setattr(memory, "TEXT", "x" * test_room.TEXT)
    plan = test_room.everything()
    plan["workspace"]["purposes"] = ["marketing"]
    whole = memory.of_everything(plan)

    sizes = [len(replay_of(plan, test_room.hostile(seed))) for seed in range(12)]

    assert whole["bytes_most"] / 4 < max(sizes) < memory.FACTOR * whole["bytes_most"]
    assert whole["bytes"] < whole["bytes_most"]


def replay_of(plan: dict, rows: list[dict]) -> bytes:
    """State of a customer after these rows, as bytes."""
    replay = Replay(Engine(plan))
    for row in rows:
        replay.take("c1", row)
    return replay.states["c1"]


def test_the_page_of_limits_names_each_with_its_number() -> None:
    page = (data_dir("docs") / "reference" / "limits.md").read_text(encoding="utf-8")
    numbers = {name: value for name, value in vars(room).items() if isinstance(value, int)}
    assert numbers.keys() == {name for _, name, _ in test_room.SMALL}
    for name, value in numbers.items():
        assert f"| `{name}` | {value:,} " in page, name
    assert {name for name in room.COUNTERS if f"`{name}`" not in page} == set()
