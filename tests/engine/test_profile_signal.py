"""S1, R8, T4: profile signals."""

from tests.engine.build import MINUTE, PROFILE, at, journey, plan, play, profile, reachable, tp

AGE, SEGMENT = ["profile", "age", "int"], ["profile", "segment", "string"]
GROWN = ["and", [">=", AGE, ["lit", 18, "int"]], ["=", SEGMENT, ["lit", "gold", "string"]]]


def update(minutes, **attributes):
    return tp("profile_updated", minutes, attributes=attributes)


def outcome(spec, *rows):
    return play(plan(spec, profile=PROFILE), list(rows))


def times(*rows, **change):
    return [moment["at"] for moment in outcome(profile(**change), *rows).moments]


def test_it_fires_when_the_condition_turns_true_with_what_it_names():
    spec = profile(collect={"segment": {"value": SEGMENT}, "age": {"value": AGE}})

    (moment,) = outcome(spec, update(0, segment="silver", age="40"), update(1, segment="gold")).moments

    assert (moment["at"], moment["values"]) == (at(1), {"segment": "gold", "age": 40})
    assert [one["at"] for one in moment["evidence"]] == [at(1)]


def test_s1_it_stays_silent_while_true_and_fires_again_after_it_was_not():
    rows = [update(0, segment="silver"), update(1, segment="gold"), update(2, segment="gold", age="30")]
    rows += [update(3, segment="silver"), update(4, segment="gold"), update(5, segment=""), update(6, segment="gold")]

    assert times(*rows) == [at(1), at(4), at(6)]


def test_the_first_profile_of_a_customer_is_no_change():
    assert times(update(0, segment="gold")) == []


def test_the_first_profile_of_a_customer_counts_where_the_author_says_so():
    assert times(update(0, segment="gold"), first="counts") == [at(0)]


def test_a_first_value_is_a_change_once_the_customer_is_known():
    assert times(update(0, email="a@example.org"), update(1, segment="gold")) == [at(1)]


def test_a_customer_is_not_known_by_their_touchpoints_or_consent():
    assert times(tp("consent_given", 0, attributes={"purpose": "marketing"}), update(1, segment="gold")) == []


def test_t4_an_update_older_than_what_is_on_record_fires_nothing():
    assert times(update(0, segment="silver"), update(10, segment="silver"), update(5, segment="gold")) == []


def test_t4_an_update_that_fills_in_what_was_not_known_completes_the_condition_as_of_its_newest_value():
    rows = [update(0, email="a@example.org"), update(10, segment="gold"), update(5, age="20"), update(11, tier="x")]

    (moment,) = outcome(profile(when=GROWN), *rows).moments

    assert (moment["at"], moment["late_ms"]) == (at(10), 0)


def test_t4_a_late_update_of_another_attribute_changes_nothing():
    rows = [update(0, segment="silver"), update(9, segment="gold"), update(5, age="20")]

    assert times(*rows) == [at(9)]


def test_s3_a_repeated_update_makes_no_second_moment_and_a_replay_the_same_one():
    rows = [update(0, segment="silver"), update(1, segment="gold")]

    first, second = outcome(profile(), *rows, dict(rows[1])), outcome(profile(), *rows)

    assert len(first.moments) == 1
    assert [one["moment_id"] for one in first.moments] == [one["moment_id"] for one in second.moments]


def test_r8_the_entry_sees_the_profile_that_made_the_moment():
    where = ["=", SEGMENT, ["lit", "gold", "string"]]
    journeys = journey(on="became_gold", enter={"where": where, "fresh_ms": MINUTE})
    rows = [*reachable(), update(0, segment="silver"), update(1, segment="gold", email="new@example.org")]

    found = play(plan(profile(), journeys, profile=PROFILE), rows)

    assert [action["address"] for action in found.actions] == ["new@example.org"]


def test_an_undeclared_attribute_is_no_profile():
    assert times(update(0, shoe_size="44"), update(1, segment="gold")) == []


def test_it_keeps_no_memory():
    found = outcome(profile(), update(0, segment="silver"), update(1, segment="gold"))

    assert set(found.replay.states) == {"c1"} and b'"sig":{}' in found.replay.states["c1"]
