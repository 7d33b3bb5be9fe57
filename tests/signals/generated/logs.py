"""Logs of a few customers, over the vocabulary of tests/signals/logs.py, with what producers really send."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.engine.build import BOUND, DAY, START_MS
from tests.signals.logs import TYPES, WITHIN
from tests.strategies import ATTRIBUTES, attribute_texts, texts

Row = dict[str, Any]
SEGMENTS = ("gold", "silver", "")
_LONG = 9 * DAY
"""Longer than both horizons: meanwhile everything is looked through for what is too old."""
_REMEMBERED = 6 * DAY
"""Within `dedup_horizon`: for so long a repeat counts once, and afterwards as another touchpoint (S5)."""
_GAPS = [0, 0, 1, 1_000, BOUND - 1, BOUND, 20_000, 30_000, WITHIN - 1, WITHIN, WITHIN + 1, 3 * WITHIN, _LONG]
_SUBJECTS = ["c1"] * 8 + ["c2", "ü 3"]

_usual = st.fixed_dictionaries(
    {
        "basket_id": st.sampled_from(["b1", "b1", "b1", "b2", None]),
        "product_id": st.sampled_from(["p", "q", None]),
        "amount": st.sampled_from(["1.0000", "19.9900", "-3.5000", None]),
    }
)
_attributes = st.one_of(
    st.none(),
    st.fixed_dictionaries(
        {}, optional={"topic": st.sampled_from(["a", "b", "größe"]), "years": st.sampled_from(["1", "2", "07", "x"])}
    ),
    st.dictionaries(st.sampled_from(list(ATTRIBUTES)), attribute_texts, max_size=4),
)
_profile = st.fixed_dictionaries(
    {}, optional={"segment": st.sampled_from(SEGMENTS), "age": st.sampled_from(["17", "18", "x"]), "tier": texts}
)


_touchpoints = st.builds(
    lambda kind, fields, more, attributes: (
        {"type": kind, **fields, **more} | ({"attributes": attributes} if attributes else {})
    ),
    st.sampled_from(TYPES),
    _usual,
    st.dictionaries(st.sampled_from(["channel", "text"]), texts, max_size=1),
    _attributes,
)
_updates = _profile.map(lambda profile: {"type": "profile_updated", "attributes": profile})
_bodies = st.one_of(_touchpoints, _touchpoints, _touchpoints, _touchpoints, _updates)
_in_time = st.integers(0, BOUND - 1)
_late = st.sampled_from([0, 0, 0, BOUND, 2 * BOUND, WITHIN, 2 * WITHIN, 4 * WITHIN])


def _happened(delays: st.SearchStrategy[int]) -> st.SearchStrategy[list[Any]]:
    one = st.tuples(st.sampled_from(_GAPS), st.sampled_from(_SUBJECTS), _bodies, delays)
    return st.one_of(st.lists(one, min_size=1, max_size=22), st.lists(one, min_size=10, max_size=22))


_ON_TIME, _WITH_LATE = _happened(_in_time), _happened(_late)
_repeats = st.lists(
    st.tuples(
        st.integers(0, 30), st.integers(0, 30), st.sampled_from([{}, {}, {"basket_id": "b2"}, {"type": "page_viewed"}])
    ),
    max_size=3,
)


@st.composite
def logs(draw: st.DrawFn, late: bool = False) -> list[tuple[str, Row]]:
    """(subject, row) in order of arrival; with `late` some come later than the bound behind their subject's clock."""
    now, made = START_MS, []
    for number, (gap, subject, body, delay) in enumerate(draw(_WITH_LATE if late else _ON_TIME)):
        now += gap
        row = {"event_id": f"e{number}", "at": now} | {name: one for name, one in body.items() if one is not None}
        made.append((now + delay, subject, row))
    arrived = [(subject, row) for _, subject, row in sorted(made, key=lambda one: one[0])]
    for which, where, other in draw(_repeats):
        place = which % len(arrived)
        subject, row = arrived[place]
        last = _within(arrived, place, BOUND if other else _REMEMBERED)
        if last <= place and other:  # it is a repeat that came after the bound
            last, other = _within(arrived, place, _REMEMBERED), {}
        if last <= place:  # it came late itself
            last = len(arrived)
        arrived.insert(min(place + 1 + where, last), (subject, row | other))
    return arrived


def _within(arrived: list[tuple[str, Row]], place: int, length_ms: int) -> int:
    """The last place for a record with the same id: for so long its repeat counts once, and within the bound one with
    other content may be the first that anybody asks for."""
    at_ms = arrived[place][1]["at"]
    later = (n for n, (_, row) in enumerate(arrived) if row["at"] >= at_ms + length_ms)
    return next(later, len(arrived))


def in_other_order(log: list[tuple[str, Row]], chances: list[int]) -> list[tuple[str, Row]]:
    """The same within the bound: each row comes up to `chances` ms after it happened."""
    order = sorted(range(len(log)), key=lambda place: log[place][1]["at"] + chances[place])
    return [log[place] for place in order]
