"""T2: wake-ups of a subject who has very many are those of a plain list."""

from __future__ import annotations

from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from cjo.engine import wakes
from cjo.engine.state import armed_at, is_armed, set_wake
from cjo.engine.wakes import Wakes, by_id

names = st.sampled_from([f"s:signal:{number}" for number in range(12)] + ["f", "r:run"])
turns = st.lists(st.tuples(names, st.sampled_from([0, 5, 9_999]), st.none() | st.integers(0, 6)), max_size=60)


@given(turns, st.integers(0, 20))
def test_any_arming_and_waking_is_that_of_a_plain_list(log: list[Any], begin: int) -> None:
    plain: dict[str, Any] = {"wakes": []}
    for number in range(begin):
        set_wake(plain, f"s:signal:{number % 12}", number % 3, number % 5)
    many: dict[str, Any] = {"wakes": Wakes(orjson.loads(orjson.dumps(plain["wakes"])))}
    for wake_id, priority, due_ms in log:
        for state in (plain, many):
            if priority == 5 and state["wakes"]:
                state["wakes"].pop(0)
            set_wake(state, wake_id, priority, due_ms)
        assert orjson.dumps(many) == orjson.dumps(plain)
        assert is_armed(many, wake_id) == is_armed(plain, wake_id) == (due_ms is not None)
        assert armed_at(many, wake_id) == armed_at(plain, wake_id) == due_ms
        assert many["wakes"].due == {wake[2]: wake[0] for wake in plain["wakes"]}


def test_a_short_list_stays_what_it_is() -> None:
    few = [[number, 0, f"s:x:{number}"] for number in range(wakes.MANY)]
    assert by_id(few) is few
    many = by_id([*few, [99, 0, "f"]])
    assert many.__class__ is Wakes
    assert by_id(many) is many
