"""What an author writes for the kind `absence`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from cjo.spec.common import Matches, PositiveDuration
from cjo.spec.patterns import COLLECT, Collect, Keyed


class Absence(Keyed):
    """After `start`, unless one of `unless`, within a time: fires at the deadline (rule S2)."""

    kind: Literal["absence"] = Field(description="which pattern this is")
    start: Matches = Field(description="touchpoints that start the clock", min_length=1)
    unless: Matches = Field(description="touchpoints that stop it", min_length=1)
    within: PositiveDuration = Field(description="how long to wait for them", examples=["30 minutes"])
    on_repeat: Literal["restart", "keep"] = Field("restart", description="a repeated start restarts the clock, or not")
    collect: Collect = Field(default_factory=dict, description=COLLECT)


MODEL = Absence
