"""Logs of a few customers, over the vocabulary of tests/signals/logs.py, with what producers really send."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.engine.build import BOUND, START_MS
from tests.signals.logs import TYPES, WITHIN
from tests.strategies import ATTRIBUTES, attribute_texts, texts

Row = dict[str, Any]
SEGMENTS = ("gold", "silver", "")
_GAPS = [0, 0, 1, 1_000, BOUND - 1, BOUND, 20_000, 30_000, WITHIN - 1, WITHIN, WITHIN + 1, 3 * WITHIN]
_SUBJECTS = ["c1", "c1", "c1", "c2", "ü 3"]
_LATE = [BOUND, 2 * BOUND, WITHIN, 4 * WITHIN]

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


@st.composite
def rows(draw: st.DrawFn, number: int, at_ms: int) -> Row:
    """A touchpoint; what has no value is absent, as the codec leaves it."""
    kind = draw(st.sampled_from([*TYPES, *TYPES, "profile_updated"]))
    row = {"event_id": f"e{number}", "type": kind, "at": at_ms}
    if kind == "profile_updated":
        return row | {"attributes": draw(_profile)}
    fields = draw(_usual) | draw(st.dictionaries(st.sampled_from(["channel", "text"]), texts, max_size=1))
    attributes = draw(_attributes)
    row |= {name: value for name, value in fields.items() if value is not None}
    return row | ({"attributes": attributes} if attributes else {})


@st.composite
def logs(draw: st.DrawFn, late: bool = False) -> list[tuple[str, Row]]:
    """(subject, row) in order of arrival; with `late` some come later than the bound behind their subject's clock."""
    made, now = [], START_MS
    for number in range(draw(st.integers(1, 22))):
        now += draw(st.sampled_from(_GAPS))
        made.append((draw(st.sampled_from(_SUBJECTS)), draw(rows(number, now))))
    delays = st.integers(0, BOUND - 1)
    if late:
        delays = st.one_of(delays, delays, st.sampled_from(_LATE))
    delayed = draw(st.lists(delays, min_size=len(made), max_size=len(made)))
    order = sorted(range(len(made)), key=lambda place: made[place][1]["at"] + delayed[place])
    arrived = [made[place] for place in order]
    for subject, row in draw(st.lists(st.sampled_from(arrived), max_size=3)):
        repeat = row | draw(st.sampled_from([{}, {}, {"basket_id": "b2"}, {"type": "page_viewed"}]))
        after = next(place for place, one in enumerate(arrived) if one[1]["event_id"] == row["event_id"])
        arrived.insert(draw(st.integers(after + 1, len(arrived))), (subject, repeat))  # before it, all else were late
    return arrived


def in_other_order(log: list[tuple[str, Row]], chances: list[int]) -> list[tuple[str, Row]]:
    """The same within the bound: each row comes up to `chances` ms after it happened."""
    order = sorted(range(len(log)), key=lambda place: log[place][1]["at"] + chances[place])
    return [log[place] for place in order]
