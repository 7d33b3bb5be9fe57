"""The query with several kinds of subject on a real Flink: every touchpoint under each key that needs it, once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from cjo.avro.rows import row_of
from cjo.compile import compile_workspace
from cjo.engine.plan import CompiledPlan
from cjo.errors import RecordError
from cjo.stack.java import java_home
from tests.compile.test_subjects import SUBJECTS, with_subjects

NOW = 1_700_000_000_123
BASE: dict[str, Any] = {
    "event_id": "e", "customer_id": "c1", "device_id": None, "channel": "web", "type": "page_viewed",
    "occurred_at": NOW, "attributes": {"account_id": "A17", "topic": "loan"},
}  # fmt: skip
TRIED = [
    BASE,
    {**BASE, "attributes": {"account_id": "A17", "topic": "other"}},  # the account's signal does not ask for it
    {**BASE, "attributes": {"topic": "loan"}},  # names no account
    {**BASE, "attributes": {"account_id": "", "topic": "loan"}},
    {**BASE, "attributes": {"account_id": 'it\'s "ü" \\ 😀', "topic": "loan"}},
    {**BASE, "customer_id": None, "device_id": "d1"},  # of the account and of the device
    {**BASE, "customer_id": "@account:A17"},  # would be another subject
    {**BASE, "customer_id": "@sam"},  # a customer like any other
    {**BASE, "customer_id": "@sam:x", "type": "order_completed", "order_id": "o2"},
    {**BASE, "type": "order_completed", "order_id": "o1", "device_id": "d9"},  # of customer and device alone
    {**BASE, "device_id": "d2", "attributes": {"account_id": "A18", "topic": "loan"}},
    {**BASE, "type": "moment_reached", "attributes": {"moment_id": "m", "account_id": "A17"}},
    {**BASE, "type": "heartbeat", "customer_id": None},
    {**BASE, "type": "heartbeat", "customer_id": "@account:A17"},  # of no customer
    {**BASE, "customer_id": None},  # no subject
    {**BASE, "occurred_at": NOW + 3_600_001},
]


@pytest.mark.flink
def test_a_touchpoint_is_handed_on_once_for_each_subject_that_asks_for_it(tmp_path: Path) -> None:
    plan = compile_workspace(with_subjects(tmp_path / "workspace", SUBJECTS))
    wanted: Counter[tuple[str, str]] = Counter()
    for place, touchpoint in enumerate(TRIED):
        wanted.update(_expected(plan, place, {**touchpoint, "event_id": f"e{place}"}))

    found = _run(tmp_path, [(NOW, {**one, "event_id": f"e{place}"}) for place, one in enumerate(TRIED)], plan)

    assert Counter((key, _shown(text)) for key, text in found) == wanted
    assert {key.partition(":")[0] for key, _ in wanted if key.startswith("@")} >= {"@account", "@device", "@sam"}
    times = Counter(json.loads(text)["event_id"] for _, text in found if "dead" not in text)
    assert (times["e0"], times["e5"], times["e8"], times["e9"]) == (1, 2, 1, 2)


def _expected(plan: dict[str, Any], place: int, touchpoint: dict[str, Any]) -> list[tuple[str, str]]:
    """What Python's twin of the query gives: cjo.avro.rows and the compiled plan."""
    try:
        taken = row_of(touchpoint, NOW, plan["columns"], plan["subjects"])
    except RecordError as error:
        return [(f"7/{place}", error.kind)]
    if taken is None:
        return []
    subject, row = taken
    compiled = CompiledPlan(plan)
    keys = [subject] if compiled.wanted.match(row) is not None else []
    return [(key, _shown(json.dumps({**row, "subject": key}))) for key in [*keys, *compiled.others_of(row)]]


def _shown(text: str) -> str:
    row = json.loads(text)
    return str(row["dead"]["kind"]) if "dead" in row else json.dumps(row, sort_keys=True)


def _run(folder: Path, tried: list[tuple[int, dict[str, Any]]], plan: dict[str, Any]) -> list[list[str]]:
    (folder / "in.json").write_text(json.dumps({"touchpoints": tried, "plan": plan}), encoding="utf-8")
    environment = {**os.environ, "JAVA_HOME": str(java_home()), "FLINK_LOG_DIR": str(folder)}
    command = [sys.executable, "-m", "tests.flink.subjects_job", str(folder / "in.json"), str(folder / "out.json")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found: list[list[str]] = json.loads((folder / "out.json").read_text(encoding="utf-8"))
    return found
