"""Wire model of workspace.yaml: what holds for every signal and journey of a folder."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from cjo.spec.common import Duration, DurationOrForEver, Locale, Name, PositiveDuration, Strict, Word, Zone
from cjo.topics import ACTIONS_PREFIX

DAY_MS = 86_400_000
#: The purpose that needs no consent (rule D6).
TRANSACTIONAL = "transactional"
EMAIL = "email"


class Channel(Strict):
    """A channel that actions go to."""

    address: str = Field(description="profile attribute with the address; `none` where the channel knows the customer")
    expires: PositiveDuration = Field(DAY_MS, description="an action not delivered by then is dropped")
    real_time: bool = Field(False, description="at least once and at once, instead of exactly once at the checkpoint")
    segments: int | None = Field(None, ge=1, le=255, description="an SMS: greatest number of segments a message")
    lengths: dict[Word, Annotated[int, Field(ge=1)]] = Field(
        default_factory=dict, description="greatest number of characters of a part, such as {title: 50, body: 180}"
    )
    unsubscribe: Literal["required", "offered", "none"] | None = Field(
        None, description="must its messages show the link, may they, or is there none; by default required for `email`"
    )

    def shows(self, name: str) -> str:
        """`required`, `offered` or `none`: how messages of the channel, called `name`, stand to the link."""
        return self.unsubscribe or ("required" if name == EMAIL else "none")


def _link(value: str) -> str:
    if not value.startswith(("https://", "http://", "mailto:")) or "{customer}" not in value:
        raise PydanticCustomError("link", "expected an address with {{customer}} in it, got '{got}'", {"got": value})
    return value


class Unsubscribe(Strict):
    """Where customers withdraw their consent: the variable `unsubscribe` of templates."""

    link: Annotated[str, AfterValidator(_link)] = Field(
        description="address with {customer}, and where wanted {purpose} and {channel}",
        examples=["'https://example.org/unsubscribe?customer={customer}&purpose={purpose}'"],
    )
    purposes: list[Name] = Field(
        default_factory=lambda: ["marketing"], description="purposes whose messages must show the link"
    )


class Emit(Strict):
    """A kind of action that journeys emit as it is: for systems of one's own."""

    topic: str | None = Field(None, description="topic that it goes to; by default `actions.` and its name")
    expires: PositiveDuration = Field(DAY_MS, description="not carried out after it")


class Limits(Strict):
    """Limits that keep one customer's state and one input's work bounded."""

    open_runs: int = Field(20, ge=1, le=1000, description="open runs a customer")
    events_per_key: int = Field(200, ge=1, le=10_000, description="events remembered a signal and key")
    touchpoints_per_day: int = Field(
        10_000, ge=1_000, description="touchpoints of one customer on a day, beyond which operators are told of them"
    )
    steps_per_input: int = Field(100, ge=1, le=10_000, description="steps that one input may run through")
    run: PositiveDuration = Field(30 * DAY_MS, description="greatest duration of a run")


class Workspace(Strict):
    """The file workspace.yaml."""

    workspace: Name = Field(description="name of the workspace")
    time_zone: Zone = Field("UTC", description="where neither customer nor journey names one")
    locale: Locale = Field("en", description="where the customer has none, or a template lacks theirs")
    bound: Duration = Field(5000, description="declared out-of-orderness of the log")
    partitions: int = Field(4, ge=1, le=10_000, description="partitions of the log; fixed once it holds data")
    duplicate_horizon: PositiveDuration = Field(7 * DAY_MS, description="a repeated event_id within it counts once")
    late_horizon: PositiveDuration = Field(DAY_MS, description="how long a late touchpoint can change what was decided")
    retention: DurationOrForEver = Field("for ever", description="how long the log keeps touchpoints")
    purposes: list[Name] = Field(description="what customers can consent to", min_length=1)
    channels: Annotated[dict[Name, Channel], Field(min_length=1)] = Field(description="channels that actions go to")
    unsubscribe: Unsubscribe | None = Field(None, description="the link that messages end with")
    emits: dict[Name, Emit] = Field(default_factory=dict, description="actions that journeys emit as they are")
    limits: Limits = Field(default_factory=lambda: Limits.model_validate({}), description="bounds of state and work")

    def topic_of(self, name: str) -> str:
        """The topic that the actions of a channel or an emit go to."""
        emit = self.emits.get(name)
        return (emit.topic if emit else None) or f"{ACTIONS_PREFIX}{name}"
