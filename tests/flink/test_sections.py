"""Keyed state: what is saved is what is loaded, and a large state is read and written in parts."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from udfs import sections
from udfs.sections import ENTRY_BYTES_MIN, SPILL_BYTES


class Store(dict[str, bytes]):
    """Head and parts of one subject, as the operator keeps them; remembers what was read and written."""

    def __init__(self) -> None:
        super().__init__()
        self.head: bytes | None = None
        self.reads: list[str] = []
        self.writes: list[str] = []

    def get(self, key: str, default: Any = None) -> Any:
        self.reads.append(key)
        return super().get(key, default)

    def put(self, key: str, value: bytes) -> None:
        self.writes.append(key)
        self[key] = value

    def remove(self, key: str) -> None:
        self.pop(key, None)

    def load(self) -> tuple[dict[str, Any] | None, int | None]:
        return sections.load(self.head, self)

    def save(self, state: dict[str, Any] | None, armed_ms: int | None = None) -> None:
        self.head = sections.save(state, armed_ms, self, self.head)

    def forget_calls(self) -> None:
        self.reads.clear()
        self.writes.clear()


def small() -> dict[str, Any]:
    return {"v": 1, "clock": 5, "wakes": [[9, 1, "f"]], "seen": {"1": "aaa"}, "sig": {"s": {"": [1]}}, "runs": {}}


def large() -> dict[str, Any]:
    state = small()
    state["sig"] = {name: {"": {"events": [[i, "x" * 11] for i in range(80)]}} for name in ("a", "b", "c")}
    return state


def saved(state: dict[str, Any], armed_ms: int | None = None) -> Store:
    store = Store()
    store.save(state, armed_ms)
    return store


def test_nothing_kept_loads_as_nothing() -> None:
    assert Store().load() == (None, None)


def test_a_small_state_is_one_value_with_the_time_of_its_timer() -> None:
    store = saved(small(), armed_ms=14)
    assert list(store) == []
    assert store.load() == (small(), 14)


def test_a_large_state_reads_only_the_memory_that_is_asked_for() -> None:
    store = saved(large())
    assert {"sig:a", "sig:b", "sig:c"} <= set(store)
    assert store.head is not None
    assert len(store.head) < SPILL_BYTES
    store.forget_calls()

    state, _ = store.load()
    assert state is not None
    assert state["sig"]["a"] == large()["sig"]["a"]
    assert store.reads == ["sig:a"]


def test_only_what_has_changed_is_written() -> None:
    store = saved(large())
    state, _ = store.load()
    assert state is not None
    state["clock"] = 6
    state["sig"]["a"][""]["events"].append([81, "new"])
    assert state["sig"]["b"]
    store.forget_calls()

    store.save(state)

    assert store.writes == ["sig:a"]
    again, _ = store.load()
    assert again is not None
    assert again["sig"]["a"][""]["events"][-1] == [81, "new"]


def test_a_memory_that_is_forgotten_leaves_the_store() -> None:
    store = saved(large())
    state, _ = store.load()
    assert state is not None
    del state["sig"]["b"]
    store.save(state)
    assert "sig:b" not in store
    again, _ = store.load()
    assert again is not None
    assert set(again["sig"]) == {"a", "c"}


def test_a_subject_that_keeps_nothing_leaves_nothing_behind() -> None:
    store = saved(large(), armed_ms=3)
    store.save(None)
    assert (store.head, dict(store)) == (None, {})


names = st.sampled_from("abc")
memories = st.integers(0, 3 * ENTRY_BYTES_MIN).map(lambda length: "x" * length)
edits = st.lists(st.tuples(st.sampled_from(["sig", "seen"]), names, st.none() | memories), max_size=4)


@given(st.lists(edits, max_size=8), st.booleans())
def test_any_sequence_of_changes_loads_as_a_plain_dict_would(turns: list[Any], look: bool) -> None:
    store, plain = Store(), small()
    store.save(copy.deepcopy(plain))
    for turn in turns:
        state, _ = store.load()
        assert state is not None
        for part, name, memory in turn:
            for each in (state, plain):
                if memory is None:
                    each[part].pop(name, None)
                else:
                    each[part][name] = memory
        if look:
            assert list(state["seen"].values()) == [state["seen"][name] for name in state["seen"]]
        store.save(state)
    state, _ = store.load()
    assert state is not None
    assert {part: dict(state[part].items()) for part in ("sig", "seen")} == {p: plain[p] for p in ("sig", "seen")}
    assert len(state["sig"]) == len(plain["sig"])
    assert set(store) <= {f"{part}:{name}" for part in ("sig", "seen") for name in plain[part]}
