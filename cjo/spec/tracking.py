"""Wire model of tracking.yaml: the tracking plan. Every touchpoint type, its channels and its typed attributes."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from cjo.spec.common import Name, Strict, Word

AttributeType = Literal["string", "int", "decimal", "bool", "timestamp"]
FieldName = Literal[
    "customer_id", "device_id", "session_id", "product_id", "basket_id", "order_id", "amount", "currency", "text"
]


class TouchpointType(Strict):
    """One touchpoint type."""

    channels: list[Name] | None = Field(None, description="channels where it may happen; by default every declared one")
    requires: list[FieldName] = Field(default_factory=list, description="fields that every such touchpoint has")
    attributes: dict[Word, AttributeType] = Field(default_factory=dict, description="its typed attributes")


class Tracking(Strict):
    """The file tracking.yaml."""

    channels: list[Name] = Field(description="channels where touchpoints happen", min_length=1)
    types: dict[Name, TouchpointType] = Field(description="touchpoint types by name", min_length=1)
    profile: dict[Word, AttributeType] = Field(default_factory=dict, description="attributes of the customer's profile")
