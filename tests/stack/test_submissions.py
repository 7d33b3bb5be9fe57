"""The record of what should be running."""

from __future__ import annotations

from pathlib import Path

import pytest

from cjo.settings import Settings
from cjo.stack.submissions import Submission, forget, newest_state, remember, remembered


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.load({}, home=tmp_path / "home")


@pytest.fixture
def submission(tmp_path: Path) -> Submission:
    code = tmp_path / "code" / "cjo"
    code.mkdir(parents=True)
    (code / "it.py").write_bytes(b"first")
    return Submission("ab" * 16, "jobs.x", ("--submission", "f.json"), str(code.parent), "file:///savepoint")


def checkpoint(settings: Settings, submission: Submission, number: int, complete: bool = True) -> Path:
    folder = settings.checkpoints / submission.job_id / f"chk-{number}"
    folder.mkdir(parents=True)
    if complete:
        (folder / "_metadata").touch()
    return folder


def test_a_remembered_job_keeps_the_code_that_it_was_submitted_with(
    settings: Settings, submission: Submission, tmp_path: Path
) -> None:
    remember(settings, submission)
    (tmp_path / "code" / "cjo" / "it.py").write_bytes(b"second")

    (found,) = remembered(settings)

    assert (Path(found.code) / "cjo" / "it.py").read_bytes() == b"first"
    assert (found.job_id, found.module, found.args) == (submission.job_id, submission.module, submission.args)


def test_what_an_earlier_cjo_has_remembered_is_read(settings: Settings, submission: Submission) -> None:
    remember(settings, submission)
    (record,) = settings.data.rglob("submission.json")
    record.write_text(record.read_text().replace('"code":', '"wheel":'))

    assert Path(remembered(settings)[0].code).is_dir()


def test_a_forgotten_job_is_not_remembered(settings: Settings, submission: Submission) -> None:
    remember(settings, submission)
    forget(settings, submission.job_id)
    forget(settings, submission.job_id)

    assert remembered(settings) == []


def test_a_job_goes_on_from_its_newest_complete_checkpoint(settings: Settings, submission: Submission) -> None:
    checkpoint(settings, submission, 9)
    newest = checkpoint(settings, submission, 10)
    checkpoint(settings, submission, 11, complete=False)

    assert newest_state(settings, submission) == newest.as_uri()


def test_a_job_without_checkpoint_goes_on_from_where_it_was_started(settings: Settings, submission: Submission) -> None:
    assert newest_state(settings, submission) == "file:///savepoint"
