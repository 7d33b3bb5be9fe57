"""What an author writes for the kind `change`."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from cjo.spec.common import DAY_MS, Matches, PositiveDuration
from cjo.spec.patterns import Keyed

_MOST = 1_000_000


def _percent(value: Any) -> int:
    text = str(value)
    try:
        found = Decimal(text.removesuffix("%").strip()) * 100
    except ArithmeticError:
        found = Decimal(-1)
    if not text.endswith("%") or not found.is_finite() or found != int(found) or not 0 <= found <= _MOST:
        hint = "write it with its sign, from 0% to 10000%, in steps of 0.01%"
        raise PydanticCustomError("share", "'{got}' is no percentage like 50% or 12.5%", {"got": text, "hint": hint})
    return int(found)


_WRITTEN = Annotated[str, Field(pattern=r"^\s*[0-9]+(\.[0-9]{1,2})?\s*%$", examples=["50%", "200%"])]
Percent = Annotated[int, BeforeValidator(_percent, json_schema_input_type=_WRITTEN)]
"""Of 10,000, written in percent."""


class Change(Keyed):
    """A rate fell or rose against the same customer's (or key's) own before: fires on the crossing (rule S1)."""

    kind: Literal["change"] = Field(description="which pattern this is")
    on: Matches = Field(description="touchpoints that are looked at", min_length=1)
    of: str | None = Field(None, description="`sum(x)`: a value is summed up; by default touchpoints are counted")
    recent: PositiveDuration = Field(description="the window that ends now", examples=["7 days"])
    baseline: PositiveDuration = Field(description="the window just before it", examples=["28 days"])
    every: PositiveDuration = Field(
        DAY_MS, description="how often it is judged, 1 day by default: at multiples of it since 1970 (UTC)"
    )
    falls_to: Percent | None = Field(
        None, description="fires when the recent rate is at most so much of the baseline's"
    )
    rises_to: Percent | None = Field(None, description="fires when it is at least so much; one of both must be there")
    baseline_at_least: int | float = Field(
        1, description="so many touchpoints, or such a sum: a smaller baseline is none", gt=0, le=1_000_000_000
    )
    baseline_spans: PositiveDuration | None = Field(
        None,
        description="some of the baseline must be so long before its end; by default three quarters of it",
    )
    cooldown: PositiveDuration | None = Field(None, description="silence after firing, besides no longer being so")


MODEL = Change
