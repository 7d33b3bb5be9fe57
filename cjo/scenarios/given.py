"""What is given in a scenario, checked against the tracking plan, as rows for the engine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cjo.avro.prepare import prepared
from cjo.avro.rows import row_of
from cjo.compile.draft import Site
from cjo.compile.tracking import FIELDS
from cjo.errors import RecordError
from cjo.scenarios.calendar import Calendar
from cjo.scenarios.script import ALONE, Line
from cjo.spec.common import UNKNOWN
from cjo.spec.problems import did_you_mean
from cjo.spec.scenarios import Customer, Happens, Scenario
from cjo.values import READERS

DAY_MS = 86_400_000
_OWN_FIELDS = ("type", "channel", "customer_id")
_SYSTEM_CHANNEL = "system"


def lines_of(site: Site, scenario: Scenario, calendar: Calendar) -> list[Line]:
    """The lines of `given`, in the order of the log. What is wrong is noted; wrong lines are left out."""
    lines: list[Line] = []
    at_ms = arrival_ms = calendar.start_ms
    known_ms: int | None = None
    for index, given in enumerate(scenario.given):
        here = site.at("given", index)
        if isinstance(given, Happens):
            at_ms = calendar.at_ms(given.at, at_ms) if given.at else at_ms
            arrival_ms = calendar.at_ms(given.arrives, at_ms) if given.arrives else at_ms
            line = _touchpoint(here, scenario, given, at_ms, arrival_ms)
        else:
            at_ms = arrival_ms = calendar.at_ms(given.quiet_until, at_ms)
            line = Line(arrival_ms)
        if known_ms is not None and arrival_ms < known_ms:
            said = f"{calendar.words(arrival_ms)} is before the line above it, {calendar.words(known_ms)}"
            here.note("scenario-order", said)
        known_ms = arrival_ms if known_ms is None else max(known_ms, arrival_ms)
        if line is not None:
            lines.append(line)
    return lines


def introduction(site: Site, scenario: Scenario, before_ms: int) -> list[Line]:
    """What is known of the customers from the beginning: touchpoints of the day before."""
    people = {ALONE: (site.at("customer"), scenario.customer)} if scenario.customer else {}
    people |= {name: (site.at("customers", name), one) for name, one in scenario.customers.items()}
    lines = []
    for name, (here, customer) in people.items():
        for serial, (kind, attributes) in enumerate(_known_of(here, customer)):
            row = {"event_id": f"known-{name}-{serial}", "type": kind, "at": before_ms - DAY_MS, "customer_id": name}
            lines.append(Line(before_ms - DAY_MS, name, row | {"attributes": attributes}))
    return lines


def _known_of(site: Site, customer: Customer) -> Iterator[tuple[str, dict[str, str]]]:
    profile = {}
    for name, value in customer.profile.items():
        declared = site.draft.tracking.profile
        if _declared(site.at("profile", name), "profile attribute", name, value, declared, "tracking.yaml lists them"):
            profile[name] = _text(value)
    if profile:
        yield "profile_updated", profile
    for index, words in enumerate(customer.consent):
        yield "consent_given", _consent(site.at("consent", index), words)
    if customer.suppressed:
        yield "customer_suppressed", {}


def _consent(site: Site, words: str) -> dict[str, str]:
    purpose, _, channel = (part.strip() for part in words.partition(" by "))
    workspace = site.draft.workspace
    site.known("unknown-purpose", "purpose", purpose, workspace.purposes, "workspace.yaml lists them")
    if not channel:
        return {"purpose": purpose}
    site.known("unknown-channel", "channel", channel, workspace.channels, "workspace.yaml declares them")
    return {"purpose": purpose, "channel": channel}


def _touchpoint(site: Site, scenario: Scenario, given: Happens, at_ms: int, arrival_ms: int) -> Line | None:
    before = len(site.draft.problems)
    customer = _customer(site, scenario, given.customer)
    if not site.at("touchpoint").type_known(given.touchpoint):
        return None
    touchpoint: dict[str, Any] = {
        "event_id": given.event_id or f"given-{site.path[-1]}",
        "customer_id": customer,
        "type": given.touchpoint,
        "channel": _channel(site, given),
        "occurred_at": at_ms,
        **_carried(site, given),
    }
    if len(site.draft.problems) > before:
        return None
    found = [*site.draft.tracking.check(touchpoint)]
    if not found:
        try:
            plan = site.draft.plan
            taken = row_of(prepared(touchpoint), arrival_ms, plan["columns"], plan.get("subjects") or ())
            return Line(arrival_ms, *taken) if taken else None
        except RecordError as error:
            found = [error.message]
    for said in found:
        site.note("wrong-value", said, "write what tracking.yaml declares")
    return None


def _customer(site: Site, scenario: Scenario, name: str | None) -> str:
    if name is None:
        if scenario.customer or not scenario.customers:
            return ALONE
        listed = ", ".join(scenario.customers)
        site.note("missing-key", "missing 'customer'", f"say who of the scenario's customers it is: {listed}")
        return ALONE
    site.at("customer").known("unknown-customer", "customer", name, customers_of(scenario), "the scenario has:")
    return name


def customers_of(scenario: Scenario) -> list[str]:
    """Everybody whom the scenario introduces."""
    alone = [ALONE] if scenario.customer or not scenario.customers else []
    return [*alone, *scenario.customers]


def _channel(site: Site, given: Happens) -> str:
    tracking = site.draft.tracking.model
    declared = tracking.types.get(given.touchpoint)
    usual = (declared.channels if declared else None) or tracking.channels
    if given.channel is not None:
        otherwise = f"{given.touchpoint} happens in:" if declared else "tracking.yaml lists them"
        site.at("channel").known("unknown-channel", "channel", given.channel, usual, otherwise)
        return given.channel
    return _SYSTEM_CHANNEL if declared is None and _SYSTEM_CHANNEL in usual else usual[0]


def _carried(site: Site, given: Happens) -> dict[str, Any]:
    """The fields and attributes of `with`; the fields are given by their own name, everything else is an attribute."""
    fields: dict[str, Any] = {}
    attributes: dict[str, str] = {}
    tracking = site.draft.tracking
    own = {name: kind for name, kind in FIELDS.items() if name not in _OWN_FIELDS}
    declared = {**own, **tracking.attributes_of(given.touchpoint)}
    for name, value in given.with_.items():
        here = site.at("with", name)
        if not _declared(
            here, f"name for {given.touchpoint}", name, value, declared, "tracking.yaml says what it carries"
        ):
            continue
        if name in own:
            fields[name] = _text(value)
        else:
            attributes[name] = _text(value)
    return {**fields, "attributes": attributes}


def _declared(site: Site, what: str, name: str, value: Any, declared: dict[str, str], otherwise: str) -> bool:
    if name not in declared:
        hint = did_you_mean(name, declared, otherwise)
        site.note_key("unknown-name", f"unknown {what}: '{name}'", hint)
        return False
    if value != UNKNOWN and READERS[declared[name]](_text(value)) is None:
        site.note("wrong-value", f"{name}: expected {declared[name]}, got {value!r}", f"write a {declared[name]} here")
        return False
    return True


def _text(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
