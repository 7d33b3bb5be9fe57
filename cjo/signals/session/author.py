"""What an author writes for the kind `session`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from cjo.spec.common import Matches, Name, PositiveDuration, Word
from cjo.spec.patterns import Keyed, Listed

_HALF_AN_HOUR_MS = 1_800_000


class Session(Keyed):
    """Touchpoints without a longer pause among them: fires when the pause has come, where a condition holds."""

    kind: Literal["session"] = Field(description="which pattern this is")
    on: Matches = Field(description="touchpoints that make a session; those of `counts` do so too", min_length=1)
    gap: PositiveDuration = Field(_HALF_AN_HOUR_MS, description="a session is over when none came for so long")
    counts: dict[Word, Matches] = Field(
        default_factory=dict, description="values for the moment: how many of these touchpoints there were"
    )
    where: str | None = Field(
        None, description="SQL condition over `count`, `seconds`, and what `counts` and `collect` name"
    )
    collect: dict[Name, str | Listed] = Field(
        default_factory=dict,
        description="values for the moment: `sum(x)`, `{each: x}`, `x` for the newest; `NAME.x` of one of `counts`",
    )


MODEL = Session
