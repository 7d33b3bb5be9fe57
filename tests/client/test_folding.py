"""A timeline in which what matters is found: repetitions folded, and of one journey only what it asks for."""

from __future__ import annotations

from pathlib import Path

from cjo.cli.why import lines
from cjo.client.folding import folded
from cjo.client.timeline import arranged, mark_of, of_journey
from cjo.compile import compile_workspace
from cjo.submission.asked import types_asked
from cjo.submission.control import numbered
from tests.client.records import MINUTE, T0, decision, moment, record, touchpoint
from tests.spec import workspaces

HEARD = (
    "signals:",
    "signals:\n  seen: {kind: event, on: page_viewed}\n"
    "  idle: {kind: count, on: signal.seen, at_least: 2, window: 1 day}",
)


def viewed(minute: int, **more):
    return touchpoint(T0 + minute * MINUTE, event_id=f"v{minute}", type="page_viewed", **more)


def told(records):
    return [line[26:] for line in lines(folded(arranged(records)))]


def test_many_touchpoints_of_a_type_are_one_line_and_what_is_rare_keeps_its_own():
    records = [*(viewed(n) for n in range(3)), touchpoint(T0 + 3 * MINUTE), viewed(4, channel="app"), viewed(5)]
    assert list(lines(folded(arranged(records)))) == [
        "2023-11-14T22:13:20.000Z  touchpoint  5 page_viewed (web, app), the last at 2023-11-14T22:18:20.000Z",
        "2023-11-14T22:16:20.000Z  touchpoint  product_added (web)",
    ]


def test_three_of_a_type_are_three_lines():
    assert told([viewed(n) for n in range(3)]) == ["touchpoint  page_viewed (web)"] * 3


def test_a_moment_a_decision_and_an_action_divide_what_is_folded():
    records = [*(viewed(n) for n in range(8)), decision(T0 + 3 * MINUTE)]
    assert [line.split(",")[0] for line in told(records)] == [
        "touchpoint  4 page_viewed (web)",
        "decision    win-back-basket / remind: nothing sent: no consent for any channel [no_consent",
        "touchpoint  4 page_viewed (web)",
    ]


def test_what_a_moment_or_a_decision_names_and_what_is_noted_keeps_its_line():
    evidence = [{"event": mark_of("v1"), "at": T0 + MINUTE}]
    records = [
        *(viewed(n) for n in range(6)),
        viewed(4),
        moment(T0 + 7 * MINUTE, evidence=evidence),
        decision(T0 + 7 * MINUTE, inputs={"event_id": "v2"}),
    ]
    found = [entry for entry in folded(arranged(records)) if entry.kind == "touchpoint"]
    assert [(entry.at_ms - T0) // MINUTE for entry in found] == [0, 1, 2, 4]
    assert found[0].said.startswith("4 page_viewed")
    assert found[-1].note == "again: counts once"


def test_consent_and_profile_are_never_folded_and_what_nobody_can_read_stays():
    records = [touchpoint(T0 + n, event_id=f"e{n}", type="consent_given") for n in range(5)]
    records += [record("touchpoints", {"order": n}, T0 + 10) for n in range(5)]
    assert len(told(records)) == 10


def test_a_journey_shows_what_it_and_its_signals_ask_for_and_what_its_moments_are_made_of():
    records = [
        viewed(0),
        touchpoint(T0 + MINUTE, event_id="named", type="branch_visited"),
        touchpoint(T0 + MINUTE, event_id="e2"),
        touchpoint(T0 + MINUTE, event_id="e3", type="consent_given"),
        moment(T0 + MINUTE, evidence=[{"event": mark_of("named"), "at": T0 + MINUTE}]),
        decision(T0 + MINUTE),
        record("touchpoints", {"order": 1}),
    ]
    found = of_journey(arranged(records), "win-back-basket", {"product_added"})
    assert [entry.value.get("type", entry.kind) for entry in found] == [
        "touchpoint", "branch_visited", "product_added", "consent_given", "moment", "decision",
    ]  # fmt: skip


def test_the_control_topic_tells_what_a_journey_asks_for_in_all_its_versions(tmp_path: Path) -> None:
    before = compile_workspace(workspaces.write(tmp_path / "a", journey=("exit: order_completed", "exit: page_viewed")))
    now = compile_workspace(workspaces.write(tmp_path / "b"))
    known = numbered(now, [])[1]
    assert types_asked(known, "win-back") == {"product_added", "order_completed"}
    known = (first := numbered(before, [])[1]) + numbered(now, first)[1]
    assert types_asked(known, "win-back") == {"product_added", "order_completed", "page_viewed"}
    assert types_asked(known, "other") is None


def test_what_a_signal_hears_of_other_signals_is_asked_for_too(tmp_path: Path) -> None:
    text = workspaces.FILES["shop/journey.yaml"].replace(*HEARD).replace("{on: basket_abandoned,", "{on: idle,")
    text = text.replace("where: moment.total > 20", "where: moment.count > 1")
    text = text.replace("with: {total: moment.total}", "with: {total: moment.count}")
    known = numbered(compile_workspace(workspaces.write(tmp_path, journey=text)), [])[1]
    assert types_asked(known, "win-back") == {"page_viewed", "order_completed"}
