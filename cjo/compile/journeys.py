"""Pass: the plan's `journeys`: entry, key, exits and goal; the steps are made by cjo/compile/steps.py."""

from __future__ import annotations

from typing import Any

from cjo.compile import subjects
from cjo.compile.draft import Draft, Site
from cjo.compile.layout import Placed, steps_of
from cjo.compile.matching import run_matches
from cjo.compile.scopes import MomentScope, Ref, Scope
from cjo.compile.steps import Surroundings, step
from cjo.compile.variables import Types, types_of
from cjo.engine.policies.base import TRANSACTIONAL
from cjo.spec.common import UNKNOWN, RunMatch
from cjo.spec.journeys import Again, Decide, Emit, Experiment, Goal, JourneyDocument, Send, Wait

_WITH_OUTCOME = (Send, Emit, Decide, Experiment, Wait)
_STOOD_AT = (Send, Emit, Wait)


def run(draft: Draft) -> None:
    """Make `journeys`, in the order of files."""
    draft.plan["journeys"] = [
        _journey(Site(draft, document, (), document.who), document.model)
        for document in draft.spec.journeys
        if document.model
    ]


def _journey(site: Site, model: JourneyDocument) -> dict[str, Any]:
    draft = site.draft
    names = draft.workspace.purposes
    site.at("purpose").known("unknown-purpose", "purpose", model.purpose, names, "workspace.yaml lists them")
    if model.urgent and model.purpose != TRANSACTIONAL:
        said = "`urgent` is for transactional journeys: no other message may break quiet hours (rule D6)"
        site.at("urgent").note("wrong-value", said, f"take it out, or write `purpose: {TRANSACTIONAL}`")
    scope = _moment_scope(site, model)
    per = _per(site, model)
    steps = steps_of(site.document)
    around = _surroundings(site, model, steps, per)
    return {
        "name": model.journey,
        "revision": model.revision,
        "version": "",
        "owner": model.owner,
        "purpose": model.purpose,
        "priority": model.priority,
        "run_ms_max": _run_ms_max(site, model),
        "time_zone": model.time_zone,
        **({"urgent": True} if model.urgent else {}),
        **({"mode": model.mode} if model.mode != "live" else {}),
        **({"guard": {"sends": model.guard.sends, "per_ms": model.guard.per}} if model.guard else {}),
        "enter": {
            "on": model.enter.on,
            **subjects.of_entry(site.at("enter"), model.enter),
            "where": site.at("enter", "where").condition(model.enter.where, scope) if scope else None,
            "fresh_ms": model.enter.fresh,
            "again": _again(site, model.enter.again, per),
        },
        "per": per,
        "exit": run_matches(site.at("exit"), model.exit, per),
        "goal": _goal(site.at("goal"), model.goal, per),
        "steps": [step(site.at(*one.path), one, around) for one in steps],
        **_migrate(site.at("migrate", "steps"), model, steps),
    }


def _surroundings(site: Site, model: JourneyDocument, steps: list[Placed], per: Ref | None) -> Surroundings:
    """What the steps may name: besides moment and profile the run's variables, and outcomes of its steps."""
    draft = site.draft
    values = draft.moment_values.get(model.enter.on)
    if values is None:
        return Surroundings(None, {}, per)
    ids = [one.id for one in steps if isinstance(one.body, _WITH_OUTCOME)]

    def scope_with(types: Types) -> Scope:
        return MomentScope(values, draft.tracking.profile, types, ids)

    types = types_of(steps, scope_with)
    return Surroundings(scope_with(types), types, per)


def _moment_scope(site: Site, model: JourneyDocument) -> Scope | None:
    """What `moment.x` and `profile.x` mean here; None where the signal is unknown or could not be read."""
    draft = site.draft
    names = draft.declared_signals()
    if not site.at("enter", "on").known("unknown-signal", "signal", model.enter.on, names, "defined signals:"):
        return None
    values = draft.moment_values.get(model.enter.on)
    return MomentScope(values, draft.tracking.profile) if values is not None else None


def _per(site: Site, model: JourneyDocument) -> Ref | None:
    signal = site.draft.signals.get(model.enter.on)
    key: Ref | None = signal["per"] if signal else None
    if model.per is None or signal is None or model.per == UNKNOWN:
        return key
    if model.per == "customer":
        return None
    if key is None or model.per not in (key[1], f"attributes.{key[1]}"):
        hint = f"write `per: {key[1]}` or `per: customer`" if key else f"give the signal {signal['name']} a `per`"
        site.at("per").note("no-key", f"moments of {signal['name']} have no key '{model.per}'", hint)
    return key


def _run_ms_max(site: Site, model: JourneyDocument) -> int:
    limit = site.draft.workspace.limits.run
    if model.run is not None and model.run > limit:
        site.at("run").note("too-long", "longer than the greatest duration of a run, `limits.run` in workspace.yaml")
    return limit if model.run is None else model.run


def _again(site: Site, model: Again, per: Ref | None) -> dict[str, Any]:
    if model.per == "key" and per is None:
        site.at("enter", "again", "per").note("no-key", "runs of this journey have no key", "write `per: customer`")
    counted = model.per or ("key" if per else "customer")
    if model.never:
        return {"rule": "never", "after_ms": None, "per": counted}
    if model.replace:
        return {"rule": "replace", "after_ms": None, "per": counted}
    if model.after == "exit":
        return {"rule": "after_exit", "after_ms": None, "per": counted}
    return {"rule": "after", "after_ms": model.after, "per": counted}


def _migrate(site: Site, model: JourneyDocument, steps: list[Placed]) -> dict[str, Any]:
    """R2: only where it is declared. What it moves from is checked against the version that runs (cjo plan)."""
    if model.migrate is None:
        return {}
    bodies = {one.id: one.body for one in steps}
    for old, new in model.migrate.steps.items():
        is_known = site.at(old).known("unknown-step", "step", new, list(bodies), "it must be a step of this journey")
        if is_known and not isinstance(bodies[new], _STOOD_AT):
            site.at(old).note("migrate", f"no run stands at step '{new}'", "name a `wait`, `send` or `emit`")
    return {"migrate": {"steps": dict(model.migrate.steps), "wakes": model.migrate.wakes}}


def _goal(site: Site, model: Goal | None, per: Ref | None) -> dict[str, Any] | None:
    if model is None:
        return None
    on = run_matches(site, [RunMatch(on=model.on, where=model.where, match=model.match)], per)
    value = _goal_value(site.at("value"), model.value, [match["type"] for match in on]) if model.value else None
    return {"name": model.name, "on": on, "within_ms": model.within, "value": value}


def _goal_value(site: Site, text: str, types: list[str]) -> Ref | None:
    """The REF of what a success is worth: it is summed up, so it is a number."""
    ref = site.ref_for_types(text, types)
    if ref and ref[2] not in (None, "int", "decimal"):
        hint = "name a number, such as `amount`, or leave `value` out: successes are counted without it"
        site.note("type-mismatch", f"a goal's value is a number, '{text}' is of type {ref[2]}", hint)
    return ref
