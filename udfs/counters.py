"""The job's own metrics: counters of Flink's metric group `cjo`. docs/guide/operating.md says what each means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final, Protocol

from cjo.engine.room import COUNTERS
from cjo.errors import DEAD_KINDS
from cjo.reasons import REASONS

PLAIN: Final = (
    "inputs",
    "late",
    "beyond_horizon",
    "duplicate",
    "conflict",
    "busy_subjects",
    "moment_unknown",
    "consent_undeclared",
)
OTHER: Final = "other"
"""The reason of a decision whose code is none of `cjo.reasons`: a label has a bounded number of values."""


class Metrics(Protocol):
    """Where counts go: `io.cjo.flink.DecideHost` is one."""

    def count(self, name: str, labels: str, more: int) -> None:
        """Add to the counter `name`; `labels` is empty, or like `outcome=refused;reason=stale`."""


class Counters:
    """Counts inputs, moments, those handed on, actions, decisions, dead records, late, duplicate, conflict ...

    Handed over before each checkpoint: a call into the JVM for each would cost more than what is counted. Those whose
    first rise is worth an alert are there from the beginning: a counter that begins at 1 was never seen to rise.
    """

    def __init__(self, metrics: Metrics, plan: Mapping[str, Any]) -> None:
        self._metrics = metrics
        self._counts: Counter[tuple[str, str]] = Counter(dict.fromkeys(_known(plan), 0))
        self._effects: Counter[tuple[str, ...]] = Counter()
        self.inputs = 0
        """Touchpoints since the last flush; whoever takes one adds one."""
        self.flush()

    def add(self, name: str, labels: str = "") -> None:
        """One more of `name`, for example ("deadletters", "kind=tombstone")."""
        self._counts[name, labels] += 1

    def effect(self, kind: str, record: Any) -> None:
        """One more of what the engine gave: a moment, an action, a decision, or a count of its own."""
        if kind == "decision":
            self._effects["decision", record["outcome"], record["reason"], record["mode"]] += 1
        elif kind == "moment":
            self._effects["moment", record["signal"]] += 1
        elif kind == "action":
            self._effects["action", record["channel"], record["mode"]] += 1
        elif kind == "touchpoint":
            self.add("handed_on", f"signal={record['attributes']['signal']}")
        elif record in COUNTERS:
            self.add("exceeded", f"limit={record}")
        else:
            self.add(record)

    def flush(self) -> None:
        """Hand over what is counted so far."""
        self._counts["inputs", ""] += self.inputs
        self.inputs = 0
        for effect, times in self._effects.items():
            self._counts[_name_of(*effect)] += times
        self._effects.clear()
        for (name, labels), more in self._counts.items():
            self._metrics.count(name, labels, more)
        self._counts.clear()


def _name_of(kind: str, *about: str) -> tuple[str, str]:
    """Counter and labels of an effect: written out once a flush, not for each of them."""
    if kind == "moment":
        return "moments", f"signal={about[0]}"
    if kind == "action":
        return "actions", f"channel={about[0]};mode={about[1]}"
    outcome, reason, mode = about
    return "decisions", f"outcome={outcome};reason={reason if reason in REASONS else OTHER};mode={mode}"


def _known(plan: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    yield from ((name, "") for name in PLAIN)
    yield from (("exceeded", f"limit={name}") for name in COUNTERS)
    yield from (("deadletters", f"kind={kind}") for kind in DEAD_KINDS)
    yield from (("memories", f"merged={word}") for word in ("yes", "no", "foreign"))
    yield from (("actions", f"channel={name};mode=live") for name in plan["workspace"]["channels"])
    yield from (("moments", f"signal={signal['name']}") for signal in plan["signals"])
    yield from (("handed_on", f"signal={signal['name']}") for signal in plan["signals"] if "subject" in signal)
