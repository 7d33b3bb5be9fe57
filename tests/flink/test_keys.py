"""F4: memory of many keys lies in entries by hash, and is what one dict would be, in its order too."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.flink.test_sections import Store, small
from udfs import sections

names = st.sampled_from([f"key-{number}" for number in range(40)] + ["#", "ü", ""])
edits = st.one_of(
    st.tuples(st.just("set"), names, st.integers(0, 999)),
    st.tuples(st.just("change"), names, st.integers(0, 999)),
    st.tuples(st.just("drop"), names, st.none()),
    st.tuples(st.sampled_from(["drop_oldest", "drop_all", "anew", "look_all"]), st.just(""), st.none()),
)


def edit(keys: dict[str, Any], what: str, name: str, value: Any) -> None:
    """One change, as signals make them."""
    if what == "set":
        keys[name] = {"p": [value]}
    elif what == "change" and name in keys:
        keys[name]["p"].append(value)
    elif what == "drop":
        assert keys.pop(name, None) is None or name not in keys
    elif what == "drop_oldest" and keys:
        del keys[next(iter(keys))]
    elif what == "look_all":
        assert len(list(keys.values())) == len(keys) == len(list(keys.items()))


@given(st.lists(st.lists(edits, max_size=6), max_size=12), st.booleans())
@settings(max_examples=300)
def test_any_sequence_of_changes_to_many_keys_loads_as_a_plain_dict_would(turns: list[Any], begin: bool) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sections, "SPILL_BYTES", 200)
        patch.setattr(sections, "ENTRY_BYTES_MIN", 50)
        patch.setattr(sections, "SPLIT_BYTES", 100)
        patch.setattr(sections, "KEYS_MIN", 6)
        store, plain = Store(), small()
        plain["sig"] = {"s": {f"key-{number}": {"p": [number]} for number in range(30)}} if begin else {"s": {}}
        store.save(orjson.loads(orjson.dumps(plain)))
        for turn in turns:
            state, _ = store.load()
            assert state is not None
            for what, name, value in turn:
                for each in (state, plain):
                    if what == "drop_all":
                        each["sig"].pop("s", None)
                    elif what == "anew":
                        each["sig"]["s"] = {"key-1": {"p": []}}
                    else:
                        edit(each["sig"].setdefault("s", {}), what, name, value)
            store.save(state)
            seen, _ = store.load()
            assert seen is not None
            found, wanted = seen["sig"].get("s", {}), plain["sig"].get("s", {})
            assert list(found) == list(wanted), "the one known longest is still the first"
            assert {key: found.get(key) for key in found} == wanted
        left = {name for name in store if name.startswith("sig:")}
        state, _ = store.load()
        assert state is not None
        state["sig"].pop("s", None)
        store.save(state)
        assert {name for name in store if name.startswith("sig:")} == set(), left
        store.save(None)
        assert (store.head, dict(store)) == (None, {})


def test_a_touchpoint_of_one_key_among_a_thousand_reads_and_writes_a_64th() -> None:
    store, state = Store(), small()
    state["sig"] = {"s": {f"key-{number}": {"p": [[number, "x" * 11]] * 20} for number in range(1_000)}}
    store.save(state)
    whole = sum(map(len, store.values()))
    assert whole > 300_000
    assert store.head is not None and len(store.head) < 400
    store.forget_calls()

    loaded, _ = store.load()
    assert loaded is not None
    keys = loaded["sig"]["s"]
    keys["key-500"]["p"].append([1, "new"])
    assert len(keys) == 1_000 and next(iter(keys)) == "key-0"
    store.save(loaded)

    assert len(store.reads) == 2 and len(store.writes) == 1
    assert sum(len(store[name]) for name in store.reads) < whole / 15
    assert sections.bytes_read(loaded, store.head) < whole / 15
