"""Lists on disk: a row once, whole rows only, nothing that a spreadsheet would run."""

from __future__ import annotations

import asyncio
import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cjo.deliver.carriers.outbox import OutboxCarrier
from cjo.deliver.outcome import Outcome
from cjo.errors import StackError
from cjo.spec.deliver import Outbox
from tests.deliver.servers import run
from tests.deliver.worlds import MINUTE, T0, action

DAY = "2023-11-14"
DAY_MS = 24 * 60 * MINUTE


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


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "calls").iterdir() if not path.name.startswith("."))


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
    row = whole[whole.index(b"a2,") :]
    assert path.with_name(path.name + ".cut").read_bytes() == row[:-cut] + b"\n"


@pytest.mark.parametrize("cell", ['5" of it', '5 of it"'])
def test_a_quote_that_somebody_has_written_into_a_list_costs_no_row(tmp_path: Path, cell: str) -> None:
    write(tmp_path, *(action(number) for number in range(5)))
    path = tmp_path / "calls" / f"email-{DAY}.csv"
    whole = path.read_text("utf-8")
    path.write_text(whole.replace("a2,c1", f"a2,{cell}"), "utf-8")
    before = path.read_bytes()
    outcome = write(tmp_path, action(6))[0]
    assert (outcome.kind, outcome.whole) == ("retry", True)
    assert f"{path} can't be read, line 4" in outcome.detail
    assert path.read_bytes() == before
    path.write_text(whole, "utf-8")
    assert write(tmp_path, action(6))[0].kind == "delivered"


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
    assert names(tmp_path) == ["call-2023-11-15.csv", "email-2023-11-15.csv"]


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
        shutil.rmtree(tmp_path / "calls")
        (tmp_path / "calls").write_text("a file")
        return await made.deliver(action())

    outcome = run(carrier(tmp_path), without_folder)
    assert (outcome.kind, outcome.whole) == ("retry", True)


FULL = """
import asyncio, resource, signal, sys
from pathlib import Path
from tests.deliver.test_outbox import action, carrier

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a limit that stops a row in its middle, as a full disk does
made, path = carrier(Path(sys.argv[1])), Path(sys.argv[1]) / "calls" / sys.argv[2]
asyncio.run(made.deliver(action(1)))
size, quoted = path.stat().st_size, action(2, content={"body": 'She said: "Hello", and left.'})
for limit in (size + 60, size + 100, -1):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, -1))
    outcome = asyncio.run(made.deliver(quoted))
    print(outcome.kind, outcome.whole, path.stat().st_size == size)
asyncio.run(made.deliver(action(3)))
"""


def test_f1_a_disk_that_is_full_in_the_middle_of_a_row_leaves_none_of_it(tmp_path: Path) -> None:
    (tmp_path / "calls").mkdir()
    command = [sys.executable, "-c", FULL, str(tmp_path), f"email-{DAY}.csv"]
    said = subprocess.run(command, check=True, capture_output=True, text=True, env=dict(os.environ)).stdout
    assert said.splitlines() == ["retry True True", "retry True True", "delivered False False"]
    assert [row[0] for row in rows(tmp_path)] == ["action_id", "a1", "a2", "a3"]


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
@pytest.mark.parametrize("body", ["a\u2028b\u2029c\x85d", "a\rb", "a\r\nb\x0b\x0c", 'x"' * 70_000, "", "\ufeff,"])
def test_f1_a_row_of_any_text_is_known_after_a_restart(tmp_path: Path, kind: str, body: str) -> None:
    one, more = action(1, content={"body": body}), {"format": kind, "columns": ["content.body"]}
    write(tmp_path, one, **more)
    found = write(tmp_path, one, action(2), **more)
    assert [outcome.kind for outcome in found] == ["delivered", "delivered"]
    lines = (tmp_path / "calls" / f"email-{DAY}.{kind}").read_text("utf-8").split("\n")
    if kind == "jsonl":
        assert [json.loads(line)["action_id"] for line in lines[:-1]] == ["a1", "a2"]
        return
    limit = csv.field_size_limit(1_000_000)
    assert rows(tmp_path)[1:] == [["a1", body], ["a2", action()["content"]["body"]]]
    csv.field_size_limit(limit)


@pytest.mark.parametrize(("name", "line"), [("csv", b"a2,\xfc\n"), ("jsonl", b"{\n"), ("jsonl", b"[]\n")])
def test_a_list_that_nobody_can_read_is_trouble_of_the_carrier_and_says_its_line(
    tmp_path: Path, name: str, line: bytes
) -> None:
    write(tmp_path, action(1), format=name)
    path = tmp_path / "calls" / f"email-{DAY}.{name}"
    whole = path.read_bytes()
    path.write_bytes(whole + line)
    outcome = write(tmp_path, action(3), format=name)[0]
    assert (outcome.kind, outcome.whole) == ("retry", True)
    assert f"{path} can't be read, line {3 if name == 'csv' else 2}" in outcome.detail
    path.write_bytes(whole)
    assert write(tmp_path, action(3), format=name)[0].kind == "delivered"


def test_f1_after_midnight_or_days_later_there_is_no_second_row(tmp_path: Path) -> None:
    write(tmp_path, action(1))
    write(tmp_path, action(1), action(2), at_ms=T0 + DAY_MS)
    assert [row[0] for row in rows(tmp_path, "email-2023-11-15.csv")] == ["action_id", "a2"]
    write(tmp_path, action(2), action(3), at_ms=T0 + 4 * DAY_MS)
    assert [row[0] for row in rows(tmp_path, "email-2023-11-18.csv")] == ["action_id", "a3"]


def test_a_list_of_today_with_other_columns_is_left_and_another_begun(tmp_path: Path) -> None:
    here, there = ["address", "content.body"], ["content.body", "address"]
    write(tmp_path, action(1), columns=here)
    write(tmp_path, action(1), action(2), columns=there)
    write(tmp_path, action(2), action(3), columns=here)
    body = action()["content"]["body"]
    assert rows(tmp_path) == [
        ["action_id", *here], ["a1", "anna@example.org", body], ["a3", "anna@example.org", body],
    ]  # fmt: skip
    assert rows(tmp_path, f"email-{DAY}-2.csv") == [["action_id", *there], ["a2", body, "anna@example.org"]]
    write(tmp_path, action(2), at_ms=T0 + DAY_MS)
    assert names(tmp_path) == [f"email-{DAY}-2.csv", f"email-{DAY}.csv"]


def test_f1_two_that_write_into_one_folder_see_each_others_rows(tmp_path: Path) -> None:
    first, second = carrier(tmp_path), carrier(tmp_path)

    async def play() -> None:
        await first.open()
        for number, made in enumerate((second, first, second, first, second)):
            await made.deliver(action(number))
            await made.deliver(action(max(number - 1, 0)))

    asyncio.run(play())
    assert [row[0] for row in rows(tmp_path)] == ["action_id", "a0", "a1", "a2", "a3", "a4"]


def test_rows_of_many_processes_at_the_same_time_are_whole_and_once(tmp_path: Path) -> None:
    one = (
        "import asyncio, sys; from pathlib import Path; from tests.deliver.test_outbox import action, write; "
        "write(Path(sys.argv[1]), *(action(number) for number in range(40)))"
    )
    together = [subprocess.Popen([sys.executable, "-c", one, str(tmp_path)]) for _ in range(3)]
    assert [process.wait() for process in together] == [0, 0, 0]
    assert [row[0] for row in rows(tmp_path)] == ["action_id", *(f"a{number}" for number in range(40))]


def test_ids_of_days_that_are_over_are_forgotten(tmp_path: Path) -> None:
    at_ms = [T0]
    made = carrier(tmp_path)
    made._now_s = lambda: at_ms[0] / 1000

    async def play() -> None:
        await made.open()
        for number in range(5):
            await made.deliver(action(number))
            at_ms[0] += DAY_MS

    asyncio.run(play())
    assert len(names(tmp_path)) == 5
    known = [one for days in made._days.values() for one in (*days.before, *days.of_today)]
    assert sum(len(one.ids) for one in known) == 2
