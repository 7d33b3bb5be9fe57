"""S1, S2, S3, T1, T3, T4, F4: a model's probability: features, crossings, the profile as of then, bounds."""

from __future__ import annotations

import json
import os
import random
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cjo.compile import compile_workspace
from cjo.engine.ids import digest
from cjo.engine.signals import base
from cjo.insight.explain import of_signal
from cjo.signals.predict.logistic import Logistic, as_decimal
from cjo.spec.problems import SpecErrors
from tests.engine.build import (
    BASKET,
    BOUND,
    DAY,
    HOUR,
    MINUTE,
    PROFILE,
    absence,
    at,
    count,
    plan,
    play,
    predict,
    sequence,
    step,
    tp,
    types,
)
from tests.signals.kinds import predict as reference
from tests.signals.logs import logs
from tests.spec import workspaces

LIMITS = {"open_runs": 20, "events_per_key": 5, "steps_per_input": 100, "run_ms_max": DAY}
EXAMPLES = int(os.environ.get("CJO_EXAMPLES", "300"))
GOLD = ["=", ["profile", "segment", "string"], ["lit", "gold", "string"]]


def views(**change):
    """Three views come to 0.524979, two to 0.401312."""
    counted = {"name": "views", "weight": "0.5", "count": types("page_viewed"), "window_ms": 60 * MINUTE}
    return predict(features=[counted], intercept="-1.4", **change)


def times(found):
    return [moment["at"] for moment in found.moments]


def fired(outcome):
    return {moment["moment_id"]: (moment["at"], moment["values"]) for moment in outcome.moments}


@st.composite
def with_profiles(draw):
    """Logs in which some touchpoints are profile updates."""
    rows = draw(logs())
    ids = sorted({row["event_id"] for row in rows})
    told = {name: draw(st.sampled_from(["p", "q"])) for name in ids if draw(st.integers(0, 4)) == 0}
    return [
        {"event_id": row["event_id"], "at": row["at"], "type": "profile_updated", "basket_id": "b1",
         "attributes": {"segment": told[row["event_id"]]}}
        if row["event_id"] in told else row
        for row in rows
    ]  # fmt: skip


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.one_of(reference.specs, reference.with_profile), with_profiles())
def test_s1_s3_s5_t3_moments_are_those_of_the_reference_with_profiles_too(spec, log):
    assert fired(play(plan(spec, profile=PROFILE), log)) == reference.expected(spec, "c1", log)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.one_of(reference.specs, reference.with_profile), with_profiles(), st.randoms(use_true_random=False))
def test_s3_settled_moments_do_not_depend_on_arrival_within_the_bound(spec, log, chance):
    wanted = plan({**spec, "settle": True}, profile=PROFILE)
    other = sorted(log, key=lambda row: row["at"] + chance.randrange(BOUND))

    assert fired(play(wanted, log)) == fired(play(wanted, other))


@pytest.mark.parametrize("settle", [False, True])
def test_s1_it_fires_once_on_the_crossing_and_says_why(settle):
    (moment,) = play(plan(views(settle=settle)), [tp("page_viewed", minute) for minute in range(5)]).moments

    assert (moment["at"], moment["values"]) == (at(2), {"probability": "0.524979", "views": 3})
    assert [one["at"] for one in moment["evidence"]] == [at(0), at(1), at(2)]


@pytest.mark.parametrize("settle", [False, True])
def test_s1_it_re_arms_below_and_after_the_cooldown(settle):
    rows = [tp("page_viewed", minute) for minute in (0, 1, 2, 100, 101, 102, 300, 301, 302)]

    assert times(play(plan(views(settle=settle)), rows)) == [at(2), at(102), at(302)]
    rested = play(plan(views(settle=settle, cooldown_ms=150 * MINUTE)), rows)
    assert times(rested) == [at(2), at(302)]


def test_t3_a_touchpoint_exactly_as_old_as_the_window_counts():
    assert times(play(plan(views()), [tp("page_viewed", minute) for minute in (0, 1, 60)])) == [at(60)]
    assert times(play(plan(views()), [tp("page_viewed", minute) for minute in (0, 1, 60.001)])) == []


def test_exactly_the_threshold_to_six_decimals_is_reached():
    rows = [tp("page_viewed", minute) for minute in range(3)]

    assert times(play(plan(views(at_least=524_979)), rows)) == [at(2)]
    assert times(play(plan(views(at_least=524_980)), rows)) == []


def test_what_speaks_against_it_keeps_it_below():
    against = {"name": "bought", "weight": "-1", "count": types("order_completed"), "window_ms": 60 * MINUTE}
    spec = views()
    spec["features"].append(against)
    rows = [tp("order_completed", 0), *(tp("page_viewed", minute) for minute in (1, 2, 3, 4, 5))]

    assert times(play(plan(spec), rows)) == [at(5)]


def test_a_touchpoint_that_two_features_count_is_judged_once_with_both():
    """The first alone would cross."""
    spec = views()
    spec["features"] += [{**spec["features"][0], "name": "against", "weight": "-0.4"}]

    assert times(play(plan(spec), [tp("page_viewed", minute) for minute in range(10)])) == []


def test_days_since_are_those_of_the_newest_and_the_window_without_one():
    since = {"name": "days", "weight": "-1", "since": types("branch_visited"), "window_ms": 10 * DAY}
    spec = predict(features=[since, views()["features"][0]], intercept="2")
    rows = [tp("page_viewed", 0), tp("branch_visited", 60 * 24), tp("page_viewed", 60 * 36)]

    found = play(plan(spec), rows).moments
    assert [(moment["at"], moment["values"]["days"]) for moment in found] == [(at(60 * 24), "0.000")]
    rows = [tp("branch_visited", 0), *(tp("page_viewed", 60 * 24 * 3 + minute) for minute in range(3))]
    spec["intercept"] = "-1"
    assert times(play(plan(spec), rows)) == []
    spec["intercept"] = "1.6"
    moments = play(plan(spec), rows).moments
    assert [(moment["values"]["days"], moment["values"]["views"]) for moment in moments] == [("0.000", 0), ("3.001", 3)]


def gold(**change):
    spec = views(**change)
    spec["features"].append({"name": "gold", "weight": "1", "profile": GOLD})
    return spec


def became(segment, minutes):
    return tp("profile_updated", minutes, attributes={"segment": segment})


@pytest.mark.parametrize("settle", [False, True])
def test_a_profile_update_may_make_it_likely(settle):
    rows = [tp("page_viewed", 0), became("gold", 1), tp("page_viewed", 2)]

    (moment,) = play(plan(gold(settle=settle), profile=PROFILE), [rows[0], rows[2], became("gold", 3)]).moments
    assert (moment["at"], moment["values"]) == (at(3), {"probability": "0.645656", "views": 2, "gold": True})


@pytest.mark.parametrize("settle", [False, True])
def test_s1_what_the_profile_keeps_up_fires_once_however_long_ago_the_touchpoints_were(settle):
    month = 30 * 24 * 60
    spec = gold(settle=settle)
    spec["features"][1]["weight"] = "2"
    rows = [became("gold", 0), tp("page_viewed", month), tp("page_viewed", 2 * month)]

    outcome = play(plan(spec, profile=PROFILE), rows)
    assert times(outcome) == [at(0)]
    state = json.loads(outcome.replay.states["c1"])
    assert state["fired"] == {"likely": {"": at(0)}}
    assert (state["wakes"], state["sig"]) == ([], {})

    rows += [became("silver", 3 * month), became("gold", 4 * month), tp("page_viewed", 5 * month)]
    outcome = play(plan(spec, profile=PROFILE), rows)
    assert times(outcome) == [at(0), at(4 * month)]

    outcome = play(plan(spec, profile=PROFILE), rows[:4])
    assert "fired" not in json.loads(outcome.replay.states["c1"])


def resting(**change):
    """Up without any touchpoint (0.952574): a month without an order speaks for it."""
    since = {"name": "days", "weight": "0.1", "since": types("order_completed"), "window_ms": 60 * DAY}
    return predict(features=[since, {**views()["features"][0], "weight": "0.1"}], intercept="-3", **change)


@pytest.mark.parametrize("settle", [False, True])
@pytest.mark.parametrize("beside", [None, 1, 2, 4])
def test_s1_t2_what_is_up_without_touchpoints_fires_once_whatever_else_happens(settle, beside):
    """Forgetting runs at other times where something else happens; no moment hangs on it."""
    day = 24 * 60
    rows = [tp("page_viewed", number * day) for number in range(5, 65, 5)]
    more = [] if beside is None else [tp("consent_given", (5 - beside) * day, attributes={"purpose": "marketing"})]

    assert times(play(plan(resting(settle=settle)), more + rows)) == [at(5 * day)]
    ordered = tp("order_completed", 31 * day)
    assert times(play(plan(resting(settle=settle)), more + rows[:6] + [ordered] + rows[6:])) == [
        at(5 * day), at(60 * day)
    ]  # fmt: skip


@pytest.mark.parametrize(
    "spec", [views(cooldown_ms=190 * HOUR), count(at_least=3, cooldown_ms=190 * HOUR, on=types("page_viewed"))]
)
@pytest.mark.parametrize("moved_to", [7.95, 8.1])
def test_s1_t4_a_late_touchpoint_before_the_cooldowns_end_fires_nothing_whether_forgetting_ran_or_not(spec, moved_to):
    """Forgetting is due after 8 days; the cooldown ends after 7.9."""
    day = 24 * 60
    early, late = ([tp("page_viewed", begin + n) for n in range(3)] for begin in (0, 7.5 * day))
    told = tp("consent_given", moved_to * day, attributes={"purpose": "marketing"})

    assert times(play(plan(spec), [*early, told, *late])) == [at(2)]


def test_f4_marks_of_what_is_up_without_touchpoints_are_limited_and_go_with_their_signal(monkeypatch):
    monkeypatch.setattr(base, "FIRSTS", 2)
    rows = [tp("page_viewed", n, basket_id=f"b{n}") for n in (1, 2, 3)]

    outcome = play(plan(resting(per=BASKET)), rows)
    assert json.loads(outcome.replay.states["c1"])["fired"] == {"likely": {"b2": at(2), "b3": at(3)}}
    assert outcome.of("count").count("firsts_forgotten") == 1

    later = play(plan(profile=PROFILE), []).replay
    later.states = outcome.replay.states
    later.take("c1", tp("profile_updated", 60 * 24 * 60, attributes={"segment": "gold"}))
    assert list(later.advance(at(60 * 24 * 90)))
    assert "fired" not in json.loads(later.states["c1"])


def test_f4_a_key_that_there_is_no_room_for_has_fired_all_the_same(monkeypatch):
    monkeypatch.setattr(base, "KEYS", 2)
    rows = [tp("page_viewed", n, basket_id=f"b{n}") for n in (1, 2, 3, 1, 4)]

    outcome = play(plan(resting(per=BASKET)), [{**row, "at": at(n)} for n, row in enumerate(rows)])
    assert [moment["key"] for moment in outcome.moments] == ["b1", "b2", "b3", "b4"]


def test_s3_what_settles_does_not_see_a_profile_of_later():
    """The second view comes as silver; gold is told 2 s later, and before that view is judged."""
    rows = [became("gold", 0), tp("page_viewed", 1), became("silver", 2), tp("page_viewed", 3), became("gold", 3.03)]

    moments = play(plan(gold(settle=True), profile=PROFILE), rows).moments

    assert [(moment["at"], moment["values"]["gold"]) for moment in moments] == [(at(1), True), (at(3.03), True)]


def test_a_profile_update_that_tells_nothing_asked_for_is_not_judged():
    rows = [tp("profile_updated", 0, attributes={"email": "a@example.org"}), tp("page_viewed", 0)]

    state = play(plan(gold(), profile=PROFILE), rows[:1], until_minutes=0).replay.states["c1"]
    assert b'"likely"' not in state


def test_t4_a_late_touchpoint_counts_where_it_happened_and_says_how_late_it_is():
    rows = [*(tp("page_viewed", minute) for minute in (0, 1)), tp("page_viewed", 90), tp("page_viewed", 2)]

    assert [(one["at"], one["late_ms"]) for one in play(plan(views()), rows).moments] == [(at(2), 88 * MINUTE)]


def test_t4_a_late_touchpoint_that_completes_a_later_level_carries_that_time():
    rows = [*(tp("page_viewed", minute) for minute in (0, 30)), tp("page_viewed", 10)]

    assert times(play(plan(views()), rows)) == [at(30)]


def test_r1_each_key_has_a_probability_of_its_own():
    spec = views(per=["field", "basket_id", "string"])
    rows = [tp("page_viewed", minute, basket_id=basket) for minute, basket in enumerate(["a", "b", "a", "b", "a"])]

    assert [(one["key"], one["at"]) for one in play(plan(spec), rows).moments] == [("a", at(4))]


def test_f4_a_count_stays_at_what_is_kept_and_says_so():
    rows = [tp("page_viewed", minute / 100) for minute in range(50)]

    assert play(plan(views(at_least=850_000), limits=LIMITS), rows).moments == []  # nine views would reach it
    (moment,) = play(plan(views(settle=True), limits=LIMITS), rows).moments
    assert moment["values"]["truncated"] is True
    assert moment["values"]["views"] <= 5


def test_f4_memory_is_bounded_and_days_since_keep_the_newest_and_what_may_be_late():
    since = {"name": "days", "weight": "1", "since": types("calculator_used"), "window_ms": 30 * DAY}
    spec = predict(features=[since, views()["features"][0]], intercept="-40")
    rows = [tp("calculator_used", 60 * hour) for hour in range(100)] + [
        tp("page_viewed", 6_000 + n) for n in range(300)
    ]

    state = json.loads(play(plan(spec), rows, until_minutes=0).replay.states["c1"])
    kept = state["sig"]["likely"]["x"]
    assert len(kept["days"]) <= 26
    assert len(kept["views"]) <= 200


def test_nothing_is_left_of_a_customer_once_the_windows_are_over():
    rows = [tp("page_viewed", 0), tp("calculator_used", 1), tp("product_added", 2, amount="3.0000")]

    assert play(plan(predict(settle=True)), rows).replay.states == {}


def test_t1_probabilities_are_the_same_wherever_they_are_worked_out():
    """A digest of a hundred thousand: another machine's mathematics would change it."""
    model = Logistic({"intercept": "-1.234567890123", "features": [{"weight": "0.987654321098"}]}, [1_000])
    chance = random.Random(8)

    made = digest(*(model.probability([chance.randrange(-20_000, 20_000)]) for _ in range(100_000)))

    assert made == "e40f5c478b41d0a4cca37205b1c8ceac"


def test_probabilities_are_rounded_and_never_leave_their_bounds():
    model = Logistic({"intercept": "0", "features": [{"weight": "1"}]}, [1])
    assert [as_decimal(model.probability([odds])) for odds in (-10**9, -20, -1, 0, 1, 20, 10**9)] == [
        "0.000000", "0.000000", "0.268941", "0.500000", "0.731059", "1.000000", "1.000000",
    ]  # fmt: skip


PREDICT = """signals:
  likely: {{kind: predict, model: {model}, features: {features}, at_least: {at_least}{more}}}
"""
SMALL = {
    "model": "{intercept: -2, features: {a: 0.5, gold: 1}}",
    "features": "{a: {count: page_viewed, where: topic = 'x', window: 7 days}, gold: {profile: profile.age > 30}}",
    "at_least": "0.7",
    "more": "",
}


def compiled(tmp_path: Path, **how):
    text = PREDICT.format(**{**SMALL, **how})
    return compile_workspace(workspaces.write(tmp_path, journey=text, template=None))


def problems(tmp_path: Path, **how):
    with pytest.raises(SpecErrors) as caught:
        compiled(tmp_path, **how)
    return [f"{one.code} {one.message}; {one.hint}" for one in caught.value.problems]


FEATURE = "{{a: {}, gold: {{profile: profile.age > 30}}}}"


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"at_least": "1.5"}, ["CJO-E013", "1.5"]),
        ({"at_least": "0.1234567"}, ["CJO-E013 expected at most six decimals, got 0.1234567"]),
        ({"model": "{intercept: -2, features: {b: 1, gold: 1}}"}, ["the model has no feature 'a'", "it has: b"]),
        ({"model": "{intercept: 0, features: {a: 1, gold: 1, c: 1}}"}, ["feature 'c' is not declared"]),
        ({"model": "{intercept: -9, features: {a: -1, gold: 1}}"}, ["at most 0.000335", "never fire"]),
        ({"model": "{intercept: 9, features: {a: 1, gold: 1}}"}, ["at least 0.999877", "never re-arm"]),
        ({"model": "{intercept: 0, features: {a: {coefficient: 1, scale: 0}, gold: 1}}"}, ["CJO-E013"]),
        ({"model": "gone.json"}, ["CJO-E004 no file 'gone.json'"]),
        ({"model": "../../else.json"}, ["outside of the workspace"]),
        ({"features": FEATURE.format("{count: page_viewd, window: 1 day}")}, ["CJO-E012", "page_viewed"]),
        ({"features": FEATURE.format("{count: page_viewed}")}, ["CJO-E011 `window` must be there"]),
        ({"features": FEATURE.format("{window: 1 day}")}, ["expected one of `count`, `sum`, `since` and `profile`"]),
        (
            {"features": FEATURE.format("{count: page_viewed, since: page_viewed, window: 1 day}")},
            ["got `count` and `since`"],
        ),
        ({"features": FEATURE.format("{count: page_viewed, on: page_viewed, window: 1 day}")}, ["`on` means nothing"]),
        ({"features": FEATURE.format("{sum: topic, on: page_viewed, window: 1 day}")}, ["sum takes a number"]),
        ({"features": FEATURE.format("{sum: amount, window: 1 day}")}, ["CJO-E011 `on` must be there"]),
        ({"features": FEATURE.format("{count: page_viewed, where: tpic = 'x', window: 1 day}")}, ["'tpic'", "topic"]),
        ({"features": FEATURE.format("{profile: '1 = 1'}")}, ["names nothing of the profile"]),
        ({"features": FEATURE.format("{profile: age > 3}")}, ["did you mean 'profile.age'"]),
        ({"more": ", per: basket_id"}, ["a profile is the customer's, not of a basket_id"]),
        (
            {"model": "{intercept: -2, features: {key: 1, gold: 1}}",
             "features": "{key: {count: page_viewed, window: 7 days}, gold: {profile: profile.age > 30}}"},
            ["CJO-E016", "'key'"],
        ),
    ],
)  # fmt: skip
def test_what_is_senseless_is_said_with_the_next_step(tmp_path, how, said):
    found = " | ".join(problems(tmp_path, **how))

    assert all(words in found for words in said), found


def write_model(tmp_path: Path, text: str) -> None:
    (tmp_path / "shop").mkdir(exist_ok=True)
    (tmp_path / "shop" / "likely.json").write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "likely.json is not JSON"),
        ('{"features": {"a": 1}}', "likely.json, intercept: Field required"),
        ('{"intercept": NaN, "features": {"a": 1}}', "likely.json, intercept"),
        ('{"intercept": 0, "features": {"a": {"coefficient": "1"}}}', "likely.json, features.a.coefficient"),
        ('{"intercept": 0, "feature": {}}', "likely.json, feature: Extra"),
    ],
)
def test_what_is_wrong_in_a_models_file_is_said_with_its_place(tmp_path, text, said):
    write_model(tmp_path, text)

    assert said in " | ".join(problems(tmp_path, model="likely.json"))


def test_a_model_is_in_the_plan_without_its_scales(tmp_path):
    """-2 + 0.5 * (n - 3) / 2 + 1 * gold = -2.75 + 0.25 n + gold."""
    terms = {"a": {"coefficient": 0.5, "mean": 3, "scale": 2}, "gold": 1}
    write_model(tmp_path, json.dumps({"intercept": -2, "features": terms, "quality": {"auc": 0.8}}))

    (signal,) = compiled(tmp_path, model="likely.json")["signals"]

    assert (signal["intercept"], signal["model"], signal["at_least"]) == ("-2.75", "likely.json", 700_000)
    assert [(feature["name"], feature["weight"]) for feature in signal["features"]] == [("a", "0.25"), ("gold", "1")]


def test_another_model_is_another_signal(tmp_path):
    first, other = (compiled(tmp_path, model=f"{{intercept: {at}, features: {{a: 1, gold: 1}}}}") for at in (-2, -2.1))

    assert first["signals"][0]["version"] != other["signals"][0]["version"]


def test_what_hangs_on_the_profile_needs_profile_updates_and_the_filter_lets_them_through(tmp_path):
    made = compiled(tmp_path)

    assert "'profile_updated'" in made["filter"]
    assert "topic" in made["filter"]


def test_a_journey_reads_the_probability_and_the_features(tmp_path):
    text = PREDICT.format(**SMALL) + (
        "---\njourney: offer\nowner: shop\npurpose: marketing\n"
        "enter: {on: likely, where: moment.probability >= 0.8 AND moment.a > 2 AND moment.gold}\n"
        "steps: [{done: {exit: over}}]\n"
    )
    made = compile_workspace(workspaces.write(tmp_path, journey=text))

    where = made["journeys"][0]["enter"]["where"]
    assert where[1][1] == ["moment", "probability", "decimal"]
    assert of_signal(made["signals"][0])[:3] == [
        "Fires when the logistic model comes to 70 % or more, from:",
        "- a: how many page_viewed where topic = 'x' in 7 days; with each the odds are multiplied by 1.65.",
        "- gold: whether profile.age > 30; where it holds the odds are multiplied by 2.72.",
    ]
    assert Decimal("0.8") == Decimal(where[1][2][1])


def test_s6_features_may_be_moments_of_other_signals(tmp_path):
    text = PREDICT.format(
        model="{intercept: -2, features: {left: 1.5, spent: 0.01}}",
        features="{left: {count: signal.abandoned, where: total > 10, window: 30 days}, "
        "spent: {sum: total, on: signal.abandoned, window: 30 days}}",
        at_least="0.6",
        more="",
    ) + (
        "  abandoned: {kind: absence, start: product_added, unless: order_completed, within: 30 minutes, "
        "per: basket_id, collect: {total: sum(amount)}}\n"
    )
    made = compile_workspace(workspaces.write(tmp_path, journey=text, template=None))
    rows = [tp("product_added", 60 * n, basket_id=f"b{n}", amount="20.0000") for n in range(3)]

    moments = [moment for moment in play(made, rows).moments if moment["signal"] == "likely"]

    assert [(moment["at"], moment["values"]) for moment in moments] == [
        (at(90), {"probability": "0.802184", "left": 2, "spent": "40"})
    ]


def test_s1_s3_f4_a_late_touchpoint_that_there_is_no_room_for_fires_nothing():
    """What is reached without it has fired already; the id would be the same."""
    features = [
        {"name": "bought", "weight": "2", "count": types("order_completed"), "window_ms": 60 * MINUTE},
        {"name": "views", "weight": "0.1", "count": types("page_viewed"), "window_ms": 30 * MINUTE},
    ]
    likely = predict(features=features, intercept="-0.5")
    rows = [tp("order_completed", 0), *(tp("page_viewed", minutes) for minutes in (61, 62, 63)), tp("page_viewed", 1)]

    found = play(plan(likely, limits=LIMITS | {"events_per_key": 2}), rows)

    assert times(found) == [at(0)]


def test_s6_t4_a_moment_that_never_was_is_counted_by_no_feature():
    """Of two baskets that were abandoned one was bought in time: told late."""
    features = [{"name": "left", "weight": "1", "count": types("signal.abandoned"), "window_ms": DAY}]
    likely = predict(features=features, intercept="-1.5")
    baskets = [tp("product_added", minutes, basket_id=f"b{minutes}") for minutes in (0, 50)]
    rows = [*baskets, tp("order_completed", 10, basket_id="b0")]

    late, never = (play(plan(absence(collect={}), likely), one).moments for one in (rows, baskets))

    assert [one["signal"] for one in late] == ["abandoned", "abandoned"]
    assert [one["signal"] for one in never] == ["abandoned", "abandoned", "likely"]


def test_s6_t4_settled_what_waits_does_not_count_a_moment_that_never_was():
    features = [{"name": "left", "weight": "1", "count": types("signal.stuck"), "window_ms": DAY}]
    likely = predict(features=features, intercept="-0.5", settle=True)
    stuck = sequence(steps=[step(["product_added"]), step(["page_viewed"], ["order_completed"])], collect={})
    rows = [tp("product_added", 0), tp("page_viewed", 2 / 60), tp("order_completed", 1 / 60)]

    assert [one["signal"] for one in play(plan(stuck, likely), rows).moments] == ["stuck"]
