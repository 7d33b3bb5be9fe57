"""The cases: each runs on the stack that is up, over the log that is filled, and gives one row of the result."""

from __future__ import annotations

import json
import shutil
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from bench import latency, subjects
from bench.figures import differences, percentile, steady
from bench.progress import Progress, Watch
from bench.workspace import POLICIES, make_workspace, with_banner
from bench.world import Log, end_offsets, expected_moments, read_between
from cjo.avro.codec import Reader, load_schema
from cjo.avro.contracts import TIMESTAMP, without_logical
from cjo.avro.registry import Registry
from cjo.compile import compile_workspace
from cjo.errors import StackError
from cjo.settings import Settings
from cjo.stack import Stack
from cjo.stack.client import flink_cancel, flink_run
from cjo.stack.flink_rest import FlinkRest
from cjo.stack.topic_admin import make_topics
from cjo.submission import submit_workspace
from cjo.submission.submit import ORCHESTRATE, describe, running_job
from cjo.topics import MOMENTS, TOUCHPOINTS, Topic, topics_for

Row = dict[str, Any]
PARALLELISM = 2
LIMIT_COUNTS = "bench.limit"
TUTORIAL_MOMENTS = "bench.tutorial"
_CAUGHT_UP_S = 300.0


@dataclass
class Bench:
    """What the cases share. `problems` collects every count that is not as it should be."""

    settings: Settings
    stack: Stack
    log: Log
    folder: Path
    tutorial_records: int
    rate: int
    seconds: int
    problems: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rest = FlinkRest(self.settings.flink_url)
        self.workspace = make_workspace(self.folder / "journeys")
        self.plan = compile_workspace(self.workspace)
        self.plan["workspace"]["live_from_ms"] = self.log.shape.begin_ms

    def write(self, name: str, content: Any) -> Path:
        """A JSON file for a job's client."""
        file = self.folder / name
        file.write_text(json.dumps(content))
        return file

    def code(self) -> Path:
        """A folder with the benchmark's own code, as Flink's client wants it."""
        folder = self.folder / "code"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(Path(__file__).parent, folder / "bench", ignore=shutil.ignore_patterns("__pycache__"))
        return folder

    def workers(self) -> list[psutil.Process]:
        """The processes of the TaskManagers."""
        names = [part.name for part in self.stack.taskmanager_components()]
        return [process for name in names if (process := self.stack.processes.find(name))]

    def end_jobs(self) -> None:
        """No job of an earlier case goes on."""
        for job in self.rest.jobs():
            if not job.ended:
                flink_cancel(self.settings, job.id)

    def check(self, case: str, expected: dict[str, int], got: dict[str, int]) -> None:
        """Note every difference."""
        self.problems += differences(case, expected, got)


def run_limit(bench: Bench, case: str = "limit", parallelism: int = PARALLELISM) -> Row:
    """Flink SQL alone: read, decode, count."""
    topics = topics_for(bench.plan)
    ids = {topic.name: bench.log.schema_id for topic in topics if topic.name == TOUCHPOINTS}
    submission = describe(bench.settings, bench.plan, topics, ids, {"parallelism": parallelism, "counts": LIMIT_COUNTS})
    make_topics(bench.settings.broker, [Topic(LIMIT_COUNTS, 1, {"cleanup.policy": "compact"})])
    begins = end_offsets(bench.settings.broker, LIMIT_COUNTS)
    ends = end_offsets(bench.settings.broker, TOUCHPOINTS)
    progress = _run(bench, "bench.limit", ["--submission", str(bench.write("limit.json", submission))])
    counts: dict[str, int] = {}
    for message in new_records(bench, LIMIT_COUNTS, begins):
        if message.value():
            counts[message.key().decode()] = json.loads(message.value())["n"]
    bench.check(case, {"records": sum(ends.values())}, {"records": sum(counts.values())})
    return row_of_progress(case, sum(ends.values()), progress, None)


def run_tutorial(bench: Bench) -> Row:
    """The hand-written job over the first part of the log; its moments must be those of the engine."""
    ends = bench.log.prefix(bench.tutorial_records)
    make_topics(bench.settings.broker, [Topic(TUTORIAL_MOMENTS, 1)])
    begins = end_offsets(bench.settings.broker, TUTORIAL_MOMENTS)
    given = {
        "broker": bench.settings.broker,
        "topic": TOUCHPOINTS,
        "moments": TUTORIAL_MOMENTS,
        "ends": ends,
        "schema": without_logical(load_schema("touchpoint"), (TIMESTAMP,)),
        "parallelism": PARALLELISM,
        "bound_ms": bench.plan["workspace"]["bound_ms"],
    }
    progress = _run(bench, "bench.tutorial", ["--settings", str(bench.write("tutorial.json", given))])
    new = new_records(bench, TUTORIAL_MOMENTS, begins)
    moments = dict(Counter(json.loads(message.value())["signal"] for message in new))
    bench.check("pyflink-tutorial", expected_moments(bench.settings, bench.log, ends, None), moments)
    return row_of_progress("pyflink-tutorial", sum(ends.values()), progress, moments)


def run_cjo(bench: Bench) -> Row:
    """The product: its own submission, two of the shipped journeys, exactly once, until all of the log is committed."""
    return _decided(bench, "cjo", bench.workspace)


def run_policies(bench: Bench) -> Row:
    """The same under every kind of policy; its moments are the same."""
    return _decided(bench, "policies", make_workspace(bench.folder / "policed", POLICIES))


def run_one_more_signal(bench: Bench) -> Row:
    """The product with one more signal over customers; to compare the next with."""
    return _decided(bench, "one-more-signal", subjects.workspace_of(bench.folder / "one-more", "customer"))


def run_subjects(bench: Bench) -> Row:
    """The same signal over devices: one more kind of subject."""
    return _decided(bench, "subjects", subjects.workspace_of(bench.folder / "subjects", subjects.DEVICE))


def _decided(bench: Bench, case: str, workspace: Path) -> Row:
    begins = end_offsets(bench.settings.broker, MOMENTS)
    started_s = time.monotonic()
    job = submit_workspace(bench.settings, workspace, live_from_ms=bench.log.shape.begin_ms)
    until_ms = bench.log.heartbeat_ms - int(bench.plan["workspace"]["bound_ms"]) - 1
    progress = Watch(bench.rest, job.id, started_s, bench.workers()).until_committed(until_ms)
    reader = Reader(Registry(bench.settings.registry_url))
    new = new_records(bench, MOMENTS, begins)
    moments = dict(Counter(reader(message.value())["signal"] for message in new))
    if case in ("one-more-signal", "subjects"):
        wanted = subjects.expected(bench.settings, bench.log, workspace, bench.log.ends, until_ms)
    else:
        wanted = expected_moments(bench.settings, bench.log, bench.log.ends, until_ms)
    bench.check(case, wanted, moments)
    return row_of_progress(case, bench.log.records, progress, moments)


def run_latency(bench: Bench) -> Row:
    """Live load on the product's job, which goes on from where it is where one runs."""
    return _latency(bench, "latency", 0)


def run_robot(bench: Bench) -> Row:
    """The same with one customer more, who alone sends a third as much as all others together."""
    return _latency(bench, "robot", bench.rate // 3)


def _latency(bench: Bench, case: str, robot_per_s: int) -> Row:
    job_id = submit_workspace(
        bench.settings,
        with_banner(make_workspace(bench.folder / case)),
        live_from_ms=bench.log.shape.begin_ms,
        upgrade=running_job(bench.settings, ORCHESTRATE) is not None,
    ).id
    watch = Watch(bench.rest, job_id, time.monotonic())
    load = latency.Load(
        bench.settings.broker,
        bench.log.schema_id,
        len(bench.log.ends),
        bench.log.shape.customers,
        bench.rate,
        bench.seconds,
        f"live{int(time.time())}",
        robot_per_s,
    )
    latency.send(load, latency.prepared(load, int(time.time() * 1000)))
    _catch_up(bench, watch)
    measured = latency.measure(load)
    wanted = dict.fromkeys(latency.CHANNELS, load.deciding)
    bench.check(case, wanted, {channel: len(times) for channel, times in measured.seconds.items()})
    return {
        "case": case,
        "records": measured.sent,
        "robot_per_s": robot_per_s,
        "per_s": round(measured.sent / load.seconds),
        "channels": {channel: _spread(times) for channel, times in measured.seconds.items() if times},
        "generator_behind_s": round(measured.behind_s, 3),
    }


def _spread(seconds: list[float]) -> Row:
    return {
        "actions": len(seconds),
        "p50_s": round(percentile(seconds, 0.5), 3),
        "p99_s": round(percentile(seconds, 0.99), 3),
        "max_s": round(max(seconds), 3),
    }


CASES: dict[str, Callable[[Bench], Row]] = {
    "limit": run_limit,
    "pyflink-tutorial": run_tutorial,
    "policies": run_policies,
    "cjo": run_cjo,
    "one-more-signal": run_one_more_signal,
    "subjects": run_subjects,
    "latency": run_latency,
    "robot": run_robot,
}
LIVE = ("latency", "robot")
"""Cases that go on with the job that runs."""


def _run(bench: Bench, module: str, arguments: list[str]) -> Progress:
    """Submit a bounded job of the benchmark and follow it to its end."""
    started_s = time.monotonic()
    job_id = flink_run(bench.settings, module, arguments, bench.code())
    return Watch(bench.rest, job_id, started_s, bench.workers()).until_finished()


def new_records(bench: Bench, topic: str, begins: dict[int, int]) -> list[Any]:
    """What was committed to `topic` since `begins`."""
    broker = bench.settings.broker
    return list(read_between(broker, topic, begins, end_offsets(broker, topic)))


def _catch_up(bench: Bench, watch: Watch) -> None:
    """Wait until the job has read all of the log."""
    wanted = sum(end_offsets(bench.settings.broker, TOUCHPOINTS).values())
    deadline_s = time.monotonic() + _CAUGHT_UP_S
    while watch.read() < wanted:
        if time.monotonic() > deadline_s:
            raise StackError(f"the job has read {watch.read():,} of {wanted:,} records after {_CAUGHT_UP_S:.0f} s")
        time.sleep(0.5)


def row_of_progress(case: str, records: int, progress: Progress, moments: dict[str, int] | None) -> Row:
    """The figures of one case."""
    middle = steady(progress.samples, records)
    cpu = steady(progress.cpu, records)
    return {
        "case": case,
        "records": records,
        "wall_s": round(progress.wall_s, 1),
        "first_s": round(progress.samples[0][0], 1) if progress.samples else None,
        "steady_s": round(middle.seconds, 2) if middle else None,
        "steady_per_s": round(middle.per_s) if middle else None,
        "cpu_us": round(1e6 / cpu.per_s, 1) if cpu else None,
        "moments": moments,
    }
