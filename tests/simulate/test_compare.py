"""Two versions over one log: who is treated differently, how, and why on both sides."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from cjo.cli.main import main
from cjo.resources import data_dir
from cjo.simulate.compare import Told, compare
from tests.simulate.logs import json_lines, touchpoints, world


def other_version(folder: Path, *changes: tuple[str, str]) -> Path:
    shutil.copytree(data_dir("journeys"), folder)
    path = folder / "win-back-basket" / "journey.yaml"
    text = path.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text)
    return folder


def run(name: str, other: Path, capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert main(["simulate", name, "--compare", str(other), "--json", *words]) == 0
    return json.loads(capsys.readouterr().out)


def test_equal_versions_treat_everyone_alike(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = json_lines(tmp_path / "log.jsonl", touchpoints(world()))
    found = run(name, other_version(tmp_path / "other"), capsys)
    assert found["compare"] == {"customers": 0, "kinds": {}, "listed": []}


def test_a_higher_threshold_leaves_out_those_below_it_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = json_lines(tmp_path / "log.jsonl", touchpoints(world()))
    other = other_version(tmp_path / "other", ("moment.total >= 20", "moment.total >= 60"))
    base, changed = run(name, other, capsys, "--list", "1000"), None
    assert main(["simulate", name, "--workspace", str(other), "--json"]) == 0
    changed = json.loads(capsys.readouterr().out)
    sent = [sum(one["times"] for one in found["journeys"]["win-back-basket"]["sent"]) for found in (base, changed)]
    kinds = base["compare"]["kinds"]
    assert sent[0] > sent[1] > 0
    gained = kinds.get("only_other", {"times": 0})["times"]
    assert kinds["only_base"]["times"] - gained == sent[0] - sent[1]
    left_out = [one for one in base["compare"]["listed"] if one["kind"] == "only_base"]
    assert len(left_out) == kinds["only_base"]["times"]
    refused = {one["other"]["reason"] for one in left_out}
    assert "condition_false" in refused
    assert all(one["base"]["reason"] == "sent" for one in left_out)
    by_neither = [one for one in base["compare"]["listed"] if one["kind"] == "other_reason" and one["step"] is None]
    assert by_neither
    assert all(one[side]["outcome"] == "refused" for one in by_neither for side in ("base", "other"))
    assert all(one["base"]["at"] == one["other"]["at"] for one in by_neither)


def test_the_other_versions_bound_changes_nothing_of_the_base(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = json_lines(tmp_path / "log.jsonl", touchpoints(world()))
    other = other_version(tmp_path / "other")
    workspace = other / "workspace.yaml"
    workspace.write_text(workspace.read_text().replace("bound: 5 seconds", "bound: 10 days"))
    assert main(["simulate", name, "--json"]) == 0
    alone = json.loads(capsys.readouterr().out)
    beside = run(name, other, capsys)
    assert {part: beside[part] for part in ("log", "moments", "journeys", "counters")} == {
        part: alone[part] for part in ("log", "moments", "journeys", "counters")
    }


def test_another_text_is_another_message(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = json_lines(tmp_path / "log.jsonl", touchpoints(world()))
    other = other_version(tmp_path / "other")
    template = other / "win-back-basket" / "templates" / "basket-last-call.yaml"
    text = template.read_text()
    template.write_text(text.replace("subject: ", "subject: New ", 1))
    assert template.read_text() != text
    kinds = run(name, other, capsys)["compare"]["kinds"]
    assert set(kinds) == {"other_message"}


def test_the_list_holds_the_first_customers_whatever_the_processes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = json_lines(tmp_path / "log.jsonl", touchpoints(world()))
    other = other_version(tmp_path / "other", ("within: 30 minutes", "within: 45 minutes"))
    one = run(name, other, capsys, "--list", "3", "--processes", "1")["compare"]
    two = run(name, other, capsys, "--list", "3", "--processes", "2")["compare"]
    assert one == two
    assert len({entry["customer"] for entry in one["listed"]}) == 3
    assert one["kinds"]["other_time"]["times"] > 0


def decision(outcome: str, reason: str, at: int, **more: Any) -> tuple[str, dict[str, Any]]:
    record = {"kind": "send", "outcome": outcome, "reason": reason, "journey": "j", "step": "s", "decided_at": at,
              "channel": None, "action_id": None, "run_id": "r"}  # fmt: skip
    return "decision", record | more


SENT = decision("accepted", "sent", 10, channel="email", action_id="a")


ENTERED = decision("accepted", "entered", 10, kind="entry", step=None)
REFUSED = decision("refused", "condition_false", 10, kind="entry", step=None)
AGAIN = decision("refused", "already_open", 20, kind="entry", step=None)


@pytest.mark.parametrize(
    ("base", "other", "kind", "note"),
    [
        ([SENT], [SENT], None, None),
        ([SENT], [decision("accepted", "sent", 10, channel="sms", action_id="b")], "other_channel", ""),
        ([SENT], [decision("accepted", "sent", 20, channel="email", action_id="b")], "other_time", ""),
        ([SENT], [decision("refused", "no_consent", 10)], "only_base", ""),
        ([decision("refused", "no_consent", 10)], [decision("refused", "no_address", 10)], "other_reason", ""),
        ([decision("refused", "no_consent", 10)], [decision("refused", "no_consent", 11)], None, None),
        ([SENT], [], "only_base", "signal seen did not fire"),
        ([SENT], [("moment", {"signal": "seen"})], "only_base", "signal seen fired, with no decision"),
        ([], [SENT], "only_other", ""),
        ([ENTERED, SENT], [REFUSED], "only_base", ""),
        ([REFUSED], [ENTERED, SENT], "only_other", ""),
        ([ENTERED, decision("refused", "no_consent", 10)], [REFUSED], "other_reason", ""),
        ([ENTERED], [REFUSED], "other_reason", ""),
        ([decision("refused", "stale", 10, kind="entry", step=None)], [REFUSED], "other_reason", ""),
        ([], [REFUSED], "other_reason", ""),
        ([ENTERED, SENT, AGAIN], [ENTERED, SENT], "other_reason", ""),
        ([ENTERED, SENT], [ENTERED, SENT, AGAIN], "other_reason", ""),
        ([ENTERED, SENT, AGAIN], [ENTERED, SENT, AGAIN], None, None),
    ],
)
def test_kinds_of_difference(base: list[Any], other: list[Any], kind: str | None, note: str | None) -> None:
    found = compare("c1", Told(base, {"j": "seen"}), Told(other, {"j": "seen"}))
    assert [one.kind for one in found] == ([] if kind is None else [kind])
    if note:
        assert found[0].other.note == note


def test_a_journey_that_the_other_version_lacks_is_named() -> None:
    found = compare("c1", Told([SENT], {"j": "seen"}), Told([], {}))
    assert found[0].other.note == "this version has no such journey"
