"""What an author writes for the kind `count`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from cjo.spec.common import Name, Names, PositiveDuration
from cjo.spec.patterns import COLLECT, Keyed, Listed


class Count(Keyed):
    """So many touchpoints, or different values, within a window: fires at the crossing (rule S1)."""

    kind: Literal["count"] = Field(description="which pattern this is")
    on: Names = Field(description="touchpoint type, or a list of them")
    where: str | None = Field(None, description="SQL condition over the touchpoint's fields and attributes")
    at_least: int = Field(description="fires when so many are reached", ge=1, le=1_000_000, examples=[3])
    distinct: str | None = Field(None, description="field or attribute: its different values are counted")
    window: PositiveDuration = Field(description="how far back touchpoints count", examples=["1 hour"])
    cooldown: PositiveDuration | None = Field(None, description="silence after firing, besides falling below")
    settle: bool = Field(False, description="wait for the declared out-of-orderness before firing (rule S3)")
    collect: dict[Name, str | Listed] = Field(default_factory=dict, description=COLLECT)


MODEL = Count
