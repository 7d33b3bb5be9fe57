"""R7, S4, F1, F4: when a publication takes effect, what is said where it breaks off, and whose warm-up is whose."""

from __future__ import annotations

import argparse
import io
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cjo.cli import apply as command
from cjo.engine.warming import id_of
from cjo.errors import StackError
from cjo.settings import Settings
from cjo.submission import apply as applying
from cjo.submission import control
from cjo.submission.apply import Applied, Publication, apply
from cjo.submission.changes import Changes, changes
from cjo.submission.control import numbered
from cjo.submission.replace import Replaced
from cjo.submission.running import running, submission_record
from cjo.submission.warming import Replay, unfinished, warm_record, warmed
from tests.engine.build import DAY, HOUR, MINUTE, START_MS, count, event, journey, plan, types

Record = dict[str, Any]
SETTINGS = Settings.load()
AHEAD_MS = 15_000
SAVEPOINT = "file:///savepoint"
FAILURES = [lambda: StackError("no answer of the broker"), KeyboardInterrupt]
NAMES = ["error", "Ctrl-C"]


def workspace(*parts: Record) -> Record:
    return {**plan(*parts), "columns": ["attributes"]}


OLD = workspace(event("a"), journey())
NEW = workspace(event("a", version="s2"), journey(version="j2"))


def warmed_up(name: str) -> Record:
    """OLD with a signal more that remembers something, for which the running filter suffices."""
    views = count(name, window_ms=HOUR, on=types("page_viewed"), collect={})
    return workspace(event("a"), journey(), views)


WARM = warmed_up("b")


class Stack:
    """The topic control, the log's time and the job that runs `OLD`.

    Of the records that contain one of kind `breaks_at` the topic takes `takes`, and `breaks` is raised.
    """

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        base, self.topic = numbered(OLD, [])
        self.topic.append(submission_record(base, [], "job-1", {}))
        self.began = len(self.topic)
        self.log_ms, self.stops_ms = START_MS + DAY, START_MS + DAY
        self.breaks, self.breaks_at, self.takes = BaseException(), "", 0
        self.told: list[str] = []
        self.warmed_up: list[str] = []
        patch.setattr(control, "recorded", lambda settings: list(self.topic))
        patch.setattr(control, "publish", self._publish)
        patch.setattr(applying, "newest_ms", lambda settings: self.log_ms)
        patch.setattr(applying, "await_taken", lambda *args: None)
        patch.setattr(applying, "replace_job", self._replace)
        patch.setattr(applying, "_submission", lambda settings, wanted, plan, records, tell=None: {"control": records})
        patch.setattr(applying, "warm_up", self._warm_up)

    @property
    def written(self) -> list[tuple[str, str]]:
        return [(one["kind"], one["name"]) for one in self.topic[self.began :]]

    def publication(self, wanted: Record, found: Changes | None = None) -> Publication:
        now = running(self.topic)
        found = found or changes(wanted, now, {})
        replay = Replay([], 0, 0) if warmed(*numbered(wanted, self.topic)) else None
        return Publication(wanted, list(self.topic), now, found, {}, self.log_ms, "job-1", replay)

    def apply(self, found: Publication) -> Applied:
        return apply(SETTINGS, found, None, self.told.append)

    def fails(self, found: Publication) -> str:
        """What is said of an apply that breaks off."""
        with pytest.raises(BaseException) as raised:
            self.apply(found)
        return "\n".join([str(getattr(raised.value, "message", "")), *self.told])

    def breaks_off(self, at: str, error: BaseException, takes: int = 0) -> None:
        self.breaks, self.breaks_at, self.takes = error, at, takes

    def _publish(self, settings: Settings, records: list[Record]) -> None:
        if any(one["kind"] == self.breaks_at for one in records):
            self.topic += records[: self.takes]
            raise self.breaks
        self.topic += records

    def _replace(self, *args: Any) -> Replaced:
        self.log_ms = self.stops_ms + MINUTE
        return Replaced("job-2", SAVEPOINT, 1, self.stops_ms)

    def _warm_up(self, settings: Settings, submission: Record, group: str, *more: Any) -> Any:
        self.warmed_up.append(group)
        return SimpleNamespace()


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Stack:
    return Stack(monkeypatch)


SETTINGS_CHANGED = Changes([], ["limits"], [])


# --- when it takes effect ---


def test_r7_what_was_looked_at_for_long_is_published_ahead_of_the_log_as_it_is_then(stack: Stack) -> None:
    found = stack.publication(NEW)
    stack.log_ms += MINUTE
    done = stack.apply(found)

    assert done.effective_at_ms == START_MS + DAY + MINUTE + AHEAD_MS
    assert not done.is_late


@pytest.mark.parametrize(("stopped_after_ms", "is_late"), [(AHEAD_MS - 1, False), (AHEAD_MS, True)])
def test_r7_a_job_that_stops_after_effective_at_is_late_and_one_that_stops_before_is_not(
    stack: Stack, stopped_after_ms: int, is_late: bool
) -> None:
    stack.stops_ms += stopped_after_ms

    assert stack.apply(stack.publication(NEW, SETTINGS_CHANGED)).is_late is is_late


class Asked(io.StringIO):
    """A terminal at which `meanwhile` happens before the answer is yes."""

    def __init__(self, meanwhile: Any) -> None:
        super().__init__("y\n")
        self._meanwhile = meanwhile

    def isatty(self) -> bool:
        return True

    def readline(self, size: int = -1, /) -> str:
        self._meanwhile()
        return super().readline(size)


def answered(stack: Stack, monkeypatch: pytest.MonkeyPatch, meanwhile: Any) -> None:
    """`cjo apply` of NEW, of which the plan is looked at for a while."""
    monkeypatch.setattr(applying, "compile_workspace", lambda folder: NEW)
    monkeypatch.setattr(applying, "running_job", lambda settings, name: "job-1")
    monkeypatch.setattr(command, "runs_of", lambda settings: Counter())
    monkeypatch.setattr(command, "workspace_dir", lambda name: Path())
    monkeypatch.setattr(sys, "stdin", Asked(meanwhile))
    command.run(argparse.Namespace(workspace=None, to=None, effective_at=None, yes=False, json=False))


def test_r7_a_question_that_is_answered_late_puts_nothing_into_the_past(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def think() -> None:
        stack.log_ms += MINUTE

    answered(stack, monkeypatch, think)

    assert {one["effective_at_ms"] for one in stack.topic[stack.began :]} == {START_MS + DAY + MINUTE + AHEAD_MS}
    assert "the log came to that time" not in capsys.readouterr().out


def test_r7_what_is_not_what_was_shown_any_more_is_not_published(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    def publish_too() -> None:
        stack.topic += numbered(workspace(event("a", version="s3"), journey()), stack.topic, START_MS + DAY)[1]

    with pytest.raises(StackError, match="has changed since the plan was shown; nothing was done"):
        answered(stack, monkeypatch, publish_too)
    assert stack.written == [("publish", "signal/a")]


# --- what is said where it breaks off ---


@pytest.mark.parametrize("fails", FAILURES, ids=NAMES)
@pytest.mark.parametrize(
    ("takes", "said"),
    [
        (0, "nothing was published: signals and journeys go on as they were"),
        (1, "a part was published nevertheless (1 of 2 records), effective at 2023-11-15T22:13:35.000Z"),
        (2, "all of it was published nevertheless, effective at 2023-11-15T22:13:35.000Z"),
    ],
)
def test_f1_a_publication_by_record_that_breaks_off_says_how_much_the_topic_has(
    stack: Stack, fails: Callable[[], BaseException], takes: int, said: str
) -> None:
    stack.breaks_off("publish", fails(), takes)

    assert said in stack.fails(stack.publication(NEW))


@pytest.mark.parametrize("fails", FAILURES, ids=NAMES)
def test_f1_where_the_new_job_runs_and_the_topic_was_not_told_both_are_said(
    stack: Stack, fails: Callable[[], BaseException]
) -> None:
    stack.breaks_off("submission", fails())
    said = stack.fails(stack.publication(NEW, SETTINGS_CHANGED))

    assert "the new job runs as job-2, and changes at 2023-11-15T22:13:35.000Z of the log's time" in said
    assert "apply again" in said


@pytest.mark.parametrize("fails", FAILURES, ids=NAMES)
def test_f1_s4_where_the_new_job_runs_and_was_to_be_warmed_up_its_settings_are_not_forgotten(
    stack: Stack, fails: Callable[[], BaseException]
) -> None:
    stack.breaks_off("submission", fails(), 1)
    said = stack.fails(stack.publication(WARM, SETTINGS_CHANGED))

    assert "the job runs as job-2, with a filter for what was to be published and the new settings" in said
    assert said.count("job-2") == 1
    assert stack.written == [("warm", "warm/1"), ("withdraw", "warm/1")]


# --- whose warm-up it is ---


def begun(stack: Stack, wanted: Record) -> None:
    """Another apply has begun to warm up."""
    theirs, records = numbered(wanted, stack.topic)
    stack.topic.append(warm_record(stack.topic, theirs, warmed(theirs, records)))


def test_s4_of_two_applies_at_once_each_warms_up_under_a_number_of_its_own(stack: Stack) -> None:
    found = stack.publication(warmed_up("mine"))
    begun(stack, warmed_up("other"))
    stack.apply(found)

    assert stack.warmed_up == ["2"]
    assert stack.written == [*[("warm", f"warm/{n}") for n in (1, 1, 2)], ("publish", "signal/mine")]
    assert [id_of(one) for one in unfinished(stack.topic)] == ["1"]


def test_s4_a_job_that_was_resumed_with_a_number_of_somebody_else_takes_nothing_of_theirs_back(stack: Stack) -> None:
    found = stack.publication(WARM, SETTINGS_CHANGED)
    begun(stack, warmed_up("other"))

    assert "another `cjo apply` has begun a warm-up as warm/1" in stack.fails(found)
    assert stack.warmed_up == []
    assert ("withdraw", "warm/1") not in stack.written


@pytest.mark.parametrize("wanted", [OLD, NEW, workspace(event("a"), journey(version="j2"))])
@pytest.mark.parametrize("found", [None, SETTINGS_CHANGED], ids=["by record", "by savepoint"])
def test_f4_every_apply_takes_back_a_warm_up_that_nobody_ended(
    stack: Stack, wanted: Record, found: Changes | None
) -> None:
    begun(stack, WARM)
    stack.apply(stack.publication(wanted, found))

    assert stack.written[:2] == [("warm", "warm/1"), ("withdraw", "warm/1")]
    assert unfinished(stack.topic) == []
    assert stack.told[0] == "taking back what nobody has ended: warm/1"
