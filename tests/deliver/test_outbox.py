"""Lists on disk: a row once, whole rows only, nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from cjo.deliver.carriers.outbox import OutboxCarrier
from cjo.deliver.outcome import Outcome
from cjo.errors import StackError
from cjo.spec.deliver import Outbox
from tests.deliver.servers import run
from tests.deliver.worlds import T0, action

DAY = "2023-11-14"


def carrier(folder: Path, zone: str = "UTC", at_ms: int = T0, **more: Any) -> OutboxCarrier:
    spec = Outbox.model_validate({"kind": "outbox", "folder": "calls", **more})
    return OutboxCarrier(spec, folder / "calls", zone, lambda: at_ms / 1000)


def write(folder: Path, *actions: dict[str, Any], **more: Any) -> list[Outcome]:
    async def all_of_them(made: OutboxCarrier) -> list[Outcome]:
        return [await made.deliver(one) for one in actions]

    return run(carrier(folder, **more), all_of_them)


def rows(folder: Path, name: str = f"email-{DAY}.csv") -> list[list[str]]:
    with (folder / "calls" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_a_row_an_action_under_the_columns_that_were_asked_for(tmp_path: Path) -> None:
    body = 'Call her:\n"Anna", please'
    one = action(1, content={"body": body}, variables={"items": ["kettle", "teapot"], "total": 12.5})
    columns = ["customer_id", "content.body", "variables.items", "variables.total", "expires_at"]
    assert write(tmp_path, one, action(2, "c2"), columns=columns)[0].kind == "delivered"
    assert rows(tmp_path)[0] == ["action_id", *columns]
    assert rows(tmp_path)[1] == ["a1", "c1", body, "kettle; teapot", "12.5", "2023-11-14T23:13:20.000Z"]
    assert rows(tmp_path)[2][:2] == ["a2", "c2"]


def test_f1_after_a_crash_before_the_journal_there_is_no_second_row(tmp_path: Path) -> None:
    write(tmp_path, action(1), action(2))
    assert [one.kind for one in write(tmp_path, action(2), action(3))] == ["delivered", "delivered"]
    assert [row[0] for row in rows(tmp_path)] == ["action_id", "a1", "a2", "a3"]


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_f1_a_row_that_a_crash_has_cut_off_is_written_whole(tmp_path: Path, cut: int) -> None:
    one = action(2, content={"body": 'Two lines:\n"second"\nand a third'})
    write(tmp_path, action(1), one)
    path = tmp_path / "calls" / f"email-{DAY}.csv"
    whole = path.read_bytes()
    path.write_bytes(whole[:-cut])
    write(tmp_path, one)
    assert path.read_bytes() == whole


def test_f1_a_line_of_json_that_a_crash_has_cut_off_is_written_whole(tmp_path: Path) -> None:
    write(tmp_path, action(1), action(2, content={"body": 'say "hi"'}), format="jsonl")
    path = tmp_path / "calls" / f"email-{DAY}.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole[:-9])
    write(tmp_path, action(2, content={"body": 'say "hi"'}), format="jsonl")
    assert path.read_bytes() == whole
    assert [json.loads(line)["action_id"] for line in whole.splitlines()] == ["a1", "a2"]


def test_each_channel_and_day_has_a_file_in_the_workspaces_time_zone(tmp_path: Path) -> None:
    write(tmp_path, action(1), action(2, channel="call"), zone="Asia/Tokyo")
    names = sorted(path.name for path in (tmp_path / "calls").iterdir())
    assert names == ["call-2023-11-15.csv", "email-2023-11-15.csv"]


def test_nothing_is_a_formula_and_telephone_numbers_stay(tmp_path: Path) -> None:
    bodies = ['=HYPERLINK("http://x")', "+41 79 000 00 00", "-2+3+cmd|' /C calc'!A0", "@SUM(A1)", "plain", "-5"]
    write(tmp_path, *(action(n, content={"body": body}) for n, body in enumerate(bodies)), columns=["content.body"])
    found = [row[1] for row in rows(tmp_path)[1:]]
    assert found == ["'" + bodies[0], bodies[1], "'" + bodies[2], "'" + bodies[3], "plain", "-5"]


def test_a_folder_that_is_none_is_said_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "calls").write_text("a file")
    with pytest.raises(StackError, match="calls can't be written to"):
        write(tmp_path, action())


def test_a_disk_that_takes_nothing_is_trouble_of_the_carrier_as_a_whole(tmp_path: Path) -> None:
    async def without_folder(made: OutboxCarrier) -> Outcome:
        (tmp_path / "calls").rmdir()
        (tmp_path / "calls").write_text("a file")
        return await made.deliver(action())

    outcome = run(carrier(tmp_path), without_folder)
    assert (outcome.kind, outcome.whole) == ("retry", True)
