"""F1, R7, R9, S4: what `cjo submit` begins with, what it refuses, and what it says where it fails half-way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cjo.engine import Engine
from cjo.engine.beside import beside
from cjo.errors import StackError, UsageError
from cjo.settings import Settings
from cjo.stack.flink_rest import Job
from cjo.stack.submissions import Submission, remember
from cjo.submission import control, submit
from cjo.submission.control import numbered
from cjo.submission.submit import ORCHESTRATE, submit_workspace
from cjo.submission.warming import placed, unfinished, warm_record, warmed
from tests.engine.build import DAY, HOUR, MINUTE, START_MS, count, event, journey, plan, types

Record = dict[str, Any]
SAVEPOINT = "file:///savepoint"


class Stack:
    """The broker's topic control and the jobs of Flink, as far as `cjo submit` asks them; `breaks` is raised by the
    `broken`th time that anything is published."""

    def __init__(self, patch: pytest.MonkeyPatch, home: Path, wanted: Record) -> None:
        self.settings, self.wanted = Settings.load({}, home=home), wanted
        self.topic: list[Record] = []
        self.started: list[tuple[Record, str | None]] = []
        self.stopped: list[str] = []
        self.made = 0
        self.running: list[str] = []
        self.breaks: BaseException | None = None
        patch.setattr(submit, "compile_workspace", lambda folder: self.wanted)
        patch.setattr(submit, "topics_for", lambda plan: [])
        patch.setattr(submit, "make_topics", self._make_topics)
        patch.setattr(submit, "register_schemas", lambda url, topics: {})
        patch.setattr(submit, "newest_ms", lambda settings: START_MS + DAY)
        patch.setattr(submit, "jobs", lambda settings: [Job(one, ORCHESTRATE, "RUNNING", 0) for one in self.running])
        patch.setattr(submit, "flink_stop", self._stop)
        patch.setattr(submit, "start", self._start)
        patch.setattr(control, "recorded", lambda settings: list(self.topic))
        patch.setattr(control, "publish", self._publish)

    def submit(self, **options: Any) -> submit.Job:
        return submit_workspace(self.settings, Path(), **options)

    def fails(self, **options: Any) -> str:
        """What is said with the failure of a submission."""
        with pytest.raises(StackError) as raised:
            self.submit(**options)
        return str(raised.value)

    def engine(self) -> Engine:
        """That of the newest job."""
        submission, _ = self.started[-1]
        made = Engine(submission["plan"])
        for record in submission["control"]:
            if (added := beside(submission["plan"], record)) is not None:
                made.publish(added)
        return made

    def _make_topics(self, broker: str, topics: list[Any]) -> None:
        self.made += 1

    def _stop(self, settings: Settings, job: str) -> str:
        self.running.remove(job)
        self.stopped.append(job)
        return SAVEPOINT

    def _start(self, settings: Settings, name: str, submission: Record, savepoint: str | None) -> str:
        self.started.append((submission, savepoint))
        self.running.append(f"job-{len(self.started)}")
        return self.running[-1]

    def _publish(self, settings: Settings, records: list[Record]) -> None:
        if self.breaks and any(one["kind"] != "submission" for one in records):
            raise self.breaks
        self.topic += records


def workspace(*parts: Record) -> Record:
    return {**plan(*parts), "columns": ["attributes"]}


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Stack:
    return Stack(monkeypatch, tmp_path, workspace(event("seen")))


def test_f1_an_upgrade_without_a_running_job_is_refused_and_begins_nothing_anew(stack: Stack) -> None:
    stack.submit()
    stack.running.clear()
    known = list(stack.topic)

    said = stack.fails(upgrade=True)

    assert "the job orchestrate_journeys is not running" in said
    assert "`cjo submit --from-savepoint PATH` goes on from where a job was" in said
    assert len(stack.started) == 1
    assert stack.topic == known


def test_f1_an_upgrade_without_a_running_job_goes_on_from_the_savepoint_that_it_is_given(stack: Stack) -> None:
    stack.submit()
    stack.running.clear()

    assert stack.submit(upgrade=True, savepoint="file:///kept").savepoint == "file:///kept"


@pytest.mark.parametrize("upgrade", [True, False], ids=["upgrade", "submit"])
def test_f1_while_a_lost_job_is_to_come_back_no_other_is_submitted(stack: Stack, tmp_path: Path, upgrade: bool) -> None:
    code = tmp_path / "code"
    code.mkdir()
    remember(stack.settings, Submission("lost", "jobs.orchestrate_journeys", (), str(code)))

    assert "is being submitted as lost: two would decide everything twice" in stack.fails(upgrade=upgrade)
    assert stack.started == []


def test_f1_an_upgrade_that_fails_after_the_stop_names_its_savepoint(stack: Stack) -> None:
    stack.submit()
    stack.wanted = workspace(event("seen"), event("more"))
    stack.breaks = StackError("the broker does not answer")

    said = stack.fails(upgrade=True)

    assert f"no job runs; `cjo submit --from-savepoint {SAVEPOINT}` goes on from where it was" in said


def test_f1_an_upgrade_that_is_interrupted_after_the_stop_names_its_savepoint(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.submit()
    stack.wanted = workspace(event("seen"), event("more"))
    stack.breaks = KeyboardInterrupt()

    with pytest.raises(KeyboardInterrupt):
        stack.submit(upgrade=True)

    assert f"`cjo submit --from-savepoint {SAVEPOINT}` goes on" in capsys.readouterr().err


def test_f1_a_job_of_which_the_topic_could_not_be_told_is_named(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(settings: Settings, records: list[Record]) -> None:
        if any(one["kind"] == "submission" for one in records):
            raise StackError("the broker does not answer")

    monkeypatch.setattr(control, "publish", refuse)

    assert "the job runs as job-1, of which the topic control was not told" in stack.fails()


def test_r9_an_upgrade_goes_on_being_live_from_when_its_job_was(stack: Stack) -> None:
    stack.submit(live_from_ms=START_MS)
    stack.running.clear()
    stack.submit(live_from_ms=START_MS + DAY)

    assert stack.submit(upgrade=True).live_from_ms == START_MS + DAY
    assert stack.submit(upgrade=True, live_from_ms=START_MS + HOUR).live_from_ms == START_MS + HOUR
    stack.running.clear()
    assert stack.submit().live_from_ms == START_MS


def test_s4_a_submission_withdraws_the_warm_up_that_nobody_ended(stack: Stack) -> None:
    stack.submit()
    given_up, records = numbered(workspace(event("seen"), count("b", window_ms=HOUR)), stack.topic)
    stack.topic.append(warm_record(stack.topic, given_up, warmed(given_up, records)))

    stack.submit(upgrade=True)

    assert unfinished(stack.topic) == []
    assert [one["kind"] for one in stack.started[-1][0]["control"]] == ["warm", "withdraw"]


def test_r7_s4_until_its_time_comes_an_upgrade_goes_on_with_what_a_publication_will_change(stack: Stack) -> None:
    stack.submit()
    stack.wanted = workspace(event("seen", version="s2", on=types("page_viewed", "calculator_used")), event("new"))
    stack.topic += placed(numbered(stack.wanted, stack.topic, START_MS + DAY + HOUR)[1], START_MS + DAY + HOUR)

    stack.submit(upgrade=True)

    assert signals_of(stack.engine(), DAY + MINUTE, "page_viewed") == ["seen"]
    assert signals_of(stack.engine(), DAY + MINUTE, "calculator_used") == []
    assert signals_of(stack.engine(), DAY + HOUR, "page_viewed") == ["new", "seen"]
    assert signals_of(stack.engine(), DAY + HOUR, "calculator_used") == ["seen"]


def test_r7_what_an_upgrade_brings_itself_holds_at_once(stack: Stack) -> None:
    stack.submit()
    stack.wanted = workspace(event("seen", version="s2", on=types("calculator_used")))
    stack.submit(upgrade=True)

    assert signals_of(stack.engine(), DAY, "calculator_used") == ["seen"]
    assert signals_of(stack.engine(), DAY, "page_viewed") == []


def test_s4_where_nothing_waits_for_its_time_an_upgrade_runs_the_plan_of_the_files(stack: Stack) -> None:
    stack.submit()
    stack.wanted = workspace(event("seen"), journey(), count("often"), event("another"), journey("two"))
    stack.submit(upgrade=True)

    wanted, records = numbered(stack.wanted, stack.topic)
    begun = stack.started[-1][0]["plan"]
    assert records == []
    assert begun["signals"] == wanted["signals"]
    own = {"templates": wanted["templates"]}  # each version has its own with it (R2)
    assert begun["journeys"] == [journey | own for journey in wanted["journeys"]]


def signals_of(engine: Engine, after_ms: int, kind: str) -> list[str]:
    """The signals whose moments a touchpoint gives."""
    done = engine.on_input(None, "c1", {"event_id": "e1", "type": kind, "at": START_MS + after_ms})
    return sorted(one["signal"] for what, one in done.effects if what == "moment")


def test_f1_an_upgrade_to_another_workspace_stops_nothing(stack: Stack) -> None:
    stack.submit()
    known, here = list(stack.topic), stack.wanted["workspace"]
    stack.wanted = {**workspace(event("seen")), "workspace": {**here, "name": "telco"}}

    with pytest.raises(UsageError, match="the workspace here is telco, and the job that runs is of "):
        stack.submit(upgrade=True)
    assert (stack.stopped, stack.made) == ([], 1)
    assert stack.topic == known
