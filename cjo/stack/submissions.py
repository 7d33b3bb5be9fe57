"""What was submitted to the cluster and should be running: a JobManager that died forgets, this does not."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from cjo.settings import Settings

RECORD = "submission.json"


@dataclass(frozen=True)
class Submission:
    """One `flink run`. `savepoint` is the savepoint or checkpoint that it started from, a path or URI."""

    job_id: str
    module: str
    args: tuple[str, ...]
    code: str
    savepoint: str | None = None


def remember(settings: Settings, submission: Submission) -> Submission:
    """Records that the job should be running, with a copy of its code; returns what was recorded."""
    folder = _folder(settings) / submission.job_id
    folder.mkdir(parents=True, exist_ok=True)
    code = Path(submission.code)
    if code.parent != folder:
        code = copy_code(code, folder)
    recorded = replace(submission, code=str(code.absolute()))
    part = folder / "part"
    part.write_text(json.dumps(asdict(recorded)))
    part.replace(folder / RECORD)
    return recorded


def copy_code(code: Path, folder: Path) -> Path:
    """Copies a folder with packages, or a wheel, into `folder`; returns the copy's path."""
    if code.is_dir():
        return Path(shutil.copytree(code, folder / code.name, dirs_exist_ok=True))
    return Path(shutil.copy2(code, folder)) if code.is_file() else code


def forget(settings: Settings, job_id: str) -> None:
    """Records that the job should no longer be running."""
    shutil.rmtree(_folder(settings) / job_id, ignore_errors=True)


def remembered(settings: Settings) -> list[Submission]:
    """The jobs that should be running, the oldest submission first."""
    files = sorted(_folder(settings).glob(f"*/{RECORD}"), key=lambda path: path.stat().st_mtime)
    return [_read(path) for path in files]


def newest_state(settings: Settings, submission: Submission) -> str | None:
    """The job's newest complete checkpoint, else what it was started from, else None."""
    marks = (settings.checkpoints / submission.job_id).glob("chk-*/_metadata")
    found = max(marks, key=lambda path: int(path.parent.name.removeprefix("chk-")), default=None)
    return found.parent.as_uri() if found else submission.savepoint


def drop_checkpoints(settings: Settings, submission: Submission) -> None:
    """Removes the job's checkpoints: they are older than the savepoint that it was stopped with."""
    shutil.rmtree(settings.checkpoints / submission.job_id, ignore_errors=True)


def _folder(settings: Settings) -> Path:
    return settings.data / "flink" / "submissions"


def _read(path: Path) -> Submission:
    row: dict[str, str | Sequence[str] | None] = json.loads(path.read_text())
    row.setdefault("code", row.pop("wheel", None))  # as it was called before
    return Submission(**{**row, "args": tuple(row["args"] or ())})  # type: ignore[arg-type]
