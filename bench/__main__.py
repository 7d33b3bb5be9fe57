"""`python -m bench`: fill a log, run the cases over it on the real stack, compare counts, tell the figures."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bench.cases import CASES, LIVE, Bench
from bench.own import BUILD, chosen, own_settings, say
from bench.report import Row, append, machine, table
from bench.world import Log, fill, read_log
from cjo.errors import CjoError, UsageError
from cjo.settings import Settings
from cjo.stack import Stack

PORT_BASE = "25000"
MARK = "bench.json"


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    """The options; the defaults are the full run."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--records", type=int, default=3_000_000, help="touchpoints in the log (default: %(default)s)")
    parser.add_argument("--customers", type=int, default=100_000, help="customers (default: %(default)s)")
    parser.add_argument(
        "--tutorial-records", type=int, default=500_000, help="records for pyflink-tutorial (default: %(default)s)"
    )
    parser.add_argument("--rate", type=int, default=5_000, help="latency: touchpoints a second (default: %(default)s)")
    parser.add_argument("--seconds", type=int, default=60, help="latency: for how long (default: %(default)s)")
    parser.add_argument("--cases", default=",".join(CASES), help="which, in this order (default: %(default)s)")
    parser.add_argument("--output", type=Path, default=BUILD / "bench.jsonl", help="JSON Lines, a row a case")
    parser.add_argument("--reuse", action="store_true", help="use the log that an earlier run with --keep has left")
    parser.add_argument("--keep", action="store_true", help="leave the stack and its log as they are at the end")
    args = parser.parse_args(words)
    args.cases = chosen(args.cases, "case", CASES)
    return args


def main() -> int:
    """Run the benchmark; 1 where a count is wrong."""
    args = arguments()
    settings = own_settings("bench", PORT_BASE)
    stack = Stack(settings, tell=say)
    try:
        log = _log(args, settings, stack)
        return _run(args, settings, stack, log)
    finally:
        if not args.keep:
            stack.down(wipe=True)


def _log(args: argparse.Namespace, settings: Settings, stack: Stack) -> Log:
    mark = settings.home / MARK
    log = read_log(mark) if args.reuse else None
    if log is not None:
        stack.up(supervise=False)
        return log
    if settings.data.is_dir() and any(settings.data.iterdir()) and not mark.exists():
        raise UsageError(f"{settings.home} holds data that is not the benchmark's", "set CJO_HOME to another folder")
    stack.down(wipe=True)
    settings.home.mkdir(parents=True, exist_ok=True)
    mark.write_text("{}")
    stack.up(supervise=False)
    say(f"filling the log with {args.records:,} touchpoints of {args.customers:,} customers")
    log = fill(settings, args.records, args.customers)
    log.write(mark)
    say(f"{log.records:,} records in {log.seconds:.0f} s")
    return log


def _run(args: argparse.Namespace, settings: Settings, stack: Stack, log: Log) -> int:
    folder = settings.run / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    bench = Bench(settings, stack, log, folder, args.tutorial_records, args.rate, args.seconds)
    rows: list[Row] = []
    for case in args.cases:
        if case not in LIVE:
            bench.end_jobs()
            stack.recycle_taskmanagers()  # a fresh JVM for each, none warmed up by another
        state = machine()
        say(f"{case} ({state['cores']} cores, load {state['load_1min']})")
        row = CASES[case](bench) | {"machine": state}
        append(args.output, row)
        rows.append(row)
    print(table(rows))
    for problem in bench.problems:
        say(problem)
    return 1 if bench.problems else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except CjoError as error:
        say(str(error))
        sys.exit(error.exit_code)
