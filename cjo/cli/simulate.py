"""`cjo simulate`: what journeys would have sent over a log, to how many, when, and every refusal by reason."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from cjo.avro.contracts import load_schema, needed_of
from cjo.avro.rows import event_time_ms
from cjo.cli.why import as_json
from cjo.cli.why import lines as timeline_lines
from cjo.client.connect import quiet
from cjo.client.declared import load
from cjo.client.folding import folded
from cjo.client.mapping import load_mapping
from cjo.client.reader import Record
from cjo.client.sources import Batch, batches, kafka_batches, size_of
from cjo.client.timeline import About, arranged
from cjo.compile import compile_workspace
from cjo.errors import UsageError
from cjo.resources import WORKSPACE, workspace_dir
from cjo.settings import Settings
from cjo.simulate.control import read_control, unknown_journeys
from cjo.simulate.reading import Wanted
from cjo.simulate.report import late_line, lines, rate_line, summary
from cjo.simulate.run import Options, Outcome, Watch, simulate
from cjo.spec.problems import did_you_mean
from cjo.submission.control import numbered
from cjo.topics import DECISIONS, MIB, MOMENTS, TOUCHPOINTS
from cjo.values import to_timestamp

_ONE_PROCESS_BYTES = 4 * MIB
"""A smaller file is done before other processes have started."""
_TOLD_MAX = 1_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `cjo simulate`."""
    parser.add_argument(
        "log",
        nargs="?",
        metavar="LOG",
        help="touchpoints in order of arrival: JSON Lines, .csv or .parquet; - for stdin",
    )
    parser.add_argument("--workspace", type=Path, metavar="FOLDER", help=WORKSPACE)
    parser.add_argument("--map", type=Path, metavar="FILE", help="mapping.yaml: how columns become touchpoints")
    parser.add_argument("--kafka", action="store_true", help=f"read the log itself, the topic {TOUCHPOINTS}")
    parser.add_argument("--since", metavar="TIME", help="with --kafka: records from this time on (ISO 8601 with zone)")
    parser.add_argument("--before", metavar="TIME", help="with --kafka: records before this time")
    parser.add_argument(
        "--sort",
        action="store_true",
        help="put each customer's touchpoints in order of event time first, for exports that are not in order of "
        "arrival; by default a file's order is the order of the log, and what is out of order comes late",
    )
    parser.add_argument("--live-from", metavar="TIME", help="moments before open no run (default: the log's beginning)")
    parser.add_argument("--until", metavar="TIME", help="let time go on until then (default: the last touchpoint)")
    parser.add_argument(
        "--control",
        metavar="FILE",
        help="control records that hold in the log's time, JSON Lines (cjo tail control --json), or `control` for the "
        "topic itself: pauses, stops, shares and versions as they were",
    )
    parser.add_argument("--customer", metavar="ID", help="this customer's timeline instead, as cjo why tells it")
    parser.add_argument(
        "--decisions", type=Path, metavar="FILE", help="write every decision there, for cjo report and cjo map"
    )
    parser.add_argument("--days", action="store_true", help="a line for each day, also where there are many")
    parser.add_argument("--compare", type=Path, metavar="FOLDER", help="another version of the workspace, side by side")
    parser.add_argument("--list", type=int, default=20, metavar="N", help="customers to list with --compare (20)")
    parser.add_argument("--processes", type=int, metavar="N", help="processes to share the work (default: all cores)")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def run(args: argparse.Namespace) -> int:
    """Prints what would have been; every row that can't be used goes to stderr, and makes it return 1."""
    if args.kafka == (args.log is not None):
        raise UsageError("expected either LOG or --kafka", "use - to read JSON Lines from stdin")
    if (args.since or args.before) and not args.kafka:
        raise UsageError("--since and --before belong to --kafka")
    if args.customer is not None and args.compare:
        raise UsageError("expected either --customer or --compare")
    quiet()
    wanted = _wanted(args)
    size = 0 if args.kafka else _size(args.log)
    options = Options(_processes(args, size), args.sort, _time(args.until, "--until"), max(0, args.list))
    problems = _Problems("touchpoints" if args.kafka else "stdin" if args.log == "-" else args.log)
    began = time.monotonic()
    with _progress() as watch, _file(args.decisions, args.log, args.control) as decisions:
        outcome = simulate(_batches(args, wanted), wanted, options, problems.tell, watch, size, decisions)
    problems.close()
    code = 1 if outcome.problems else 0
    if args.customer is not None:
        return _print_timeline(args, wanted.plans[0], outcome) or code
    found = summary(outcome, wanted.wholes[0])
    found["rate"] |= {"processes": options.processes, "wall_s": round(time.monotonic() - began, 3)}
    for line in [json.dumps(found, ensure_ascii=False)] if args.json else lines(found, args.days):
        print(line)
    wall = f"{found['rate']['wall_s']:.1f} s with {options.processes} process{'es' if options.processes > 1 else ''}"
    print(f"{rate_line(found)}; {wall}", file=sys.stderr)
    if outcome.decided.late:
        print(late_line(outcome.decided.late, args.kafka), file=sys.stderr)
    return code


@contextmanager
def _file(path: Path | None, *read: str | None) -> Iterator[BinaryIO | None]:
    if path is None:
        yield None
        return
    for name in read:
        if name is not None and path.exists() and os.path.exists(name) and path.samefile(name):
            raise UsageError(f"--decisions: {path} is what is read", "name another file: this one would be emptied")
    try:
        file = path.open("wb")
    except OSError as error:
        raise UsageError(f"--decisions: cannot write {path}: {error.strerror}") from error
    with file:
        yield file


def _wanted(args: argparse.Namespace) -> Wanted:
    folder = workspace_dir(args.workspace)
    plans = [compile_workspace(one) for one in (folder, args.compare) if one is not None]
    live_from_ms = _time(args.live_from, "--live-from")
    control = read_control(args.control) if args.control else []
    if control:
        plans = [numbered(plan, control)[0] for plan in plans]
        _warn_of_unknown(plans, control)
    for plan in plans:
        plan["workspace"]["live_from_ms"] = live_from_ms
    mapping = load_mapping(args.map) if args.map else None
    return Wanted(plans, load(folder), mapping, args.customer, control)


def _warn_of_unknown(plans: list[dict[str, Any]], control: list[dict[str, Any]]) -> None:
    journeys = sorted(one["name"] for one in plans[0]["journeys"])
    for name in unknown_journeys(plans, control):
        hint = did_you_mean(name, journeys, "journeys:")
        print(f"--control: no journey '{name}' is in the workspace or published; {hint}", file=sys.stderr)


def _batches(args: argparse.Namespace, wanted: Wanted) -> Iterator[Batch]:
    if not args.kafka:
        return batches(args.log)
    since_ms, before_ms = _time(args.since, "--since"), _time(args.before, "--before")
    contract = load_schema("touchpoint")
    if args.customer is None:  # whose timeline shows all that is known of a touchpoint
        contract = needed_of(contract, wanted.columns)
    return kafka_batches(Settings.load(), TOUCHPOINTS, since_ms, before_ms, contract)


def _size(name: str) -> int:
    try:
        return size_of(name)
    except OSError as error:
        raise UsageError(f"cannot read {name}: {error.strerror}") from error


def _processes(args: argparse.Namespace, size: int) -> int:
    if args.processes is not None:
        if args.processes < 1:
            raise UsageError(f"--processes must be a number from 1, got {args.processes}")
        return int(args.processes)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return 1 if 0 < size < _ONE_PROCESS_BYTES else cores


def _time(text: str | None, option: str) -> int | None:
    if text is None:
        return None
    found = to_timestamp(text)
    if found is None:
        raise UsageError(f"{option}: expected ISO 8601 with a zone, such as 2026-11-01T00:00:00Z, got {text!r}")
    return found


class _Problems:
    """Tells rows that can't be used, on stderr; no more than a thousand of them."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._count = 0

    def tell(self, place: str, why: str) -> None:
        """One row: its number and what is wrong."""
        self._count += 1
        if self._count <= _TOLD_MAX:
            print(f"{self._name}:{place}: {why}", file=sys.stderr)

    def close(self) -> None:
        """How many were not told."""
        if self._count > _TOLD_MAX:
            print(f"{self._name}: {self._count - _TOLD_MAX:,} more rows refused", file=sys.stderr)


@contextmanager
def _progress() -> Iterator[Watch]:
    """A bar on a terminal; nothing elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda what, done, total: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        tasks: dict[str, Any] = {}

        def watch(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(what, total=total or None)
            progress.update(tasks[what], completed=done)

        yield watch


def _print_timeline(args: argparse.Namespace, plan: dict[str, Any], outcome: Outcome) -> int:
    if args.sort:
        outcome.touchpoints.sort(key=lambda one: event_time_ms(one[1], one[0]))
    entries = arranged(_records(args.customer, outcome), about=About(plan["workspace"]["dedup_horizon_ms"]))
    if not entries:
        print(f"the log holds nothing about {args.customer!r}", file=sys.stderr)
        return 1
    for line in map(as_json, entries) if args.json else timeline_lines(folded(entries)):
        print(line)
    return 0


def _records(customer: str, outcome: Outcome) -> Iterable[Record]:
    """What Kafka would hold about the customer."""
    for timestamp_ms, touchpoint in outcome.touchpoints:
        yield Record(TOUCHPOINTS, 0, 0, timestamp_ms, customer, touchpoint)
    topics = {"moment": (MOMENTS, "at"), "decision": (DECISIONS, "decided_at")}
    for kind, record in outcome.decided.story.effects if outcome.decided.story else ():
        if kind == "action":
            yield Record(f"actions.{record['channel']}", 0, 0, record["decided_at"], customer, record)
        elif kind in topics:
            topic, at = topics[kind]
            yield Record(topic, 0, 0, record[at], customer, record)
