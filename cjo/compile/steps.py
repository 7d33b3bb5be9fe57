"""One function for each kind of step: its form in the plan, with everything it names checked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cjo.compile.conditions import parse_ref
from cjo.compile.draft import Site
from cjo.compile.layout import Placed
from cjo.compile.matching import matches_with_models
from cjo.compile.scopes import Ref, Scope
from cjo.spec.common import UNKNOWN
from cjo.spec.journeys import Exit, Send, Wait


def step(site: Site, one: Placed, scope: Scope | None, per: Ref | None) -> dict[str, Any]:
    """A step of the plan. `site` is the step's item in its list of steps."""
    here = Site(site.draft, site.document, (*site.path, one.id), f"{site.who}, step {one.id}")
    return {"id": one.id, **_KINDS[type(one.body)](here, one.body, scope, per), "next": one.next}


def _send(site: Site, body: Send, scope: Scope | None, per: Ref | None) -> dict[str, Any]:
    draft = site.draft
    for index, channel in enumerate(body.send):
        here = site.at("send", index)
        here.known("unknown-channel", "channel", channel, draft.workspace.channels, "workspace.yaml declares them")
    names = draft.spec.templates
    site.at("template").known("unknown-template", "template", body.template, names, "templates are in templates/*.yaml")
    variables: dict[str, Any] = dict.fromkeys(body.with_)
    for name, text in body.with_.items():
        if scope is not None:
            variables[name], complaint = parse_ref(text, scope)
            if complaint:
                site.at("with", name).complain(complaint)
    return {
        "kind": "send",
        "channels": list(body.send),
        "template": body.template,
        "with": variables,
        "expires_ms": body.expires,
        "refused": dict(body.refused),
    }


def _wait(site: Site, body: Wait, scope: Scope | None, per: Ref | None) -> dict[str, Any]:
    until = []
    for match, (here, model) in matches_with_models(site.at("until"), body.until, per):
        until.append({**match, "then": _target(here.at("then"), model.then)})
    timeout = _target(site.at("timeout", "then"), body.timeout.then)
    return {"kind": "wait", "for_ms": body.wait, "until": until, "timeout_then": timeout}


def _exit(site: Site, body: Exit, scope: Scope | None, per: Ref | None) -> dict[str, Any]:
    return {"kind": "exit", "reason": body.exit}


_KINDS: dict[type, Callable[[Site, Any, Scope | None, Ref | None], dict[str, Any]]] = {
    Send: _send,
    Wait: _wait,
    Exit: _exit,
}


def _target(site: Site, name: str | None) -> str | None:
    if name is None or name == "exit":
        return name
    ids = [
        key for item in site.document.root.find(["steps"])[1].items or () for key in item.fields or () if key != UNKNOWN
    ]
    site.known("unknown-step", "step", name, ids, "`then` names a step of this journey, or exit")
    return name
