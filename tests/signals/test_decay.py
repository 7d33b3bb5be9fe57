"""S1, S3, F4: a score whose points count less with age: weights, crossings, bounds, and what is refused."""

from __future__ import annotations

import random
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import orjson
import pytest

from cjo.compile import compile_workspace
from cjo.engine.ids import digest
from cjo.insight.explain import of_signal
from cjo.signals.score.decay import ONE, REST_MAX, WIDTH, Decay, as_decimal
from cjo.spec.problems import SpecErrors
from tests.engine.build import DAY, MINUTE, at, plan, play, score, tp
from tests.signals.kinds import score as reference
from tests.spec import workspaces

LIMITS = {"open_runs": 20, "events_per_key": 5, "steps_per_input": 100, "run_ms_max": DAY}


def fading(half_life_minutes: float = 10, **change):
    return score(half_life_ms=round(half_life_minutes * MINUTE), **{"at_least": 4, **change})


def fired(found):
    return [(moment["at"], moment["values"]["score"]) for moment in found.moments]


def test_a_weight_is_half_to_the_age_in_half_lives_to_a_billionth():
    chance = random.Random(4)
    for half_life in (1, 7, 999, 60_000, 3 * DAY, 366 * DAY):
        decay = Decay(half_life)
        ages = [0, half_life, 2 * half_life, *(chance.randrange(20 * half_life + 1) for _ in range(300))]
        assert [Fraction(decay.weight(age), ONE) for age in ages] == [reference._weight(age, half_life) for age in ages]
    assert [Decay(1_000).weight(age) for age in (0, 1_000, 9_000, 10_000, 11_000)] == [
        1_000_000_000, 500_000_000, 1_953_125, 976_562, 488_281,
    ]  # fmt: skip


def test_weights_are_the_same_wherever_they_are_worked_out():
    """A digest of a hundred thousand weights: another machine's mathematics would change it."""
    chance, decay = random.Random(11), Decay(3 * DAY)
    made = digest(*(decay.weight(chance.randrange(60 * DAY)) for _ in range(100_000)))

    assert made == "9b8b90758d682e7eb03be57685c08651"


@pytest.mark.interpreted
def test_weights_near_the_middle_of_two_billionths_do_not_hang_on_a_float(monkeypatch):
    """Every weight worked out exactly is the one that the float gives, or gave up on."""
    exact, chance = [], random.Random(3)
    monkeypatch.setattr(
        Decay, "_exactly", lambda self, age, known=Decay._exactly: exact.append(age) or known(self, age)
    )
    decay = Decay(86_399_999)
    for _ in range(20_000):
        decay.weight(chance.randrange(20 * 86_399_999))

    assert 5 < len(exact) < 400


def test_an_early_answer_is_the_answer_of_the_whole_sum():
    chance = random.Random(9)
    for _ in range(2_000):
        now, decay = chance.randrange(100_000), Decay(chance.choice([1_000, 5_000, 30_000]))
        times = sorted(chance.randrange(now + 1) for _ in range(chance.randrange(9)))
        points = [value for time in times for value in (time, "", chance.choice([0, 1, 2, 5]))]
        whole = decay.total(points, now)
        for least in (max(whole - 1, 1), max(whole, 1), whole + 1, 3 * ONE):
            assert decay.reached(points, now, least) == (whole >= least)


@pytest.mark.parametrize("settle", [False, True])
def test_s1_the_score_fades_and_fires_on_the_crossing_alone(settle):
    rows = [tp("calculator_used", 0), tp("page_viewed", 10), tp("page_viewed", 10.5), tp("calculator_used", 11)]

    assert fired(play(plan(fading(settle=settle)), rows)) == [(at(11), "6.298")]


@pytest.mark.parametrize("settle", [False, True])
def test_s1_a_faded_score_re_arms_though_its_points_are_still_in_the_window(settle):
    rows = [tp("calculator_used", minute) for minute in (0, 1, 2, 20, 21)]

    assert fired(play(plan(fading(settle=settle, window_ms=100 * MINUTE)), rows)) == [
        (at(1), "5.799"), (at(20), "5.415"),
    ]  # fmt: skip


def test_s1_a_faded_score_stays_silent_for_its_cooldown():
    rows = [tp("calculator_used", minute) for minute in (0, 1, 20, 21, 61, 61)]

    assert [moment["at"] for moment in play(plan(fading(cooldown_ms=60 * MINUTE)), rows).moments] == [at(1), at(61)]


def test_t3_exactly_the_threshold_is_reached():
    rows = [tp("page_viewed", 0), tp("page_viewed", 0), tp("calculator_used", 10)]

    assert fired(play(plan(fading()), rows)) == [(at(10), "4.000")]
    assert fired(play(plan(fading()), [rows[0] | {"at": at(-0.001)}, *rows[1:]])) == []


def test_t4_a_late_point_counts_where_it_happened():
    rows = [tp("page_viewed", 0), tp("page_viewed", 40), tp("calculator_used", 0.5)]

    (moment,) = play(plan(fading(at_least=3)), rows).moments

    assert (moment["at"], moment["values"]["score"]) == (at(0.5), "3.965")
    assert moment["late_ms"] == 39.5 * MINUTE


def test_s3_a_settled_score_is_the_same_in_every_order_within_the_bound():
    spec, chance = fading(0.05, settle=True, window_ms=MINUTE, at_least=3), random.Random(5)
    rows = [tp(chance.choice(["page_viewed", "calculator_used"]), chance.randrange(90) / 60) for _ in range(40)]
    log = sorted(rows, key=lambda row: row["at"])
    first = play(plan(spec), log).moments
    for _ in range(20):
        arrived = sorted(log, key=lambda row: row["at"] + chance.randrange(5_000))
        assert [(m["moment_id"], m["values"]) for m in play(plan(spec), arrived).moments] == [
            (m["moment_id"], m["values"]) for m in first
        ]
    assert len(first) > 3


def test_f4_a_faded_score_that_lacks_points_says_so():
    spec = fading(at_least=8, settle=True, window_ms=120 * MINUTE)
    rows = [tp("page_viewed", number / 50) for number in range(100)]

    found = play(plan(spec, limits=LIMITS), rows)

    assert [moment["values"].get("truncated") for moment in found.moments] == [None]
    log = [*rows, *(tp("page_viewed", 20 + 2.5 * number) for number in range(17)), *_later(rows, 65)]
    again = play(plan(spec, limits=LIMITS), log).moments
    assert [moment["values"].get("truncated") for moment in again] == [None, True, True, True, True]
    assert [moment["at"] for moment in again] == [when for when, _ in reference.expected(spec, "c1", log).values()]


@pytest.mark.parametrize("settle", [False, True])
def test_f4_what_is_no_longer_remembered_still_fades_and_no_moment_is_repeated_for_want_of_room(settle):
    """In order, with room for those that wait: fires when the reference does, which remembers everything."""
    chance, spec = random.Random(21), fading(0.05, window_ms=MINUTE, settle=settle)
    cut = fires = 0
    for _ in range(300):
        spec["at_least"], rows, minutes = chance.randrange(2, 9), [], 0.0
        for _ in range(40):
            minutes += chance.choice([0, 0.0313, 0.0317, 0.0539, 0.0751, 0.4])
            rows.append(tp(chance.choice(["page_viewed", "calculator_used"]), minutes))
        waiting = max(sum(1 for row in rows if one["at"] <= row["at"] <= one["at"] + 5_000) for one in rows)
        moments = play(plan(spec, limits=LIMITS | {"events_per_key": waiting}), rows).moments
        expected = list(reference.expected(spec, "c1", rows).values())
        assert [moment["at"] for moment in moments] == [when for when, _ in expected]
        for moment, (_, values) in zip(moments, expected, strict=True):
            assert 0 <= Decimal(moment["values"]["score"]) - Decimal(values["score"]) < Decimal("0.002")
        cut += sum(1 for moment in moments if moment["values"].get("truncated"))
        fires += len(moments)
    assert 0 < cut < fires


def test_f4_memory_of_a_flood_is_bounded_and_readable():
    rows = [tp("calculator_used", number / 60_000) for number in range(3_000)]

    found = play(plan(score(half_life_ms=MINUTE, at_least=4), limits=LIMITS, dedup_horizon_ms=1), rows, until_minutes=0)

    assert len(found.moments) == 1
    memory = orjson.loads(found.replay.states["c1"])["sig"]["engaged"]
    assert len(memory["p"]) == 9 * WIDTH and memory["rest"] < REST_MAX


def _later(rows, minutes):
    return [tp(row["type"], minutes + number / 50) for number, row in enumerate(rows)]


def test_the_score_of_a_moment_is_cut_off_and_never_shows_more_than_there_is():
    assert [as_decimal(total) for total in (4 * ONE, 3_999_999_999, 12_345_678_901)] == ["4.000", "3.999", "12.345"]


SCORES = """signals:
  warm: {{kind: score, points: [{{on: page_viewed, add: 2}}, {{on: product_added, add: {add}}}], at_least: 3,
         window: {window}, decay: {{half_life: {half_life}}}}}
"""


def problems(tmp_path: Path, **how):
    text = SCORES.format(**{"add": 1, "window": "7 days", "half_life": "3 days", **how})
    with pytest.raises(SpecErrors) as caught:
        compile_workspace(workspaces.write(tmp_path, journey=text, template=None))
    return [(problem.code, problem.message, problem.hint) for problem in caught.value.problems]


def test_points_that_fade_are_never_negative(tmp_path):
    ((code, message, hint),) = problems(tmp_path, add=-1)

    assert code == "CJO-E013"
    assert "-1 points would fade" in message and "without `decay`" in hint


def test_a_window_of_more_than_twenty_half_lives_is_refused(tmp_path):
    ((code, message, hint),) = problems(tmp_path, half_life="8 hours", window="7 days")

    assert (code, message) == ("CJO-E013", "expected at most 20 half-lives (6 days 16 hours), got 7 days")
    assert "shorten the window" in hint


def test_a_half_life_is_a_length_of_time(tmp_path):
    ((code, _, _),) = problems(tmp_path, half_life="0 days")

    assert code == "CJO-E014"


def test_a_journey_compares_the_faded_score_as_a_decimal(tmp_path):
    text = SCORES.format(add=1, window="7 days", half_life="3 days") + (
        "---\njourney: warm-up\nowner: shop\npurpose: marketing\n"
        "enter: {on: warm, where: moment.score >= 3.5}\nsteps: [{done: {exit: over}}]\n"
    )
    made = compile_workspace(workspaces.write(tmp_path, journey=text))

    assert made["signals"][0]["half_life_ms"] == 3 * DAY
    assert made["journeys"][0]["enter"]["where"][1] == ["moment", "score", "decimal"]
    assert of_signal(made["signals"][0])[1] == (
        "A point counts half after 3 days, a quarter after twice that, and so on."
    )


def test_a_score_without_decay_is_compiled_as_ever(tmp_path):
    text = "signals:\n  plain: {kind: score, points: [{on: page_viewed, add: 2}], at_least: 3, window: 1 day}\n"

    assert "half_life_ms" not in compile_workspace(workspaces.write(tmp_path, journey=text))["signals"][0]
