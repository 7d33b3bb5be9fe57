"""What a scenario expects, checked against signals, journeys and channels, with times on the calendar."""

from __future__ import annotations

from typing import Any

from cjo.compile.draft import Site
from cjo.reasons import REASONS
from cjo.scenarios.calendar import Calendar
from cjo.scenarios.given import customers_of
from cjo.scenarios.script import Expectation
from cjo.spec.common import UNKNOWN
from cjo.spec.problems import did_you_mean
from cjo.spec.scenarios import EXPECTED, Expected, Moment, Scenario, Send

Journey = dict[str, Any]


def expectations_of(site: Site, scenario: Scenario, journey: str, calendar: Calendar) -> list[Expectation]:
    """The lines of `expect`. What is wrong is noted."""
    found = []
    before_ms = calendar.start_ms
    for index, line in enumerate(scenario.expect):
        here = site.at("expect", index)
        at_ms = calendar.at_ms(line.at, before_ms) if line.at else None
        before_ms = before_ms if at_ms is None else at_ms
        if line.customer is not None:
            names = customers_of(scenario)
            here.at("customer").known("unknown-customer", "customer", line.customer, names, "the scenario has:")
        found.append(_expectation(here, line, journey, at_ms))
    return found


def _expectation(site: Site, line: Expected, journey: str, at_ms: int | None) -> Expectation:
    kind = next(kind for kind in EXPECTED if hasattr(line, kind))
    name = getattr(line, kind)
    about: dict[str, Any] = {}
    if isinstance(line, Moment):
        _check_moment(site, line)
        about = {"key": line.key}
    else:
        about = {"journey": line.journey or journey, "step": getattr(line, "step", None)}
        _check_run(site, line, kind, name, about["journey"])
    if isinstance(line, Send):
        about["says"] = tuple(line.says)
    values = getattr(line, "with_", {})
    place = site.document.place(site.path)
    return Expectation(kind, name, place, at_ms, line.within or 0, line.customer, values=values, **about)


def _check_moment(site: Site, line: Moment) -> None:
    signals = site.draft.moment_values
    if not site.at("moment").known("unknown-signal", "signal", line.moment, signals, "defined signals:"):
        return
    values = signals[line.moment]
    for name in line.with_:
        if name not in values:
            hint = did_you_mean(name, values, "it carries:")
            site.at("with", name).note_key("unknown-name", f"moments of {line.moment} carry no '{name}'", hint)


def _check_run(site: Site, line: Any, kind: str, name: str, journey_name: str) -> None:
    journeys = {journey["name"]: journey for journey in site.draft.plan["journeys"]}
    here = site.at("journey") if line.journey else site
    if not here.known("unknown-journey", "journey", journey_name, journeys, "defined journeys:"):
        return
    journey = journeys[journey_name]
    steps = {one["id"]: one for one in journey["steps"]}
    step = getattr(line, "step", None)
    if step is not None:
        site.at("step").known("unknown-step", "step", step, steps, f"steps of {journey_name}:")
    if name != UNKNOWN:
        _CHECKS[kind](site.at(kind), name, journey, steps.get(step or ""))


def _check_channel(site: Site, name: str, journey: Journey, step: Journey | None) -> None:
    workspace = site.draft.workspace
    declared = [*workspace.channels, *workspace.emits]
    if not site.known("unknown-channel", "channel", name, declared, "workspace.yaml declares them"):
        return
    possible = step.get("channels") or ([step["emit"]] if "emit" in step else None) if step else None
    if possible and name not in possible:
        said = f"step '{step['id']}' never sends by '{name}'" if step else ""
        site.note("wrong-value", said, f"it sends by: {', '.join(possible)}")


def _check_reason(site: Site, name: str, journey: Journey, step: Journey | None) -> None:
    site.known("unknown-reason", "reason", name, REASONS, "docs/reference/reasons.md lists them")


def _check_end(site: Site, name: str, journey: Journey, step: Journey | None) -> None:
    said = [step["reason"] for step in journey["steps"] if step["kind"] == "exit"]
    otherwise = "reasons are listed in docs/reference/reasons.md, words in the journey's exit steps"
    site.known("unknown-reason", "end", name, [*said, *REASONS], otherwise)


def _check_goal(site: Site, name: str, journey: Journey, step: Journey | None) -> None:
    goal = journey["goal"]
    known = [goal["name"]] if goal else []
    site.known("unknown-name", "goal", name, known, f"goals of {journey['name']}:")


_CHECKS = {
    "send": _check_channel,
    "cancel": _check_channel,
    "refused": _check_reason,
    "ends": _check_end,
    "goal": _check_goal,
}
