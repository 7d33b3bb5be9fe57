"""Wire model of policies.yaml: what holds for every send of a workspace, whatever journey it is of."""

from __future__ import annotations

from pydantic import Field

from cjo.spec.common import DurationOrCalendar, Name, Names, Strict


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


class Policies(Strict):
    """The file policies.yaml."""

    caps: dict[Name, Cap] = Field(default_factory=dict, description="limits of messages to one customer")
