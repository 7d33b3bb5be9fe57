"""Wire model of policies.yaml: what holds for every send of a workspace, whatever journey it is of."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from cjo.spec.common import Duration, DurationOrCalendar, Name, Names, Strict, TimeOfDay
from cjo.spec.waits import DAYS

_SHARES = 10_000


class Cap(Strict):
    """At most so many messages to one customer in a window, over all journeys (rule D4)."""

    at_most: int = Field(ge=1, le=1000, description="messages to one customer in the window")
    per: DurationOrCalendar = Field(
        description="a length of time looks back from each send; `day`, `week` (from Monday) and `month` are those of "
        "the customer's calendar"
    )
    channels: Names | None = Field(None, description="only messages by these count and are held back; by default all")
    purposes: Names | None = Field(
        None, description="only messages for these count and are held back; by default all but `transactional`"
    )


def _days(value: Any) -> Any:
    words = [value] if isinstance(value, str) else value
    if not isinstance(words, list) or not words:
        raise PydanticCustomError("days", "expected a day such as monday, weekday or weekend, or a list of them", {})
    for word in words:
        if not isinstance(word, str) or word.lower() not in DAYS:
            raise PydanticCustomError(
                "days", "'{got}' is no day: {names}", {"got": str(word), "names": ", ".join(DAYS)}
            )
    return sorted({number for word in words for number in DAYS[word.lower()]})


Weekdays = Annotated[list[int], BeforeValidator(_days, json_schema_input_type=str | list[str])]


class Hours(Strict):
    """A time of the local day of the customer, from which messages are kept away or to which they are kept."""

    from_: TimeOfDay = Field(alias="from", description="local time at which it begins")
    to: TimeOfDay = Field(description="local time at which it ends; on the next day where that is not later")
    days: Weekdays | None = Field(
        None, description="days on which it begins: `monday` …, `weekday`, `weekend`, or a list; by default every day"
    )
    channels: Names | None = Field(None, description="only messages by these; by default all")
    purposes: Names | None = Field(None, description="only messages for these; by default all, transactional too")


class Group(Strict):
    """Journeys of which one at a time may send to a customer (rule D7)."""

    journeys: Names | None = Field(None, description="the journeys that compete; by default all of `purposes`")
    purposes: Names | None = Field(None, description="the purposes whose journeys compete; by default all")
    hold: Duration = Field(0, description="how long the first to send waits for others to compete with")
    spacing: Duration = Field(0, description="how long the group is silent after one of it has sent")


def _share(value: Any) -> Any:
    text = str(value).removesuffix("%").strip()
    try:
        found = Decimal(text) * 100
    except ArithmeticError:
        found = Decimal(-1)
    if isinstance(value, bool) or found != found.to_integral_value() or not 0 <= found <= _SHARES:
        hint = "write from 0.01% to 100%, in steps of 0.01%"
        raise PydanticCustomError("share", "'{got}' is no share like 5% or 0.25%", {"got": str(value), "hint": hint})
    return int(found)


_WRITTEN = Annotated[str | float, Field(json_schema_extra={"examples": ["5%", "0.25%"]})]
Share = Annotated[int, BeforeValidator(_share, json_schema_input_type=_WRITTEN)]
"""Of 10,000, written in percent."""


class HoldOut(Strict):
    """A part of the customers that is left untreated, to measure against (rule D8)."""

    share: Share = Field(description="how many of all customers, in percent: `10%`")
    journeys: Names | None = Field(None, description="only messages of these are held back; by default all")
    purposes: Names | None = Field(
        None, description="only messages for these are held back; by default all but `transactional`"
    )


class Recipients(Strict):
    """To whom a workspace in test sends. Nobody else gets anything."""

    customers: list[str] = Field(default_factory=list, description="customers by their id")
    addresses: list[str] = Field(
        default_factory=list, description="addresses, `*` for any text in them", examples=["*@example.org"]
    )

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if not self.customers and not self.addresses:
            raise PydanticCustomError("recipients", "expected a customer or an address: so nobody gets anything", {})
        return self


class Policies(Strict):
    """The file policies.yaml."""

    mode: Literal["live", "shadow"] = Field(
        "live", description="`shadow` decides and logs everything and sends nothing"
    )
    caps: dict[Name, Cap] = Field(default_factory=dict, description="limits of messages to one customer")
    quiet_hours: dict[Name, Hours] = Field(
        default_factory=dict, description="times in which nothing is sent; it is held until they end (rule T5)"
    )
    send_windows: dict[Name, Hours] = Field(
        default_factory=dict, description="times outside of which nothing is sent by the channels that they are about"
    )
    arbitration: dict[Name, Group] = Field(default_factory=dict, description="journeys of which one at a time may send")
    hold_outs: dict[Name, HoldOut] = Field(default_factory=dict, description="customers who are left untreated")
    preferred_channel: str | None = Field(
        None, description="profile attribute with the customer's channel, or channels with commas between, best first"
    )
    test_recipients: Recipients | None = Field(
        None, description="makes the workspace one in test, that sends to these alone"
    )
