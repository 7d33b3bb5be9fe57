"""What is remembered of actions across restarts."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from cjo.deliver.build import _forget
from cjo.deliver.feedback import feedback, report
from cjo.deliver.journal import Journal
from cjo.deliver.outcome import Verdict
from cjo.deliver.request import Request
from cjo.errors import StackError
from tests.deliver.worlds import MINUTE, T0, TOPIC, MadeClock, Recorder, World, action

DAY_MS = 24 * 60 * MINUTE

DELIVERED = Verdict(action(1), "delivered", None, "", 1)
EXPIRED = Verdict(action(2), "failed", "expired", "", 0)


def test_outcomes_and_reports_outlive_the_process(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j" / "deliver.db")
    journal.record([(DELIVERED, report(DELIVERED, T0)), (EXPIRED, report(EXPIRED, T0))], T0)
    journal.close()
    journal = Journal(tmp_path / "j" / "deliver.db")
    assert [journal.outcome(f"a{number}") for number in (1, 2, 3)] == ["delivered", "failed", None]
    assert dict(journal.unreported()) == {"a1": report(DELIVERED, T0), "a2": report(EXPIRED, T0)}
    journal.reported(["a1"])
    assert [action_id for action_id, _ in journal.unreported()] == ["a2"]
    journal.close()


def test_the_first_verdict_of_an_action_stands(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "deliver.db")
    journal.record([(DELIVERED, report(DELIVERED, T0))], T0)
    late = Verdict(action(1), "failed", "expired", "", 0)
    journal.record([(late, report(late, T0 + 1))], T0 + 1)
    assert journal.outcome("a1") == "delivered"
    journal.close()


def test_old_outcomes_are_forgotten_but_never_one_that_is_to_be_reported(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "deliver.db")
    journal.record([(DELIVERED, {}), (EXPIRED, {})], T0)
    journal.reported(["a1"])
    assert journal.forget(T0) == 0
    assert journal.forget(T0 + 1) == 1
    assert [journal.outcome("a1"), journal.outcome("a2")] == [None, "failed"]
    journal.close()


def test_what_record_has_returned_for_survives_a_kill(tmp_path: Path) -> None:
    code = (
        "import sys, os, signal; from pathlib import Path\n"
        "from tests.deliver.test_journal import DELIVERED; from cjo.deliver.journal import Journal\n"
        "journal = Journal(Path(sys.argv[1])); journal.record([(DELIVERED, {})], 5); os.kill(os.getpid(), 9)\n"
    )
    path = tmp_path / "deliver.db"
    killed = subprocess.run([sys.executable, "-c", code, str(path)], env={**os.environ, "PYTHONPATH": os.getcwd()})
    assert killed.returncode == -signal.SIGKILL
    journal = Journal(path)
    assert journal.outcome("a1") == "delivered"
    journal.close()


def test_f1_verdicts_that_came_with_one_that_failed_are_written_with_the_next(tmp_path: Path) -> None:
    class Busy(Journal):
        def record(self, verdicts: Iterable[tuple[Verdict, dict[str, Any]]], at_ms: int) -> None:
            tries.append([verdict.action["action_id"] for verdict, _ in verdicts])
            if len(tries) == 2:
                raise StackError("the disk is full")
            super().record(verdicts, at_ms)

    async def write() -> list[Any]:
        requests = [Request(action(number), "mail", (TOPIC, 0), number) for number in range(3)]
        writing = [world.books.write([(one, one.verdict(None))], T0) for one in requests]
        return await asyncio.gather(*writing, return_exceptions=True)

    tries: list[list[str]] = []
    world = World(tmp_path, [], Recorder(), journal=Busy(tmp_path / "journal.db"))
    first, second, third = asyncio.run(write())
    assert tries == [["a0"], ["a1", "a2"], ["a1", "a2"]]
    assert first is None and isinstance(second, StackError) and third is None
    assert [world.journal.outcome(f"a{number}") for number in range(3)] == ["delivered"] * 3
    world.journal.close()


def test_two_processes_cannot_share_a_journal(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "deliver.db")
    with pytest.raises(StackError, match="another cjo deliver works with"):
        Journal(tmp_path / "deliver.db")
    journal.close()
    Journal(tmp_path / "deliver.db").close()


def test_another_file_is_no_journal(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("Dear customer, " * 100)
    with pytest.raises(StackError, match="is no journal of deliveries"):
        Journal(tmp_path / "text")
    base = sqlite3.connect(tmp_path / "newer")
    base.execute("PRAGMA user_version=99")
    base.close()
    with pytest.raises(StackError, match="its version is 99"):
        Journal(tmp_path / "newer")


def test_a_disk_that_is_full_is_said_with_the_next_step_and_nothing_is_half_written(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "deliver.db")
    pages = journal._base.execute("PRAGMA page_count").fetchone()[0]
    journal._base.execute(f"PRAGMA max_page_count={pages}")
    long = {"text": "x" * 100_000}
    with pytest.raises(StackError, match=r"deliver.db can't be read or written: database or disk is full") as error:
        journal.record([(EXPIRED, {}), (DELIVERED, long)], T0)
    assert error.value.hint and "make room on its disk" in error.value.hint
    assert [journal.outcome(f"a{number}") for number in (1, 2)] == [None, None]
    journal._base.execute("PRAGMA max_page_count=1000000")
    journal.record([(DELIVERED, long)], T0)
    assert journal.outcome("a1") == "delivered"
    journal.close()


def test_what_cannot_be_forgotten_is_told_and_tried_again(tmp_path: Path) -> None:
    async def run() -> None:
        journal = Journal(tmp_path / "deliver.db")
        journal.record([(DELIVERED, {}), (EXPIRED, {})], T0)
        journal.reported(["a1", "a2"])
        base, journal._base = journal._base, sqlite3.connect(tmp_path / "x", check_same_thread=False)
        journal._base.close()
        forgetting = asyncio.create_task(_forget(journal, 1, needed, tell, 0.0))
        while len(told) < 2:
            await asyncio.sleep(0)
        journal._base = base
        while journal.outcome("a1"):
            await asyncio.sleep(0)
        forgetting.cancel()
        journal.close()

    async def needed() -> int:
        return T0 + 1

    def tell(event: str, about: Any, details: Mapping[str, Any]) -> None:
        told.append((event, details["detail"]))

    told = list[tuple[str, str]]()
    asyncio.run(run())
    assert told[0][0] == told[1][0] == "unforgotten" and "deliver.db can't be read or written" in told[0][1]


def test_what_an_action_that_waits_may_ask_for_is_not_forgotten_however_short_it_is_kept(tmp_path: Path) -> None:
    held = action(1, not_before=T0 + 3 * DAY_MS, expires_at=T0 + 4 * DAY_MS)
    others = [action(number, f"c{number}", expires_at=T0 + 3 * DAY_MS) for number in range(2, 12)]
    world = World(tmp_path, [held, *others], Recorder(), clock=MadeClock(T0 + MINUTE))

    async def run() -> None:
        assert await world.service.needed_from_ms() is None
        await world.service.run(once=True)
        assert await world.service.needed_from_ms() == T0

    asyncio.run(run())
    assert world.journal.forget(T0) == 0
    world.journal.close()


def test_s5_reports_have_ids_that_follow_from_action_and_kind() -> None:
    assert report(DELIVERED, T0) == {
        "event_id": "a1/action_delivered",
        "customer_id": "c1",
        "channel": "email",
        "type": "action_delivered",
        "occurred_at": T0,
        "attributes": {"action_id": "a1", "journey": "welcome", "step": "hello"},
    }
    assert report(EXPIRED, T0)["attributes"]["reason"] == "expired"
    clicks = [feedback("action_clicked", action(), T0, url=url)["event_id"] for url in ("https://a", "https://b")]
    assert len(set(clicks)) == 2
    assert feedback("action_clicked", action(), T0 + 9, url="https://a")["event_id"] == clicks[0]


def test_an_unknown_device_is_reported_as_such() -> None:
    told = feedback("action_opened", action(1, "device:d7"), T0)
    assert told["device_id"] == "d7" and "customer_id" not in told
