"""Wire models of a `signals:` document: patterns over touchpoints."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from cjo.spec.common import Match, Matches, Name, Names, PositiveDuration, Strict, Time


class Each(Strict):
    """Collects one value of every event, oldest first."""

    each: str = Field(description="field or attribute to collect")
    minus: Matches = Field(default_factory=list, description="touchpoints that take the value out again")
    max: int = Field(20, ge=1, le=1000, description="at most so many, the newest")


Collect = dict[Name, str | Each]


class _Signal(Strict):
    revision: int = Field(1, ge=1, description="the highest revision wins")
    effective_at: Time | None = Field(None, description="log time from which it holds; by default always")
    per: str | None = Field(None, description="business key: a field or attribute, or `customer` (the default)")


class Absence(_Signal):
    """After `start`, unless one of `unless`, within a time: fires at the deadline (rule S2)."""

    kind: Literal["absence"]
    start: Matches = Field(description="touchpoints that start the clock", min_length=1)
    unless: Matches = Field(description="touchpoints that stop it", min_length=1)
    within: PositiveDuration = Field(description="how long to wait for them", examples=["30 minutes"])
    on_repeat: Literal["restart", "keep"] = Field("restart", description="a repeated start restarts the clock, or not")
    collect: Collect = Field(
        default_factory=dict, description="values for the moment: `sum(x)`, `count()`, or {each: x}"
    )


class Points(Match):
    """Points for a touchpoint."""

    add: int = Field(description="points, may be negative", ge=-1_000_000, le=1_000_000, examples=[1])


class Score(_Signal):
    """Points within a window reach a threshold: fires at the crossing (rule S1)."""

    kind: Literal["score"]
    points: list[Points] = Field(description="which touchpoints count how much", min_length=1)
    at_least: int = Field(description="fires when the sum reaches it", ge=1, examples=[10])
    window: PositiveDuration = Field(description="how far back points count", examples=["7 days"])
    cooldown: PositiveDuration | None = Field(None, description="silence after firing, besides falling below")
    settle: bool = Field(False, description="wait for the declared out-of-orderness before firing (rule S3)")


class Event(_Signal):
    """Fires on each matching touchpoint."""

    kind: Literal["event"]
    on: Names = Field(description="touchpoint type, or a list of them")
    where: str | None = Field(None, description="SQL condition over the touchpoint's fields and attributes")
    settle: bool = Field(False, description="wait for the declared out-of-orderness before firing (rule S3)")
    collect: dict[Name, str] = Field(default_factory=dict, description="values for the moment: fields or attributes")


Signal = Annotated[Absence | Score | Event, Field(discriminator="kind")]


class SignalsDocument(Strict):
    """A document that defines signals."""

    signals: dict[Name, Signal] = Field(description="signals by name", min_length=1)
