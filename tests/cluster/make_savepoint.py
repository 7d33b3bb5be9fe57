"""Make the kept savepoint of this release: `python -m tests.cluster.make_savepoint`.

On a stack of its own, the shipped journeys run over most of a small week and are stopped with a savepoint.
A release makes one, for the next to restore it (tests/cluster/test_kept_savepoint.py).
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import cjo
from cjo.avro.rows import row_of
from cjo.compile import compile_workspace
from cjo.demo.shape import DAY_MS
from cjo.engine.plan import CompiledPlan
from cjo.settings import Settings
from cjo.stack import Stack
from cjo.stack.topic_admin import make_topics
from cjo.submission.control import recorded
from cjo.topics import topics_for
from tests.cluster.conftest import shipped_as
from tests.cluster.kept import POLICIES, WORKSPACE, Kept, kinds_of_memory
from tests.cluster.logs import Line, Log
from tests.cluster.running import Run
from tests.conftest import free_port_base

BEAT_EVERY_MS = 7_200_000
SEED, CUSTOMERS, SIZE = 77, 250, 6_000
SHARE = 0.85
"""Of the log, before the savepoint."""
AFTER_MS = 10 * DAY_MS
"""How far time moves on after the log, so that what waits falls due."""


def main() -> None:
    """Make it, and say how large it is."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(name) / "home"
        settings = Settings.load({}, home=home, cache=Settings.load().cache, port_base=free_port_base())
        stack = Stack(settings)
        try:
            stack.up(supervise=False)
            folder = _made(Run(stack, shipped_as(WORKSPACE, Path(name) / "journeys")))
        finally:
            stack.down()
    for path in sorted(folder.iterdir()):
        print(f"{path}  {path.stat().st_size:,} bytes")


def _made(run: Run) -> Path:
    (run.folder / "policies.yaml").write_text(POLICIES, encoding="utf-8")
    make_topics(run.settings.broker, topics_for(compile_workspace(run.folder)))
    log = run.log(SEED, customers=CUSTOMERS, size=SIZE)
    lines = _asked_for(log, run)
    middle = int(len(lines) * SHARE)
    first = [*lines[:middle], *log.heartbeats(lines[middle].arrival_ms)]
    run.submit()
    part = run.part(first)
    log.write(first)
    run.await_time(first[-1].timestamp_ms)
    run.await_checkpoint()  # all is committed: a prepared transaction is of the broker that knows its producer
    savepoint = run.stop()
    second = [*lines[middle:], *log.heartbeats(log.end_ms + AFTER_MS)]
    kept = Kept(part.plan, recorded(run.settings), first, second)
    held = kinds_of_memory(kept)
    if not min(held.values()):
        raise SystemExit(f"the savepoint would show nothing of what is 0 here: {dict(held)}; choose another SHARE")
    return kept.save(cjo.__version__, Path(urlsplit(savepoint).path))


def _asked_for(log: Log, run: Run) -> list[Line]:
    """The log without what no journey asks for, and with few heartbeats: the rest would only make the file large."""
    plan = CompiledPlan(run.part([]).plan)
    kept: list[Line] = []
    beat_ms = 0
    for line in log.lines:
        if line.touchpoint is not None:
            taken = row_of(line.touchpoint, line.timestamp_ms, plan.source["columns"])
            if taken is not None and plan.wanted.match(taken[1]) is not None:
                kept.append(line)
        elif line.arrival_ms in (beat_ms, log.end_ms) or line.arrival_ms >= beat_ms + BEAT_EVERY_MS:
            beat_ms = line.arrival_ms
            kept.append(line)
    return kept


if __name__ == "__main__":
    main()
