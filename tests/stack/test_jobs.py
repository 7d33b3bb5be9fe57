"""Jobs on a stack of its own, under the supervisor: kills, `cjo down`, `cjo up`."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cjo.cli.main import main
from cjo.errors import StackError
from cjo.settings import Settings
from cjo.stack import Stack, flink_run, flink_stop, jobs
from cjo.stack.flink_rest import FlinkRest
from tests.conftest import free_port_base

pytestmark = pytest.mark.cluster
CODE = Path(__file__).parent / "code"
PATIENCE_S = 240.0


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    home = tmp_path_factory.mktemp("supervised")
    settings = Settings.load({}, home=home, cache=Settings.load().cache, port_base=free_port_base())
    stack = Stack(settings, taskmanagers=1)
    try:
        stack.up(("flink",), heartbeats=False)
        yield stack
    finally:
        stack.down()


def until(what: str, holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            if holds():
                return
        except StackError:
            pass
        time.sleep(0.5)
    raise AssertionError(f"{what}: not within {PATIENCE_S:.0f} s")


def counts(stack: Stack) -> list[tuple[int, int]]:
    """Each tick that the TaskManager living now has told, with its count."""
    words = stack.processes.output("taskmanager-1").read_text(errors="replace")
    return [(int(number), int(count)) for number, count in re.findall(r"^(\d+) (\d+)$", words, re.MULTILINE)]


def is_complete(stack: Stack, job_id: str) -> bool:
    return FlinkRest(stack.settings.flink_url).checkpoints(job_id)["counts"]["completed"] > 0


def assert_counts_go_on(stack: Stack) -> None:
    """State survived: the count of a tick's kind is half its number, also in a process that began in the middle."""
    until("ticks again", lambda: len(counts(stack)) > 5)
    told = counts(stack)
    assert told[0][0] > 1
    assert all(count == (number + 1) // 2 for number, count in told)


@pytest.fixture(scope="module")
def job(own: Stack) -> str:
    return flink_run(own.settings, "ticks.count", [], CODE)


@pytest.mark.parametrize("victim", ["taskmanager-1", "jobmanager"])
def test_the_supervisor_brings_a_killed_process_back_and_the_job_goes_on(own: Stack, job: str, victim: str) -> None:
    until("a checkpoint", lambda: is_complete(own, job))
    before = own.processes.find(victim)
    own.processes.kill(victim)

    until(f"a new {victim}", lambda: own.processes.find(victim) not in (None, before))
    until("the job", lambda: [found.id for found in jobs(own.settings) if found.state == "RUNNING"] == [job])

    assert_counts_go_on(own)


def test_down_stops_jobs_with_a_savepoint_that_up_goes_on_from(
    own: Stack, job: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    until("a checkpoint", lambda: is_complete(own, job))
    for name, value in own.settings.environment.items():
        monkeypatch.setenv(name, value)

    assert main(["down"]) == 0
    assert own.processes.names() == []
    assert list(own.settings.savepoints.iterdir())
    assert main(["up", "--only", "flink", "--taskmanagers", "1", "--no-heartbeat"]) == 0

    until("the job", lambda: [found.id for found in jobs(own.settings) if found.state == "RUNNING"] == [job])
    assert_counts_go_on(own)


def test_a_stopped_job_goes_on_where_it_was_and_is_not_started_again_by_itself(own: Stack, job: str) -> None:
    until("a checkpoint", lambda: is_complete(own, job))

    savepoint = flink_stop(own.settings, job)
    own.recycle_taskmanagers()
    after = flink_run(own.settings, "ticks.count", [], CODE, savepoint)

    until("the job", lambda: [found.id for found in jobs(own.settings) if not found.ended] == [after])
    assert_counts_go_on(own)


def test_a_job_that_cannot_start_is_told_with_its_reason_and_not_remembered(own: Stack) -> None:
    from cjo.stack.submissions import remembered

    before = remembered(own.settings)
    with pytest.raises(StackError) as error:
        flink_run(own.settings, "ticks.missing", [], CODE)

    assert "No module named" in error.value.message
    assert remembered(own.settings) == before
