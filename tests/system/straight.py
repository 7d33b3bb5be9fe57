"""The same story without a host: the replay of the log, and each subject alone, as the simulator plays them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from cjo.avro.codec import load_schema
from cjo.engine import Engine
from cjo.engine.beside import beside
from cjo.simulate.replay import Replay
from cjo.simulate.subject import run_subject
from cjo.topics import topics_for
from tests.system.compiled import Ready
from tests.system.lengths import ms
from udfs.records import Records
from udfs.transition import OutRow


def until_ms(ready: Ready) -> int:
    """The watermark that the last heartbeats bring."""
    return ready.story.end_ms - int(ready.plan["workspace"]["bound_ms"]) - 1


def engine_of(ready: Ready) -> Engine:
    """The engine with all that was ever published."""
    engine = Engine(ready.plan)
    for _, record in ready.control:
        if (more := beside(ready.plan, record)) is not None:
            engine.publish(more)
    return engine


def replayed(ready: Ready) -> Counter[OutRow]:
    """The rows of the whole log, one record after the other, then of the rest of time."""
    put = _Rows(ready)
    replay = Replay(engine_of(ready))
    for line in ready.lines:
        if line.row is not None:
            put(replay.take(line.subject, line.row))
    for _, effects in replay.advance(until_ms(ready)):
        put(effects)
    return put.found


def alone(ready: Ready) -> Counter[OutRow]:
    """The rows of one subject after the other, each with its state as a live object."""
    put, engine = _Rows(ready), engine_of(ready)
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in ready.lines:
        if line.row is not None:
            rows[line.subject].append(line.row)
    for subject, mine in rows.items():
        put(run_subject(engine, subject, mine, until_ms(ready)).effects)
    return put.found


class _Rows:
    def __init__(self, ready: Ready) -> None:
        topics = [topic for topic in topics_for(ready.plan) if topic.schema]
        contracts = {str(topic.schema): load_schema(str(topic.schema)) for topic in topics}
        ids = {topic.name: number for number, topic in enumerate(topics, 1)}
        self._records = Records(ready.plan, contracts, ids)
        self.found: Counter[OutRow] = Counter()

    def __call__(self, effects: Iterable[tuple[str, Any]]) -> None:
        self.found.update(self._records.of_effect(kind, value) for kind, value in effects if kind != "count")


def is_orderly(ready: Ready) -> bool:
    """True where no record is later than the bound for its partition, or if so it is late for its own subject too.

    Then the watermark decides nothing that the subject's own clock has not decided before, and all ways of playing the
    log must agree to the letter (T2). A repeat within the horizon is no input and can't be late.
    """
    bound_ms = int(ready.plan["workspace"]["bound_ms"])
    horizon_ms = ms(ready.story.workspace["duplicate_horizon"])
    times: dict[int, int] = {}
    clocks: dict[str, int] = {}
    first: dict[tuple[str, str], int] = {}
    for line in ready.lines:
        now_ms = times.get(line.partition, 0)
        if line.row is not None:
            at_ms = line.row["at"]
            begun_ms = first.setdefault((line.subject, line.row["event_id"]), at_ms)
            repeat = (line.subject, line.row["event_id"]) in clocks and now_ms - begun_ms < horizon_ms
            clocks[line.subject, line.row["event_id"]] = at_ms  # type: ignore[index]
            if at_ms < now_ms - bound_ms and now_ms > clocks.get(line.subject, 0) + bound_ms and not repeat:
                return False
            if line.row["type"] == "profile_updated":
                clocks[line.subject] = max(clocks.get(line.subject, 0), at_ms)
        if line.at_ms is not None:
            times[line.partition] = max(now_ms, line.at_ms)
    return True
