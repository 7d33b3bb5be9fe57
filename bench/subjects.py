"""What one more kind of subject costs: one signal more over customers, and the same signal over devices instead.

Both cases ask for the same touchpoints. In the second each crosses twice: for its customer, whose mortgage signal asks
for it too, and for its device, where it is queued until the watermark has passed it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bench.workspace import make_workspace
from bench.world import Log, read_between
from cjo.avro.codec import Reader
from cjo.avro.registry import Registry
from cjo.avro.rows import row_of
from cjo.compile import compile_workspace
from cjo.settings import Settings
from cjo.simulate.backtest import Backtest, signals_only
from cjo.topics import TOUCHPOINTS

DEVICE = "device"
SIGNAL = """
signals:
  compares_mortgages:
    kind: count
    subject: {subject}
    on: page_viewed
    where: topic = 'mortgage'
    at_least: 4
    window: 1 day
"""


def workspace_of(folder: Path, subject: str) -> Path:
    """The benchmark's workspace with SIGNAL over that kind of subject."""
    made = make_workspace(folder)
    (made / "compares.yaml").write_text(SIGNAL.format(subject=subject), encoding="utf-8")
    tracking = made / "tracking.yaml"
    text = tracking.read_text(encoding="utf-8")
    tracking.write_text(
        text.replace("\nsubjects:\n", f"\nsubjects:\n  {DEVICE}: {{key: device_id}}\n"), encoding="utf-8"
    )
    return made


def expected(settings: Settings, log: Log, workspace: Path, ends: Mapping[int, int], until_ms: int) -> dict[str, int]:
    """Moments by signal of the whole log, without Flink."""
    plan = compile_workspace(workspace)
    reader, backtest = Reader(Registry(settings.registry_url)), Backtest(signals_only(plan, []))

    def rows() -> Iterator[tuple[str, dict[str, Any]]]:
        for message in read_between(settings.broker, TOUCHPOINTS, {}, ends):
            row = row_of(reader(message.value()), message.timestamp()[1], plan["columns"], plan.get("subjects") or ())
            if row is not None:
                yield row

    backtest.take(rows())
    return dict(Counter(moment["signal"] for moment in backtest.moments(until_ms - plan["workspace"]["bound_ms"])))
