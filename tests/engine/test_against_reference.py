"""S1, S2, S3, S5, T3: the engine's moments are those of the reference, on generated logs.

The logs have ties, gaps, duplicates, and disorder within the bound.
"""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine import reference
from tests.engine.build import BOUND, START_MS, absence, plan, play, score

TYPES = ["product_added", "product_added", "order_completed", "product_removed", "page_viewed", "calculator_used"]
WITHIN = 60_000


@st.composite
def logs(draw):
    """Rows of one customer in order of arrival; every distance that matters occurs often."""
    gap = st.sampled_from([0, 0, 1, 1_000, 5_000, 20_000, 30_000, WITHIN - 1, WITHIN, WITHIN + 1, 3 * WITHIN])
    rows, now = [], START_MS
    for number in range(draw(st.integers(1, 25))):
        now += draw(gap)
        row = {"event_id": f"e{number}", "type": draw(st.sampled_from(TYPES)), "at": now}
        row |= {"basket_id": draw(st.sampled_from(["b1", "b1", "b2"])), "product_id": draw(st.sampled_from("pq"))}
        rows.append(row | {"amount": draw(st.sampled_from(["1.0000", "19.9900"]))})
    delays = draw(st.lists(st.integers(0, BOUND - 1), min_size=len(rows), max_size=len(rows)))
    arrived = [row for _, row in sorted(zip(delays, rows, strict=True), key=lambda one: one[0] + one[1]["at"])]
    for repeat in draw(st.lists(st.sampled_from(arrived), max_size=3)):
        arrived.append(repeat)
    return arrived


def fired(outcome):
    return {moment["moment_id"]: (moment["at"], moment["values"]) for moment in outcome.moments}


@settings(max_examples=300, deadline=None)
@given(logs(), st.sampled_from(["restart", "keep"]))
def test_s2_absences_are_those_of_the_reference(log, on_repeat):
    spec = absence(within_ms=WITHIN, on_repeat=on_repeat)

    assert fired(play(plan(spec), log)) == reference.absences(spec, "c1", log)


@settings(max_examples=200, deadline=None)
@given(logs(), st.sampled_from([None, 90_000]), st.integers(1, 8))
def test_s1_settled_scores_are_those_of_the_reference(log, cooldown_ms, at_least):
    spec = score(window_ms=WITHIN, cooldown_ms=cooldown_ms, at_least=at_least, settle=True)

    times = {moment_id: at_ms for moment_id, (at_ms, _) in fired(play(plan(spec), log)).items()}
    assert times == reference.settled_scores(spec, "c1", log)


@settings(max_examples=200, deadline=None)
@given(logs(), st.sampled_from([None, 90_000]), st.integers(1, 8))
def test_s1_scores_at_once_are_those_of_the_reference_in_log_order(log, cooldown_ms, at_least):
    spec = score(window_ms=WITHIN, cooldown_ms=cooldown_ms, at_least=at_least)

    times = {moment_id: at_ms for moment_id, (at_ms, _) in fired(play(plan(spec), log)).items()}
    assert times == reference.scores_at_once(spec, "c1", log)


@settings(max_examples=200, deadline=None)
@given(logs(), st.randoms(use_true_random=False))
def test_s3_deadlines_and_settled_moments_do_not_depend_on_arrival_within_the_bound(log, random):
    wanted = plan(absence(within_ms=WITHIN), score(window_ms=WITHIN, settle=True))
    other = sorted(log, key=lambda row: row["at"] + random.randrange(BOUND))

    assert fired(play(wanted, log)) == fired(play(wanted, other))
