"""Sample values: what a message looks like for somebody, where nobody in particular is named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cjo.compile.draft import Site
from cjo.compile.flow import leading_to
from cjo.engine.messages import unsubscribe_link
from cjo.values import READERS

CUSTOMER = "c-sample-0001"
#: As it travels: profile and moments hold text, numbers of moments and lists excepted.
_SAMPLES: dict[str, Any] = {
    "int": 3,
    "decimal": "149.90",
    "bool": "true",
    "timestamp": 1_767_261_600_000,  # 2026-01-01T10:00:00Z
    "list": ["product 1", "product 2", "product 3"],
}
_NAMED = {
    "first_name": "Alexandra",
    "last_name": "Sample",
    "email": "alexandra@example.org",
    "phone": "+41790000000",
    "locale": "en",
    "time_zone": "Europe/Zurich",
    "birth_date": "1990-05-17",
}


@dataclass(frozen=True)
class Use:
    """A send step of the plan, its journey, and where it stands."""

    journey: dict[str, Any]
    step: dict[str, Any]
    site: Site

    def link(self, channel: str, customer: str = CUSTOMER) -> dict[str, str]:
        """The variable `unsubscribe` as the engine gives it to this step's messages."""
        setting = self.site.draft.plan["workspace"]["unsubscribe"]
        return unsubscribe_link(setting, customer, self.journey["purpose"], channel)


def sample(name: str, kind: str | None) -> Any:
    """A value of a type, as it travels; text is the name in words."""
    if kind in (None, "string"):
        return _NAMED.get(name, name.replace("_", " "))
    return _SAMPLES[str(kind)]


def sample_moment(types: Mapping[str, str | None]) -> dict[str, Any]:
    """What a moment carries, as templates see it."""
    return {name: sample(name, kind) for name, kind in types.items()}


def sample_profile(types: Mapping[str, str]) -> dict[str, Any]:
    """A customer's profile, as templates see it: every value is text."""
    return {name: str(sample(name, kind)) for name, kind in types.items()}


def variables(
    use: Use,
    channel: str,
    profile: Mapping[str, Any],
    moment: Mapping[str, Any],
    given: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What the engine would give the template; `given` values of `with` go before samples."""
    sources = {"profile": profile, "moment": moment, "run": _run(use)}
    made = {name: _value(name, ref, sources) for name, ref in use.step["with"].items()}
    return {**use.link(channel), **made, **(given or {}), **sources}


def _run(use: Use) -> dict[str, Any]:
    """The run's variables, None for those that no step on a way to this one sets, as live."""
    steps = use.journey["steps"]
    before = leading_to(steps, use.step["id"])
    updates = [step for step in steps if step["kind"] == "update"]
    known = {name for step in updates if step["id"] in before for name in step["set"]}
    types = {name: one["type"] for step in updates for name, one in step["set"].items()}
    return {name: sample(name, kind) if name in known else None for name, kind in types.items()}


def _value(name: str, ref: Any, sources: Mapping[str, Mapping[str, Any]]) -> Any:
    if not isinstance(ref, list | tuple) or len(ref) != 3 or ref[2] not in READERS:
        return sample(name, None)
    source, key, kind = ref
    if source in sources and key in sources[source]:
        value = sources[source][key]
        return None if value is None else READERS[kind](value)
    return Decimal(sample(key, kind)) if kind == "decimal" else READERS[kind](sample(key, kind))
