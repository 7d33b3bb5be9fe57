"""`python -m bench.factors`: the rows of bench/factors/rows.py on the real stack, each checked against the engine."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from bench.cases import Bench, Row, new_records, row_of_progress, run_limit
from bench.factors.expected import expected
from bench.factors.log import DAY_MS, PlainLog, fill
from bench.factors.rows import BASE, CASES, Case, cases_for
from bench.factors.signals import make_workspace
from bench.factors.table import table
from bench.own import BUILD, at_least_one, chosen, own_settings, say
from bench.progress import Watch
from bench.report import append, machine
from bench.world import Log, end_offsets
from cjo.avro.codec import Reader
from cjo.avro.registry import Registry
from cjo.compile import compile_workspace
from cjo.demo.shape import Shape
from cjo.errors import CjoError
from cjo.resources import data_dir
from cjo.settings import Settings
from cjo.stack import Stack
from cjo.stack.topic_admin import make_topics, register_schemas
from cjo.submission import submit_workspace
from cjo.topics import MOMENTS, TOUCHPOINTS, topics_for

PORT_BASE = "25100"
ROCKSDB = data_dir("flink-conf") / "rocksdb.yaml"
"""Memory for RocksDB is given to TaskManagers as they start, and what does not use it has no other by it."""
LIMITS = {"limit": 2, "limit-1": 1}
"""The row's name and how many TaskManagers it runs on."""


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    """The options; the defaults are the full run."""
    names = [*LIMITS, *(case.name for case in CASES)]
    parser = argparse.ArgumentParser(prog="bench.factors", description=__doc__)
    parser.add_argument(
        "--records", type=at_least_one, default=3_000_000, help="touchpoints in a log (default: %(default)s)"
    )
    parser.add_argument(
        "--customers",
        type=at_least_one,
        default=BASE.customers,
        help="of every row but those that tell of customers: as many more as --records, and each does the same in a"
        " longer log (default: %(default)s)",
    )
    parser.add_argument("--rows", default=",".join(names), help="which (default: %(default)s)")
    parser.add_argument(
        "--repeat", type=at_least_one, default=1, help="rounds through the rows; told is the middle (default: 1)"
    )
    parser.add_argument("--output", type=Path, default=BUILD / "factors.jsonl", help="JSON Lines, a line a row")
    args = parser.parse_args(words)
    args.rows = chosen(args.rows, "row", names)
    return args


def main() -> int:
    """Run the rows; 1 where a count is wrong."""
    args = arguments()
    settings = replace(own_settings("factors", PORT_BASE), flink_config=ROCKSDB)
    stack = Stack(settings, tell=say)
    rows: list[Row] = []
    problems: list[str] = []
    wanted = [case for case in cases_for(args.customers) if case.name in args.rows]
    try:
        for customers in dict.fromkeys([args.customers, *(case.customers for case in wanted)]):
            mine = [case for case in wanted if case.customers == customers]
            limits = [name for name in LIMITS if name in args.rows and customers == args.customers]
            for row in _on_one_log(settings, stack, args, customers, mine, limits, problems):
                append(args.output, row)
                rows.append(row)
    finally:
        stack.down(wipe=True)
    print(table(rows))
    for problem in problems:
        say(problem)
    return 1 if problems else 0


def _on_one_log(
    settings: Settings,
    stack: Stack,
    args: argparse.Namespace,
    customers: int,
    cases: list[Case],
    limits: list[str],
    problems: list[str],
) -> Iterator[Row]:
    if not cases and not limits:
        return
    stack.down(wipe=True)
    stack.up(supervise=False)
    folder = settings.run / "factors"
    folder.mkdir(parents=True, exist_ok=True)
    workspace = make_workspace(folder / BASE.name, BASE.signals, BASE.relevance)
    plan = compile_workspace(workspace)
    topics = topics_for(plan)
    make_topics(settings.broker, topics)
    schema_id = register_schemas(settings.registry_url, topics)[TOUCHPOINTS]
    today_ms = int(time.time()) // 86_400 * DAY_MS
    log = PlainLog(args.records, customers, today_ms - DAY_MS, int(plan["workspace"]["partitions"]))
    say(f"filling the log with {args.records:,} touchpoints of {customers:,} customers")
    fill(log, settings.broker, schema_id)
    shape = Shape(log.end_ms, touchpoints=args.records, customers=customers)
    ends = end_offsets(settings.broker, TOUCHPOINTS)
    bench = Bench(settings, stack, Log(shape, ends, log.heartbeat_ms, schema_id, 0.0), folder, 0, 0, 0, problems)
    bench.plan = plan
    wanted: dict[str, dict[str, int]] = {}
    for _ in range(args.repeat):  # by rounds, so that what slows the machine for a while slows what is compared alike
        for name in limits:
            bench.end_jobs()
            stack.recycle_taskmanagers()
            yield run_limit(bench, name, LIMITS[name]) | {"machine": machine()}
        for case in cases:
            bench.end_jobs()
            stack.recycle_taskmanagers()
            state = machine()
            say(f"{case.name} ({state['cores']} cores, load {state['load_1min']})")
            yield _run(bench, log, case, wanted) | {"machine": state}


def _run(bench: Bench, log: PlainLog, case: Case, wanted: dict[str, dict[str, int]]) -> Row:
    """`wanted`: what must come of each case, by name; reckoned once, for every round has the same log."""
    workspace = make_workspace(bench.folder / case.name, case.signals, case.relevance)
    begins = end_offsets(bench.settings.broker, MOMENTS)
    started_s = time.monotonic()
    job = submit_workspace(
        bench.settings,
        workspace,
        live_from_ms=log.begin_ms,
        parallelism=case.taskmanagers,
        flink={
            "state.backend.type": case.backend,
            "execution.checkpointing.incremental": str(case.backend == "rocksdb").lower(),
        },
    )
    plan = compile_workspace(workspace)
    until_ms = log.heartbeat_ms - int(plan["workspace"]["bound_ms"]) - 1
    progress = Watch(bench.rest, job.id, started_s, bench.workers()).until_committed(until_ms)
    reader = Reader(Registry(bench.settings.registry_url))
    moments = Counter(reader(one.value())["signal"] for one in new_records(bench, MOMENTS, begins))
    if case.name not in wanted:
        wanted[case.name] = expected(log, plan, until_ms)
    bench.check(case.name, wanted[case.name], dict(moments))
    return row_of_progress(case.name, bench.log.records, progress, {"in all": moments.total()})


if __name__ == "__main__":
    try:
        sys.exit(main())
    except CjoError as error:
        say(str(error))
        sys.exit(error.exit_code)
