"""What was submitted to the cluster and should be running: a JobManager that died forgets, this does not."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from cjo.settings import Settings


@dataclass(frozen=True)
class Submission:
    """One `flink run`. `savepoint` is the savepoint or checkpoint that it started from, a path or URI."""

    job_id: str
    module: str
    args: tuple[str, ...]
    wheel: str
    savepoint: str | None = None


def remember(settings: Settings, submission: Submission) -> None:
    """Records that the job should be running."""
    folder = _folder(settings)
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{submission.job_id}.part"
    part.write_text(json.dumps(asdict(submission)))
    os.replace(part, folder / f"{submission.job_id}.json")


def forget(settings: Settings, job_id: str) -> None:
    """Records that the job should no longer be running."""
    (_folder(settings) / f"{job_id}.json").unlink(missing_ok=True)


def remembered(settings: Settings) -> list[Submission]:
    """The jobs that should be running, the oldest submission first."""
    files = sorted(_folder(settings).glob("*.json"), key=lambda path: path.stat().st_mtime)
    return [_read(path) for path in files]


def newest_state(settings: Settings, submission: Submission) -> str | None:
    """The job's newest complete checkpoint, else what it was started from, else None."""
    marks = (settings.checkpoints / submission.job_id).glob("chk-*/_metadata")
    found = max(marks, key=lambda path: int(path.parent.name.removeprefix("chk-")), default=None)
    return found.parent.as_uri() if found else submission.savepoint


def is_own_checkpoint(settings: Settings, state: str) -> bool:
    """Whether `state` is a checkpoint of this stack: its next owner may delete it when it has one of its own."""
    return Path(unquote(urlsplit(state).path)).is_relative_to(settings.checkpoints)


def _folder(settings: Settings) -> Path:
    return settings.data / "flink" / "submissions"


def _read(path: Path) -> Submission:
    row: dict[str, str | Sequence[str] | None] = json.loads(path.read_text())
    return Submission(**{**row, "args": tuple(row["args"] or ())})  # type: ignore[arg-type]
