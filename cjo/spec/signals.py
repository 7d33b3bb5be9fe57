"""Wire models of a `signals:` document: patterns over touchpoints."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from cjo.spec.common import Days, Match, Matches, Name, Names, PositiveDuration, Strict, Time, TimeOfDay


class Listed(Strict):
    """Collects one value of every event, oldest first."""

    each: str = Field(description="field or attribute to collect")
    max: int = Field(20, ge=1, le=1000, description="at most so many, the newest")


class Each(Listed):
    """Collects one value of every event, oldest first, without those taken out again."""

    minus: Matches = Field(default_factory=list, description="touchpoints that take the value out again")


Collect = dict[Name, str | Each]
_COLLECT = "values for the moment: `sum(x)`, `count()`, `{each: x}`, or `x` for the newest"


class _Published(Strict):
    revision: int = Field(1, ge=1, description="the highest revision wins")
    effective_at: Time | None = Field(None, description="log time from which it holds; by default always")


class _Signal(_Published):
    per: str | None = Field(None, description="business key: a field or attribute, or `customer` (the default)")


class Absence(_Signal):
    """After `start`, unless one of `unless`, within a time: fires at the deadline (rule S2)."""

    kind: Literal["absence"]
    start: Matches = Field(description="touchpoints that start the clock", min_length=1)
    unless: Matches = Field(description="touchpoints that stop it", min_length=1)
    within: PositiveDuration = Field(description="how long to wait for them", examples=["30 minutes"])
    on_repeat: Literal["restart", "keep"] = Field("restart", description="a repeated start restarts the clock, or not")
    collect: Collect = Field(default_factory=dict, description=_COLLECT)


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


class Count(_Signal):
    """So many touchpoints, or different values, within a window: fires at the crossing (rule S1)."""

    kind: Literal["count"]
    on: Names = Field(description="touchpoint type, or a list of them")
    where: str | None = Field(None, description="SQL condition over the touchpoint's fields and attributes")
    at_least: int = Field(description="fires when so many are reached", ge=1, le=1_000_000, examples=[3])
    distinct: str | None = Field(None, description="field or attribute: its different values are counted")
    window: PositiveDuration = Field(description="how far back touchpoints count", examples=["1 hour"])
    cooldown: PositiveDuration | None = Field(None, description="silence after firing, besides falling below")
    settle: bool = Field(False, description="wait for the declared out-of-orderness before firing (rule S3)")
    collect: dict[Name, str | Listed] = Field(default_factory=dict, description=_COLLECT)


class Profile(_Published):
    """A condition over the profile turns true: fires at the profile update that makes it so (rule S1)."""

    kind: Literal["profile"]
    when: str = Field(description="SQL condition over profile.*", examples=["profile.segment = 'gold'"])
    first: Literal["ignored", "counts"] = Field(
        "ignored", description="whether a customer's first profile update may fire: it changes nothing, it begins"
    )
    collect: list[str] = Field(default_factory=list, description="profile attributes for the moment, by name")


class Date(_Published):
    """A date in the profile comes, once or every year: fires at a local time of day (rule T5)."""

    kind: Literal["date"]
    date: str = Field(description="profile attribute with the date", examples=["profile.birth_date"])
    every: Literal["year"] | None = Field(None, description="`year`: comes round each year; by default once")
    before: Days = Field(0, description="so many days ahead of the date", examples=["7 days"])
    at: TimeOfDay = Field("09:00", description="local time of day, in the customer's time zone")
    collect: list[str] = Field(default_factory=list, description="profile attributes for the moment, by name")


Signal = Annotated[Absence | Score | Count | Event | Profile | Date, Field(discriminator="kind")]


class SignalsDocument(Strict):
    """A document that defines signals."""

    signals: dict[Name, Signal] = Field(description="signals by name", min_length=1)
