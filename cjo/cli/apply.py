"""`cjo apply`: publish a workspace to the job that runs."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict

from cjo.cli.plan import add_workspace, runs_of, share_of, show
from cjo.cli.submit import time_ms
from cjo.client.connect import quiet
from cjo.client.words import iso
from cjo.errors import StackError, UsageError
from cjo.resources import workspace_dir
from cjo.settings import Settings
from cjo.submission.apply import BY_RECORD, NOTHING, Applied, Publication, apply, publication
from cjo.submission.warm_up import WarmedUp


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `cjo apply`."""
    add_workspace(parser)
    parser.add_argument(
        "--effective-at",
        metavar="TIME",
        help="time of the log from which it holds, ISO 8601 with zone (default: two bounds and 5 s ahead of the log)",
    )
    parser.add_argument("--yes", action="store_true", help="don't ask")
    parser.add_argument("--json", action="store_true", help="print the result as one JSON object")


def run(args: argparse.Namespace) -> int:
    """Shows the plan, asks, publishes, and tells how; returns 0, or 3 where the answer was no."""
    quiet()
    settings = Settings.load()
    found = publication(settings, workspace_dir(args.workspace), share_of(args.to))
    at_ms = time_ms(args.effective_at) if args.effective_at else None
    if not args.json:
        show(found, runs_of(settings), as_object=False)
    if not (args.yes or found.changes.is_empty or found.changes.problems):
        if not _agreed():
            print("nothing was published", file=sys.stderr)
            return 3
        found = _as_shown(found, publication(settings, workspace_dir(args.workspace), share_of(args.to)))
    done = apply(settings, found, at_ms, lambda line: print(line, file=sys.stderr))
    if args.json:
        print(json.dumps(_as_json(done)))
    else:
        for line in _lines(done):
            print(line)
    return 0


def _agreed() -> bool:
    if not sys.stdin.isatty():
        raise UsageError("publishing asks first, and there is nobody to ask", "--yes publishes without asking")
    print("publish? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _as_shown(shown: Publication, now: Publication) -> Publication:
    """What is to be published after the answer, which may have taken any time. StackError where it has changed."""
    if (now.plan, now.changes, now.shares, now.job) != (shown.plan, shown.changes, shown.shares, shown.job):
        raise StackError(
            "the workspace, or what runs, has changed since the plan was shown; nothing was done",
            "apply again, and look at the plan once more",
        )
    return now


def _lines(done: Applied) -> list[str]:
    if done.how == NOTHING:
        return []
    at_ms, warmed = done.effective_at_ms, done.warmed
    said = [] if warmed is None else [_warmed(warmed)]
    said += ["published" if at_ms is None else f"published, effective at {iso(at_ms)} of the log's time"]
    if done.how == BY_RECORD:
        said.append(f"by control record: the job {done.job} goes on")
    else:
        said.append(f"by savepoint: nothing was decided for {done.pause_ms / 1000:.1f} s; the job runs as {done.job}")
    if done.is_late:
        said.append(
            "the log came to that time before the job knew of what is new: workers may have taken it up at different "
            "touchpoints; for a log that is faster than the clock give --effective-at further ahead"
        )
    return said


def _warmed(done: WarmedUp) -> str:
    took = f"{done.duration_ms / 1000:.1f} s"
    return f"warmed up in {took}: {done.records:,} records read, memory of {done.memories:,} subjects"


def _as_json(done: Applied) -> dict[str, object]:
    at = None if done.effective_at_ms is None else iso(done.effective_at_ms)
    return {
        "how": done.how, "job": done.job, "effective_at": at, "pause_ms": done.pause_ms, "savepoint": done.savepoint,
        "is_late": done.is_late, "warm_up": None if done.warmed is None else asdict(done.warmed),
    }  # fmt: skip
