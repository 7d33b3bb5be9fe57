"""What an author writes for the kind `first`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from cjo.spec.common import Name, Names, PositiveDuration
from cjo.spec.patterns import Keyed


class First(Keyed):
    """Fires on the first matching touchpoint: the first ever, or the first after a time without any."""

    kind: Literal["first"] = Field(description="which pattern this is")
    on: Names = Field(description="touchpoint type, or a list of them")
    where: str | None = Field(None, description="SQL condition over the touchpoint's fields and attributes")
    since: PositiveDuration | None = Field(
        None, description="the first with none in this time before it; by default the first ever", examples=["180 days"]
    )
    settle: bool = Field(False, description="wait for the declared out-of-orderness before firing (rule S3)")
    collect: dict[Name, str] = Field(default_factory=dict, description="values for the moment: fields or attributes")


MODEL = First
