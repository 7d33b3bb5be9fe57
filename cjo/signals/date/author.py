"""What an author writes for the kind `date`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from cjo.spec.common import Days, TimeOfDay
from cjo.spec.patterns import Published


class Date(Published):
    """A date in the profile comes, once or every year: fires at a local time of day (rule T5)."""

    kind: Literal["date"] = Field(description="which pattern this is")
    date: str = Field(description="profile attribute with the date", examples=["profile.birth_date"])
    every: Literal["year"] | None = Field(None, description="`year`: comes round each year; by default once")
    before: Days = Field(0, description="so many days ahead of the date", examples=["7 days"])
    at: TimeOfDay = Field("09:00", description="local time of day, in the customer's time zone")
    collect: list[str] = Field(default_factory=list, description="profile attributes for the moment, by name")


MODEL = Date
