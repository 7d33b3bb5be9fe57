"""What the passes work on: the spec, the plan as far as it is made, and the problems found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from cjo.compile.composed import AnyScope, HeardScope
from cjo.compile.conditions import Cond, parse_condition, parse_ref
from cjo.compile.expressions import Complaint
from cjo.compile.scopes import Ref, Scope, TouchpointScope
from cjo.compile.tracking import SYSTEM_TYPES, TrackingPlan
from cjo.engine.hearing import heard_signal
from cjo.spec.common import UNKNOWN, Match
from cjo.spec.documents import Document
from cjo.spec.folder import Spec
from cjo.spec.problems import Problems, did_you_mean
from cjo.spec.workspace import Workspace

_ENTERS = "name a touchpoint; a journey enters on a signal, and a signal may use another"


@dataclass
class Draft:
    """A plan in the making. Every pass reads the spec, adds its part of the plan, and notes problems."""

    spec: Spec
    workspace: Workspace
    tracking: TrackingPlan
    problems: Problems
    plan: dict[str, Any] = field(default_factory=lambda: {"format": 1})
    #: signal -> what its moments carry, with types (None: the type can't be told because of a problem)
    moment_values: dict[str, dict[str, str | None]] = field(default_factory=dict)
    signals: dict[str, dict[str, Any]] = field(default_factory=dict)

    def declared_signals(self) -> list[str]:
        """Names of all signals, also of those with problems, so that nobody is told that they are unknown."""
        return [name for doc in self.spec.signals for name in (doc.root.find(["signals"])[1].fields or {})]


@dataclass(frozen=True)
class Site:
    """Where a pass is at work: the draft, a document, a path into it, and who is concerned."""

    draft: Draft
    document: Document[Any]
    path: tuple[str | int, ...]
    who: str

    def at(self, *parts: str | int) -> Site:
        """The site further in."""
        return Site(self.draft, self.document, (*self.path, *parts), self.who)

    def note(self, name: str, message: str, hint: str | None = None, offset: int | None = None) -> None:
        """Add a problem with the value at this site."""
        self.draft.problems.add(name, self.document.place(self.path, offset), self.who, message, hint)

    def note_key(self, name: str, message: str, hint: str | None = None) -> None:
        """Add a problem with the key at this site."""
        self.draft.problems.add(name, self.document.key_place(self.path), self.who, message, hint)

    def known(
        self, code: str, what: str, word: str, names: Iterable[str], otherwise: str, also: Iterable[str] = ()
    ) -> bool:
        """True where `word` is among `names` or `also`; else a problem, unless there is one with the word already."""
        listed, more = list(names), list(also)
        if word == UNKNOWN:
            return False
        if word not in listed and word not in more:
            self.note(code, f"unknown {what} '{word}'", did_you_mean(word, listed, otherwise, more))
            return False
        return True

    def type_known(self, name: str) -> bool:
        """True where the type is declared, cjo's own, or in a signal stands for another signal; else a problem."""
        signal = heard_signal(name)
        if signal is not None and self.path[:1] == ("signals",):
            return self.known("unknown-signal", "signal", signal, self.draft.declared_signals(), "defined signals:")
        if signal is not None:
            self.note("unknown-type", f"'{name}' is no touchpoint: only signals follow signals", _ENTERS)
            return False
        own = self.draft.tracking.model.types
        otherwise = "declared types are listed in tracking.yaml"
        return self.known("unknown-type", "touchpoint type", name, own, otherwise, SYSTEM_TYPES)

    def condition(self, text: str | None, scope: Scope) -> Cond | None:
        """The COND of a condition at this site; its complaints become problems, placed inside the text."""
        if text is None or text == UNKNOWN:
            return None
        cond, complaints = parse_condition(text, scope)
        for complaint in complaints:
            self.complain(complaint)
        return cond

    def complain(self, complaint: Complaint) -> None:
        """Add a complaint about the text at this site."""
        self.note(complaint.name, complaint.message, complaint.hint, complaint.offset)

    def scope_of(self, name: str) -> Scope:
        """What names mean for touchpoints of a type, or for the moments of a signal."""
        signal = heard_signal(name)
        if signal is None:
            return TouchpointScope(self.draft.tracking, name)
        known = self.draft.signals.get(signal)
        return HeardScope(signal, self.draft.moment_values[signal], known["per"]) if known else AnyScope()

    def matches(self, models: Sequence[Match]) -> list[tuple[dict[str, Any], Site, Match]]:
        """The MATCHes of the plan at this site, each with its own site and what it was made of."""
        found = []
        for index, model in enumerate(models):
            here = self.at(index)
            for position, name in enumerate(model.on):
                if here.at("on", position).type_known(name):
                    match = {"type": name, "where": here.at("where").condition(model.where, self.scope_of(name))}
                    found.append((match, here, model))
        return found

    def ref_for_types(self, text: str, types: Iterable[str]) -> Ref | None:
        """The REF of a field or attribute that touchpoints of all `types` have; None with a problem where not."""
        refs = []
        for name in dict.fromkeys(types):
            ref, complaint = parse_ref(text, self.scope_of(name))
            if complaint:
                self.complain(complaint)
                return None
            if ref is None:
                return None
            refs.append(list(ref))
        if any(ref != refs[0] for ref in refs):
            self.note("type-mismatch", f"'{text}' is of different types in {', '.join(types)}")
            return None
        return refs[0] if refs else None
