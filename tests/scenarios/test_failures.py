"""A wrong expectation fails its scenario, and the failure says what came instead and why."""

from __future__ import annotations

from pathlib import Path

import pytest

from cjo.scenarios.run import Rehearsal
from tests.scenarios.stories import RIGHT, played, story, write
from tests.spec.workspaces import FILES

SEND = "{at: 30 min, send: email, step: remind, says: anna@example.org, with: {total: 30}}"
AT_0930 = "at day 1 09:30 (30 minutes)"
#: a change that makes the expectation wrong, what stands before the line that failed, what came instead
WRONG = [
    (("{at: 30 min, send", "{at: 31 min, send"), "- day 1 09:31 (31 minutes) ", f"{AT_0930}, not day 1 09:31"),
    (("{at: 30 min, send", "{at: +31 min, send"), "- day 1 10:01 (1 hour 1 minute) ", f"{AT_0930}, not day 1 10:01"),
    (("says: anna@", "says: ben@"), "- day 1 09:30", "does not say “ben@example.org”: “Your basket"),
    (("says: anna@example.org", "says: [anna, ben]"), "- day 1 09:30", "does not say “ben”: “Your basket"),
    (("total: 30}}\n  - {at: 1", "total: 31}}\n  - {at: 1"), "- day 1 09:30", "total is 30.00, not 31"),
    (("total: 30}}\n  - {at: 30", "total: 3}}\n  - {at: 30"), "- day 1 09:30", "total is 30.00, not 3"),
    (("key: b1", "key: b2"), "- day 1 09:30", "key b1, not b2"),
    (("ends: over", "ends: exit_event"), "- day 2 09:30", "ends exit_step, not exit_event"),
    (("{at: 1 day 30 min, ends: over}", "{ends: completed}"), "- at any time", "ends exit_step, not completed"),
    (("step: remind", "step: pause"), "- day 1 09:30", "step remind, not pause"),
    ((SEND, "{at: 30 min, refused: no_consent, step: remind}"), "- day 1 09:30", None),
    ((SEND, "{at: 30 min, cancel: email}"), "- day 1 09:30", None),
]  # fmt: skip


def test_the_right_scenario_passes(tmp_path: Path) -> None:
    assert played(tmp_path).passed


@pytest.mark.parametrize(("change", "begin", "instead"), WRONG)
def test_a_wrong_expectation_fails_and_says_what_came_instead(
    change: tuple[str, str], begin: str, instead: str | None, tmp_path: Path
) -> None:
    lines = story(tmp_path, change)
    (failed,) = [index for index, line in enumerate(lines) if line.startswith("- ")]
    assert lines[failed].startswith(begin)
    said = lines[failed + 1].strip()
    if instead is None:
        assert "came instead" not in "".join(lines)
    else:
        assert said.startswith(f"came instead: {instead}")


def test_the_whole_failure_reads_in_time_order_with_reasons(tmp_path: Path) -> None:
    found = story(
        tmp_path, ("{at: 30 min, send: email", "{at: 1 h, send: email"), ("consent: marketing", "consent: []")
    )
    assert found == [
        "= day 1 09:30 (30 minutes)        moment basket_abandoned b1: total 30.00",
        "  day 1 09:30 (30 minutes)        win-back: a run starts [entered]",
        "  day 1 09:30 (30 minutes)        refused win-back / remind: nothing sent: no consent for email [no_consent]",
        "  day 1 09:30 (30 minutes)        win-back / pause: waits until day 2 09:30 (1 day 30 minutes) [waiting]",
        "- day 1 10:00 (1 hour)            expected send email, step remind, saying “anna@example.org”, total 30",
        "  day 2 09:30 (1 day 30 minutes)  win-back / pause: the wait is over [wait_over]",
        "= day 2 09:30 (1 day 30 minutes)  ends win-back / done: the run ends at an exit: over [exit_step]",
    ]


def test_anything_sent_that_was_not_expected_fails(tmp_path: Path) -> None:
    without = ("  - {at: 30 min, send: email, step: remind, says: anna@example.org, with: {total: 30}}\n", "")
    (line,) = [line for line in story(tmp_path, without) if line.startswith("+")]
    assert "send email, win-back / remind: “Your basket” (not expected)" in line


def test_only_says_what_must_not_come_unexpected(tmp_path: Path) -> None:
    without = ("  - {at: 30 min, send: email, step: remind, says: anna@example.org, with: {total: 30}}\n", "")
    assert played(tmp_path / "a", without, ("expect:", "only: [goal]\nexpect:")).passed
    without_end = ("  - {at: 1 day 30 min, ends: over}\n", "")
    assert played(tmp_path / "b", without_end).passed
    assert not played(tmp_path / "c", without_end, ("expect:", "only: [ends]\nexpect:")).passed


def test_nothing_is_expected_of_a_sale(tmp_path: Path) -> None:
    text = RIGHT[: RIGHT.index("expect:")] + "expect: nothing\n"
    sale = (
        "  - {quiet",
        "  - {at: 30 min, touchpoint: order_completed, with: {basket_id: b1, order_id: o}}\n  - {quiet",
    )
    assert played(tmp_path / "a", sale, text=text).passed
    assert not played(tmp_path / "b", text=text).passed


def test_one_thing_that_came_answers_one_expectation_and_the_looser_gives_way(tmp_path: Path) -> None:
    twice = ("  - {at: 30 min, send", "  - {send: email}\n  - {at: 30 min, send")
    assert not played(tmp_path / "a", twice).passed
    two_baskets = (
        "  - {quiet",
        "  - {at: 5 h, touchpoint: product_added, with: {basket_id: b2, amount: 40}}\n  - {quiet",
    )
    assert played(tmp_path / "b", twice, two_baskets).passed


def test_within_allows_so_much_later_and_no_more(tmp_path: Path) -> None:
    at = "{at: 30 min, send"
    assert played(tmp_path / "a", (at, "{at: 20 min, within: 10 min, send")).passed
    assert not played(tmp_path / "b", (at, "{at: 20 min, within: 9 min, send")).passed
    assert not played(tmp_path / "c", (at, "{at: 31 min, within: 10 min, send")).passed


def test_the_watermark_moves_without_touchpoints(tmp_path: Path) -> None:
    early = (("{quiet_until: 3 days}", "{quiet_until: 29 min}"), ("expect:", "until: 29 min\nexpect:"))
    assert not played(tmp_path / "a", *early).passed
    whole = (("{quiet_until: 3 days}", "{quiet_until: 1 day 30 min}"), ("expect:", "until: 0 min\nexpect:"))
    assert played(tmp_path / "b", *whole).passed


def test_what_another_journey_sends_does_not_concern_a_scenario_unless_it_names_it(tmp_path: Path) -> None:
    other = "\n---\njourney: other\nowner: x\npurpose: marketing\nenter: {on: basket_abandoned}\nsteps:\n"
    other += "  - tell: {send: email, template: reminder, with: {total: moment.total}}\n"
    named = ("scenario:", "journey: win-back\nscenario:")
    write(tmp_path, named, journey=FILES["shop/journey.yaml"] + other)
    assert Rehearsal(tmp_path).run().results[0].passed
    both = ("  - {at: 1 day", "  - {journey: other, ends: completed}\n  - {at: 1 day")
    write(tmp_path, named, both, journey=FILES["shop/journey.yaml"] + other)
    (result,) = Rehearsal(tmp_path).run().results
    assert [one.journey for one in result.comparison.unexpected] == ["other"]


def test_what_is_known_of_a_customer_beforehand_is_no_part_of_the_story(tmp_path: Path) -> None:
    came = played(tmp_path).came
    assert min(one.at_ms for one in came) == came[0].at_ms
    assert [one.kind for one in came[:2]] == ["moment", "other"]
