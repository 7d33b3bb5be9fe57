"""What an author of a session may write, and what is refused, with its place and the next step."""

from __future__ import annotations

from pathlib import Path

import pytest

from cjo.compile import compile_workspace
from cjo.spec.problems import SpecErrors
from tests.spec import workspaces

SIGNAL = """signals:
  visited:
    kind: session
    on: [page_viewed, product_added]
    counts: {views: page_viewed, orders: {on: order_completed, where: amount > 5}}
    collect: {topic: views.topic, total: sum(orders.amount), items: {each: product_id}}
    where: count >= 3 AND orders = 0 AND total < 10
"""


def written(folder: Path, old: str = "", new: str = "") -> Path:
    workspaces.write(folder)
    assert old in SIGNAL
    (folder / "shop" / "more.yaml").write_text(SIGNAL.replace(old, new, 1), encoding="utf-8")
    return folder


def compiled(folder: Path, old: str = "", new: str = "") -> dict:
    plan = compile_workspace(written(folder, old, new))
    return next(one for one in plan["signals"] if one["kind"] == "session")


def test_a_session_becomes_matches_values_and_a_condition_over_them(tmp_path: Path) -> None:
    signal = compiled(tmp_path)

    amount = ["field", "amount", "decimal"]
    assert signal["gap_ms"] == 1_800_000
    assert signal["on"] == [{"type": "page_viewed", "where": None}, {"type": "product_added", "where": None}]
    assert signal["counts"] == {
        "views": [{"type": "page_viewed", "where": None}],
        "orders": [{"type": "order_completed", "where": [">", amount, ["lit", "5", "decimal"]]}],
    }
    assert signal["collect"] == {
        "topic": {"value": ["attr", "topic", "string"], "of": "views"},
        "total": {"sum": amount, "of": "orders"},
        "items": {"each": ["field", "product_id", "string"], "minus": [], "max": 20},
    }
    assert signal["where"][1:3] == [
        [">=", ["moment", "count", "int"], ["lit", 3, "int"]],
        ["=", ["moment", "orders", "int"], ["lit", 0, "int"]],
    ]


def test_attributes_may_be_written_out(tmp_path: Path) -> None:
    one = compiled(tmp_path, "views.topic", "views.attributes.topic")

    assert one["collect"]["topic"] == {"value": ["attr", "topic", "string"], "of": "views"}


@pytest.mark.parametrize(
    ("old", "new", "place", "message", "hint"),
    [
        ("orders = 0", "ordres = 0", "7:27", "unknown name 'ordres'", "did you mean 'orders'"),
        ("orders = 0", "moment.orders = 0", "7:27", "unknown name 'moment.orders'", "'orders'"),
        ("orders = 0", "orders = 'x'", "7:36", "compares int with string", ""),
        ("views.topic", "view.topic", "6:22", "unknown count 'view'", "did you mean 'views'"),
        ("views.topic", "orders.topic", "6:22", "unknown name 'topic' for order_completed", ""),
        ("views.topic", "topic", "6:22", "unknown name 'topic' for product_added", ""),
        ("sum(orders.amount)", "sum(orders.product_id)", "6:42", "sum takes a number", ""),
        ("views: page", "seconds: page", "5:14", "'seconds' is what every moment has already", "another name"),
        ("total: sum", "orders: sum", "6:35", "'orders' is what every moment has already", "another name"),
        ("views: page_viewed", "views: page_view", "5:21", "unknown touchpoint type 'page_view'", "page_viewed"),
        ("views: page", "my-views: page", "5:14", "'my-views' is not a name of letters, digits and _", ""),
        ("    on: [page_viewed, product_added]\n", "", "2:3", "missing 'on'", "touchpoints that make a session"),
        ("kind: session", "kind: session\n    gap: 0 s", "4:10", "must be longer than zero", ""),
        ("kind: session", "kind: session\n    settle: true", "4:5", "unknown key 'settle'", ""),
    ],
)
def test_what_makes_no_sense_is_refused(old, new, place, message, hint, tmp_path: Path) -> None:
    with pytest.raises(SpecErrors) as refused:
        compile_workspace(written(tmp_path, old, new))
    found = {(str(one.place), message in one.message, hint in one.hint) for one in refused.value.problems}
    assert (f"{tmp_path}/shop/more.yaml:{place}", True, True) in found, refused.value
