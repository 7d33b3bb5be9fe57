"""What an author writes for the kind `inactivity`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from cjo.spec.common import Matches, Name, PositiveDuration, Strict
from cjo.spec.patterns import COLLECT, Keyed, Listed


class Active(Strict):
    """How active somebody was before they fell silent."""

    at_least: int = Field(1, description="so many touchpoints", ge=1, le=1_000)
    within: PositiveDuration = Field(
        description="in a window of this length, which ends at the last of them", examples=["30 days"]
    )


class Inactivity(Keyed):
    """Active before, then silent: fires so long after the last touchpoint, once until there is another."""

    kind: Literal["inactivity"] = Field(description="which pattern this is")
    on: Matches = Field(description="touchpoints that are activity", min_length=1)
    active: Active | None = Field(
        None, description="how active before the silence; without it, one touchpoint is enough, and `collect` sees that"
    )
    silent: PositiveDuration = Field(description="how long nothing came after the last one", examples=["14 days"])
    collect: dict[Name, str | Listed] = Field(default_factory=dict, description=COLLECT)


MODEL = Inactivity
