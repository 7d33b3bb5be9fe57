"""S4: signals are published again and again while touchpoints come.

Signals that nobody touches give what an undisturbed replay of the log gives, no moment lost and none repeated. Every
revision of the others gives, from its `effective_at` to that of the next, what it gives in a replay that had it from
the log's beginning.

| variable | meaning |
|---|---|
| `CJO_APPLIES` | how many publications (default 1; 20 for the whole claim) |
| `CJO_APPLY_RATE` | touchpoints a second (default 2,000; 10,000 for the whole claim) |
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cjo.compile import compile_workspace
from cjo.resources import data_dir
from cjo.stack.topic_admin import register_schemas
from cjo.submission.apply import Applied, apply, publication
from cjo.submission.control import recorded
from cjo.topics import TOUCHPOINTS, topics_for
from tests.cluster import live
from tests.cluster.conftest import replace
from tests.cluster.judged import found_moments, replayed
from tests.cluster.running import Run

pytestmark = [pytest.mark.cluster]

APPLIES = int(os.environ.get("CJO_APPLIES", "1"))
RATE = int(os.environ.get("CJO_APPLY_RATE", "2000"))
CUSTOMERS = 5_000
BEFORE_S, BETWEEN_S, AFTER_S, ROUNDS = 8.0, 2.0, 8.0, 8
ENDS_AFTER_MS = 300_000
"""More than any window: what is due then has fallen due."""

UNTOUCHED = """
signals:
  kept_count: {kind: count, on: product_added, at_least: 2, window: 20 s}
  kept_absence: {kind: absence, start: product_added, unless: order_completed, within: 5 s, per: basket_id}
  kept_settled: {kind: count, on: product_added, at_least: 3, window: 40 s, settle: true, cooldown: 10 s}
"""
Words = dict[str, str]


def edits() -> Iterator[tuple[str, Words]]:
    """(what is done, the signals as they then are), again and again: added, changed, with a wider filter."""
    words: Words = {}
    number = 0
    while True:
        for done in _round(number, words):
            yield done, dict(words)
        number += 1


def _round(number: int, words: Words) -> Iterator[str]:
    words[f"count_{number}"] = "{kind: count, on: product_added, at_least: 3, window: 30 s}"
    yield f"count_{number} added"
    words["threshold"] = f"{{kind: count, on: [product_added, order_completed], at_least: {2 + number}, window: 30 s}}"
    yield f"threshold at least {2 + number}"
    words["window"] = f"{{kind: score, points: [{{on: product_added, add: 2}}], at_least: 6, window: {25 + number} s}}"
    yield f"window of {25 + number} s"
    if number < 2:
        kind = ("search_performed", "support_contacted")[number]
        words[f"wider_{number}"] = f"{{kind: count, on: {kind}, at_least: 2, window: 50 s}}"
        yield f"{kind} let through"
    words["absent"] = (
        f"{{kind: absence, start: product_added, unless: order_completed, within: {6 + number} s,"
        " per: basket_id, on_repeat: keep}"
    )
    words[f"cool_{number}"] = "{kind: count, on: product_added, at_least: 2, window: 10 s, cooldown: 30 s}"
    yield f"absent within {6 + number} s, cool_{number} added"


@pytest.fixture
def workspace(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """Signals alone."""
    folder = tmp_path / "journeys"
    folder.mkdir()
    for name in ("workspace.yaml", "tracking.yaml"):
        (folder / name).write_bytes((data_dir("journeys") / name).read_bytes())
    replace(folder / "workspace.yaml", "workspace: cjo-demo", "workspace: under-load")
    replace(folder / "workspace.yaml", "late_horizon: 24 hours ", "late_horizon: 1 minute ")
    (folder / "kept").mkdir()
    (folder / "kept" / "signals.yaml").write_text(UNTOUCHED, encoding="utf-8")
    return folder


def test_s4_published_under_load_no_moment_is_lost_or_repeated(run: Run, workspace: Path) -> None:
    first = compile_workspace(workspace)
    topics = topics_for(first)
    schema_id = register_schemas(run.settings.registry_url, topics)[TOUCHPOINTS]
    load = live.Load(run.settings.broker, schema_id, run.partitions, CUSTOMERS, RATE)
    run.submit(live_from_ms=int(time.time() * 1000))
    done: list[tuple[str, Applied, float]] = []
    with run.stack.spare_taskmanager(), live.running(load) as sent:
        time.sleep(BEFORE_S)
        for said, words in (next(source) for source in [edits()] for _ in range(APPLIES)):
            write(workspace, words)
            began = time.monotonic()
            applied = apply(run.settings, publication(run.settings, workspace), None, lambda line: None)
            done.append((said, applied, time.monotonic() - began))
            run.job_id = applied.job
            print(told(said, applied, done[-1][2]), flush=True)
            time.sleep(BETWEEN_S)
        reach(done[-1][1].effective_at_ms)
        await_others(run, {spec["name"] for spec in first["signals"]})
    end_ms = int(time.time() * 1000) + ENDS_AFTER_MS
    live.close(load, end_ms)
    run.await_time(end_ms)
    run.stop()

    found = found_moments(run.settings)
    plans = [revisions(run, first), first]
    always, undisturbed = replayed(run.settings, plans, live.OFTEN, run.partitions, end_ms)
    print(f"{sent.touchpoints:,} touchpoints, the generator at most {sent.behind_s:.1f} s behind;", end=" ")
    print(f"{sum(map(len, found.values())):,} moments, of untouched signals {sum(map(len, undisturbed.values())):,}")
    assert not any(applied.is_late for _, applied, _ in done)
    for name, wanted in undisturbed.items():
        assert unlike(found[name], wanted) == {}, name
    for name, wanted in always.items():
        assert unlike(found[name], wanted) == {}, name
    assert set(found) == set(always)
    assert set(found) - set(undisturbed)


def write(workspace: Path, words: Words) -> None:
    (workspace / "more").mkdir(exist_ok=True)
    text = "signals:\n" + "".join(f"  {name}: {spec}\n" for name, spec in words.items())
    (workspace / "more" / "signals.yaml").write_text(text, encoding="utf-8")


def told(said: str, applied: Applied, seconds: float) -> str:
    warmed = applied.warmed
    read_, memories = (0, 0) if warmed is None else (warmed.records, warmed.memories)
    return (
        f"{said}: {applied.how}, {seconds:.1f} s, paused {applied.pause_ms / 1000:.1f} s, {read_:,} records read, "
        f"memory of {memories:,} subjects{', LATE' if applied.is_late else ''}"
    )


def reach(at_ms: int | None) -> None:
    """Wait until the clock, which is this log's time, has come there."""
    time.sleep(max(0.0, (at_ms or 0) / 1000 - time.time()))


def await_others(run: Run, known: set[str]) -> None:
    """Go on until there are moments of a signal beside those known before: where the machine is busy, few come soon."""
    for _ in range(ROUNDS):
        time.sleep(AFTER_S)
        if set(found_moments(run.settings)) - known:
            return


def revisions(run: Run, first: dict[str, Any]) -> dict[str, Any]:
    """A plan that has every revision of every signal from the log's beginning, each for the moments of its time."""
    specs: dict[str, list[dict[str, Any]]] = {}
    for record in recorded(run.settings):
        if record["kind"] == "publish":
            (spec,) = record["plan"]["signals"]
            specs.setdefault(spec["name"], []).append(spec)
    made = []
    for mine in specs.values():
        for spec, following in zip(mine, [*mine[1:], None], strict=True):
            until = {} if following is None else {"until_ms": following["from_ms"]}
            made.append({**spec, "memory": f"{spec['name']}#{spec['revision']}", **until})
    newest = compile_workspace(run.folder)
    return {**first, "signals": made, "columns": newest["columns"]}


def unlike(found: Counter[Any], wanted: Counter[Any]) -> dict[str, Any]:
    """What is lost and what is too much, with an example of each; empty where they are equal."""
    said = {"lost": wanted - found, "too much": found - wanted}
    return {what: (sum(some.values()), next(iter(some))) for what, some in said.items() if some}
