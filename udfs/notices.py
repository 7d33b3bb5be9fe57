"""Which customers operators should look at: lines of the worker's log, few of them.

Metrics tell how often something odd happens, without names, for a label has a bounded number of values. These lines
tell of whom; `cjo why` then shows what they did.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Protocol

from cjo.engine.people import UNDECLARED
from cjo.engine.plan import TOUCHPOINTS_PER_DAY
from cjo.engine.room import COUNTERS

LINES = 3
"""So many customers of one thing are named between two checkpoints; the metrics count all."""
BUSY, BUSY_LINES = "busy_subjects", 100
"""The engine tells of a busy one once a day."""
_REMEMBERED = 1_000
"""Of one thing, a customer is not named again until so many others were."""


class Log(Protocol):
    """Where lines go: `io.cjo.flink.DecideHost` is one."""

    def warn(self, line: str) -> None:
        """Write a warning to the worker's log."""


class Notices:
    """Names customers by what the engine has counted of them."""

    def __init__(self, log: Log, plan: Mapping[str, Any]) -> None:
        per_day = plan["workspace"].get("limits", {}).get("touchpoints_per_day", TOUCHPOINTS_PER_DAY)
        self._log = log
        self._named: dict[str, set[str]] = {}
        self._lines: Counter[str] = Counter()
        self._says = {
            BUSY: f"has had more than {per_day:,} touchpoints on one day (limits: touchpoints_per_day): a robot, or an "
            "id that many share",
            "beyond_horizon": "has a touchpoint that came later than late_horizon: too late to change what was decided",
            UNDECLARED: "gives or withdraws consent for what the workspace does not declare: it has no effect",
            "conflict": "has an event_id that came again with other content: the first counts",
            **dict.fromkeys(COUNTERS, "was at a limit of what is kept of a customer"),
        }

    def take(self, subject: str, name: str) -> None:
        """The engine has counted `name` of `subject`."""
        if name not in self._says or self._lines[name] >= (BUSY_LINES if name == BUSY else LINES):
            return
        named = self._named.setdefault(name, set())
        if subject in named and name != BUSY:
            return
        if len(named) >= _REMEMBERED:
            named.clear()
        named.add(subject)
        self._lines[name] += 1
        self._log.warn(f"{name}: subject {subject!r} {self._says[name]}; see `cjo why`")

    def flush(self) -> None:
        """A checkpoint begins: some more lines may be written."""
        self._lines.clear()
