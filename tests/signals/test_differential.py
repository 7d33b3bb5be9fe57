"""S1, S2, S3, S5, T3: the engine's moments are those of the reference, for generated signals on generated logs."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.build import BOUND, PRODUCT, PROFILE, absence, count, plan, play, score
from tests.signals.kinds import KINDS
from tests.signals.kinds import count as counts
from tests.signals.logs import WITHIN, logs

GENERATED = [kind for kind, known in KINDS.items() if known.specs is not None]


def fired(outcome):
    return {moment["moment_id"]: (moment["at"], moment["values"]) for moment in outcome.moments}


@pytest.mark.parametrize("kind", GENERATED)
@settings(max_examples=300, deadline=None)
@given(st.data())
def test_s1_s2_s5_t3_moments_are_those_of_the_reference(kind, data):
    spec, log = data.draw(KINDS[kind].specs), data.draw(logs())

    assert fired(play(plan(spec, profile=PROFILE), log)) == KINDS[kind].expected(spec, "c1", log)


@settings(max_examples=200, deadline=None)
@given(logs(), counts.counting, st.integers(1, 6))
def test_s1_counts_with_little_room_are_exact_while_few_touchpoints_overtake_the_one_judged(log, how, room):
    """In order, and with no more than `room` touchpoints waiting, nothing that is dropped can matter."""
    spec = count(window_ms=WITHIN, **how)
    ordered = sorted(log, key=lambda row: row["at"])
    waiting = max(sum(1 for row in ordered if one["at"] <= row["at"] <= one["at"] + BOUND) for one in ordered)
    limits = {"open_runs": 20, "events_per_key": max(room, waiting), "steps_per_input": 100, "run_ms_max": 1}

    expected = counts.expected(spec, "c1", ordered)
    assert fired(play(plan(spec, limits=limits), ordered)) == expected


@settings(max_examples=200, deadline=None)
@given(logs(), st.randoms(use_true_random=False))
def test_s3_deadlines_and_settled_moments_do_not_depend_on_arrival_within_the_bound(log, random):
    distinct = count("different", window_ms=WITHIN, settle=True, distinct=PRODUCT, at_least=2)
    wanted = plan(absence(within_ms=WITHIN), score(window_ms=WITHIN, settle=True), distinct)
    other = sorted(log, key=lambda row: row["at"] + random.randrange(BOUND))

    assert fired(play(wanted, log)) == fired(play(wanted, other))
