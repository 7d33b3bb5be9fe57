"""The plan's part of the kind `sequence`."""

from __future__ import annotations

from typing import Any

from cjo.compile.collected import Values, check_value_name, collect_one, per
from cjo.compile.draft import Site
from cjo.signals.sequence.author import Sequence
from cjo.spec.patterns import Listed

STEPS_MIN, STEPS_MAX = 2, 10
Json = dict[str, Any]


def compiled(site: Site, signal: Sequence, values: Values) -> Json:
    """The part of the plan that the kind has for itself; adds to `values` what its moments carry."""
    _check_number(site, signal)
    steps = _steps(site.at("steps"), signal)
    places = _places(site, signal)
    collect: dict[str, Any] = {}
    for name, wanted in signal.collect.items():
        here = site.at("collect", name)
        collect[name], values[name] = _collected(here, wanted, steps, places)
        check_value_name(here, name)
    types = [match["type"] for step in steps for match in (*step["on"], *step["not"])]
    return {
        "steps": steps,
        "within_ms": signal.within,
        "cooldown_ms": signal.cooldown,
        "settle": signal.settle,
        "per": per(site, signal, types),
        "collect": collect,
    }


def _check_number(site: Site, signal: Sequence) -> None:
    number, here = len(signal.steps), site.at("steps")
    if number < STEPS_MIN:
        here.note("wrong-value", f"expected {STEPS_MIN} steps or more, got {number}", "for one step, use kind: event")
    if number > STEPS_MAX:
        here.note("wrong-value", f"expected {STEPS_MAX} steps or fewer, got {number}", "leave out what need not happen")
    if signal.steps[0].not_:
        hint = "move it to the step that it may not come before"
        site.at("steps", 0, "not").note("wrong-value", "the first step has no step before it", hint)


def _steps(site: Site, signal: Sequence) -> list[Json]:
    found = site.matches(signal.steps)
    return [
        {
            "on": [match for match, _, model in found if model is step],
            "not": [match for match, _, _ in site.at(index, "not").matches(step.not_)],
        }
        for index, step in enumerate(signal.steps)
    ]


def _places(site: Site, signal: Sequence) -> dict[str, int]:
    """Name of a step -> which it is. A type names a step where it is all that one step, and no other, is on."""
    alone = [step.on[0] if step.name is None and len(step.on) == 1 else None for step in signal.steps]
    places = {name: index for index, name in enumerate(alone) if name is not None and alone.count(name) == 1}
    for index, step in enumerate(signal.steps):
        if step.name is not None:
            if step.name in places:
                site.at("steps", index, "name").note("duplicate-name", f"another step is called '{step.name}'")
            places.setdefault(step.name, index)
    return places


def _collected(site: Site, wanted: str | Listed, steps: list[Json], places: dict[str, int]) -> tuple[Json, str | None]:
    """What `cjo.compile.collected` makes of it, or of one step alone."""
    written = wanted.strip() if isinstance(wanted, str) else ""
    step, dot, field = written.partition(".")
    if dot and "(" not in written and step != "attributes":
        if not site.known("unknown-step", "step", step, places, "a step is called by its `name`, or its only type:"):
            return {"value": None}, None
        made, kind = collect_one(site, field, [match["type"] for match in steps[places[step]]["on"]])
        return {**made, "step": places[step]}, kind
    return collect_one(site, wanted, [match["type"] for step in steps for match in step["on"]])
