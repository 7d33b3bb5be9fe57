"""What an author writes for the kind `score`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from cjo.spec.common import Match, PositiveDuration, Strict
from cjo.spec.patterns import Keyed

HALF_LIVES_MAX = 20
"""A point that is older counts less than a millionth of a fresh one."""


class Points(Match):
    """Points for a touchpoint."""

    add: int = Field(description="points, may be negative", ge=-1_000_000, le=1_000_000, examples=[1])


class Decay(Strict):
    """How points count less with age."""

    half_life: PositiveDuration = Field(
        description="a point counts half after this time, a quarter after twice the time, and so on",
        examples=["3 days"],
    )


class Score(Keyed):
    """Points within a window reach a threshold: fires at the crossing (rule S1)."""

    kind: Literal["score"] = Field(description="which pattern this is")
    points: list[Points] = Field(description="which touchpoints count how much", min_length=1)
    at_least: int = Field(description="fires when the sum reaches it", ge=1, le=1_000_000_000, examples=[10])
    window: PositiveDuration = Field(description="how far back points count", examples=["7 days"])
    decay: Decay | None = Field(None, description="points count less with age; then none is negative")
    cooldown: PositiveDuration | None = Field(None, description="silence after firing, besides falling below")
    settle: bool = Field(False, description="wait for the declared out-of-orderness before firing (rule S3)")


MODEL = Score
