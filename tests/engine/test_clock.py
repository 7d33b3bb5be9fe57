"""T2, T3: a clock for each subject, deadlines and ties."""

import random

import pytest

from cjo.engine import Engine
from cjo.simulate.replay import END_OF_TIME_MS, Replay
from tests.engine.build import (
    BOUND,
    PROFILE,
    SECOND,
    absence,
    at,
    branch,
    date,
    emit,
    event,
    experiment,
    journey,
    lit,
    plan,
    play,
    reachable,
    send,
    tp,
    types,
    until_local,
    update,
    wait,
)


def test_t3_a_purchase_at_exactly_the_deadline_is_inside_and_wins():
    found = play(plan(absence()), [tp("product_added", 0), tp("order_completed", 30)])

    assert found.moments == []


def test_t3_a_purchase_one_millisecond_after_the_deadline_comes_too_late_to_cancel():
    late = tp("order_completed", 30)
    late["at"] += 1

    found = play(plan(absence()), [tp("product_added", 0), late])

    assert [moment["at"] for moment in found.moments] == [at(30)]


def test_t3_an_event_after_a_pending_deadline_does_not_satisfy_it_though_it_is_handled_first():
    after = tp("order_completed", 30, at=at(30) + BOUND - 1)  # within the bound: comes before the wake-up

    found = play(plan(absence()), [tp("product_added", 0), after])

    assert len(found.moments) == 1


def test_t2_an_input_before_due_plus_bound_is_handled_before_the_wake_up():
    overtaken = [tp("product_added", 0), tp("page_viewed", 30, at=at(30) + BOUND - 1), tp("order_completed", 30)]

    found = play(plan(absence(), {**absence("other"), "start": types("page_viewed"), "per": None}), overtaken)

    assert [moment["signal"] for moment in found.moments] == ["other"]


def test_t2_an_input_that_moves_the_clock_to_due_plus_bound_finds_the_wake_up_done():
    rows = [tp("product_added", 0), tp("page_viewed", 30, at=at(30) + BOUND), tp("order_completed", 30)]

    found = play(plan(absence(), {**absence("other"), "start": types("page_viewed"), "per": None}), rows, 31)

    assert [moment["signal"] for moment in found.moments] == ["abandoned"]


def test_t2_a_wake_up_decides_as_of_its_due_time_however_late_it_runs():
    rows = [*reachable(), tp("product_added", 0), tp("product_added", 60 * 24 * 3, basket_id="b2")]

    found = play(plan(absence(), journey()), rows)

    assert [(action["decided_at"], action["not_before"]) for action in found.actions] == [
        (at(30), at(30)),
        (at(60 * 24 * 3 + 30), at(60 * 24 * 3 + 30)),
    ]


def test_t2_a_wait_that_a_wake_up_opens_sees_what_happened_after_its_due_time_but_was_handled_before():
    steps = [wait(minutes=60, until=[{"type": "product_viewed", "where": None, "match": "key", "then": "exit"}])]
    rows = [tp("product_added", 0), tp("product_viewed", 30, at=at(30) + 2 * SECOND)]

    found = play(plan(absence(), journey(steps=steps)), rows)

    assert found.reasons("move") == ["waiting", "wait_event"]
    assert [one["decided_at"] for one in found.of("decision")][-1] == at(30) + 2 * SECOND


@pytest.mark.parametrize("seed", range(60))
def test_t2_a_watermark_after_every_record_and_only_at_the_end_give_the_same_decisions(seed):
    log = disordered_log(seed)
    steps = [
        wait(minutes=3, until=[{"type": "product_added", "where": None, "match": "customer", "then": None}]),
        {"id": "remind", "kind": "send", "channels": ["email"], "template": "hello", "with": {}, "expires_ms": 60_000},
    ]
    wanted = plan(
        absence(within_ms=2 * 60_000),
        absence("kept", within_ms=3 * 60_000, on_repeat="keep"),
        {**absence("score"), "kind": "score", "points": [{"type": "page_viewed", "where": None, "add": 2}],
         "at_least": 5, "window_ms": 120_000, "cooldown_ms": None, "settle": seed % 2 == 0, "per": None},
        journey(steps=steps, goal={"name": "g", "on": types("order_completed"), "within_ms": 600_000, "value": None}),
        journey("two", on="score", steps=[wait(minutes=1), *steps]),
    )  # fmt: skip

    often, once = Replay(Engine(wanted)), Replay(Engine(wanted))
    by_record = _by_subject(_watermarked(often, log))
    at_end = _by_subject(once.run(log))

    assert by_record == at_end
    assert any(kind == "moment" for effects in at_end.values() for kind, _ in effects)


@pytest.mark.parametrize("seed", range(60))
def test_t2_the_same_holds_for_every_kind_of_step(seed):
    log = disordered_log(seed, changes=True)
    once, often = (Replay(Engine(every_step())) for _ in range(2))

    at_end = _by_subject(once.run(log))
    assert _by_subject(_watermarked(often, log)) == at_end

    reasons = {record["reason"] for effects in at_end.values() for kind, record in effects if kind == "decision"}
    assert {"updated", "spread", "emitted", "arm_assigned"} <= reasons
    assert once.states == often.states


def test_t2_the_logs_of_the_property_bring_about_every_kind_of_decision_of_the_steps():
    reasons = set()
    for seed in range(60):
        effects = Replay(Engine(every_step())).run(disordered_log(seed, changes=True))
        reasons |= {record["reason"] for _, (kind, record) in effects if kind == "decision"}

    assert reasons >= {
        "branch_taken", "branch_else", "updated", "spread", "sent", "no_consent", "emitted", "arm_assigned", "arm_kept",
        "waiting", "wait_over", "wait_event", "wait_past", "exit_event", "suppressed",
    }  # fmt: skip


def every_step():
    """A plan whose runs pass all kinds of step, in loops, while profile, consent and zone change."""
    tries, minute = ["run", "tries", "int"], 60_000
    comes = {"type": "product_added", "where": None, "match": "customer", "then": None}
    dear = [
        "and",
        [">=", ["moment", "total", "decimal"], lit("20", "decimal")],
        ["!=", ["profile", "tier", "string"], lit("x")],
    ]
    soon = {"of": ["moment", "at", "timestamp"], "add_ms": 3 * minute}
    local = until_local("local", minute=(at(0) // minute + 4) % (24 * 60))
    steps = [
        update("note", tries=("int", ["+", ["coalesce", tries, lit(0, "int")], lit(1, "int")])),
        branch("which", (dear, "soon"), (["=", ["outcome", "voucher", "string"], lit("ten")], "tell-crm")),
        experiment("voucher", none=(50, None), ten=(50, "remind")),
        wait("pause", minutes=1, until=[comes]),
        send("remind", spread_ms=2 * minute, expires_ms=minute, until=[comes]),
        emit("tell-crm"),
        {"id": "soon", "kind": "wait", "time": soon, "until": [], "timeout_then": None},
        {**local, "until": [comes]},
        branch("again", (["<", tries, lit(3, "int")], "note"), otherwise="exit"),
    ]
    zones = {"time_zone": "string", "tier": "string", "email": "string"}
    return plan(
        absence(within_ms=2 * minute),
        event("seen"),
        journey(steps=steps),
        journey(
            "two",
            on="seen",
            steps=[step for step in steps if step["id"] != "note"][:-1],
            exit=types("order_completed"),
            priority=50,
        ),
        profile=zones,
    )


def disordered_log(seed, changes=False):
    """Ties, gaps, duplicates, and disorder within the bound, of three customers; `changes`: of profile and consent."""
    random.seed(seed)
    rows, minute = [], 0.0
    for _ in range(120):
        minute += random.choice([0, 0, 0.01, 0.05, 0.3, 1.0, 2.0])
        kind = random.choice(["product_added", "product_added", "page_viewed", "order_completed", "product_removed"])
        row = tp(kind, round(minute, 2), basket_id=random.choice(["b1", "b2"]), amount="10.0000")
        if kind == "page_viewed" and changes and random.random() < 0.5:
            kind, attributes = _change()
            row = tp(kind, 0, at=row["at"], attributes=attributes)
        rows.append((f"c{random.randrange(3)}", row))
    rows.extend(random.sample(rows, 8))
    arrival = [(row["at"] + random.randrange(BOUND), number) for number, (_, row) in enumerate(rows)]
    return [rows[number] for _, number in sorted(arrival)]


def _change():
    purpose = {"purpose": "marketing"}
    return random.choice(
        [
            ("profile_updated", {"tier": random.choice(["x", "y"]), "email": random.choice(["a@example.org", ""])}),
            ("profile_updated", {"time_zone": random.choice(["Europe/Zurich", "Asia/Kathmandu", "nowhere"])}),
            ("consent_given", purpose),
            ("consent_given", purpose),
            ("consent_withdrawn", purpose),
            ("customer_unsuppressed", {}),
            ("customer_suppressed", {}) if random.random() < 0.3 else ("consent_given", purpose),
        ]
    )


def _watermarked(replay, log):
    greatest = 0
    for subject, row in log:
        for effect in replay.take(subject, row):
            yield subject, effect
        greatest = max(greatest, row["at"])
        yield from _flat(replay.advance(greatest - BOUND - 1))
    yield from _flat(replay.advance(END_OF_TIME_MS))


def _flat(found):
    for subject, effects in found:
        for effect in effects:
            yield subject, effect


def _by_subject(effects):
    found = {}
    for subject, effect in effects:
        found.setdefault(subject, []).append(effect)
    return found


def test_a_replay_ends_although_birthdays_come_round_for_ever():
    row = tp("profile_updated", 0, attributes={"birth_date": "1990-01-01"})

    assert len(play(plan(date(), profile=PROFILE), [row]).moments) == 1


def test_t2_what_is_forgotten_and_when_does_not_hang_on_what_moved_time():
    """Time that the watermark moved before the second touchpoint, or that this moved itself."""
    rows = [tp("page_viewed", 0), tp("page_viewed", 20 * 24 * 60)]
    by_watermark, by_clock = Replay(Engine(plan(event()))), Replay(Engine(plan(event())))
    for row in rows:
        list(by_watermark.advance(row["at"] - BOUND - 1))
        by_watermark.take("c1", row)
        by_clock.take("c1", row)

    assert by_watermark.states == by_clock.states
