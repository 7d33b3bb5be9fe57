"""`cjo explain`: the plan in words, what it needs, what it keeps, and the share of a log that it needs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cjo.cli.main import main
from cjo.compile import compile_workspace
from cjo.compile.conditions import parse_condition
from cjo.insight import words
from cjo.insight.explain import as_json
from cjo.insight.graph import graph_of
from cjo.insight.sentences import of_journey, of_signal
from cjo.resources import data_dir
from cjo.signals import kinds, part
from tests.compile.test_conditions_as_closures import SCOPE
from tests.compile.test_golden import CONDITIONS
from tests.engine import build
from tests.spec import workspaces

Capture = pytest.CaptureFixture[str]


@pytest.mark.parametrize("text", CONDITIONS.strip().splitlines())
def test_a_condition_in_words_means_what_its_author_wrote(text: str) -> None:
    cond, complaints = parse_condition(text, SCOPE)
    assert not complaints
    again, complaints = parse_condition(words.condition(cond), SCOPE)  # type: ignore[arg-type]
    assert not complaints
    assert again == cond


def test_lists_read_like_a_sentence() -> None:
    assert words.listed([]) == "nothing"
    assert words.listed(["a"]) == "a"
    assert words.listed(["a", "b", "c"], "or") == "a, b or c"
    assert words.amount(1, "touchpoint") == "1 touchpoint"
    assert words.amount(2000, "touchpoint") == "2,000 touchpoints"


def test_whose_touchpoints_a_signal_looks_at_and_whom_its_moment_enters_is_told() -> None:
    plan = compile_workspace(data_dir("journeys"))
    signal = next(one for one in plan["signals"] if one["name"] == "household_plans_a_home")
    journey = next(one for one in plan["journeys"] if one["name"] == "household-advice")
    assert of_signal(signal)[-2:] == [
        "It looks at each household alone.",
        "Touchpoints of one household count in the order in which they happened: it waits for the bound.",
    ]
    entered = "It is a run of the contact person of the household, whom the moment reaches through the log."
    assert of_journey(plan, journey)[1] == entered


def test_every_kind_of_signal_is_told_in_sentences() -> None:
    assert of_signal(build.absence())[0] == (
        "Fires 30 minutes after the last product_added, unless order_completed comes before."
    )
    assert of_signal(build.absence(on_repeat="keep"))[0].startswith("Fires 30 minutes after the first product_added")
    assert of_signal(build.score())[0] == (
        "Fires when the points of the last 1 hour reach 5: 1 for page_viewed and 3 for calculator_used."
    )
    assert of_signal(build.event())[0] == "Fires on every page_viewed."
    assert of_signal(build.count(cooldown_ms=build.DAY))[:2] == [
        "Fires when product_added came 3 times in the last 1 hour.",
        "Then it is silent for 1 day, and until there are fewer.",
    ]
    assert of_signal(build.count(distinct=build.PRODUCT))[0] == (
        "Fires when product_added came with 3 different product_id in the last 1 hour."
    )
    assert of_signal(build.sequence(cooldown_ms=build.DAY)) == [
        "Fires when, within 1 hour, product_added, then page_viewed, then calculator_used (no order_completed in "
        "between) came one after the other.",
        "Then it is silent for 1 day.",
        "It looks at each customer alone.",
        "A moment carries items (each product_id, at most 2), total (sum of amount) and second (the product_id of "
        "step 2).",
    ]
    assert of_signal(build.session())[:3] == [
        "Fires when a session is over, 30 minutes after its last touchpoint, where orders = 0.",
        "A session is made by page_viewed; baskets counts product_added; orders counts order_completed.",
        "It has count, seconds, baskets and orders.",
    ]
    assert of_signal(build.profile()) == [
        "Fires when a profile update makes it true that profile.segment = 'gold'.",
        "A customer's first profile is no change.",
        "It looks at each customer alone.",
        "A moment carries segment (profile.segment).",
    ]
    assert of_signal(build.profile(first="counts"))[1] == "A customer's first profile counts too."
    assert of_signal(build.date(before_days=7))[0] == (
        "Fires 7 days before profile.birth_date, every year, at 09:00 where the customer is."
    )
    assert of_signal(build.date(every=None))[0] == (
        "Fires on profile.birth_date, once, at 09:00 where the customer is."
    )


def test_d10_a_goal_is_told_to_count_from_the_first_arm_where_there_are_arms(tmp_path: Path) -> None:
    goal = "exit: order_completed\ngoal: {name: sale, on: order_completed, within: 1 day}"
    text = workspaces.FILES["shop/journey.yaml"].replace("exit: order_completed", goal)
    send = "{send: email, template: reminder, with: {total: moment.total}}"
    for number, (written, first) in enumerate([(text, "send"), (text.replace(send, ARMS), "arm or send")]):
        plan = compile_workspace(workspaces.write(tmp_path / str(number), journey=written))
        [journey] = plan["journeys"]
        assert f"The goal sale is order_completed within 1 day of the first {first}." in of_journey(plan, journey)
        assert dict(graph_of(plan, journey).always)["Goal: sale"][1] == f"within 1 day of the first {first}"


ARMS = "{experiment: {none: {share: 50}, ten: {share: 50}}}"


def test_a_journey_is_told_from_entry_to_goal(tmp_path: Path) -> None:
    plan = compile_workspace(workspaces.write(tmp_path))
    assert of_journey(plan, plan["journeys"][0]) == [
        "A run starts on basket_abandoned where moment.total > 20, while the moment is at most 1 day old.",
        "For the same key it starts again when the run before has ended.",
        "remind: send email, template reminder -> pause",
        "pause: wait 1 day -> done",
        "done: exit: over",
        "It ends at once on order_completed, and after 10 days.",
        "It sends for marketing, has priority 0 and belongs to shop.",
    ]


def test_filter_and_fields_are_those_of_the_part_alone(tmp_path: Path) -> None:
    plan = compile_workspace(workspaces.write(tmp_path))
    found = as_json(plan, None)
    (signal,), (journey,) = found["signals"], found["journeys"]
    assert signal["types"] == ["order_completed", "product_added"]
    assert signal["filter"] == "`type` IN ('order_completed', 'product_added')"
    assert signal["fields"] == ["basket_id", "amount", "attributes"]
    assert journey["types"] == ["order_completed"]
    assert journey["fields"] == ["basket_id", "attributes"]
    assert signal["traffic"] is None


def test_the_share_of_a_log_is_measured(tmp_path: Path, capsys: Capture) -> None:
    folder = workspaces.write(tmp_path / "workspace")
    common = {"channel": "web", "occurred_at": "2026-05-01T09:00:00Z", "customer_id": "c1"}
    types = ["page_viewed"] * 5 + ["product_added"] * 3 + ["order_completed"] + ["consent_given"] + ["heartbeat"]
    log = tmp_path / "log.jsonl"
    log.write_text("".join(json.dumps({**common, "event_id": f"e{n}", "type": t}) + "\n" for n, t in enumerate(types)))

    assert main(["explain", str(folder), "--log", str(log), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["traffic"] == {"total": 10, "touchpoints": 5, "share": 0.5, "own_types": 1}
    assert found["signals"][0]["traffic"] == {"touchpoints": 4, "share": 0.4}
    assert found["journeys"][0]["traffic"] == {"touchpoints": 1, "share": 0.1}
    state = found["signals"][0]["state"]
    assert state["by_log"]["customers"] == 1
    assert state["by_log"]["most"] > state["bytes"]

    assert main(["explain", str(folder), "--log", str(log)]) == 0
    text = capsys.readouterr().out
    assert "  traffic  40.0 % of the log, 4 touchpoints\n" in text
    assert "  traffic  50.0 % of the log, 5 touchpoints of 10, among them 1 of cjo's own types\n" in text


def test_a_line_that_is_no_touchpoint_is_named(tmp_path: Path, capsys: Capture) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text('{"event_id": "e1"}\n')
    assert main(["explain", "--log", str(log)]) == 2
    assert f"{log}, line 1: " in capsys.readouterr().err


def test_one_journey_or_one_signal_alone(capsys: Capture) -> None:
    plan = compile_workspace(data_dir("journeys"))
    journey = plan["journeys"][0]
    assert main(["explain", "--journey", journey["name"], "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in found["journeys"]] == [journey["name"]]
    assert [one["name"] for one in found["signals"]] == [journey["enter"]["on"]]
    assert main(["explain", "--signal", "basket_abandoned", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert ([one["name"] for one in found["signals"]], found["journeys"]) == (["basket_abandoned"], [])


@pytest.mark.parametrize(("option", "name", "near"), [("--journey", "win-back", "win-back-basket"),
                                                      ("--signal", "basket_abandond", "basket_abandoned")])  # fmt: skip
def test_an_unknown_name_is_an_error_with_the_nearest(option: str, name: str, near: str, capsys: Capture) -> None:
    assert main(["explain", option, name]) == 2
    assert f"did you mean '{near}'?" in capsys.readouterr().err


def test_f4_every_kind_says_what_it_keeps_at_most_and_what_is_lost_beyond() -> None:
    explained = as_json(compile_workspace(data_dir("journeys")), None)
    told = {signal["name"]: signal["state"] for signal in explained["signals"]}
    assert all(len(state["bound"]) > 15 for state in told.values())
    assert [kind for kind in kinds() if not hasattr(part(kind, "words"), "bound")] == []
    basket = told["basket_abandoned"]
    assert basket["keys_most"] == 1_000
    assert basket["customer_bytes_most"] == 1_000 * basket["bytes_most"]
    assert told["high_mortgage_engagement"]["keys_most"] == 1
