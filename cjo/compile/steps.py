"""One function for each kind of step: its form in the plan, with everything it names checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cjo.compile.conditions import parse_ref
from cjo.compile.draft import Site
from cjo.compile.layout import Placed, first_of, ids_of
from cjo.compile.matching import matches_with_models
from cjo.compile.scopes import MOMENT_OWN, Ref, Scope
from cjo.compile.variables import Types, expressions, number
from cjo.spec.explain import fixed_value
from cjo.spec.journeys import (
    Branch,
    Decide,
    Emit,
    Exit,
    Experiment,
    HandOver,
    JourneyDocument,
    Offer,
    Send,
    Update,
    Wait,
)
from cjo.spec.waits import LocalTime, TimeOf


@dataclass(frozen=True)
class Surroundings:
    """What a step may name: a run's values (None where the signal is unknown), its variables, its business key."""

    scope: Scope | None
    variables: Types
    per: Ref | None


def step(site: Site, one: Placed, around: Surroundings) -> dict[str, Any]:
    """A step of the plan. `site` is the step's item in its list of steps."""
    here = Site(site.draft, site.document, (*site.path, one.id), f"{site.who}, step {one.id}")
    return {"id": one.id, **_KINDS[type(one.body)](here, one.body, around), "next": one.next}


def _send(site: Site, body: Send, around: Surroundings) -> dict[str, Any]:
    draft = site.draft
    for index, channel in enumerate(body.send):
        here = site.at("send", index)
        here.known("unknown-channel", "channel", channel, draft.workspace.channels, "workspace.yaml declares them")
    _known_template(site.at("template"), body.template)
    return {
        "kind": "send",
        "channels": list(body.send),
        "template": body.template,
        "with": _with(site, body.with_, around),
        "expires_ms": body.expires,
        "spread_ms": body.spread,
        "until": _until(site, body, around),
        "refused": dict(body.refused),
    }


def _known_template(site: Site, name: str) -> None:
    spec = site.draft.spec
    if name not in spec.templates and spec.is_empty_template(name):
        site.note(
            "unknown-template",
            f"there is nothing in the file of template '{name}'",
            "write channel -> locale -> parts into it",
        )
    else:
        site.known("unknown-template", "template", name, spec.templates, "templates are in templates/*.yaml")


def _with(site: Site, texts: Mapping[str, str], around: Surroundings) -> dict[str, Any]:
    variables: dict[str, Any] = dict.fromkeys(texts)
    for name, text in texts.items():
        if around.scope is not None:
            variables[name], complaint = parse_ref(text, around.scope)
            if complaint and complaint.name == "bad-reference":
                site.at("with", name).note(complaint.name, complaint.message, fixed_value(name, text))
            elif complaint:
                site.at("with", name).complain(complaint)
    return variables


def _wait(site: Site, body: Wait, around: Surroundings) -> dict[str, Any]:
    timeout = _target(site.at("timeout", "then"), body.timeout.then)
    waited = _waited(site.at("wait"), body, around)
    restart = matches_with_models(site.at("restart"), body.restart, around.per)
    again = {"restart": [match for match, _ in restart]} if restart else {}
    return {"kind": "wait", **waited, "until": _until(site, body, around), **again, "timeout_then": timeout}


def _until(site: Site, body: Wait | Send, around: Surroundings) -> list[dict[str, Any]]:
    found = matches_with_models(site.at("until"), body.until, around.per)
    return [{**match, "then": _target(here.at("then"), model.then)} for match, (here, model) in found]


def _waited(site: Site, body: Wait, around: Surroundings) -> dict[str, Any]:
    """Exactly one of `for_ms`, `local` and `time`."""
    waited = body.wait
    if isinstance(waited, LocalTime):
        return {"local": {"days": waited.days, "minute": waited.minute}}
    if isinstance(waited, TimeOf):
        return {"time": {"of": _time(site, waited, around), "add_ms": waited.add_ms}}
    return {"for_ms": waited}


def _time(site: Site, waited: TimeOf, around: Surroundings) -> Any:
    if around.scope is None:
        return None
    ref, complaint = parse_ref(waited.of, around.scope)
    if complaint:
        site.complain(complaint)
    elif ref is not None and ref[2] not in (None, "timestamp"):
        site.note("type-mismatch", f"{waited.of} is of type {ref[2]}, not a point in time", "declare it a timestamp")
    return ref


def _branch(site: Site, body: Branch, around: Surroundings) -> dict[str, Any]:
    cases = []
    for index, case in enumerate(body.branch):
        here = site.at("branch", index)
        when = here.at("when").condition(case.when, around.scope) if around.scope is not None else None
        cases.append({"when": when, "then": _way(here, case)})
    return {"kind": "branch", "cases": cases, "else_then": _way(site.at("else"), body.else_)}


def _way(site: Site, way: Any) -> str | None:
    """Where a way of a step begins: its `then`, its first step, or None for the next step."""
    return first_of(way.steps) or _target(site.at("then"), way.then)


def _update(site: Site, body: Update, around: Surroundings) -> dict[str, Any]:
    made = expressions(site, body, around.scope, around.variables) if around.scope is not None else {}
    return {"kind": "update", "set": made}


def _emit(site: Site, body: Emit, around: Surroundings) -> dict[str, Any]:
    names = site.draft.workspace.emits
    site.at("emit").known("unknown-emit", "emit", body.emit, names, "`emits` in workspace.yaml declares them:")
    return {"kind": "emit", "emit": body.emit, "with": _with(site, body.with_, around), "expires_ms": body.expires}


def _experiment(site: Site, body: Experiment, around: Surroundings) -> dict[str, Any]:
    arms = [
        {"name": name, "share": arm.share, "then": _way(site.at("experiment", name), arm)}
        for name, arm in body.experiment.items()
    ]
    return {"kind": "experiment", "arms": arms}


def _decide(site: Site, body: Decide, around: Surroundings) -> dict[str, Any]:
    offers = [_offer(site.at("decide", name), name, offer, around) for name, offer in body.decide.items()]
    return {"kind": "decide", "offers": offers, "otherwise_then": _way(site.at("otherwise"), body.otherwise)}


def _offer(site: Site, name: str, offer: Offer, around: Surroundings) -> dict[str, Any]:
    scope = around.scope
    return {
        "name": name,
        "score": number(site.at("score"), offer.score, scope) if scope is not None else None,
        "where": site.at("where").condition(offer.where, scope) if scope is not None else None,
        "at_most": offer.cap.at_most if offer.cap else None,
        "window_ms": offer.cap.per if offer.cap else None,
        "then": _way(site, offer),
    }


def _hand_over(site: Site, body: HandOver, around: Surroundings) -> dict[str, Any]:
    """Every value that a moment of the other journey's signal carries must be given, or be this run's own."""
    models = {document.model.journey: document.model for document in site.draft.spec.journeys if document.model}
    given = _with(site, body.with_, around)
    keeps = False
    if site.at("hand_over").known("unknown-journey", "journey", body.hand_over, models, "defined journeys:"):
        _check_key(site.at("hand_over"), around.per, models[body.hand_over])
        wanted, own = models[body.hand_over].enter.on, site.document.model
        keeps = own is not None and wanted == own.enter.on
        if not keeps:
            _check_given(site.at("with"), given, wanted)
    return {"kind": "hand_over", "to": body.hand_over, "keeps": keeps, "with": given}


def _check_key(site: Site, own: Ref | None, other: JourneyDocument) -> None:
    """R1: the run's key goes along, so it must be what exits, goals and waits of the other journey match on."""
    signal = site.draft.signals.get(other.enter.on)
    wanted: Ref | None = signal["per"] if signal and other.per != "customer" else None
    if own is not None and wanted is not None and own[1] != wanted[1]:
        said = f"runs of {other.journey} have the key '{wanted[1]}', this one's is '{own[1]}'"
        hint = f"write `per: customer` in one of them, or hand over to a journey with the key '{own[1]}'"
        site.note("no-key", said, hint)


def _check_given(site: Site, given: dict[str, Any], signal: str) -> None:
    values = site.draft.moment_values.get(signal)
    if values is None:
        return
    carried = {name: kind for name, kind in values.items() if name not in MOMENT_OWN}
    if missing := [name for name in carried if name not in given]:
        said = f"a moment of {signal} carries {', '.join(missing)}, which nothing gives"
        site.note("bad-reference", said, "give each under `with`, such as `{total: moment.total}`")
    for name, ref in given.items():
        if name not in carried:
            site.at(name).note("unknown-name", f"a moment of {signal} carries no '{name}'")
        elif ref is not None and None not in (ref[2], carried[name]) and ref[2] != carried[name]:
            site.at(name).note("type-mismatch", f"{signal} carries '{name}' as {carried[name]}, this is {ref[2]}")


def _exit(site: Site, body: Exit, around: Surroundings) -> dict[str, Any]:
    return {"kind": "exit", "reason": body.exit}


_KINDS: dict[type, Callable[[Site, Any, Surroundings], dict[str, Any]]] = {
    Send: _send,
    Wait: _wait,
    Branch: _branch,
    Decide: _decide,
    Update: _update,
    Emit: _emit,
    Experiment: _experiment,
    HandOver: _hand_over,
    Exit: _exit,
}


def _target(site: Site, name: str | None) -> str | None:
    if name is not None and name != "exit":
        ids = ids_of(site.document)
        site.known("unknown-step", "step", name, ids, "`then` names a step of this journey, or exit")
    return name
