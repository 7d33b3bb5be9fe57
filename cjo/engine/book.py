"""Which plan holds when: the plan of the submission, changed by control records at their effective time (R7)."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

from cjo.engine.plan import CompiledPlan
from cjo.errors import SpecError


class PlanBook:
    """An input uses the newest revision whose effective_at is not after its event time, so all workers agree.

    A control record is `{"kind": "publish", "name": "journey/win-back-basket", "revision": 2, "effective_at_ms": …,
    "plan": {"signals": […], "journeys": […], "templates": {…}}}`: the definitions that it adds or replaces.
    """

    def __init__(self, plan: dict[str, Any]) -> None:
        if plan.get("format") != 1:
            raise SpecError(
                f"plan of format {plan.get('format')!r}, this cjo runs format 1", "compile the workspace with this cjo"
            )
        self._base = plan
        self._records: dict[tuple[str, int], dict[str, Any]] = {}
        self._times: list[int] = []
        self._plans: list[CompiledPlan] = [CompiledPlan(plan)]

    def at(self, time_ms: int) -> CompiledPlan:
        """The plan that holds at `time_ms` of log time."""
        return self._plans[bisect_right(self._times, time_ms)] if self._times else self._plans[0]

    def publish(self, record: dict[str, Any]) -> bool:
        """Take a control record; False where this name and revision are known already."""
        identity = (record["name"], record["revision"])
        if identity in self._records:
            return False
        self._records[identity] = record
        self._rebuild()
        return True

    def _rebuild(self) -> None:
        records = sorted(self._records.values(), key=lambda one: (one["effective_at_ms"], one["name"], one["revision"]))
        plan, self._times, self._plans = self._base, [], self._plans[:1]
        for record in records:
            plan = _merged(plan, record["plan"])
            if self._times and self._times[-1] == record["effective_at_ms"]:
                self._plans[-1] = CompiledPlan(plan)
            else:
                self._times.append(record["effective_at_ms"])
                self._plans.append(CompiledPlan(plan))


def _merged(plan: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """`plan` with the signals and templates of `change` in place of those of the same name; journeys keep versions."""
    new_signals = {spec["name"]: spec for spec in change.get("signals") or ()}
    known = {(spec["name"], spec["version"]) for spec in change.get("journeys") or ()}
    return {
        **plan,
        "signals": [spec for spec in plan["signals"] if spec["name"] not in new_signals] + list(new_signals.values()),
        "journeys": [spec for spec in plan["journeys"] if (spec["name"], spec["version"]) not in known]
        + list(change.get("journeys") or ()),
        "templates": {**(plan.get("templates") or {}), **(change.get("templates") or {})},
    }
