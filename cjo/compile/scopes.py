"""What a name means in a place: a touchpoint's fields and attributes, or the moment and the profile."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from cjo.compile.tracking import FIELDS, TrackingPlan
from cjo.spec.problems import did_you_mean

#: source, name, type; the type is None where it can't be told because of a problem already noted
Ref = list[Any]

#: What every moment has besides its collected values.
MOMENT_OWN = {"at": "timestamp", "key": "string", "late_ms": "int"}


class UnknownName(Exception):  # noqa: N818 - it is caught and becomes a problem
    """A name that is not there; `hint` says which are."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


class Scope(Protocol):
    """Turns a dotted name into a REF of the plan, or raises UnknownName."""

    def resolve(self, parts: Sequence[str]) -> Ref: ...


class TouchpointScope:
    """Names in a condition on touchpoints of one type, or in a reference to touchpoints of several."""

    def __init__(self, tracking: TrackingPlan, type_name: str) -> None:
        self._type = type_name
        self._attributes = tracking.attributes_of(type_name)

    def resolve(self, parts: Sequence[str]) -> Ref:
        """`basket_id`, `topic` or `attributes.topic`; a field goes before an attribute of its name."""
        name = parts[-1]
        if len(parts) == 1 and name in FIELDS:
            return ["field", name, FIELDS[name]]
        if (len(parts) == 1 or (len(parts) == 2 and parts[0] == "attributes")) and name in self._attributes:
            return ["attr", name, self._attributes[name]]
        written = ".".join(parts)
        if parts[0] in ("moment", "profile") and len(parts) == 2:
            hint = "moment.* and profile.* are known where a journey enters and sends, not for touchpoints"
            raise UnknownName(f"'{written}' is not known here", hint)
        known = [*self._attributes, *FIELDS]
        listed = f"attributes of {self._type}: {', '.join(self._attributes) or 'none'}"
        raise UnknownName(
            f"unknown name '{written}' for {self._type}",
            did_you_mean(name, known, f"{listed}, and every touchpoint has fields"),
        )


class ProfileScope:
    """Names where only the profile is known: `profile.x`."""

    def __init__(self, profile: Mapping[str, str]) -> None:
        self._profile = profile

    def resolve(self, parts: Sequence[str]) -> Ref:
        """`profile.segment`."""
        written = ".".join(parts)
        if len(parts) == 2 and parts[0] == "profile" and parts[1] in self._profile:
            return ["profile", parts[1], self._profile[parts[1]]]
        if written in self._profile:
            raise UnknownName(f"unknown name '{written}'", f"did you mean 'profile.{written}'?")
        known = [f"profile.{name}" for name in self._profile]
        raise UnknownName(f"unknown name '{written}'", did_you_mean(written, known, "known here:"))


class MomentScope:
    """Names where a journey enters or decides: `moment.x` and `profile.x`; in a run also `run.x` and `outcome.step`."""

    def __init__(
        self,
        values: Mapping[str, str | None],
        profile: Mapping[str, str],
        variables: Mapping[str, str | None] | None = None,
        outcomes: Iterable[str] = (),
    ) -> None:
        self._names: dict[str, str | None] = {f"moment.{name}": kind for name, kind in values.items()}
        self._names |= {f"profile.{name}": kind for name, kind in profile.items()}
        self._names |= {f"run.{name}": kind for name, kind in (variables or {}).items()}
        self._names |= {f"outcome.{step}": "string" for step in outcomes}

    def resolve(self, parts: Sequence[str]) -> Ref:
        """`moment.total`, `profile.segment`, `run.attempts` or `outcome.remind`."""
        written = ".".join(parts)
        if written in self._names:
            return [parts[0], parts[1], self._names[written]]
        known = list(self._names)
        prefixed = next((name for name in known if name.endswith(f".{written}")), None)
        hint = f"did you mean '{prefixed}'?" if prefixed else did_you_mean(written, known, "known here:")
        raise UnknownName(f"unknown name '{written}'", hint)
