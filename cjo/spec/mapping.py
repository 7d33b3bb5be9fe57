"""Wire model of a mapping: how the columns of an export become touchpoints."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from cjo.spec.common import Strict, Word, Zone

Others = Literal["refuse", "keep", "skip"]


class Source(Strict):
    """Where a value comes from: a column, or a constant."""

    column: str | None = Field(None, min_length=1, description="column; `user.id` is `id` inside the object `user`")
    constant: str | int | bool | None = Field(None, description="the same value for every row")
    values: dict[str, str | None] | None = Field(None, description="what stands for what; `~` leaves the whole row out")
    others: Others = Field("refuse", description="what becomes of a value that `values` does not name")

    @model_validator(mode="after")
    def _one_of_both(self) -> Source:
        if (self.column is None) == (self.constant is None):
            raise PydanticCustomError("wrong_value", "expected either `column` or `constant`", {})
        return self


class TimeSource(Source):
    """Where a time comes from, and how it is written."""

    format: str = Field(
        "iso",
        description="`iso`, `seconds` or `milliseconds` since 1970, or a strptime pattern such as `%d.%m.%Y %H:%M:%S`",
    )
    zone: Zone | None = Field(None, description="time zone of texts that name none, such as `Europe/Zurich`")


def _column(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


AnySource = Annotated[Source, BeforeValidator(_column, json_schema_input_type=str | Source)]
AnyTime = Annotated[TimeSource, BeforeValidator(_column, json_schema_input_type=str | TimeSource)]


class Fields(Strict):
    """Fields of the touchpoint, each from a column or a constant. A bare name is a column."""

    type: AnySource = Field(description="what happened, as the tracking plan names it", examples=["event_name"])
    channel: AnySource = Field(description="where it happened", examples=["{constant: web}"])
    occurred_at: AnyTime = Field(description="when it happened", examples=["timestamp"])
    event_id: AnySource | None = Field(None, description="its id; without it, one is made (see `identity`)")
    customer_id: AnySource | None = Field(None, description="the customer, where known")
    device_id: AnySource | None = Field(None, description="the device, where known")
    sent_at: AnyTime | None = Field(None, description="when the device sent it")
    received_at: AnyTime | None = Field(None, description="when the first server received it")
    session_id: AnySource | None = Field(None, description="the visit")
    product_id: AnySource | None = Field(None, description="the product")
    basket_id: AnySource | None = Field(None, description="the basket")
    order_id: AnySource | None = Field(None, description="the order")
    amount: AnySource | None = Field(None, description="its value, with at most four decimal places")
    currency: AnySource | None = Field(None, description="ISO 4217 code of the amount")
    text: AnySource | None = Field(None, description="free text")

    @model_validator(mode="after")
    def _somebody(self) -> Fields:
        if self.customer_id is None and self.device_id is None:
            raise PydanticCustomError("wrong_value", "expected `customer_id` or `device_id` among the fields", {})
        return self


class MappingDocument(Strict):
    """The file mapping.yaml: how each row of an export becomes a touchpoint."""

    fields: Fields = Field(description="fields of the touchpoint", examples=["{type: event, channel: source}"])
    attributes: dict[Word, AnySource] = Field(default_factory=dict, description="attributes of the touchpoint")
    identity: list[str] | None = Field(
        None,
        min_length=1,
        description="columns that tell rows apart, for ids where no event_id is mapped; by default all that is mapped",
    )
