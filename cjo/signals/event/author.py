"""What an author writes for the kind `event`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from cjo.spec.common import Name, Names
from cjo.spec.patterns import Keyed


class Event(Keyed):
    """Fires on each matching touchpoint."""

    kind: Literal["event"] = Field(description="which pattern this is")
    on: Names = Field(description="touchpoint type, or a list of them")
    where: str | None = Field(None, description="SQL condition over the touchpoint's fields and attributes")
    settle: bool = Field(False, description="wait for the declared out-of-orderness before firing (rule S3)")
    collect: dict[Name, str] = Field(default_factory=dict, description="values for the moment: fields or attributes")


MODEL = Event
