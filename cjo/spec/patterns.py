"""What the models of all kinds of signal share (cjo/signals)."""

from __future__ import annotations

from pydantic import Field

from cjo.spec.common import Matches, Name, Strict


class Listed(Strict):
    """Collects one value of every event, oldest first."""

    each: str = Field(description="field or attribute to collect")
    max: int = Field(20, ge=1, le=1000, description="at most so many, the newest")


class Each(Listed):
    """Collects one value of every event, oldest first, without those taken out again."""

    minus: Matches = Field(default_factory=list, description="touchpoints that take the value out again")


Collect = dict[Name, str | Each]
COLLECT = "values for the moment: `sum(x)`, `count()`, `{each: x}`, or `x` for the newest"


class Published(Strict):
    """What every signal has."""

    revision: int = Field(1, ge=1, description="the highest revision wins")
    subject: str = Field("customer", description="whose touchpoints it looks at: a kind of subject of tracking.yaml")


class Keyed(Published):
    """What signals over touchpoints have."""

    per: str | None = Field(None, description="business key: a field or attribute, or `customer` (the default)")
