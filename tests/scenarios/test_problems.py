"""What can be wrong in a scenario file: code, place, nearest name and next step, all at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from cjo.compile import compile_workspace
from cjo.scenarios.run import Rehearsal
from cjo.spec.codes import CODES
from cjo.spec.problems import Problem, SpecErrors
from tests.scenarios.stories import RIGHT, write
from tests.spec.test_problems import IN_SCENARIOS

WITH = "product_added, with: {basket_id: b1, amount: 30, category: shoes}"
SENT = "send: email, step: remind, says: anna@example.org, with: {total: 30}"
#: code's name, change, text at the place of the problem, what message and hint say
CASES = [
    ("yaml-syntax", ("scenario:", "scenario: ["), "", ""),
    ("missing-key", ("scenario: A forgotten basket\n", ""), "customer", "missing 'scenario'"),
    ("missing-key", (RIGHT[RIGHT.index("given:") : RIGHT.index("expect:")], ""), "scenario", "missing 'given'"),
    ("unknown-key", ("expect:", "expects:"), "expects", "did you mean 'expect'?"),
    ("unknown-key", ("key: b1", "kye: b1"), "kye", "did you mean 'key'?"),
    ("unknown-key", ("step: remind", "stp: remind"), "stp", "did you mean 'step'?"),
    ("scenario-line", ("touchpoint: product_added", "happens: product_added"), "{at: 0", "touchpoint, quiet_until"),
    ("scenario-line", ("send: email", "sends: email"), "{at: 30", "moment, send, refused, cancel, goal, ends"),
    ("scenario-line", ("send: email", "send: email, refused: stale"), "{at: 30", "exactly one of"),
    ("unknown-type", ("touchpoint: product_added", "touchpoint: product_aded"), "product_aded", "'product_added'?"),
    ("unknown-name", ("with: {basket_id", "with: {baskt_id"), "baskt_id", "did you mean 'basket_id'?"),
    ("unknown-name", ("category: shoes", "categry: shoes"), "categry", "did you mean 'category'?"),
    ("unknown-name", ("profile: {email", "profile: {emal"), "emal", "did you mean 'email'?"),
    ("unknown-name", ("with: {total: 30}}\n  - {at: 30", "with: {totl: 30}}\n  - {at: 30"), "totl", "'total'?"),
    ("unknown-name", ("{profile", "{held_out: sumer, profile"), "sumer", "unknown hold-out 'sumer'; policies.yaml"),
    ("unknown-step", ("{profile", "{arms: {remind: ten}, profile"), "remind", "unknown experiment 'remind'"),
    ("unknown-journey", ("{profile", "{arms: {win-bak/gift: ten}, profile"), "win-bak/gift", "mean 'win-back'?"),
    ("unknown-name", ("ends: over", "goal: purchase"), "purchase", "unknown goal 'purchase'"),
    ("wrong-value", ("amount: 30", "amount: thirty"), "thirty", "amount: expected decimal, got 'thirty'"),
    ("wrong-value", ("amount: 30", "amount: [30]"), "[30]", "expected text, a number, true or false"),
    ("wrong-value", ("step: remind", "step: 5"), "5", "expected text, got 5"),
    ("wrong-value", ("expect:", "only: [sent]\nexpect:"), "sent", "did you mean 'send'?"),
    ("wrong-value", ("send: email", "send: web"), "web", "step 'remind' never sends by 'web'"),
    ("wrong-value", (WITH, "order_completed"), "{at: 0", "needs 'order_id'"),
    ("unknown-channel", ("touchpoint:", "channel: webb, touchpoint:"), "webb", "did you mean 'web'?"),
    ("unknown-channel", ("send: email", "send: emal"), "emal", "did you mean 'email'?"),
    ("unknown-channel", ("consent: marketing", "consent: marketing by fax"), "marketing by fax", "channel 'fax'"),
    ("unknown-purpose", ("consent: marketing", "consent: [markting]"), "markting", "did you mean 'marketing'?"),
    ("unknown-signal", ("basket_abandoned", "basket_abandond"), "basket_abandond", "'basket_abandoned'?"),
    ("unknown-step", ("step: remind", "step: remnd"), "remnd", "did you mean 'remind'?"),
    ("unknown-journey", ("scenario:", "journey: win-bak\nscenario:"), "win-bak", "did you mean 'win-back'?"),
    ("unknown-journey", ("step: remind", "journey: win-bak"), "win-bak", "did you mean 'win-back'?"),
    ("unknown-reason", (SENT, "refused: no_consnt"), "no_consnt", "did you mean 'no_consent'?"),
    ("unknown-reason", ("ends: over", "ends: ovr"), "ovr", "did you mean 'over'?"),
    ("unknown-customer", ("touchpoint:", "customer: ben, touchpoint:"), "ben", "unknown customer 'ben'"),
    ("unknown-customer", ("send: email", "customer: ben, send: email"), "ben", "the scenario has: customer"),
    ("missing-key", ("customer: {", "customers: {anna: {}, ben: {}}\n#"), "{at: 0", "anna, ben"),
    ("time", ("at: 0 min", "at: 5"), "5", "'5' is not a point in time, like `0 min`"),
    ("time", ("at: 0 min", "at: soon"), "soon", "'soon' is not a point in time, like"),
    ("time", ("at: 0 min", "at: 0 minuts"), "0 minuts", "unknown unit 'minuts' of time, did you mean 'minutes'?"),
    ("time", ("at: 0 min", "at: day 2 25:00"), "day 2", "no time of day from 00:00 to 23:59"),
    ("time", ("at: 0 min", "at: 2026-02-30 09:00"), "2026-02-30", "is on no calendar"),
    ("time", ("at: 0 min", "at: 2026-02-03T09"), "2026-02-03T09", "is no time: write 2026-01-06 09:00"),
    ("time", ("given:", "start: 0 min\ngiven:"), "0 min", "expected a date and a time, like `2026-01-05 09:00`"),
    ("time", ("given:", "until: +1 h\ngiven:"), "+1 h", "no line before it"),
    ("scenario-order", ("{quiet_until: 3 days}", "{quiet_until: -1 min}"), "{quiet", "08:59 (-1 minute) is before"),
    ("wrong-value", ("at: 0 min", "at: 2 h, arrives: 0 min"), "{at: 2 h", "after its record's timestamp"),
]  # fmt: skip


def problems_of(folder: Path) -> list[Problem]:
    with pytest.raises(SpecErrors) as raised:
        Rehearsal(folder)
    return raised.value.problems


def test_every_code_that_only_scenarios_can_have_has_a_case() -> None:
    assert {name for name, *_ in CASES} >= IN_SCENARIOS


@pytest.mark.parametrize(("name", "change", "offending", "said"), CASES)
def test_a_mistake_has_its_code_its_place_and_a_next_step(
    name: str, change: tuple[str, str], offending: str, said: str, tmp_path: Path
) -> None:
    (problem,) = problems_of(write(tmp_path, change))
    assert problem.code == CODES[name].code
    assert problem.hint
    assert said in f"{problem.message}; {problem.hint}"
    line = Path(problem.place.file).read_text().splitlines()[problem.place.line - 1]
    assert line[problem.place.column - 1 :].startswith(offending)


def test_a_file_in_a_folder_without_a_journey_must_name_one(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "shop" / "scenarios").rename(tmp_path / "scenarios")
    (problem,) = problems_of(tmp_path)
    assert problem.message == f"missing 'journey': {tmp_path} holds no journey"
    assert problem.hint == "add `journey: NAME`, one of: win-back"


def test_several_mistakes_of_a_file_come_at_once(tmp_path: Path) -> None:
    changes = [
        ("product_added", "product_aded"),
        ("at: 1 day 30 min", "at: tomorrow"),
        ("step: remind", "step: remnd"),
    ]
    found = problems_of(write(tmp_path, *changes))
    assert [problem.code for problem in found] == ["CJO-E012", "CJO-E025", "CJO-E015"]
    assert {problem.who for problem in found} == {"scenario 'A forgotten basket'"}


def test_problems_of_several_scenarios_and_files_come_at_once(tmp_path: Path) -> None:
    folder = write(tmp_path, ("step: remind", "step: remnd"))
    other = folder / "shop" / "scenarios" / "more.yaml"
    other.write_text(f"{RIGHT}\n---\n{RIGHT.replace('send: email', 'send: emal')}", encoding="utf-8")
    found = problems_of(folder)
    assert [(Path(problem.place.file).name, problem.place.line) for problem in found] == [
        ("baskets.yaml", 8),
        ("more.yaml", 19),
    ]


def test_a_scenario_is_no_matter_of_the_plan(tmp_path: Path) -> None:
    folder = write(tmp_path, ("scenario:", "scenario: ["))
    assert compile_workspace(folder)["journeys"][0]["name"] == "win-back"
