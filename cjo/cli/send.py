"""`cjo send`: publish touchpoints from a file, one touchpoint for many customers, or profiles from a CRM file."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from cjo.avro.rows import stamp_ms
from cjo.client.connect import quiet
from cjo.client.declared import Declared, load
from cjo.client.fanout import COLUMN, FanOut, list_batches, read_touchpoint
from cjo.client.files import Row
from cjo.client.loading import Publish, in_log_time
from cjo.client.mapping import load_mapping
from cjo.client.producer import TouchpointProducer, checked, now_ms
from cjo.client.profiles import profile_touchpoints, refuse_row_of_crm
from cjo.client.sources import STDIN, Batch, batches, rows_of, size_of
from cjo.errors import RecordError, UsageError
from cjo.resources import WORKSPACE, workspace_dir
from cjo.settings import Settings
from cjo.topics import MIB, TOUCHPOINTS

PROGRESS_FROM_BYTES = MIB


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `cjo send`."""
    parser.add_argument(
        "file", nargs="?", metavar="FILE", help="touchpoints: JSON Lines, .csv or .parquet; - for stdin"
    )
    parser.add_argument(
        "--profiles",
        metavar="FILE",
        help="a CRM file instead: JSON Lines or CSV with customer_id, profile attributes, and consent and "
        "consent_withdrawn as PURPOSE or PURPOSE:CHANNEL, several parted by ;",
    )
    parser.add_argument(
        "--map", type=Path, metavar="FILE", help="mapping.yaml: how the columns of FILE become touchpoints"
    )
    parser.add_argument(
        "--fan-out",
        metavar="LIST",
        help="publish the one touchpoint in FILE for each customer of LIST: an id a line, or .csv, .jsonl, .parquet",
    )
    parser.add_argument("--column", metavar="NAME", help=f"column of LIST with the customers' ids (default: {COLUMN})")
    parser.add_argument("--now", action="store_true", help="a touchpoint without occurred_at happens now")
    parser.add_argument(
        "--log-time",
        action="store_true",
        help="stamp records with their event time (sent_at where it stands for a missing received_at), to load what "
        "happened long ago into a log that holds nothing later",
    )
    parser.add_argument(
        "--late-too", action="store_true", help="with --log-time: send also what is late by more than late_horizon"
    )
    parser.add_argument("--dry-run", action="store_true", help="check only; needs neither broker nor registry")
    parser.add_argument(
        "--workspace", type=Path, metavar="FOLDER", help=f"what it declares is checked against; {WORKSPACE}"
    )
    parser.add_argument("--topic", default=TOUCHPOINTS, help=f"topic to publish to (default: {TOUCHPOINTS})")
    parser.add_argument("--json", action="store_true", help="print the summary as one JSON object")


def run(args: argparse.Namespace) -> int:
    """Publishes what is good, reports every bad line on stderr; returns 1 if there was any."""
    if (args.file is None) == (args.profiles is None):
        raise UsageError("expected either FILE or --profiles FILE", "use - to read from stdin")
    if args.map and args.profiles:
        raise UsageError("--map goes with FILE; a CRM file has its own columns")
    _check_fan_out(args)
    quiet()
    if args.late_too and not args.log_time:
        raise UsageError("--late-too goes with --log-time")
    declared = load(workspace_dir(args.workspace))
    sender = _Sender(args, declared)
    with ExitStack() as stack:
        rows = stack.enter_context(_rows(sender.name, sender.batches))
        publish: Publish = _nothing
        settings = None if args.dry_run else Settings.load()
        if settings:
            publish = stack.enter_context(TouchpointProducer(settings, topic=args.topic)).publish
        if args.log_time:
            timed = in_log_time(publish, settings, args.topic, declared.workspace, args.late_too)
            publish = stack.enter_context(timed)
        for row in rows:
            sender.take(row, publish)
    sender.report()
    return 1 if sender.problems else 0


def _check_fan_out(args: argparse.Namespace) -> None:
    if args.fan_out is None:
        if args.column is not None:
            raise UsageError("--column goes with --fan-out LIST")
        return
    if args.file is None or args.map:
        raise UsageError("--fan-out LIST goes with FILE, which holds one touchpoint, and without --profiles or --map")
    if args.file == args.fan_out == STDIN:
        raise UsageError("stdin is either the touchpoint or the list, not both")


class _Sender:
    """Checks rows and publishes them; remembers what was wrong."""

    def __init__(self, args: argparse.Namespace, tracking: Declared) -> None:
        self._args = args
        self._tracking = tracking
        self.name: str = args.fan_out or args.file or args.profiles
        self._mapping = load_mapping(args.map) if args.map else None
        self.left_out = 0
        self.sent = 0
        self.problems: list[dict[str, Any]] = []
        self._fan_out = self._made_fan_out() if args.fan_out else None

    @property
    def batches(self) -> Iterator[Batch]:
        """What is read: the list of a fan-out, else the file itself."""
        if self._fan_out is not None:
            return list_batches(self.name, self._args.column or COLUMN)
        return batches(self.name)

    def take(self, row: Row, publish: Publish) -> None:
        """Publish every touchpoint of a row, or none of them where one is wrong."""
        try:
            if isinstance(row.value, RecordError):
                raise row.value
            for touchpoint, timestamp_ms in [self._ready(one) for one in self._touchpoints(row.value)]:
                publish(touchpoint, timestamp_ms)
                self.sent += 1
        except RecordError as error:
            self.problems.append({"line": row.number, "error": error.message})
            where = "stdin" if self.name == STDIN else self.name
            print(f"{where}:{row.number}: {error.message}", file=sys.stderr)

    def _touchpoints(self, value: dict[str, Any]) -> list[dict[str, Any]]:
        if self._args.profiles:
            return profile_touchpoints(value, now_ms())
        if self._fan_out is not None:
            made = self._fan_out.touchpoint(value)
            return [] if made is None else [made]
        if self._mapping is not None:
            mapped = self._mapping.touchpoint(value)
            if mapped is None:
                self.left_out += 1
                return []
            value = mapped
        else:
            refuse_row_of_crm(value)
        return [self._timed(value)]

    def _timed(self, value: dict[str, Any]) -> dict[str, Any]:
        if value.get("occurred_at") is None:
            if not self._args.now:
                raise RecordError("occurred_at is missing; say when it happened, or use --now")
            value["occurred_at"] = now_ms()
        return value

    def _made_fan_out(self) -> FanOut:
        """The touchpoint is checked once, before any is published: what is wrong with it is wrong for everyone."""
        touchpoint = read_touchpoint(self._args.file)
        where = "stdin" if self._args.file == STDIN else self._args.file
        try:
            fan_out = FanOut(self._timed(touchpoint), self._args.column or COLUMN)
            self._ready(fan_out.for_customer("somebody"))
        except RecordError as error:
            raise UsageError(f"{where}: {error.message}") from None
        return fan_out

    def _ready(self, touchpoint: dict[str, Any]) -> tuple[dict[str, Any], int]:
        timestamp_ms = now_ms()
        ready = checked(touchpoint, self._tracking, timestamp_ms)
        if self._args.log_time:
            timestamp_ms = stamp_ms(ready, timestamp_ms)
        return ready, timestamp_ms

    def report(self) -> None:
        """The summary, on stdout."""
        if self._args.json:
            summary = {"sent": self.sent, "refused": len(self.problems), "left_out": self.left_out,
                       "dry_run": self._args.dry_run, "problems": self.problems}  # fmt: skip
            print(json.dumps(summary | ({"repeated": self._fan_out.repeated} if self._fan_out else {})))
            return
        verb = "fit, nothing was sent" if self._args.dry_run else "sent"
        lines = "line" if len(self.problems) == 1 else "lines"
        left_out = f"; {self.left_out} left out by the mapping" if self.left_out else ""
        sent = f"{self.sent} touchpoint{'' if self.sent == 1 else 's'} {verb}"
        again = self._fan_out.repeated if self._fan_out else 0
        repeated = f"; {again} named more than once" if again else ""
        print(f"{sent}; {len(self.problems)} {lines} refused{left_out}{repeated}")


def _nothing(touchpoint: Mapping[str, Any], timestamp_ms: int) -> None:
    """Dry run."""


@contextmanager
def _rows(name: str, found: Iterator[Batch]) -> Iterator[Iterator[Row]]:
    """The rows of a file or of stdin, with a progress bar on a terminal where the file is big."""
    try:
        size = size_of(name)
    except OSError as error:
        raise UsageError(f"cannot read {name}: {error.strerror}") from error
    console = Console(stderr=True)
    if size < PROGRESS_FROM_BYTES or not console.is_terminal:
        yield (row for batch in found for row in rows_of(batch))
        return
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        yield _counted(found, progress, size)


def _counted(found: Iterator[Batch], progress: Progress, size: int) -> Iterator[Row]:
    task = progress.add_task("sending", total=size)
    for batch in found:
        yield from rows_of(batch)
        progress.advance(task, batch.bytes)
