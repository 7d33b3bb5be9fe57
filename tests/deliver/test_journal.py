"""What is remembered of actions across restarts."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from cjo.deliver.feedback import feedback, report
from cjo.deliver.journal import Journal
from cjo.deliver.outcome import Verdict
from cjo.errors import StackError
from tests.deliver.worlds import T0, action

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
