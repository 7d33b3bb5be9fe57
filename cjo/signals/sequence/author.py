"""What an author writes for the kind `sequence`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from cjo.spec.common import Match, Matches, Name, PositiveDuration, Word
from cjo.spec.patterns import COLLECT, Keyed, Listed


class Step(Match):
    """One step of a sequence: touchpoints of some types, after those of the step before."""

    name: Word | None = Field(None, description="what `collect` calls it; by default its type, where it has one")
    not_: Matches = Field(default_factory=list, alias="not", description="none of these since the step before")


def _as_steps(value: Any) -> Any:
    return [{"on": one} if isinstance(one, str) else one for one in value] if isinstance(value, list) else value


class Sequence(Keyed):
    """Touchpoints one after the other, within a time: fires at the last."""

    kind: Literal["sequence"] = Field(description="which pattern this is")
    steps: Annotated[list[Step], BeforeValidator(_as_steps, json_schema_input_type=list[str | Step])] = Field(
        description="what happens, in order; two steps at least", min_length=1
    )
    within: PositiveDuration = Field(description="from the first step to the last, at most", examples=["1 hour"])
    cooldown: PositiveDuration | None = Field(None, description="silence after firing")
    settle: bool = Field(False, description="wait for the declared out-of-orderness before firing (rule S3)")
    collect: dict[Name, str | Listed] = Field(
        default_factory=dict, description=f"{COLLECT}; `STEP.x` for what one step gave"
    )


MODEL = Sequence
