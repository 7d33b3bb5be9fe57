"""F4, S1: a text that is too long to be remembered is matched by all of it, also where a signal asks again."""

from __future__ import annotations

from typing import Any

import pytest

from cjo.engine.room import TEXT
from tests.engine.build import HOUR, count, lit, plan, play, predict, score, sequence, session, tp, types

Match = dict[str, Any]


def ends_with(text: str) -> Match:
    return {"type": "page_viewed", "where": ["like", ["attr", "url", "string"], f"%{text}"]}


PAID, CHOSEN = ends_with("/paid"), ends_with("/chosen")
ONE_PAID = [">=", ["moment", "paid", "int"], lit(1, "int")]
SIGNALS = [
    count(on=[PAID], at_least=1, collect={}),
    score(points=[{**PAID, "add": 5}, {**CHOSEN, "add": 1}]),
    predict(features=[{"name": "paid", "weight": "5", "count": [PAID], "window_ms": HOUR}], intercept="-2"),
    session(on=types("page_viewed"), counts={"paid": [PAID]}, where=ONE_PAID, collect={}),
    sequence(steps=[{"on": [CHOSEN], "not": []}, {"on": [PAID], "not": []}], collect={}),
]  # fmt: skip


@pytest.mark.parametrize("spec", SIGNALS, ids=lambda spec: spec["kind"])
def test_f4_s1_the_end_of_a_long_text_is_matched_as_that_of_a_short_one(spec: dict[str, Any]) -> None:
    short, long = (
        play(plan(spec), [tp("page_viewed", minute, attributes={"url": url}) for minute, url in enumerate(urls)])
        for urls in (("/chosen", "/paid"), ("/chosen", "/" * TEXT + "/paid"))
    )

    assert len(short.moments) == 1
    assert [one["at"] for one in long.moments] == [one["at"] for one in short.moments]
    assert long.of("count").count("text_cut") == 1
