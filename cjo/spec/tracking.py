"""Wire model of tracking.yaml: the tracking plan. Every touchpoint type, its channels and its typed attributes."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from cjo.spec.common import DAY_MS, Name, PositiveDuration, Strict, Word

AttributeType = Literal["string", "int", "decimal", "bool", "timestamp"]
FieldName = Literal[
    "customer_id", "device_id", "session_id", "product_id", "basket_id", "order_id", "amount", "currency", "text"
]


class TouchpointType(Strict):
    """One touchpoint type."""

    channels: list[Name] | None = Field(None, description="channels where it may happen; by default every declared one")
    requires: list[FieldName] = Field(default_factory=list, description="fields that every such touchpoint has")
    attributes: dict[Word, AttributeType] = Field(default_factory=dict, description="its typed attributes")


class SubjectKind(Strict):
    """A kind of subject beyond the customer: something that several customers share."""

    key: str = Field(description="field or attribute that names the subject", examples=["account_id"])
    contact: str | None = Field(
        None, description="field or attribute with the customer id of its contact person; the newest word counts"
    )
    remember: PositiveDuration = Field(
        90 * DAY_MS, description="a customer seen on its touchpoints is a member for so long, and a contact the contact"
    )


class Tracking(Strict):
    """The file tracking.yaml."""

    channels: list[Name] = Field(description="channels where touchpoints happen", min_length=1)
    types: dict[Name, TouchpointType] = Field(description="touchpoint types by name", min_length=1)
    subjects: dict[Name, SubjectKind] = Field(
        default_factory=dict, description="kinds of subject beside `customer`, by name: account, household, store"
    )
    profile: dict[Word, AttributeType] = Field(default_factory=dict, description="attributes of the customer's profile")
