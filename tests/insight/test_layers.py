"""The layout of maps: whatever the graph, nothing lies on anything, and every way reaches its ends."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from cjo.insight.layers import Item, Layout, Link, arrange

NAMES = [f"n{number}" for number in range(9)]
sizes = st.tuples(st.integers(40, 260), st.integers(20, 120))
labels = st.none() | st.tuples(st.integers(10, 170), st.integers(16, 60))
links = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES), labels), max_size=18)
boxes = st.fixed_dictionaries(dict.fromkeys(NAMES, sizes))


def placed(layout: Layout) -> list[Item]:
    return [*layout.boxes.values(), *(link.label_item for link in layout.links if link.label_item is not None)]


def apart(one: Item, other: Item) -> bool:
    across = abs(one.x - other.x) >= (one.width + other.width) / 2 - 0.01
    down = abs(one.y - other.y) >= (one.height + other.height) / 2 - 0.01
    return across or down


@settings(max_examples=30)
@given(boxes, links)
def test_no_box_and_no_label_lies_on_another_and_all_is_inside(found: dict, ways: list) -> None:
    layout = arrange(found, [Link(*way) for way in ways])
    items = placed(layout)
    assert all(apart(one, other) for one, other in combinations(items, 2))
    for item in items:
        assert item.x - item.width / 2 >= -0.01
        assert item.x + item.width / 2 <= layout.width + 0.01
        assert item.y + item.height / 2 <= layout.height + 0.01


@settings(max_examples=30)
@given(boxes, links)
def test_every_way_runs_downward_from_its_upper_box_to_its_lower_one(found: dict, ways: list) -> None:
    layout = arrange(found, [Link(*way) for way in ways])
    for link in layout.links:
        if link.source == link.target:
            continue
        upper, lower = (link.target, link.source) if link.upward else (link.source, link.target)
        assert (link.chain[0], link.chain[-1]) == (layout.boxes[upper], layout.boxes[lower])
        assert [item.rank for item in link.chain] == list(range(link.chain[0].rank, link.chain[-1].rank + 1))
        assert all(first.y < second.y for first, second in zip(link.chain, link.chain[1:], strict=False))


def test_a_row_of_steps_stands_in_one_line() -> None:
    layout = arrange({"a": (100, 40), "b": (60, 40), "c": (140, 40)}, [Link("a", "b"), Link("b", "c", (30, 16))])
    assert len({round(item.x, 3) for item in layout.boxes.values()}) == 1


def test_the_order_of_a_rank_avoids_crossings() -> None:
    found = {"top": (50, 30), "a": (50, 30), "b": (50, 30), "x": (50, 30), "y": (50, 30)}
    layout = arrange(found, [Link("top", "a"), Link("top", "b"), Link("a", "y"), Link("b", "x")])
    places = {name: item.x for name, item in layout.boxes.items()}
    assert (places["a"] < places["b"]) == (places["y"] < places["x"])
