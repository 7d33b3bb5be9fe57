"""Which plan holds when: the plan of the submission, changed by control records at their effective time (R7)."""

from __future__ import annotations

from bisect import bisect_right
from itertools import groupby
from typing import Any, NamedTuple

from cjo.engine import halts
from cjo.engine.merge import merged, retirement
from cjo.engine.plan import CompiledPlan
from cjo.engine.warming import KINDS, NEVER_MS, Group, groups_of
from cjo.errors import SpecError

Record = dict[str, Any]
Identity = tuple[str, int]


class Stage(NamedTuple):
    """What holds from a time on: the records that have made the plan (none: that of the submission), and pauses."""

    taken: tuple[Identity, ...]
    plan: dict[str, Any]
    held: halts.Halts


class PlanBook:
    """An input uses the newest revision whose effective_at is not after its event time, so all workers agree.

    docs/reference/plan.md has the control records. Compiling waits until somebody asks for a time: a restored job is
    told of hundreds of records, one after the other, and most of what they have made is past.
    """

    def __init__(self, plan: dict[str, Any]) -> None:
        if plan.get("format") != 1:
            raise SpecError(
                f"plan of format {plan.get('format')!r}, this cjo runs format 1", "compile the workspace with this cjo"
            )
        self._base = plan
        self._records: dict[Identity, Record] = {}
        self._times: list[int] = []
        first = CompiledPlan(plan)
        self._stages = [Stage((), plan, halts.NONE)]
        self._plans: list[CompiledPlan | None] = [first]
        self._made: dict[tuple[Identity, ...], CompiledPlan] = {(): first}
        self._is_current = True
        self._groups: dict[str, Group] = {}
        self.warming_until_ms = -NEVER_MS
        """From then on no signal is beside the plan any more (S4); after `at` has been asked."""
        self.may_act = first.acts_on_runs
        """True where a control takes effect in the log, or a plan asks something of runs; after `at` has been asked."""

    def at(self, time_ms: int) -> CompiledPlan:
        """The plan that holds at `time_ms` of log time."""
        if not self._is_current:
            self._rebuild()
        place = bisect_right(self._times, time_ms) if self._times else 0
        found = self._plans[place]
        return self._compiled(place) if found is None else found

    def newest_ms(self, time_ms: int) -> int:
        """When the newest control that is not after `time_ms` took effect; 0 where there is none."""
        if not self._is_current:
            self._rebuild()
        place = bisect_right(self._times, time_ms) if self._times else 0
        return self._times[place - 1] if place else 0

    def first_after(self, seen_ms: int) -> tuple[int, CompiledPlan]:
        """(effective_at, the plan from then on) of the first control after `seen_ms`; there must be one."""
        place = bisect_right(self._times, seen_ms)
        return self._times[place], self._compiled(place + 1)

    def group(self, group_id: str) -> Group | None:
        """The signals that are warmed up under that name; None where they were withdrawn, or nobody knows them."""
        if not self._is_current:
            self._rebuild()
        return self._groups.get(group_id)

    def groups_after(self, time_ms: int) -> list[Group]:
        """The groups of signals that are not part of the plan at `time_ms` yet."""
        return [group for group in self._groups.values() if time_ms < group.from_ms]

    def publish(self, record: Record) -> bool:
        """Take a control record; False where this name and revision are known already."""
        identity = _identity(record)
        if identity in self._records:
            return False
        self._records[identity] = record
        self._is_current = False
        return True

    def _rebuild(self) -> None:
        known = [record for record in self._records.values() if record["kind"] not in KINDS]
        horizon_ms = self._base["workspace"]["late_horizon_ms"]
        retired = [one for record in known if (one := retirement(record, horizon_ms))]
        records = sorted([*known, *retired], key=_order)
        self._groups = groups_of(self._base, list(self._records.values()))
        self.warming_until_ms = max((group.from_ms for group in self._groups.values()), default=-NEVER_MS)
        plan, held = self._base, halts.NONE
        self._times, self._stages = [], self._stages[:1]
        taken: tuple[Identity, ...] = ()
        for at_ms, together in groupby(records, key=lambda one: int(one["effective_at_ms"])):
            for record in together:
                if record["kind"] in halts.KINDS:
                    held = halts.after(held, record)
                else:
                    plan, taken = merged(plan, record), (*taken, _identity(record))
            self._times.append(at_ms)
            self._stages.append(Stage(taken, plan, held))
        holding = {stage.taken for stage in self._stages}
        self._made = {made_of: made for made_of, made in self._made.items() if made_of in holding}
        self._plans = [None] * len(self._stages)
        self._is_current = True
        in_the_log = bool(self._times) and self._times[-1] > 0
        self.may_act = in_the_log or any(self._compiled(place).acts_on_runs for place in range(len(self._stages)))

    def _compiled(self, place: int) -> CompiledPlan:
        """The plan of a stage, which is compiled when it is first asked for."""
        found = self._plans[place]
        if found is None:
            taken, plan, held = self._stages[place]
            made = self._made.get(taken)
            if made is None:
                made = self._made[taken] = CompiledPlan(plan)
            found = self._plans[place] = made.with_halts(held)
        return found


def _identity(record: Record) -> Identity:
    return record["name"], record["revision"]


def _order(record: Record) -> tuple[int, int, str]:
    return record["effective_at_ms"], record["revision"], record["name"]
