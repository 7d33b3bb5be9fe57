"""A customer's timeline."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cjo.cli import why
from cjo.cli.main import main
from cjo.cli.why import about, as_json, lines
from cjo.client.story import plain
from cjo.client.timeline import About, arranged
from cjo.client.words import as_line
from cjo.compile import compile_workspace
from cjo.engine.ids import event_mark, mark_as_hex
from cjo.submission import control
from cjo.submission.running import submission_record
from tests.client.records import MINUTE, T0, action, decision, moment, record, touchpoint
from tests.spec import workspaces

DAY = 86_400_000


def test_a_timeline_reads_from_the_touchpoint_to_the_action() -> None:
    due = T0 + 30 * MINUTE
    records = [
        action(due),
        decision(due, outcome="accepted", reason="sent", rule="D1", channel="email", action_id="a1"),
        moment(due),
        touchpoint(basket_id="b1", product_id="p1", amount="12.5000", currency="CHF"),
        decision(due + MINUTE, step="voucher", inputs={"consent.email": "none", "address.push": "none"}),
    ]
    assert list(lines(arranged(records))) == [
        "2023-11-14T22:13:20.000Z  touchpoint  product_added (web): basket b1, product p1, 12.50 CHF",
        "2023-11-14T22:43:20.000Z  moment      basket_abandoned for b1, from 2 touchpoints",
        "                          decision    win-back-basket / remind: a message by email is requested [sent, D1]",
        "                          action      email to a@example.com, win-back-basket / remind: “Your basket waits”",
        "2023-11-14T22:44:20.000Z  decision    win-back-basket / voucher: nothing sent: no consent for email"
        " [no_consent, D6]",
    ]


def test_a_moment_of_a_model_says_what_was_estimated_and_of_what() -> None:
    values = {"probability": "0.524060", "views": 8, "days_since_calculator": "14.000", "gold": True}
    (line,) = lines(arranged([moment(T0, values=values)]))
    assert line.endswith(": probability 0.524060 of views 8, days_since_calculator 14.000, gold True")


def test_a_moment_of_a_change_says_both_totals_and_that_no_single_touchpoint_made_it() -> None:
    (line,) = lines(arranged([moment(T0, key=None, evidence=[], values={"recent": 3, "baseline": 40, "percent": 30})]))
    assert line.endswith("basket_abandoned, from two rates: recent 3, baseline 40, percent 30")
    (line,) = lines(arranged([moment(T0, key=None, evidence=[], values={"tier": "gold"})]))
    assert line.endswith("basket_abandoned, from the profile: tier gold")


def test_a_moment_says_the_values_that_it_carries_and_of_long_lists_the_first() -> None:
    values = {"items": [f"p{n}" for n in range(7)], "total": "12.5000", "topic": None, "none": []}
    (line,) = lines(arranged([moment(T0, values=values)]))
    assert line.endswith("from 2 touchpoints: items p0 + p1 + p2 + p3 + p4 + 2 more, total 12.5000")


def test_t6_a_touchpoint_stands_at_its_corrected_time_and_a_dead_one_says_so() -> None:
    corrected = touchpoint(T0, occurred_at=1000, sent_at=6000, received_at=T0)
    dead = touchpoint(T0, event_id="e2", occurred_at=T0 + 61 * MINUTE)
    first, second = arranged([dead, corrected])
    assert first.at_ms == T0 - 5000
    assert second.note is not None
    assert second.note.startswith("does not count: event_time_ahead")


def test_t6_a_touchpoint_without_a_time_that_can_be_told_stands_where_it_came() -> None:
    (entry,) = arranged([touchpoint(T0, occurred_at=-(2**63))])
    assert entry.at_ms == T0
    assert (entry.note or "").startswith("does not count: event_time_before_1970")


def test_s5_a_repeated_touchpoint_is_noted_and_a_repeated_action_left_out() -> None:
    found = arranged([touchpoint(), touchpoint(T0 + 1), action(T0 + 2), action(T0 + 2), action(T0 + 3, kind="cancel")])
    assert [(entry.kind, entry.note) for entry in found] == [
        ("touchpoint", None),
        ("touchpoint", "again: counts once"),
        ("action", None),
        ("action", None),
    ]


def test_one_journey_alone_shows_its_moments_and_all_touchpoints() -> None:
    records = [
        touchpoint(),
        moment(T0 + 1),
        moment(T0 + 2, moment_id="m2"),
        decision(T0 + 1),
        decision(T0 + 2, journey="mortgage-offer", moment_id="m2"),
    ]
    found = arranged(records, "mortgage-offer")
    assert [(entry.kind, entry.at_ms - T0) for entry in found] == [("touchpoint", 0), ("moment", 2), ("decision", 2)]


def test_as_json_holds_the_whole_record_with_times_in_iso() -> None:
    (entry,) = arranged([decision(T0)])
    found = json.loads(as_json(entry))
    assert found["at"] == "2023-11-14T22:13:20.000Z"
    assert found["record"]["decided_at"] == "2023-11-14T22:13:20.000Z"
    assert found["record"]["reason"] == "no_consent"


def test_a_moment_of_moments_says_of_which_it_is_made_and_a_journeys_own_moments_bring_them_along() -> None:
    inputs = [{"event": mark_as_hex(event_mark(name)), "at": T0} for name in ("m1", "m2")]
    records = [
        moment(T0, moment_id="m1"),
        moment(T0 + MINUTE, moment_id="m2"),
        moment(
            T0 + MINUTE, moment_id="m3", signal="twice", key=None, evidence=[*inputs, {"event": "0" * 16, "at": T0}]
        ),
        moment(T0 + MINUTE, moment_id="m4"),
        decision(T0 + MINUTE, journey="care", moment_id="m3"),
    ]
    said = [entry.said for entry in arranged(records, "care") if entry.kind == "moment"]

    made_by = "basket_abandoned at 2023-11-14T22:13:20.000Z, made by basket_abandoned at 2023-11-14T22:14:20.000Z"
    assert said[2:] == [f"twice, made by {made_by}, from 1 touchpoint"]
    assert len(said) == 3


def test_t4_a_touchpoint_that_came_late_is_noted_with_how_late() -> None:
    hour = 3_600_000
    order = [T0 + 2 * hour, T0 + 2 * hour - 59_000, T0, T0 + 2 * hour + 1]
    records = [touchpoint(at, event_id=f"e{number}") for number, at in enumerate(order)]
    assert [(entry.at_ms, entry.note) for entry in arranged(records)] == [
        (T0, "came 2 hours after what happened later"),
        (T0 + 2 * hour - 59_000, None),
        (T0 + 2 * hour, None),
        (T0 + 2 * hour + 1, None),
    ]


@pytest.mark.parametrize(
    ("mode", "outcome", "reason", "said"),
    [
        ("live", "accepted", "sent", "remind: a message by email is requested"),
        ("shadow", "accepted", "sent", "remind: in shadow, so nothing goes out: a message by email is requested"),
        (
            "shadow",
            "refused",
            "goal_reached",
            "remind: in shadow: nothing sent: the goal of the run was reached before",
        ),
        ("test", "accepted", "sent", "remind: in test: a message by email is requested"),
    ],
)
def test_a_decision_that_was_not_for_real_says_so(mode: str, outcome: str, reason: str, said: str) -> None:
    more = {"mode": mode, "outcome": outcome, "reason": reason, "rule": "D1", "channel": "email"}
    (line,) = lines(arranged([decision(T0, **more)]))
    assert line.endswith(f"{said} [{reason}, D1]")


def test_f2_a_record_that_is_no_touchpoint_is_noted_and_the_rest_is_told() -> None:
    strange: list[dict[str, Any]] = [
        {"order": 1, "customer": "c1"},
        {"event_id": "e", "customer_id": "c1", "channel": "web", "type": "page_viewed", "occurred_at": "noon"},
        {"event_id": "e", "customer_id": "c1", "channel": "web", "type": "page_viewed", "occurred_at": None},
    ]
    broken = record("touchpoints", None, error="undecodable: what it is")
    left_out = {"event_id": "e", "customer_id": "c1", "channel": "cjo", "type": "moment_reached", "occurred_at": T0}
    found = arranged([*(record("touchpoints", one) for one in strange), broken, record("touchpoints", left_out)])
    assert [entry.note for entry in found] == [
        "does not count: undecodable, it is no touchpoint",
        "does not count: undecodable, it is no touchpoint",
        "does not count: no_event_time, it has no occurred_at",
        "does not count: undecodable: what it is",
        None,
    ]
    assert list(map(as_json, found))
    assert '"order": 1' in as_line(record("touchpoints", strange[0]), 200)
    assert '"amount": "12 EUR"' in as_line(record("touchpoints", {"type": "page_viewed", "amount": "12 EUR"}), 200)


def test_s5_what_does_not_count_makes_no_repeat_of_what_does() -> None:
    dead = touchpoint(T0, occurred_at=T0 + 120 * MINUTE)
    good = touchpoint(T0 + 61 * MINUTE, occurred_at=T0 + 120 * MINUTE)
    assert [entry.note is None for entry in arranged([dead, good])] == [False, True]
    assert [entry.note for entry in arranged([good, dead])] == [
        None, "does not count: event_time_ahead, its event time is 7200000 ms after its record's timestamp",
    ]  # fmt: skip


def test_s5_beyond_the_horizon_an_event_may_count_anew_and_so_does_its_moment() -> None:
    records = [touchpoint(T0), touchpoint(T0 + 3 * DAY), moment(T0), moment(T0 + 3 * DAY), moment(T0 + 3 * DAY)]
    found = arranged(records, about=About(horizon_ms=2 * DAY))
    assert [(entry.kind, entry.at_ms - T0, entry.note) for entry in found] == [
        ("touchpoint", 0, None),
        ("moment", 0, None),
        ("touchpoint", 3 * DAY, "again, after more than 2 days: may count anew"),
        ("moment", 3 * DAY, None),
    ]


def test_a_key_of_another_kind_of_subject_is_no_customer() -> None:
    (entry,) = arranged([touchpoint(customer_id="@household:7")], about=About(kinds=("household",)))
    assert entry.note == "does not count: reserved_subject, its customer_id is the key of another kind of subject"


def test_actions_stand_in_a_timeline_whatever_their_topic_is_called() -> None:
    task = record("crm-tasks", action(T0, channel="tasks").value)
    assert arranged([task]) == []
    (entry,) = arranged([task], about=About(action_topics=("crm-tasks",)))
    assert (entry.kind, entry.value["channel"]) == ("action", "tasks")


def test_the_control_topic_tells_the_horizon_and_the_topics_of_emits_also_of_earlier_submissions(
    tmp_path: Path,
) -> None:
    emits = ("channels:", "emits: {tasks: {topic: crm-tasks, expires: 1 day}}\nduplicate_horizon: 2 days\nchannels:")
    before = compile_workspace(workspaces.write(tmp_path / "a", workspace=emits))
    now = compile_workspace(workspaces.write(tmp_path / "b"))
    first = submission_record(before, [], "job-1", {})
    assert about([]) == About()
    assert about([first]).horizon_ms == 2 * DAY
    second = submission_record({**now, "subjects": {"household": {}}}, [first], "job-2", {})
    known = about([first, second])
    assert "crm-tasks" in known.action_topics
    assert (known.horizon_ms, known.kinds) == (7 * DAY, ("household",))


def test_nobody_writes_lines_or_colours_into_a_timeline() -> None:
    forged = "hello\n2023-11-14T22:13:21.000Z  decision    mortgage-offer / call: nothing sent\x1b[8m\u202e"
    (line,) = lines(arranged([touchpoint(text=forged, attributes={"a\tb": "c\rd"})]))
    assert "\n" not in line
    assert "\x1b" not in line
    assert line.endswith("nothing sent\\x1b[8m\\u202e”")
    assert as_line(touchpoint(text=forged), 400).endswith("nothing sent\\x1b[8m\\u202e”")
    family = "\U0001f469\u200d\U0001f467 Müller, 東京"
    assert plain(family) == family


def test_the_moments_of_a_busy_customer_are_looked_through_once() -> None:
    """Ten thousand moments and their decisions: each mark is made once or twice, not once for each other."""
    made = [moment(T0 + n, moment_id=f"m{n}") for n in range(10_000)]
    records = [*made, *(decision(T0 + n, moment_id=f"m{n}", decision_id=f"d{n}") for n in range(10_000))]
    assert len(arranged(records, "win-back-basket")) == 20_000


def test_only_what_is_from_a_time_on() -> None:
    records = [touchpoint(), touchpoint(T0 + MINUTE), decision(T0), decision(T0 + MINUTE)]
    found = arranged(records, since_ms=T0 + MINUTE)
    assert [(entry.kind, entry.at_ms - T0, entry.note) for entry in found] == [
        ("touchpoint", MINUTE, "again: counts once"), ("decision", MINUTE, None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--journey", "win-bak-basket"], "did you mean 'win-back-basket'? journeys that decided something:"),
        (["--since", "yesterday"], "--since is 'yesterday'"),
    ],
)
def test_a_journey_that_decided_nothing_and_a_time_that_is_none_are_told(
    args: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(control, "recorded", lambda settings: [])
    monkeypatch.setattr(why, "timeline", lambda *_, **__: arranged([touchpoint(), decision(T0)]))
    assert main(["why", "c1", *args]) == 2
    assert said in capsys.readouterr().err


def test_the_command_folds_what_is_alike_and_of_a_journey_leaves_out_what_it_does_not_ask_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = compile_workspace(workspaces.write(tmp_path))
    known = [*control.numbered(plan, [])[1], submission_record({**plan, "subjects": {"household": {}}}, [], "job", {})]
    told = [touchpoint(T0 + n, event_id=f"v{n}", type="page_viewed") for n in range(6)]
    monkeypatch.setattr(control, "recorded", lambda settings: known)
    monkeypatch.setattr(why, "timeline", lambda *_, **__: arranged([*told, decision(T0 + 9, journey="win-back")]))
    counts = []
    for options in ([], ["--all"], ["--json"], ["--journey", "win-back"], ["--journey", "win-back", "--all"]):
        assert main(["why", "@household:7", *options]) == 0
        out, err = capsys.readouterr()
        counts.append(len(out.splitlines()))
        assert "stands in their own timelines: cjo why CUSTOMER" in err
    assert counts == [2, 7, 7, 1, 7]
    assert main(["why", "c1"]) == 0
    assert capsys.readouterr().err == ""
