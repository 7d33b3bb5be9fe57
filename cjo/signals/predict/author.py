"""What an author writes for the kind `predict`, and what a model's file holds."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from cjo.spec.common import Name, Names, PositiveDuration, Strict
from cjo.spec.patterns import Keyed

Number = Annotated[float, Field(allow_inf_nan=False, ge=-1e9, le=1e9)]


class Scaled(Strict):
    """How much a feature adds: `coefficient` * (value - `mean`) / `scale`."""

    coefficient: Number = Field(description="log odds that one `scale` of it adds")
    mean: Number = Field(0.0, description="value of the feature that adds nothing")
    scale: Number = Field(1.0, gt=0, description="how much of the feature is one step")


def _as_scaled(value: Any) -> Any:
    return value if isinstance(value, dict) else {"coefficient": value}


Term = Annotated[Scaled, BeforeValidator(_as_scaled, json_schema_input_type=float | Scaled)]


class Logistic(Strict):
    """A logistic model: the log odds are the intercept and what each feature adds."""

    intercept: Number = Field(description="log odds where every feature has its mean")
    features: dict[Name, Term] = Field(description="what each feature adds", min_length=1)


class ModelFile(Logistic):
    """A model as a file holds it."""

    trained: dict[str, Any] | None = Field(None, description="on what it was trained, and how")
    quality: dict[str, Any] | None = Field(None, description="how good it was for customers it had not seen")


class Feature(Strict):
    """A number about the customer at a time: one of `count`, `sum`, `since` and `profile`."""

    count: Names | None = Field(None, description="touchpoint type, or a list of them: how many lie in the window")
    sum: str | None = Field(None, description="numeric field or attribute of `on`: its sum over the window")
    since: Names | None = Field(
        None, description="touchpoint type, or a list: days since the newest, the whole window where there is none"
    )
    profile: str | None = Field(None, description="SQL condition over profile.*: 1 where it is true, else 0")
    on: Names | None = Field(None, description="touchpoint type, or a list of them, whose values `sum` adds up")
    where: str | None = Field(None, description="SQL condition over the touchpoint's fields and attributes")
    window: PositiveDuration | None = Field(None, description="how far back touchpoints count", examples=["14 days"])


class Predict(Keyed):
    """A model over touchpoints and profile reaches a probability: fires at the crossing (rule S1)."""

    kind: Literal["predict"] = Field(description="which pattern this is")
    model: str | Logistic = Field(description="a JSON file beside this one, or the model itself")
    features: dict[Name, Feature] = Field(description="what the model looks at, by its names", min_length=1)
    at_least: float = Field(
        description="fires when the probability reaches it, to six decimals", gt=0, le=1, examples=[0.7]
    )
    cooldown: PositiveDuration | None = Field(None, description="silence after firing, besides falling below")
    settle: bool = Field(False, description="wait for the declared out-of-orderness before firing (rule S3)")


MODEL = Predict
