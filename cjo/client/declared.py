"""Touchpoints against all that a workspace declares: its tracking plan, and what consents and profiles may say."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from cjo.compile import tracking
from cjo.compile.tracking import TrackingPlan
from cjo.engine.localtime import is_zone
from cjo.engine.people import ANY
from cjo.engine.zones import ATTRIBUTE
from cjo.spec.folder import read_alone
from cjo.spec.problems import Problems, did_you_mean, nearest
from cjo.spec.workspace import Workspace

_WITHDRAWN = "consent_withdrawn"
_CONSENTS = ("consent_given", _WITHDRAWN)
_SEVERAL = re.compile(r"[\s,;|/+]").search
_PARTED = "several are parted by `;` in a CRM file, and are a touchpoint each in any other"


@dataclass(frozen=True)
class Declared(TrackingPlan):
    """A tracking plan that knows its workspace.

    In the log, a consent for a purpose that nobody has declared, or a zone that is none, has no effect and stops
    nothing: so it is told before it gets there.
    """

    workspace: Workspace

    def check(self, touchpoint: Mapping[str, Any]) -> list[str]:
        """What is wrong with a touchpoint, in sentences; empty where nothing is."""
        problems = super().check(touchpoint)
        attributes = touchpoint.get("attributes")
        if not isinstance(attributes, Mapping):
            return problems
        if touchpoint.get("type") in _CONSENTS:
            return [*problems, *self._check_consent(str(touchpoint["type"]), attributes)]
        if touchpoint.get("type") == "profile_updated" and ATTRIBUTE in self.profile:
            return [*problems, *_check_zone(attributes.get(ATTRIBUTE))]
        return problems

    def _check_consent(self, name: str, attributes: Mapping[str, Any]) -> Iterator[str]:
        declared = {"purpose": self.workspace.purposes, "channel": self.workspace.channels}
        for attribute, names in declared.items():
            value = attributes.get(attribute)
            if value and value not in names and not (value == ANY and name == _WITHDRAWN):
                yield f"{name}: {_unknown(attribute, str(value), names)}"


def load(folder: Path) -> Declared:
    """What a workspace folder declares. Raises SpecErrors where workspace.yaml or tracking.yaml is absent or wrong."""
    plan, problems = tracking.load(folder), Problems()
    document = read_alone(folder / "workspace.yaml", Workspace, "workspace", problems)
    problems.raise_if_any(str(folder))
    if document is None or document.model is None:
        raise ValueError(f"{folder}: no workspace.yaml")
    return Declared(plan.model, document.model)


def _unknown(what: str, value: str, names: Collection[str]) -> str:
    said = f"unknown {what} {value!r}; {did_you_mean(value, names, 'workspace.yaml declares:')}"
    return f"{said}; {_PARTED}" if _SEVERAL(value) else said


def _check_zone(value: Any) -> Iterator[str]:
    if value and not is_zone(str(value)):
        near = nearest(str(value), _zones())
        hint = f"did you mean '{near}'?" if near else "write an IANA name, such as Europe/Zurich"
        yield f"attribute {ATTRIBUTE}: {value!r} is no time zone; {hint}"


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
