"""What an author of a sequence may write, and what is refused, with its place and the next step."""

from __future__ import annotations

from pathlib import Path

import pytest

from cjo.compile import compile_workspace
from cjo.spec.problems import SpecErrors
from tests.spec import workspaces

SIGNAL = """signals:
  stuck:
    kind: sequence
    steps:
      - page_viewed
      - {name: added, on: [product_added, page_viewed], where: "channel = 'web'"}
      - {on: order_completed, not: product_added}
    within: 1 hour
    collect: {topic: page_viewed.topic, product: added.product_id, total: sum(amount)}
"""


def written(folder: Path, old: str = "", new: str = "") -> Path:
    workspaces.write(folder)
    assert old in SIGNAL
    (folder / "shop" / "more.yaml").write_text(SIGNAL.replace(old, new, 1), encoding="utf-8")
    return folder


def test_steps_become_matches_and_each_value_knows_its_step(tmp_path: Path) -> None:
    (signal,) = (one for one in compile_workspace(written(tmp_path))["signals"] if one["kind"] == "sequence")

    web = ["=", ["field", "channel", "string"], ["lit", "web", "string"]]
    assert signal["steps"] == [
        {"on": [{"type": "page_viewed", "where": None}], "not": []},
        {"on": [{"type": "product_added", "where": web}, {"type": "page_viewed", "where": web}], "not": []},
        {"on": [{"type": "order_completed", "where": None}], "not": [{"type": "product_added", "where": None}]},
    ]
    assert signal["collect"] == {
        "topic": {"value": ["attr", "topic", "string"], "step": 0},
        "product": {"value": ["field", "product_id", "string"], "step": 1},
        "total": {"sum": ["field", "amount", "decimal"]},
    }


def test_attributes_may_be_written_out(tmp_path: Path) -> None:
    change = ("page_viewed.topic", "page_viewed.attributes.topic")
    (signal,) = (one for one in compile_workspace(written(tmp_path, *change))["signals"] if one["kind"] == "sequence")

    assert signal["collect"]["topic"] == {"value": ["attr", "topic", "string"], "step": 0}


@pytest.mark.parametrize(
    ("old", "new", "place", "message", "hint"),
    [
        (
            "- page_viewed\n      - {name: added, on: [product_added, page_viewed], where: \"channel = 'web'\"}\n",
            "",
            "5:13",
            "expected 2 steps or more, got 1",
            "for one step, use kind: event",
        ),
        (
            "- page_viewed\n",
            "- page_viewed\n" + "      - page_viewed\n" * 8,
            "5:7",
            "expected 10 steps or fewer, got 11",
            "leave out",
        ),
        (
            "- page_viewed\n",
            "- {on: page_viewed, not: product_added}\n",
            "5:32",
            "the first step has no step before it",
            "move it",
        ),
        ("name: added, on:", "name: page_viewed, on:", "6:16", "another step is called 'page_viewed'", ""),
        (
            "- page_viewed\n",
            "- {name: added, on: page_viewed}\n",
            "6:16",
            "another step is called 'added'",
            "rename one",
        ),
        ("added.product_id", "aded.product_id", "9:50", "unknown step 'aded'", "did you mean 'added'"),
        (
            "page_viewed.topic",
            "order_completed.topic",
            "9:22",
            "unknown name 'topic' for order_completed",
            "attributes of",
        ),
        ("not: product_added", "not: product_aded", "7:36", "unknown touchpoint type 'product_aded'", "product_added"),
        ("total: sum(amount)", "key: sum(amount)", "9:68", "'key' is what every moment has already", "another name"),
        ("within: 1 hour", "within: 0 s", "8:13", "must be longer than zero", ""),
        ("within: 1 hour", "window: 1 hour", "2:3", "missing 'within'", "from the first step to the last"),
        ("within: 1 hour", "within: 1 hour\n    per: topic", "9:10", "unknown name 'topic' for product_added", ""),
    ],
)
def test_what_makes_no_sense_is_refused(old, new, place, message, hint, tmp_path: Path) -> None:
    with pytest.raises(SpecErrors) as refused:
        compile_workspace(written(tmp_path, old, new))
    found = {(str(one.place), message in one.message, hint in one.hint) for one in refused.value.problems}
    assert (f"{tmp_path}/shop/more.yaml:{place}", True, True) in found, refused.value
