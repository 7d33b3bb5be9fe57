"""`cjo submit`: compile a workspace and run its job on a Flink cluster."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from cjo.errors import StackError, UsageError
from cjo.resources import WORKSPACE, workspace_dir
from cjo.settings import Settings
from cjo.spec.durations import parse_duration_ms
from cjo.submission import Job, submit_collect, submit_workspace
from cjo.submission.control import recorded
from cjo.submission.running import running
from cjo.submission.submit import COLLECT, ORCHESTRATE, OUTAGE_MS, stop
from cjo.submission.words import halted


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `cjo submit`."""
    parser.add_argument("--workspace", type=Path, metavar="FOLDER", help=WORKSPACE)
    parser.add_argument(
        "--live-from",
        metavar="TIME",
        help="ISO 8601 with zone, or now: earlier touchpoints fill memory and open no run (default: from a savepoint "
        "what it was, else first submission)",
    )
    parser.add_argument("--from-savepoint", metavar="PATH", help="savepoint or retained checkpoint to go on from")
    parser.add_argument(
        "--upgrade",
        action="store_true",
        help="stop the running job with a savepoint and go on from it; refused where none runs",
    )
    parser.add_argument("--stop", action="store_true", help="stop the running job with a savepoint, and print it")
    parser.add_argument(
        "--parallelism",
        type=int,
        metavar="N",
        help="at most the log's partitions (default: the cluster's, if not more)",
    )
    parser.add_argument("--outage", metavar="DURATION", help="longest outage that loses no actions (default: 1 hour)")
    parser.add_argument(
        "--collect", metavar="TOPIC", action="append", help="run the job that copies this channel topic into the log"
    )
    parser.add_argument("--json", action="store_true", help="print the result as one JSON object")


def run(args: argparse.Namespace) -> int:
    """Submits (or stops) the job and prints its id (or the savepoint)."""
    settings = Settings.load()
    if args.stop:
        return _stop(settings, COLLECT if args.collect else ORCHESTRATE, args.json)
    job = _submit(settings, args)
    if args.json:
        print(json.dumps(asdict(job)))
        return 0
    print(job.id)
    if job.live_from_ms is not None:
        print(f"{job.name} is live from {_iso(job.live_from_ms)}", file=sys.stderr)
        for line in halted(running(recorded(settings))):
            print(line, file=sys.stderr)
    return 0


def time_ms(text: str) -> int:
    """`now` or an ISO 8601 time with zone as UTC epoch milliseconds. UsageError for anything else."""
    if text == "now":
        return int(datetime.now(UTC).timestamp() * 1000)
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        raise UsageError(f"{text!r} is not a time", "write `now`, or ISO 8601 with a zone: 2030-01-31T08:00:00+01:00")
    return int(time.timestamp() * 1000)


def _submit(settings: Settings, args: argparse.Namespace) -> Job:
    longest_ms = outage_ms(args.outage)
    workspace = workspace_dir(args.workspace)
    if args.collect:
        return submit_collect(settings, workspace, args.collect, savepoint=args.from_savepoint, outage_ms=longest_ms)
    return submit_workspace(
        settings,
        workspace,
        live_from_ms=time_ms(args.live_from) if args.live_from else None,
        savepoint=args.from_savepoint,
        parallelism=args.parallelism,
        outage_ms=longest_ms,
        upgrade=args.upgrade,
    )


def outage_ms(text: str | None) -> int:
    """What `--outage` says, by default an hour. UsageError for what is no length of time."""
    try:
        return parse_duration_ms(text) if text else OUTAGE_MS
    except ValueError as error:
        raise UsageError(f"--outage: {error}") from None


def _stop(settings: Settings, name: str, as_json: bool) -> int:
    savepoint = stop(settings, name)
    if savepoint is None:
        raise StackError(f"the job {name} is not running")
    print(json.dumps({"name": name, "savepoint": savepoint}) if as_json else savepoint)
    return 0


def _iso(time: int) -> str:
    return datetime.fromtimestamp(time / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
