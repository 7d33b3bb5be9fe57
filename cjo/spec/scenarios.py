"""Wire models of a `scenario:` document: what happens to a customer, and what must come of it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, InstanceOf, Tag
from pydantic_core import PydanticCustomError

from cjo.spec.common import Name, PositiveDuration, Strict, Word
from cjo.spec.whens import EXAMPLES, When, parse_when

GIVEN = ("touchpoint", "quiet_until")
START = "2026-01-05 09:00"
EXPECTED = ("moment", "send", "refused", "cancel", "goal", "ends")


def _when(value: Any) -> When:
    if isinstance(value, When):
        return value
    if not isinstance(value, str):
        raise PydanticCustomError("time", "'{got}' is not a point in time, like `0 min`", {"got": str(value)})
    try:
        return parse_when(value)
    except ValueError as error:
        raise PydanticCustomError("time", "{said}", {"said": str(error)}) from None


def _one_or_many(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


def _plain(value: Any) -> Any:
    if not isinstance(value, str | int | float | bool):
        raise PydanticCustomError("plain", "Input should be text, a number, true or false", {})
    return value


def _plain_or_list(value: Any) -> Any:
    return [_plain(item) for item in value] if isinstance(value, list) else _plain(value)


_SHOWN = {"type": "string", "examples": list(EXAMPLES)}
At = Annotated[
    InstanceOf[When], BeforeValidator(_when, json_schema_input_type=Annotated[str, Field(json_schema_extra=_SHOWN)])
]
_SCALAR = str | int | float | bool
Plain = Annotated[Any, BeforeValidator(_plain, json_schema_input_type=_SCALAR)]
Texts = Annotated[list[str], BeforeValidator(_one_or_many, json_schema_input_type=str | list[str])]
Values = dict[Word, Annotated[Any, BeforeValidator(_plain_or_list, json_schema_input_type=_SCALAR | list[_SCALAR])]]


class Customer(Strict):
    """What is known of a customer before the scenario begins."""

    profile: dict[Word, Plain] = Field(default_factory=dict, description="profile attributes, such as email")
    consent: Texts = Field(default_factory=list, description="purposes: `marketing`, or `marketing by email`")
    suppressed: bool = Field(False, description="not to be contacted at all")
    arms: dict[str, str] = Field(
        default_factory=dict,
        description="arm by experiment (`STEP`, or `JOURNEY/STEP` of another journey); others are drawn",
        examples=[{"gift": "ten"}],
    )
    held_out: Texts = Field(default_factory=list, description="hold-outs that hold them back; by default none")


class Happens(Strict):
    """A touchpoint of a customer."""

    touchpoint: str = Field(description="touchpoint type", examples=["product_added"])
    at: At | None = Field(None, description="when it happens; by default at the time of the line before")
    with_: dict[Word, Plain] = Field(
        default_factory=dict, alias="with", description="its fields and attributes by name"
    )
    channel: str | None = Field(None, description="by default the first one of its type in tracking.yaml")
    customer: str | None = Field(None, description="which of `customers`; not needed with one")
    arrives: At | None = Field(None, description="when the log learns of it; by default as it happens")
    event_id: str | None = Field(None, min_length=1, description="the same for two lines: one touchpoint, told twice")


class Quiet(Strict):
    """Time passes, and nobody does anything."""

    quiet_until: At = Field(description="until when", examples=["2 days"])


def _sole(kinds: tuple[str, ...], what: str) -> Discriminator:
    def kind(body: Any) -> str | None:
        found = [kind for kind in kinds if isinstance(body, dict) and kind in body]
        return f"step:{found[0]}" if len(found) == 1 else None

    said = f"{what} says exactly one of {', '.join(kinds)}"
    return Discriminator(kind, custom_error_type="scenario_line", custom_error_message=said)


Given = Annotated[
    Annotated[Happens, Tag("step:touchpoint")] | Annotated[Quiet, Tag("step:quiet_until")],
    _sole(GIVEN, "a line of `given`"),
]

_AT = Field(None, description="when; by default at any time")
_WITHIN = Field(None, description="it may come so much later than `at`")
_CUSTOMER = Field(None, description="which of `customers`; by default any")
_JOURNEY = Field(None, description="by default the scenario's journey")
_STEP = Field(None, description="id of the step; by default any")


class Moment(Strict):
    """A signal fires."""

    moment: str = Field(description="name of the signal")
    at: At | None = _AT
    within: PositiveDuration | None = _WITHIN
    customer: str | None = _CUSTOMER
    key: str | None = Field(None, description="its business key, such as the basket")
    with_: Values = Field(default_factory=dict, alias="with", description="values that it carries")


class Send(Strict):
    """A message is requested."""

    send: str = Field(description="channel, or name of an emit")
    step: str | None = _STEP
    at: At | None = _AT
    within: PositiveDuration | None = _WITHIN
    customer: str | None = _CUSTOMER
    journey: str | None = _JOURNEY
    says: Texts = Field(default_factory=list, description="texts that must be found in the message")
    with_: Values = Field(default_factory=dict, alias="with", description="variables that it carries")


class Refused(Strict):
    """Nobody is entered, or nothing is sent: and why."""

    refused: str = Field(description="reason code (docs/reference/reasons.md)", examples=["no_consent"])
    step: str | None = _STEP
    at: At | None = _AT
    within: PositiveDuration | None = _WITHIN
    customer: str | None = _CUSTOMER
    journey: str | None = _JOURNEY


class Cancel(Strict):
    """A message that has been requested is taken back."""

    cancel: str = Field(description="channel")
    step: str | None = _STEP
    at: At | None = _AT
    within: PositiveDuration | None = _WITHIN
    customer: str | None = _CUSTOMER
    journey: str | None = _JOURNEY


class Goal(Strict):
    """The goal of a journey is reached."""

    goal: str = Field(description="name of the goal")
    at: At | None = _AT
    within: PositiveDuration | None = _WITHIN
    customer: str | None = _CUSTOMER
    journey: str | None = _JOURNEY


class Ends(Strict):
    """A run ends."""

    ends: str = Field(description="reason code, or the words of an exit step", examples=["exit_event"])
    step: str | None = _STEP
    at: At | None = _AT
    within: PositiveDuration | None = _WITHIN
    customer: str | None = _CUSTOMER
    journey: str | None = _JOURNEY


Expected = Annotated[
    Annotated[Moment, Tag("step:moment")]
    | Annotated[Send, Tag("step:send")]
    | Annotated[Refused, Tag("step:refused")]
    | Annotated[Cancel, Tag("step:cancel")]
    | Annotated[Goal, Tag("step:goal")]
    | Annotated[Ends, Tag("step:ends")],
    _sole(EXPECTED, "a line of `expect`"),
]


def _calendar(value: When) -> When:
    if value.on is None and value.at_ms is None:
        raise PydanticCustomError("time", "expected a date and a time, like `2026-01-05 09:00`", {})
    return value


def _from_start(value: When) -> When:
    if value.after_ms is not None:
        raise PydanticCustomError("time", "there is no line before it that `+` could count from", {})
    return value


def _nothing(value: Any) -> Any:
    return [] if value == "nothing" else value


FromStart = Annotated[At, AfterValidator(_from_start)]


class Scenario(Strict):
    """A document that tells a story of one or more customers and what must come of it."""

    scenario: str = Field(description="what is shown, in a sentence", min_length=1)
    journey: Name | None = Field(None, description="by default the journey of the folder that holds `scenarios`")
    start: Annotated[At, AfterValidator(_calendar)] = Field(
        default_factory=lambda: parse_when(START), description=f"time 0; by default {START}, a Monday, local time"
    )
    customer: Customer | None = Field(None, description="the only customer of the scenario")
    customers: dict[Name, Customer] = Field(default_factory=dict, description="several customers by name")
    live_from: FromStart | None = Field(
        None, description="when the journeys go live (rule R9); by default before everything"
    )
    given: list[Given] = Field(description="what happens, in the order in which the log learns of it", min_length=1)
    expect: Annotated[
        list[Expected], BeforeValidator(_nothing, json_schema_input_type=Literal["nothing"] | list[Expected])
    ] = Field(description="what must come of it, or `nothing`")
    only: list[Literal["moment", "send", "refused", "cancel", "goal", "ends"]] = Field(
        ["send", "cancel"], description="what of these is not expected must not come"
    )
    until: FromStart | None = Field(
        None, description="when to stop looking; by default when nothing can follow any more"
    )
