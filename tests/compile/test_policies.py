"""policies.yaml: what becomes of it in the plan, and what is told of a wrong one."""

from __future__ import annotations

from pathlib import Path

import pytest

from cjo.cli.main import main
from cjo.compile import compile_with_warnings, compile_workspace
from cjo.spec.problems import SpecErrors
from tests.compile.test_lints import OVER_FIVE, names_found
from tests.spec import workspaces

CAPS = """caps:
  few: {at_most: 3, per: 7 days}
  texts: {at_most: 1, per: day, channels: web, purposes: [marketing]}
"""


def written(folder: Path, text: str, **changes: str | tuple[str, str] | None) -> Path:
    """The small workspace with that policies.yaml."""
    workspaces.write(folder, **changes)
    (folder / "policies.yaml").write_text(text, encoding="utf-8")
    return folder


def problems(folder: Path) -> list[str]:
    with pytest.raises(SpecErrors) as told:
        compile_workspace(folder)
    return [str(problem) for problem in told.value.problems]


def test_caps_stand_in_the_plan_in_the_order_of_the_file(tmp_path: Path) -> None:
    plan, warnings = compile_with_warnings(written(tmp_path, CAPS))
    assert warnings == []
    assert plan["workspace"]["caps"] == [
        {"name": "few", "at_most": 3, "per": None, "window_ms": 604_800_000, "channels": None, "purposes": None},
        {
            "name": "texts",
            "at_most": 1,
            "per": "day",
            "window_ms": None,
            "channels": ["web"],
            "purposes": ["marketing"],
        },
    ]


def test_without_the_file_or_with_an_empty_one_there_is_no_cap(tmp_path: Path) -> None:
    assert "caps" not in compile_workspace(workspaces.write(tmp_path))["workspace"]
    assert not compile_workspace(written(tmp_path, "# none yet\n"))["workspace"].get("caps")


ALL = """
quiet_hours:
  nights: {from: "21:00", to: "08:00", channels: [web]}
send_windows:
  office: {from: "09:00", to: "18:00", days: [weekday, saturday], channels: email, purposes: marketing}
arbitration:
  offers: {purposes: marketing, hold: 10 minutes, spacing: 1 day}
hold_outs:
  everyone: {share: 2.5%}
  some: {share: 10, journeys: win-back}
preferred_channel: email
test_recipients: {customers: [c1], addresses: ["*@example.org"]}
mode: shadow
"""


def test_every_other_policy_stands_in_the_plan_too(tmp_path: Path) -> None:
    workspace = compile_workspace(written(tmp_path, ALL))["workspace"]
    about = {"channels": None, "purposes": None}
    nights = {"name": "nights", "from_minute": 1260, "to_minute": 480, "days": None, **about, "channels": ["web"]}
    assert workspace["quiet_hours"] == [nights]
    days = [0, 1, 2, 3, 4, 5]
    office = {"name": "office", "from_minute": 540, "to_minute": 1080, "days": days}
    assert workspace["send_windows"] == [{**office, "channels": ["email"], "purposes": ["marketing"]}]
    group = {"name": "offers", "hold_ms": 600_000, "spacing_ms": 86_400_000, "journeys": None}
    assert workspace["groups"] == [{**group, "purposes": ["marketing"]}]
    assert workspace["hold_outs"] == [
        {"name": "everyone", "share": 250, "journeys": None, "purposes": None},
        {"name": "some", "share": 1000, "journeys": ["win-back"], "purposes": None},
    ]
    assert workspace["preferred_channel"] == "email"
    assert workspace["test_recipients"] == {"customers": ["c1"], "addresses": ["*@example.org"]}
    assert workspace["mode"] == "shadow"


def test_what_the_file_does_not_say_is_not_in_the_plan(tmp_path: Path) -> None:
    assert compile_workspace(written(tmp_path, "mode: live"))["workspace"].keys() == (
        compile_workspace(workspaces.write(tmp_path, policies=""))["workspace"].keys()
    )


def test_d6_only_a_transactional_journey_may_be_urgent(tmp_path: Path) -> None:
    [told] = problems(workspaces.write(tmp_path, journey=("owner: shop", "owner: shop\nurgent: true")))
    assert "quiet hours" in told


def test_a_mode_and_urgency_are_part_of_a_journeys_version_only_where_they_are_written(tmp_path: Path) -> None:
    def journey(*lines: str) -> dict[str, object]:
        change = ("owner: shop", "\n".join(["owner: shop", *lines]))
        return compile_workspace(workspaces.write(tmp_path, journey=change))["journeys"][0]

    plain, live, shadow = journey(), journey("mode: live"), journey("mode: shadow")
    assert plain == live
    assert (shadow["mode"], shadow["version"] != plain["version"]) == ("shadow", True)


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ('quiet_hours: {n: {from: "21:00", to: "8:00"}}', ":1:38", "8:00"),
        ('quiet_hours: {n: {from: "21:00", to: "08:00", days: [someday]}}', ":1:", "someday"),
        ('send_windows: {n: {from: "21:00", to: "08:00", channels: emial}}', ":1:58", "did you mean 'email'?"),
        ("arbitration: {a: {journeys: [win-bakc]}}", ":1:30", "did you mean 'win-back'?"),
        ("arbitration: {a: {purposes: [transactional]}}", ":1:30", "never compete"),
        ("hold_outs: {a: {share: 101%}}", ":1:24", "101%"),
        ("hold_outs: {a: {share: 0.001%}}", ":1:24", "0.001%"),
        ("hold_outs: {a: {share: true}}", ":1:24", "no share"),
        ("preferred_channel: emial", ":1:20", "did you mean 'email'?"),
        ("test_recipients: {customers: []}", ":1:18", "nobody"),
        ("caps: {few: {at_most: 3, per: 7 days, channels: [emial]}}", ":1:50", "did you mean 'email'?"),
        ("caps: {few: {at_most: 3, per: 7 days, purposes: [transactional]}}", ":1:50", "never capped"),
        ("caps: {few: {at_most: 0, per: 7 days}}", ":1:23", "greater than or equal to 1"),
        ("caps: {few: {at_most: 3, per: fortnight}}", ":1:31", "fortnight"),
        ("caps: {few: {at_most: 3}}", ":1:8", "per"),
        ("limits: {few: {at_most: 3, per: day}}", ":1:1", "limits"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, text: str, place: str, said: str) -> None:
    [told] = problems(written(tmp_path, text))
    assert f"policies.yaml{place}" in told
    assert said in told


def test_two_journeys_of_one_name_are_told_once_and_are_not_said_to_be_in_two_groups(tmp_path: Path) -> None:
    text = workspaces.FILES["shop/journey.yaml"]
    twice = text + text[text.index("---") :]
    found = problems(written(tmp_path, "arbitration: {offers: {purposes: marketing}}\n", journey=twice))
    assert len(found) == 1
    assert "CJO-E020 journey win-back: the name 'win-back' is given twice" in found[0]


def test_a_file_of_nearly_that_name_is_an_error_and_never_left_out(tmp_path: Path) -> None:
    (workspaces.write(tmp_path) / "policies.yml").write_text(CAPS, encoding="utf-8")
    [told] = problems(tmp_path)
    assert "policies.yml" in told
    assert "caps" in told


def test_two_journeys_under_one_cap_are_no_longer_warned_of(tmp_path: Path) -> None:
    change = ("  - done: {exit: over}", OVER_FIVE)
    assert names_found(workspaces.write(tmp_path, journey=change)) == ["same-day"]
    assert names_found(written(tmp_path, CAPS, journey=change)) == []
    assert names_found(written(tmp_path, CAPS.replace("few: {", "few: {channels: web, "), journey=change)) == [
        "same-day"
    ]


def test_explain_says_what_caps_allow(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", str(written(tmp_path, CAPS))]) == 0
    told = capsys.readouterr().out
    assert "cap      few: at most 3 messages of any purpose but transactional in 7 days" in told
    assert "cap      texts: at most 1 message by web for marketing a day of the customer's calendar" in told


def test_explain_says_what_the_other_policies_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", str(written(tmp_path, ALL))]) == 0
    told = capsys.readouterr().out
    assert "quiet    nights: nothing by web from 21:00 to 08:00" in told
    days = "monday, tuesday, wednesday, thursday, friday and saturday"
    assert f"window   office: by email for marketing only from 09:00 to 18:00 on {days}" in told
    held = "one sends 10 minutes after the first falls due, then none for 1 day"
    assert f"group    offers: of all journeys for marketing {held}" in told
    assert "prefers  a step's channels that profile.email names come first" in told
    assert "hold-out everyone: 2.5 % of the customers get nothing of any purpose but transactional" in told
    assert "hold-out some: 10 % of the customers get nothing of win-back" in told
    assert "mode     shadow: everything is decided and logged, nothing is sent" in told
    assert "test     only the customers c1 and the addresses *@example.org get anything" in told
