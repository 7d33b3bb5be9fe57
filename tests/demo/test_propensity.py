"""The propensity model that is shipped: made by the code that is here, from what it says, and as good as it says."""

from __future__ import annotations

import json
import math
import random
from decimal import Decimal

import pytest

from cjo.compile import compile_workspace
from cjo.demo.ledger.mortgage_advice import LIKELY, probability
from cjo.demo.parts import advice
from cjo.demo.propensity import cases, fit, quality, report
from cjo.demo.shape import Shape
from cjo.resources import data_dir
from tests.demo.replayed import replayed, small_world

FOLDER = data_dir("journeys") / cases.JOURNEY


@pytest.fixture(scope="module")
def made():
    return report.model()


def test_the_shipped_model_and_its_figures_are_what_the_training_makes_byte_for_byte(made):
    page = (FOLDER / "README.md").read_text(encoding="utf-8")

    assert (FOLDER / cases.MODEL).read_text(encoding="utf-8") == report.file_text(made)
    assert report.with_figures(page, made) == page


def test_it_is_better_than_the_points_and_says_the_truth_on_average(made):
    found = made["quality"]

    assert found["auc_95"][0] > found["baseline"]["auc_95"][1] > 0.5
    full = [row for row in found["calibration"] if row["customers"] >= 100]
    assert len(full) >= 5
    for row in full:
        spread = math.sqrt(row["told"] * (1 - row["told"]) / row["customers"])
        assert abs(row["told"] - row["booked"]) < 4 * spread, row


def test_nobody_is_in_both_parts_and_no_feature_looks_at_the_outcome():
    counted = cases.features()
    found = cases.cases(3, 400, counted)

    assert len({case.customer for case in found}) == len(found) > 200
    assert {match["type"] for feature in counted for match in feature.matches} == {
        "page_viewed", "calculator_used", "branch_visited",
    }  # fmt: skip


def test_a_case_knows_nothing_of_what_comes_after_it():
    """Without what happened after the cases' time, features are the same."""
    counted, shape = cases.features(), Shape(end_ms=1_763_900_000_000, seed=3, customers=50, touchpoints=10**9, days=28)
    stories = {}
    for touch in advice.PART.tell(shape, 10**9):
        stories.setdefault(touch.subject, []).append(touch)
    for story in stories.values():
        at_ms = story[len(story) // 2].at_ms
        until = [touch for touch in story if touch.at_ms <= at_ms]
        assert list(cases._values(counted, story, at_ms)) == list(cases._values(counted, until, at_ms))


def test_features_of_the_training_are_those_of_the_moments():
    """What the engine says of customers of the demo's week is what the model's file says of them, worked out apart."""
    world = small_world(7, small_share=0.05)
    output, _ = replayed(world, world.shape.end_ms)
    stories = {}
    for touch in world.touches:
        if (
            touch.type in ("page_viewed", "calculator_used", "branch_visited")
            and touch.attribute("topic") == "mortgage"
        ):
            stories.setdefault(touch.subject, []).append(touch)
    moments = [moment for moment in output.moments if moment["signal"] == LIKELY]

    assert len(moments) > 20
    for moment in moments:
        known = [touch for touch in stories[moment["subject"]] if touch.at_ms <= moment["at"]]
        assert abs(
            Decimal(moment["values"]["probability"]) - Decimal(str(probability(known, moment["at"])))
        ) <= Decimal("0.000001")


def test_the_signal_uses_the_model_as_it_is_in_the_file():
    (signal,) = (one for one in compile_workspace(data_dir("journeys"))["signals"] if one["name"] == LIKELY)
    model = json.loads((FOLDER / cases.MODEL).read_text(encoding="utf-8"))

    for feature in signal["features"]:
        term = model["features"][feature["name"]]
        assert float(feature["weight"]) == pytest.approx(term["coefficient"] / term["scale"], abs=1e-11)
    shift = sum(term["coefficient"] * term["mean"] / term["scale"] for term in model["features"].values())
    assert float(signal["intercept"]) == pytest.approx(model["intercept"] - shift, abs=1e-10)


def test_a_regression_finds_the_law_that_made_its_cases():
    chance, rows, outcomes = random.Random(5), [], []
    for _ in range(4_000):
        row = (chance.gauss(3, 2), chance.random() * 10)
        rows.append(row)
        outcomes.append(chance.random() < 1 / (1 + math.exp(-(-2 + 0.8 * row[0] - 0.3 * row[1]))))

    found = fit.fit(rows, outcomes)

    slopes = [coefficient / scale for coefficient, scale in zip(found.coefficients, found.scales, strict=True)]
    assert slopes == pytest.approx([0.8, -0.3], abs=0.06)
    told = math.fsum(found.probability(row) for row in rows)
    assert told == pytest.approx(sum(outcomes), rel=0.01)


def test_a_column_that_is_always_the_same_does_no_harm():
    found = fit.fit([(1.0, float(n)) for n in range(20)], [n > 9 + n % 3 for n in range(20)])

    assert found.coefficients[0] == 0.0


def test_the_auc_is_the_share_of_pairs_in_the_right_order():
    chance = random.Random(2)
    numbers = [chance.randrange(8) for _ in range(80)]
    outcomes = [chance.random() < number / 10 for number in numbers]
    pairs = [(a, b) for a, yes in zip(numbers, outcomes, strict=True) if yes
             for b, other in zip(numbers, outcomes, strict=True) if not other]  # fmt: skip
    expected = sum(1.0 if a > b else 0.5 if a == b else 0.0 for a, b in pairs) / len(pairs)

    assert quality.auc(numbers, outcomes) == pytest.approx(expected)
    low, high = quality.auc_interval(expected, sum(outcomes), 80 - sum(outcomes))
    assert low < expected < high


def test_a_threshold_chooses_those_who_reach_it_and_a_table_counts_everybody():
    numbers, outcomes = [0.05, 0.5, 0.7, 0.95, 1.0], [True, False, True, True, False]

    assert quality.at_threshold(numbers, outcomes, 0.7) == {
        "at_least": 0.7, "chosen": 3, "precision": 0.667, "recall": 0.667,
    }  # fmt: skip
    table = quality.calibration(numbers, outcomes)
    assert [(row["from"], row["customers"], row["booked"]) for row in table] == [
        (0.0, 1, 1.0), (0.5, 1, 0.0), (0.7, 1, 1.0), (0.9, 2, 0.5),
    ]  # fmt: skip
