"""The report of a journey as one JSON object, and as tables of text (docs/reference/report.md)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from statistics import median
from typing import Any

from cjo.client.words import iso
from cjo.engine.policies.held_out import HELD_OUT
from cjo.insight.funnel import Arm, Funnel, Step
from cjo.insight.goals import Goal
from cjo.insight.intervals import Rate
from cjo.insight.tables import table
from cjo.insight.tally import Tallies, Tally
from cjo.reasons import length

Json = dict[str, Any]


def as_json(journey: str, funnel: Funnel, claims: Tallies | None = None) -> Json:
    """Everything that was counted, by name; rates with their 95 % intervals. `people` counts each once.

    `claims`: who reached the goal by a touchpoint that other journeys count too, by journey.
    """
    return {
        "journey": journey,
        "versions": dict(funnel.versions),
        "from": None if funnel.first_ms is None else iso(funnel.first_ms),
        "to": None if funnel.last_ms is None else iso(funnel.last_ms),
        "entered": funnel.entered.as_json(),
        "not_entered": _by("reason", funnel.not_entered),
        "in_flight": _by("step", funnel.in_flight()),
        "sent": {
            **funnel.sent.as_json(),
            **Rate(len(funnel.sent), len(funnel.entered.people | funnel.sent.people)).as_json(),
        },
        "refused": _by("reason", funnel.refused),
        "ended": [_ended(*item) for item in funnel.ended.ranked()],
        "goal": {
            "names": funnel.goal_names,
            **_goal(funnel.goal, funnel.sent),
            "claimed_by": _by("journey", claims or Tallies()),
        },
        "steps": [_step(name, step) for name, step in funnel.steps.items()],
        "arms": [_arm(*name, arm) for name, arm in sorted(funnel.arms.items())],
        "runs_without_entry": funnel.without_entry(),
    }


def as_text(journey: str, funnel: Funnel, claims: Tallies | None = None) -> Iterator[str]:
    """The same for people."""
    span = f"{iso(funnel.first_ms or 0)} to {iso(funnel.last_ms or 0)}"
    yield f"{journey}: decisions from {span}"
    if (cut := funnel.without_entry()) > 0:
        yield f"{cut:,} run{'s' if cut > 1 else ''} began before these decisions and are not among the entered"
    yield ""
    yield from table(("", "people", "times", "rate, 95 % interval"), list(_overall(funnel, claims or Tallies())))
    if funnel.steps:
        yield ""
        yield from table(("step", "", "people", "times", "rate, 95 % interval"), list(_step_rows(funnel)))
    if funnel.arms:
        yield ""
        head = ("experiment", "arm", "exposed", "sent", "goal", "value", "rate, 95 % interval")
        yield from table(head, [_arm_row(*name, arm) for name, arm in sorted(funnel.arms.items())])


def _by(what: str, tallies: Tallies) -> list[Json]:
    return [{what: name, **tally.as_json()} for name, tally in tallies.ranked()]


def _ended(name: tuple[str, str | None], tally: Tally) -> Json:
    reason, detail = name
    return {"reason": reason, "detail": detail, **tally.as_json()}


def _goal(goal: Goal, among: Tally) -> Json:
    """A goal's counts; its rate is among `among`, those who had what must come before a goal."""
    waits = sorted(goal.after_ms.values())
    return {
        **goal.tally.as_json(),
        **Rate(len(goal.tally), len(among)).as_json(),
        "value": None if goal.value is None else format(goal.value, "f"),
        "median_ms": round(median(waits)) if waits else None,
    }


def _step(name: str, step: Step) -> Json:
    return {
        "step": name,
        "came": step.came.as_json(),
        "sent": {**step.sent.as_json(), **Rate(len(step.sent), len(step.came)).as_json()},
        "channels": _by("channel", step.channels),
        "refused": _by("reason", step.refused),
        "taken_back": step.taken_back.as_json(),
        "goal": _goal(step.goal, step.sent),
    }


def _arm(experiment: str, name: str, arm: Arm) -> Json:
    return {
        "experiment": experiment,
        "arm": name,
        "exposed": arm.exposed.as_json(),
        "sent": arm.sent.as_json(),
        "goal": _goal(arm.goal, arm.exposed),
    }


def _overall(funnel: Funnel, claims: Tallies) -> Iterator[list[str]]:
    yield ["entered", *_counts(funnel.entered), ""]
    for reason, tally in funnel.not_entered.ranked():
        yield [f"  not entered: {reason}", *_counts(tally), ""]
    for step, tally in funnel.in_flight().ranked():
        yield [f"in flight at {step or 'the entry'}", *_counts(tally), ""]
    yield [
        "sent something",
        *_counts(funnel.sent),
        str(Rate(len(funnel.sent), len(funnel.entered.people | funnel.sent.people))),
    ]
    for reason, tally in funnel.refused.ranked():
        yield [f"  {_not_sent(reason)}", *_counts(tally), ""]
    for (reason, detail), tally in funnel.ended.ranked():
        yield [f"ended: {reason}{f' ({detail})' if detail else ''}", *_counts(tally), ""]
    goal = _goal(funnel.goal, funnel.sent)
    names = ", ".join(funnel.goal_names)
    yield [f"goal reached{f': {names}' if names else ''}", *_counts(funnel.goal.tally), _goal_words(funnel.goal, goal)]
    for other, tally in claims.ranked():
        yield [f"  by what {other} counts too", *_counts(tally), ""]


def _not_sent(reason: str) -> str:
    """Nothing was refused to who is held out (D8)."""
    what, _, mode = reason.partition(" ")  # `held_out in shadow`
    return f"held out {mode}".strip() if what == HELD_OUT else f"refused: {reason}"


def _goal_words(goal: Goal, found: Json) -> str:
    words = [str(Rate(found["people"], found["of"]))]
    if goal.value is not None:
        words.append(f"worth {_money(goal.value)}")
    if found["median_ms"] is not None:
        words.append(f"half of them within {length(found['median_ms'])}")
    return ", ".join(words)


def _step_rows(funnel: Funnel) -> Iterator[list[str]]:
    for name, step in funnel.steps.items():
        yield [name, "came", *_counts(step.came), ""]
        if step.sent.times or step.refused:
            yield ["", "sent", *_counts(step.sent), str(Rate(len(step.sent), len(step.came)))]
        for channel, tally in step.channels.ranked():
            yield ["", f"  by {channel}", *_counts(tally), ""]
        for reason, tally in step.refused.ranked():
            yield ["", f"  {_not_sent(reason)}", *_counts(tally), ""]
        if step.taken_back.times:
            yield ["", "  taken back", *_counts(step.taken_back), ""]
        if step.sent.times:
            found = _goal(step.goal, step.sent)
            yield ["", "goal after it", *_counts(step.goal.tally), _goal_words(step.goal, found)]


def _arm_row(experiment: str, name: str, arm: Arm) -> list[str]:
    found = _goal(arm.goal, arm.exposed)
    counts = (len(arm.exposed), len(arm.sent), len(arm.goal.tally))
    value = "" if arm.goal.value is None else _money(arm.goal.value)
    return [experiment, name, *(f"{count:,}" for count in counts), value, str(Rate(found["people"], found["of"]))]


def _counts(tally: Tally) -> tuple[str, str]:
    return f"{len(tally):,}", f"{tally.times:,}"


def _money(value: Decimal) -> str:
    return f"{value:,.2f}"
