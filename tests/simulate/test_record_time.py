"""T6 for files, which have no record timestamps: `sent_at` stands for a missing `received_at`, in every command."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from cjo.avro.rows import event_time_ms
from cjo.cli.main import main
from cjo.cli.send import _Sender
from cjo.client.producer import now_ms
from cjo.client.sources import batches, rows_of
from cjo.compile.tracking import load
from cjo.resources import data_dir
from cjo.simulate.log import file_log
from cjo.simulate.reading import Codec, Wanted
from cjo.values import to_timestamp
from tests.simulate.logs import json_lines, shipped

HOUR_MS = 3_600_000
ROW = {
    "event_id": "w1", "customer_id": "anna", "channel": "app", "type": "product_added",
    "occurred_at": "2026-03-02T10:00:00Z", "basket_id": "b1", "product_id": "boots", "amount": "59.90",
}  # fmt: skip
CASES = [
    ({}, "2026-03-02T10:00:00Z"),
    ({"sent_at": "2026-03-02T12:00:00Z"}, "2026-03-02T10:00:00Z"),
    ({"sent_at": "2026-03-02T12:00:00Z", "received_at": "2026-03-02T13:00:00Z"}, "2026-03-02T11:00:00Z"),
    ({"received_at": "2026-03-02T13:00:00Z"}, "2026-03-02T10:00:00Z"),
]


@pytest.mark.parametrize(("more", "time"), CASES)
def test_t6_simulate_backtest_and_send_give_a_files_row_one_event_time(
    more: dict[str, str], time: str, tmp_path: Path
) -> None:
    name = json_lines(tmp_path / "log.jsonl", [ROW | more])
    tracking, at_ms = load(data_dir("journeys")), to_timestamp(time)

    (part,) = [Codec(Wanted([shipped()], tracking)).read(batch) for batch in batches(name)]
    assert [json.loads(line)[2]["at"] for lines in part.lines.values() for line in lines] == [at_ms]
    assert (part.first_ms, part.last_ms) == (at_ms, at_ms)

    log = file_log(name, shipped(), tracking)
    assert [row["at"] for _, row in log] == [at_ms]
    assert (log.first_ms, log.last_ms) == (at_ms, at_ms)

    assert [event_time_ms(touchpoint, stamp_ms) for touchpoint, stamp_ms in published(name)] == [at_ms]


def published(name: str) -> list[tuple[Any, int]]:
    """What `cjo send --log-time` hands to the producer."""
    args = argparse.Namespace(fan_out=None, file=name, profiles=None, map=None, log_time=True, now=False)
    sender, found = _Sender(args, load(data_dir("journeys"))), []
    for row in (row for batch in sender.batches for row in rows_of(batch)):
        sender.take(row, lambda touchpoint, timestamp_ms: found.append((touchpoint, timestamp_ms)))
    assert sender.problems == []
    return found


def test_t6_a_phone_whose_clock_runs_ahead_is_put_right_by_the_loaders_own(tmp_path: Path) -> None:
    ahead = {"occurred_at": "2099-03-02T10:00:00Z", "sent_at": "2099-03-02T12:00:00Z"}
    before_ms = now_ms()
    ((touchpoint, stamp_ms),) = published(json_lines(tmp_path / "log.jsonl", [ROW | ahead]))
    assert before_ms <= stamp_ms <= now_ms()
    assert event_time_ms(touchpoint, stamp_ms) == stamp_ms - 2 * HOUR_MS


@pytest.mark.parametrize("words", [["simulate"], ["backtest", "basket_abandoned"], ["send", "--dry-run"]])
def test_t6_a_row_of_the_future_is_refused_and_moves_no_time(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = json_lines(tmp_path / "log.jsonl", [ROW, ROW | {"event_id": "w2", "occurred_at": "2099-03-02T10:00:00Z"}])
    assert main([*words, "--json", name]) == 1
    out, err = capsys.readouterr()
    assert f"{name}:2: its time is " in err
    found = json.loads(out)
    assert found.get("log", found).get("last") in (None, "2026-03-02T10:00:00.000Z")
    assert found.get("log", found)["refused"] == 1
