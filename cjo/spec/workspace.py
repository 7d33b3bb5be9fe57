"""Wire model of workspace.yaml: what holds for every signal and journey of a folder."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from cjo.spec.common import Duration, DurationOrForEver, Name, PositiveDuration, Strict, Zone

DAY_MS = 86_400_000


class Channel(Strict):
    """A channel that actions go to."""

    address: str = Field(description="profile attribute with the address; `none` where the channel knows the customer")
    expires: PositiveDuration = Field(DAY_MS, description="an action not delivered by then is dropped")
    real_time: bool = Field(False, description="at least once and at once, instead of exactly once at the checkpoint")


class Limits(Strict):
    """Limits that keep one customer's state and one input's work bounded."""

    open_runs: int = Field(20, ge=1, le=1000, description="open runs a customer")
    events_per_key: int = Field(200, ge=1, le=10_000, description="events remembered a signal and key")
    steps_per_input: int = Field(100, ge=1, le=10_000, description="steps that one input may run through")
    run: PositiveDuration = Field(30 * DAY_MS, description="greatest duration of a run")


class Workspace(Strict):
    """The file workspace.yaml."""

    workspace: Name = Field(description="name of the workspace")
    time_zone: Zone = Field("UTC", description="where neither customer nor journey names one")
    locale: str = Field("en", min_length=2, description="where the customer has none, or a template lacks theirs")
    bound: Duration = Field(5000, description="declared out-of-orderness of the log")
    partitions: int = Field(4, ge=1, le=10_000, description="partitions of the log; fixed once it holds data")
    duplicate_horizon: PositiveDuration = Field(7 * DAY_MS, description="a repeated event_id within it counts once")
    late_horizon: PositiveDuration = Field(DAY_MS, description="how long a late touchpoint can change what was decided")
    retention: DurationOrForEver = Field("for ever", description="how long the log keeps touchpoints")
    purposes: list[Name] = Field(description="what customers can consent to", min_length=1)
    channels: Annotated[dict[Name, Channel], Field(min_length=1)] = Field(description="channels that actions go to")
    limits: Limits = Field(default_factory=lambda: Limits.model_validate({}), description="bounds of state and work")
