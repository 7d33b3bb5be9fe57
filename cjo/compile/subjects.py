"""Pass: the plan's `subjects`: kinds of subject beyond the customer, those that some signal uses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cjo.compile.draft import Draft, Site
from cjo.compile.needs import matches_of
from cjo.compile.scopes import Ref
from cjo.compile.tracking import FIELDS, TrackingPlan
from cjo.engine.inputs import direct_inputs
from cjo.engine.subjects import CUSTOMER
from cjo.spec.common import UNKNOWN
from cjo.spec.journeys import Enter
from cjo.spec.patterns import Published
from cjo.spec.problems import did_you_mean
from cjo.spec.tracking import SubjectKind

_OF_PEOPLE = ("profile", "date")
"""Kinds of signal that are about a profile: only a customer has one."""


def run(draft: Draft) -> None:
    """Make `subjects`; absent where every signal is about customers."""
    used = {signal["subject"] for signal in draft.plan["signals"] if "subject" in signal}
    found: dict[str, Any] = {}
    for name, model in draft.tracking.model.subjects.items():
        assert draft.spec.tracking is not None
        site = Site(draft, draft.spec.tracking, ("subjects", name), f"subject {name}")
        if name == CUSTOMER:
            site.note_key("duplicate-name", "a customer is a subject always", "remove it, or choose another name")
        types = {match["type"] for match in matches_of({"signals": draft.plan["signals"], "journeys": []}, name)}
        if name in used:
            found[name] = _kind(site, model, [one for one in sorted(types) if _carries(draft, name, one)])
        else:
            _check_somewhere(site, model)
    if found:
        draft.plan["subjects"] = found


def of_signal(site: Site, signal: Published, compiled: dict[str, Any]) -> dict[str, Any]:
    """The part of a signal that says whose it is: empty for customers. Its touchpoints come in order of event time."""
    _check_inputs(site, signal, compiled)
    if signal.subject == CUSTOMER:
        return {}
    declared = [CUSTOMER, *site.draft.tracking.model.subjects]
    here = site.at("subject")
    if not here.known("unknown-subject", "kind of subject", signal.subject, declared, "tracking.yaml declares them"):
        return {}
    if signal.kind in _OF_PEOPLE or any(_profile_refs(compiled)):  # type: ignore[attr-defined]
        said = f"it looks at the profile, and only a customer has one, no {signal.subject}"
        here.note("subject", said, "take `subject` out, or use a signal over touchpoints")
    if getattr(signal, "per", None) == CUSTOMER:
        said = f"`per: customer` says that a customer is watched as a whole, and this one watches a {signal.subject}"
        hint = f"take it out for the whole {signal.subject}, or write `per: customer_id` for each of its members"
        site.at("per").note("subject", said, hint)
    return {"subject": signal.subject} | ({"settle": False} if "settle" in compiled else {})


def _check_inputs(site: Site, signal: Published, compiled: dict[str, Any]) -> None:
    """Moments are heard where they are made: in the state of their subject."""
    for name in direct_inputs(compiled):
        known = site.draft.signals.get(name)
        other = (known or {}).get("subject", CUSTOMER)
        if known is not None and other != signal.subject:
            said = f"it uses moments of {name}, which looks at another subject: the {other}"
            hint = f"write `subject: {other}`, or use a signal of the {signal.subject}"
            site.note_key("subject", said, hint)


def of_entry(site: Site, enter: Enter) -> dict[str, Any]:
    """The part of an entry that says whom a moment enters: empty where it is the customer's own."""
    signal = site.draft.signals.get(enter.on)
    kind = signal.get("subject") if signal else None
    if signal is None or kind is None:
        if enter.who and signal is not None:
            said = f"moments of {enter.on} are the customer's own"
            site.at("who").note("subject", said, "take `who` out, or give the signal a `subject`")
        return {}
    if enter.who is None:
        said = f"moments of {enter.on} are those of a whole {kind}: whom do they enter?"
        site.at("on").note("subject", said, "write `who: contact` or `who: members`")
        return {}
    declared = site.draft.tracking.model.subjects[kind]
    if enter.who == "contact" and declared.contact is None:
        said = f"tracking.yaml does not say who is the contact of a {kind}"
        site.at("who").note("subject", said, f"declare `contact` under subjects: {kind}, or write `who: members`")
    return {"who": enter.who}


def _kind(site: Site, model: SubjectKind, types: list[str]) -> dict[str, Any]:
    return {
        "key": _as_text(site.at("key"), model.key, types),
        "contact": _as_text(site.at("contact"), model.contact, types) if model.contact else None,
        "remember_ms": model.remember,
        "filter": "",
    }


def _carries(draft: Draft, kind: str, type_name: str) -> bool:
    """True where the type has what names a subject, or no type has; else the signals that name the type are told."""
    tracking, model = draft.tracking, draft.tracking.model.subjects[kind]
    words = {"key": model.key, "contact": model.contact}
    asked = {part: str(word).removeprefix("attributes.") for part, word in words.items() if word not in (None, UNKNOWN)}
    somewhere = _identities(tracking)
    here = {*FIELDS, *tracking.attributes_of(type_name)}
    lacking = {part: word for part, word in asked.items() if word in somewhere and word not in here}
    for part, word in lacking.items():
        for site in _naming(draft, kind, type_name):
            said = f"{type_name} has no '{word}', which is the {part} of every {kind}"
            site.note("unknown-name", said, f"declare it for {type_name} in tracking.yaml, or take {type_name} out")
    return not lacking


def _naming(draft: Draft, kind: str, type_name: str) -> Iterator[Site]:
    """Where signals over this kind of subject name the type."""
    for document in draft.spec.signals:
        for name, signal in document.model.signals.items() if document.model else ():
            if signal.subject == kind:
                for path in document.root.find(["signals", name])[1].paths_to(type_name):
                    yield Site(draft, document, ("signals", name, *path), f"signal {name}")


def _identities(tracking: TrackingPlan) -> set[str]:
    return {*FIELDS, *(name for one in tracking.model.types for name in tracking.attributes_of(one))}


def _as_text(site: Site, name: str, types: list[str]) -> Ref | None:
    """The REF of an identity, read as the text that travels: `007` and `7` are two."""
    ref = site.ref_for_types(name, types)
    if ref and ref[2] not in ("string", "int"):
        site.note("type-mismatch", f"an identity is text or a whole number, '{name}' is {ref[2]}")
    return [ref[0], ref[1], "string"] if ref else None


def _check_somewhere(site: Site, model: SubjectKind) -> None:
    """Nothing uses this kind yet: at least some touchpoint must carry what names it."""
    tracking = site.draft.tracking
    known = _identities(tracking)
    for part, name in (("key", model.key), ("contact", model.contact)):
        if name is not None and name != UNKNOWN and name.removeprefix("attributes.") not in known:
            hint = did_you_mean(name, known, "declare it as an attribute of the types that carry it")
            site.at(part).note("unknown-name", f"no touchpoint has a field or attribute '{name}'", hint)


def _profile_refs(compiled: Any) -> Iterator[Any]:
    """Every REF into the profile in a part of a plan."""
    if isinstance(compiled, list):
        if len(compiled) == 3 and compiled[0] == "profile":
            yield compiled
        for item in compiled:
            yield from _profile_refs(item)
    elif isinstance(compiled, dict):
        for value in compiled.values():
            yield from _profile_refs(value)
