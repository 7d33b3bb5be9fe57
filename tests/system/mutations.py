"""Ways of breaking engine and host, each with the checks that must find it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cjo.engine import core, duplicates, entries, ids, people, policies, records, runs, state
from cjo.engine.policies import (
    arbitrated,
    capped,
    channels,
    eligible,
    held_out,
    paused,
    reachable,
    recipients,
    windowed,
)
from cjo.engine.policies import suppressed as suppression
from cjo.engine.steps import base, decide, emit, experiment, send, wait
from cjo.engine.steps.base import STAY
from tests.system.host import job, subtask
from udfs import orchestrate, sections

Patch = pytest.MonkeyPatch
Mutation = Callable[[Patch], None]


def nothing(*_: Any, **__: Any) -> None:
    return None


def leave_out(patch: Patch, place: Any, policy: Any) -> None:
    patch.setattr(place, "ORDER", tuple(one for one in place.ORDER if one is not policy))


def caps_ignored(patch: Patch) -> None:
    leave_out(patch, channels, capped.check)


def quiet_hours_ignored(patch: Patch) -> None:
    leave_out(patch, channels, windowed.check)


def quiet_hours_in_utc(patch: Patch) -> None:
    patch.setattr(windowed, "zone_of", lambda *_: ("UTC", "workspace"))


def pauses_ignored_by_sends(patch: Patch) -> None:
    patch.setattr(paused, "check", nothing)
    leave_out_named(patch, "paused")


def leave_out_named(patch: Patch, module: str) -> None:
    for place in (policies, channels):
        kept = tuple(one for one in place.ORDER if not one.__module__.endswith(f".{module}"))
        patch.setattr(place, "ORDER", kept)


def stops_ignored(patch: Patch) -> None:
    patch.setattr(core, "obey", nothing)


def anybody_tested_on(patch: Patch) -> None:
    leave_out(patch, channels, recipients.check)


def groups_not_blocked(patch: Patch) -> None:
    leave_out(patch, policies, arbitrated.check)


def held_out_all_the_same(patch: Patch) -> None:
    patch.setattr(send, "exposed", nothing)


def held_out_drawn_anew(patch: Patch) -> None:
    many = iter(range(1_000_000))
    patch.setattr(held_out, "_arm", lambda *_: held_out.HELD_OUT if next(many) % 2 else held_out.TREATED)


def shadows_emit(patch: Patch) -> None:
    patch.setattr(base, "is_shadow", lambda *_: False)
    patch.setattr(records, "SHADOW", "nothing")


def offers_without_cap(patch: Patch) -> None:
    patch.setattr(decide, "_place", lambda *_: f"nowhere {next(_MANY)}")


_MANY = iter(range(1_000_000))


def caps_reserve_nothing(patch: Patch) -> None:
    patch.setattr(capped, "reserve", nothing)


def caps_count_days_in_utc(patch: Patch) -> None:
    patch.setattr(capped, "zone_of", lambda *_: ("UTC", "workspace"))


def caps_one_too_many(patch: Patch) -> None:
    looked = capped.check

    def check(turn: Any, request: Any, channel: str) -> Any:
        kept = turn.plan.caps
        turn.plan.caps = [{**cap, "at_most": cap["at_most"] + 1} for cap in kept]
        try:
            return looked(turn, request, channel)
        finally:
            turn.plan.caps = kept

    patch.setattr(channels, "ORDER", tuple(check if one is looked else one for one in channels.ORDER))


def consent_not_asked(patch: Patch) -> None:
    patch.setattr(reachable, "has_consent", lambda *_: True)


def withdrawal_unheard(patch: Patch) -> None:
    took = people._take_consent
    patch.setattr(people, "_take_consent", lambda *args, given: took(*args, given=given) if given else None)


def suppression_ignored(patch: Patch) -> None:
    leave_out(patch, policies, suppression.check)


def suppression_ignored_by_emits(patch: Patch) -> None:
    patch.setattr(emit, "is_suppressed", lambda *_: False)


def goal_ignored(patch: Patch) -> None:
    leave_out(patch, policies, eligible.check)


def goals_wait_for_a_message(patch: Patch) -> None:
    patch.setattr(experiment, "begin_goal", nothing)


def repeats_count(patch: Patch) -> None:
    patch.setattr(duplicates, "verdict", lambda *_: duplicates.NEW)


def marks_not_kept(patch: Patch) -> None:
    patch.setattr(entries, "_last_entry", nothing)


def open_runs_without_limit(patch: Patch) -> None:
    refused = entries._refusal

    def refusal(*args: Any) -> Any:
        found = refused(*args)
        return None if found and found[0] == "too_many_runs" else found

    patch.setattr(entries, "_refusal", refusal)


def exits_ignored(patch: Patch) -> None:
    patch.setattr(runs, "_exit", nothing)


def runs_without_end(patch: Patch) -> None:
    def stand_until(turn: Any, run: Any, due_ms: int) -> None:
        run["due"] = due_ms
        state.set_wake(turn.state, f"r:{run['id']}", turn.plan.journey_of(run).wake_priority, due_ms)

    patch.setattr(wait, "stand_until", stand_until)


def held_sends_forgotten(patch: Patch) -> None:
    patch.setitem(runs.ON_DUE, "send", lambda *_: STAY)


def arms_drawn_anew(patch: Patch) -> None:
    many = iter(range(1_000_000))
    patch.setattr(experiment, "drawn", lambda _, __, arms: arms[next(many) % len(arms)]["name"])


def actions_named_without_visit(patch: Patch) -> None:
    patch.setattr(send, "action_id", lambda *parts: ids.digest(*parts[:-1]))


def refusals_silent(patch: Patch) -> None:
    decide_run = entries.decide_run

    def only_accepted(turn: Any, run: Any, kind: str, outcome: str, *more: Any, **inputs: Any) -> None:
        if outcome == "accepted":
            decide_run(turn, run, kind, outcome, *more, **inputs)

    patch.setattr(entries, "decide_run", only_accepted)


def nothing_forgotten(patch: Patch) -> None:
    patch.setattr(core.runs, "forget", nothing)


def wake_ups_too_early(patch: Patch) -> None:
    on_time = core.Engine.on_time

    def early(self: Any, kept: Any, subject: str, time_ms: int) -> Any:
        return on_time(self, kept, subject, time_ms + 2 * self.plan["workspace"]["bound_ms"])

    def wake_at(kept: Any, plan: Any) -> int | None:
        return int(kept["wakes"][0][0]) - plan.bound_ms if kept and kept["wakes"] else None

    patch.setattr(core.Engine, "on_time", early)
    patch.setattr(core.Engine, "_wake_at", staticmethod(wake_at))


def later_timers_replace_earlier(patch: Patch) -> None:
    patch.setattr(orchestrate, "_earlier", lambda wake_at_ms, armed_ms: wake_at_ms if armed_ms is None else None)


def parts_not_written(patch: Patch) -> None:
    patch.setattr(sections, "SPILL_BYTES", 300)
    patch.setattr(sections, "ENTRY_BYTES_MIN", 50)
    patch.setattr(
        subtask.Subtask, "put", lambda self, name, value: self.kept.parts.setdefault((self._subject, name), value)
    )


def restored_without_state(patch: Patch) -> None:
    patch.setattr(subtask.Kept, "copy", lambda self: subtask.Kept({}, {}, set(self.timers), self.handled.copy()))


def restored_without_timers(patch: Patch) -> None:
    patch.setattr(
        subtask.Kept, "copy", lambda self: subtask.Kept(dict(self.heads), dict(self.parts), set(), self.handled.copy())
    )


def restored_without_control(patch: Patch) -> None:
    complete = job.Job._complete

    def without(self: Any) -> None:
        complete(self)
        self._last.control = {}

    patch.setattr(job.Job, "_complete", without)


def sink_without_transactions(patch: Patch) -> None:
    carry_out = subtask.Subtask._carry_out

    def at_once(self: Any, data: Any, by_time: bool) -> None:
        carry_out(self, data, by_time)
        self.sink += self.out
        self.out = []

    start = job.Job._start

    def begin(self: Any) -> None:
        start(self)
        for one in self._subtasks:
            one.sink = self.outcome.committed

    patch.setattr(subtask.Subtask, "_carry_out", at_once)
    patch.setattr(subtask.Subtask, "sink", [], raising=False)
    patch.setattr(job.Job, "_start", begin)


MUTATIONS: dict[Mutation, set[str]] = {
    caps_ignored: {"caps"},
    caps_reserve_nothing: {"caps"},
    quiet_hours_ignored: {"windows"},
    quiet_hours_in_utc: {"windows"},
    groups_not_blocked: {"arbitration"},
    held_out_all_the_same: {"hold_outs"},
    held_out_drawn_anew: {"hold_outs"},
    shadows_emit: {"modes"},
    anybody_tested_on: {"modes"},
    offers_without_cap: {"decide"},
    pauses_ignored_by_sends: {"control"},
    stops_ignored: {"control"},
    caps_count_days_in_utc: {"caps"},
    caps_one_too_many: {"caps"},
    consent_not_asked: {"consent"},
    withdrawal_unheard: {"consent"},
    suppression_ignored: {"suppressed"},
    suppression_ignored_by_emits: {"suppressed"},
    goal_ignored: {"runs"},
    goals_wait_for_a_message: {"goals"},
    repeats_count: {"once"},
    marks_not_kept: {"again"},
    open_runs_without_limit: {"runs"},
    exits_ignored: {"exits"},
    runs_without_end: {"runs"},
    held_sends_forgotten: {"runs", "visits"},
    arms_drawn_anew: {"live_equals_replay", "prompt"},
    actions_named_without_visit: {"once", "requests"},
    refusals_silent: {"silence"},
    nothing_forgotten: {"residue"},
    wake_ups_too_early: {"live_equals_replay"},
    later_timers_replace_earlier: {"live_equals_replay", "residue"},
    parts_not_written: {"live_equals_replay"},
    restored_without_state: {"live_equals_replay"},
    restored_without_timers: {"live_equals_replay", "runs"},
    restored_without_control: {"live_equals_replay"},
    sink_without_transactions: {"once"},
}
