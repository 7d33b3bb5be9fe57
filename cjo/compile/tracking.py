"""The tracking plan, ready to ask: which types there are, what they carry, and whether a touchpoint fits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cjo.engine.subjects import kind_named
from cjo.spec.folder import read_tracking
from cjo.spec.problems import Problems, did_you_mean, nearest
from cjo.spec.tracking import Tracking
from cjo.values import READERS

#: Fields of the touchpoint contract that conditions and references may name, with their types.
FIELDS: dict[str, str] = {
    "customer_id": "string",
    "device_id": "string",
    "channel": "string",
    "type": "string",
    "session_id": "string",
    "product_id": "string",
    "basket_id": "string",
    "order_id": "string",
    "amount": "decimal",
    "currency": "string",
    "text": "string",
}

_ACTION = {"action_id": "string", "journey": "string", "step": "string"}

#: Types that cjo itself understands: profile, consent, suppression, feedback, identity. They always reach the engine.
SYSTEM_TYPES: dict[str, dict[str, str]] = {
    "profile_updated": {},  # any attribute of the profile
    "consent_given": {"purpose": "string", "channel": "string"},
    "consent_withdrawn": {"purpose": "string", "channel": "string"},
    "customer_suppressed": {"reason": "string"},
    "customer_unsuppressed": {"reason": "string"},
    "action_delivered": _ACTION,
    "action_failed": {**_ACTION, "reason": "string"},
    "action_opened": _ACTION,
    "action_clicked": {**_ACTION, "url": "string"},
    "identity_linked": {"customer_id": "string", "device_id": "string"},
    "moment_reached": {
        "signal": "string",
        "signal_version": "string",
        "moment_id": "string",
        "subject": "string",
        "key": "string",
        "who": "string",
        "late_ms": "int",
        "values": "string",
        "void": "bool",
    },
}
HEARTBEAT = "heartbeat"
_SYSTEM_REQUIRES = {
    "consent_given": "purpose",
    "consent_withdrawn": "purpose",
    "action_delivered": "action_id",
    "action_failed": "action_id",
    "action_opened": "action_id",
    "action_clicked": "action_id",
    "moment_reached": "moment_id",
}
_OTHERWISE = "declared types are listed in tracking.yaml"


def attribute_text(value: Any) -> str:
    """An attribute as the text that travels: numbers as written, `true` or `false`, text as it is."""
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


@dataclass(frozen=True)
class TrackingPlan:
    """Touchpoint types with their channels and typed attributes, and the profile's attributes."""

    model: Tracking

    @property
    def profile(self) -> dict[str, str]:
        """Declared profile attributes with their types."""
        return dict(self.model.profile)

    def attributes_of(self, name: str) -> dict[str, str]:
        """Declared attributes of a type with their types; empty for an unknown one."""
        if name in self.model.types:
            return dict(self.model.types[name].attributes)
        return self.profile if name == "profile_updated" else dict(SYSTEM_TYPES.get(name, {}))

    def check(self, touchpoint: Mapping[str, Any]) -> list[str]:
        """What is wrong with a touchpoint by the tracking plan, in sentences; empty where nothing is.

        Attributes may be text or the JSON values that `attribute_text` turns into text.
        """
        name = touchpoint.get("type")
        if name == HEARTBEAT:
            return []
        if not isinstance(name, str) or (name not in self.model.types and name not in SYSTEM_TYPES):
            hint = did_you_mean(str(name), self.model.types, _OTHERWISE, SYSTEM_TYPES)
            return [f"unknown touchpoint type {name!r}; {hint}"]
        problems = [*self._check_channel(name, touchpoint.get("channel")), *self._check_required(name, touchpoint)]
        kind = kind_named(touchpoint.get("customer_id") or "-")
        if kind in self.model.subjects:
            problems.append(f"customer_id {touchpoint['customer_id']!r} is the key of a subject, of the kind {kind}")
        attributes = touchpoint.get("attributes") or {}
        if not isinstance(attributes, Mapping):
            return [*problems, f"attributes: expected an object of names and values, got {attributes!r}"]
        return [*problems, *self._check_attributes(name, attributes)]

    def _check_channel(self, name: str, channel: Any) -> list[str]:
        if channel not in self.model.channels:
            hint = did_you_mean(str(channel), self.model.channels, "declared channels are listed in tracking.yaml")
            return [f"unknown channel {channel!r}; {hint}"]
        allowed = self.model.types[name].channels if name in self.model.types else None
        if allowed is None or channel in allowed:
            return []
        return [f"{name} does not happen in channel '{channel}', only in: {', '.join(allowed)}"]

    def _check_required(self, name: str, touchpoint: Mapping[str, Any]) -> list[str]:
        declared = self.model.types.get(name)
        missing = [f for f in (declared.requires if declared else []) if touchpoint.get(f) in (None, "")]
        attribute = _SYSTEM_REQUIRES.get(name)
        found = [f"{name} needs '{field}'" for field in missing]
        if attribute and not (touchpoint.get("attributes") or {}).get(attribute):
            found.append(f"{name} needs the attribute '{attribute}'")
        return found

    def _check_attributes(self, name: str, attributes: Mapping[str, Any]) -> list[str]:
        declared = self.attributes_of(name)
        problems = []
        for attribute, value in attributes.items():
            if attribute not in declared:
                near = nearest(attribute, declared)
                hint = f"did you mean '{near}'?" if near else f"it has: {', '.join(declared) or 'none'}"
                problems.append(f"{name} has no attribute '{attribute}'; {hint}")
            elif value is None or READERS[declared[attribute]](attribute_text(value)) is None:
                problems.append(f"attribute {attribute}: expected {declared[attribute]}, got {value!r}")
        return problems


def load(folder: Path) -> TrackingPlan:
    """The tracking plan of a workspace folder. Raises SpecErrors where it is absent or wrong."""
    problems = Problems()
    document = read_tracking(folder, problems)
    problems.raise_if_any(str(folder))
    if document is None or document.model is None:
        raise ValueError(f"{folder}: no tracking plan")
    return TrackingPlan(document.model)
