"""The row that the job's query makes in the JVM is the row of cjo.avro.rows, to the letter."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cjo.avro.rows import COLUMNS, event_time_ms, row_of
from cjo.errors import RecordError
from cjo.stack.java import java_home
from tests.avro.strategies import touchpoints

pytestmark = pytest.mark.flink

NOW = 1_700_000_000_123
HOUR = 3_600_000
LEAST, GREATEST = -(2**63), 2**63 - 1
COUNT = 400
BOUND_MS = 5_000
SMALL: dict[str, Any] = {
    "event_id": "e",
    "customer_id": "c",
    "channel": "web",
    "type": "t",
    "occurred_at": NOW,
    "attributes": {},
}
EDGES = [
    SMALL,
    {**SMALL, "customer_id": ""},
    {**SMALL, "customer_id": "", "device_id": "d"},
    {**SMALL, "customer_id": None, "device_id": ""},
    {**SMALL, "customer_id": "long enough to be cut", "device_id": "d"},
    {**SMALL, "occurred_at": NOW + HOUR},
    {**SMALL, "occurred_at": NOW + HOUR + 1},
    {**SMALL, "occurred_at": NOW + HOUR + 1, "customer_id": None},
    {**SMALL, "occurred_at": 5000, "sent_at": 6000},
    {**SMALL, "occurred_at": 5000, "sent_at": 6000, "received_at": NOW - 1},
    {**SMALL, "received_at": NOW - 1},
    {**SMALL, "occurred_at": 0},
    {**SMALL, "occurred_at": -1},
    {**SMALL, "occurred_at": -1, "customer_id": None},
    {**SMALL, "occurred_at": LEAST},
    {**SMALL, "occurred_at": LEAST, "type": "heartbeat"},
    {**SMALL, "occurred_at": LEAST, "sent_at": NOW + 5_000},
    {**SMALL, "occurred_at": LEAST, "sent_at": GREATEST, "received_at": GREATEST},
    {**SMALL, "occurred_at": LEAST, "sent_at": LEAST},
    {**SMALL, "occurred_at": LEAST, "sent_at": LEAST, "received_at": NOW - 1},
    {**SMALL, "occurred_at": GREATEST},
    {**SMALL, "occurred_at": GREATEST, "sent_at": -2},
    {**SMALL, "occurred_at": GREATEST, "sent_at": LEAST, "received_at": LEAST},
    {**SMALL, "sent_at": NOW + 1_000, "received_at": 999},
    {**SMALL, "sent_at": NOW + 1_000, "received_at": 1_000},
    *({**SMALL, name: "\U0001f600" * long} for name in ("event_id", "customer_id") for long in (1_000, 1_001)),
    {**SMALL, "customer_id": None, "device_id": "d" * 1_001},
    {**SMALL, "device_id": "d" * 1_001},
    {**SMALL, "event_id": "e" * 1_001, "customer_id": ""},
    {**SMALL, "event_id": "e" * 1_001, "type": "heartbeat"},
    {**SMALL, "event_id": ""},
    {**SMALL, "event_id": "", "customer_id": None},
    {**SMALL, "event_id": "", "customer_id": None, "type": "heartbeat"},
    *(
        {**SMALL, "amount": amount}
        for amount in ("0.0000", "-0.0001", "99999999999999.9999", "-12.5000", "1000000.0000")
    ),
    {**SMALL, "attributes": {"a": "", "b": 'quote " and \\ and / and é and \n and \u2028 and 😀', "c": "\u0001"}},
    {**SMALL, "text": "tab\t <html> & 'single'", "type": "Ünïcode"},
]


def test_t6_the_row_and_what_moves_time_are_the_same_in_the_jvm(tmp_path: Path) -> None:
    tried = [(NOW, one) for one in EDGES] + _examples()
    for (record_ms, touchpoint), (dead, said, row, watermark) in zip(tried, _on_flink(tmp_path, tried), strict=True):
        try:
            found = row_of(touchpoint, record_ms, COLUMNS)
        except RecordError as error:
            assert dead == error.kind, touchpoint
            assert dead.startswith("event_time") or said == error.message, touchpoint  # a number beyond 64 bits is cut
        else:
            assert dead is None, touchpoint
            if found is not None:
                assert row == {"subject": found[0], **found[1]}, touchpoint
        if str(dead).startswith("event_time"):
            assert watermark is None, touchpoint
        else:
            assert watermark == min(event_time_ms(touchpoint, record_ms), record_ms) - BOUND_MS - 1, touchpoint


def _examples() -> list[tuple[int, dict[str, Any]]]:
    """Different touchpoints, the same in every run, with times about that of their record."""
    found: list[tuple[int, dict[str, Any]]] = []
    near = st.integers(NOW - 2 * HOUR, NOW + 2 * HOUR)

    @settings(
        max_examples=COUNT, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
    )
    @given(touchpoints, near, near, st.none() | near, st.none() | near)
    def collect(one: dict[str, Any], record_ms: int, occurred: int, sent: int | None, received: int | None) -> None:
        found.append((record_ms, {**one, "occurred_at": occurred, "sent_at": sent, "received_at": received}))

    collect()
    return found


def _on_flink(folder: Path, tried: list[tuple[int, dict[str, Any]]]) -> list[tuple[str | None, str, Any, int | None]]:
    (folder / "in.json").write_text(
        json.dumps({"touchpoints": tried, "columns": COLUMNS, "bound_ms": BOUND_MS}, default=str), encoding="utf-8"
    )
    environment = {**os.environ, "JAVA_HOME": str(java_home()), "FLINK_LOG_DIR": str(folder)}
    command = [sys.executable, "-m", "tests.avro.rows_job", str(folder / "in.json"), str(folder / "out.json")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found: list[tuple[str | None, str, Any, int | None]] = json.loads((folder / "out.json").read_text(encoding="utf-8"))
    return found
