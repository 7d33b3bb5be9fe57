"""Reason codes: the table, the page and the engine agree."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cjo import engine, reasons
from cjo.avro.codec import load_schema
from cjo.resources import data_dir

RULE = re.compile(r"[TSRDPF][0-9]+").fullmatch
PAGE = data_dir("docs") / "reference" / "reasons.md"


def test_the_page_is_the_table() -> None:
    assert PAGE.read_text() == reasons.page(), "run: python -m cjo.reasons > docs/reference/reasons.md"


def test_every_reason_that_the_engine_gives_is_in_the_table() -> None:
    codes = {
        code for path in Path(engine.__file__).parent.rglob("*.py") for code in _codes(ast.parse(path.read_text()))
    }
    assert {"entered", "sent", "no_consent", "exit_event", "journey_removed"} <= codes, (
        "the search finds nothing any more"
    )
    assert codes - reasons.REASONS.keys() == set()


@pytest.mark.parametrize("code", reasons.REASONS)
@pytest.mark.parametrize("kind", ["entry", "send", "move", "goal", "end", "cancel"])
def test_a_decision_without_inputs_has_a_sentence_without_gaps(code: str, kind: str) -> None:
    said = reasons.sentence({"reason": code, "kind": kind, "inputs": {}})
    assert said
    assert "{" not in said
    assert said == said.strip()


def test_lengths_and_times_are_words() -> None:
    stale = {"reason": "stale", "kind": "entry", "inputs": {"age_ms": "90061000", "fresh_ms": "7200000"}}
    assert reasons.sentence(stale) == "no run: the moment is 1 day 1 hour old, and only 2 hours counts as fresh"
    waiting = {"reason": "waiting", "kind": "move", "inputs": {"until": "1700000000000"}}
    assert reasons.sentence(waiting) == "waits until 2023-11-14 22:13:20 UTC"


def test_the_same_refusal_of_a_send_can_end_a_run() -> None:
    refused = {"reason": "no_consent", "kind": "send", "inputs": {"consent.sms": "none", "consent.email": "none"}}
    assert reasons.sentence(refused) == "nothing sent: no consent for email or sms"
    assert reasons.sentence({**refused, "kind": "end"}) == "the run ends: no consent for email or sms"


def test_a_channel_that_gave_way_is_told_with_its_reason() -> None:
    inputs = {"passed.sms": "send_window", "address.push": "none", "consent.call": "none", "preferred": "sms"}
    sent = {"reason": "sent", "kind": "send", "channel": "email", "inputs": inputs}
    assert reasons.sentence(sent) == (
        "a message by email is requested; not by sms (send_window), push (no_address), call (no_consent)"
    )
    assert reasons.sentence({**sent, "inputs": {}}) == "a message by email is requested"
    refused = {**sent, "reason": "no_consent", "channel": None, "inputs": {"consent.sms": "none"}}
    assert reasons.sentence(refused) == "nothing sent: no consent for sms"


def test_t5_a_closed_channel_is_named_and_its_time_told_where_it_was_decided() -> None:
    inputs = {"window": "night", "until": "1793487600000", "time_zone": "Asia/Tokyo", "time_zone_of": "customer"}
    hold = {"reason": "send_window", "kind": "hold", "channel": "sms", "inputs": inputs}
    said = "sms is closed by night until 2026-10-31 23:00:00 UTC, 08:00 on 2026-11-01 in Asia/Tokyo (the customer's)"
    assert reasons.sentence(hold) == said
    waits = reasons.sentence({**hold, "reason": "waiting", "kind": "move"})
    assert waits == "waits until 2026-10-31 23:00:00 UTC, 08:00 on 2026-11-01 in Asia/Tokyo (the customer's)"
    for zone in ("UTC", "Mars/Olympus", "../x"):
        found = reasons.sentence({**hold, "inputs": {**inputs, "time_zone": zone}})
        assert found == "sms is closed by night until 2026-10-31 23:00:00 UTC"
    assert reasons.sentence({**hold, "channel": None, "inputs": {}}) == "the channel is closed by ? until ?"


def test_the_contract_points_to_the_page() -> None:
    (reason,) = [field for field in load_schema("decision")["fields"] if field["name"] == "reason"]
    assert "docs/reference/reasons.md" in reason["doc"]


def _codes(tree: ast.AST) -> Iterator[str]:
    """Texts that stand before a rule (`"stale", "T4"`), or are given or named as a reason."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call | ast.Tuple):
            items = node.args if isinstance(node, ast.Call) else node.elts
            for item, following in itertools.pairwise(items):
                if RULE(_text(following)) and _text(item):
                    yield _text(item)
        if isinstance(node, ast.Call):
            yield from (_text(word.value) for word in node.keywords if word.arg == "reason" and _text(word.value))
        if isinstance(node, ast.Assign) and any(getattr(target, "id", "") == "reason" for target in node.targets):
            yield _text(node.value)


def _text(node: ast.AST) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


@pytest.mark.parametrize("value", ["--5", "\u00b2", "9" * 5_000, "-"])
def test_a_variable_named_like_a_length_of_time_may_hold_any_text(value: str) -> None:
    said = reasons.sentence({"reason": "updated", "kind": "move", "inputs": {"delay_ms": value}})
    assert said.endswith(f"delay_ms = {value}")
