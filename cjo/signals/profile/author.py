"""What an author writes for the kind `profile`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from cjo.spec.patterns import Published


class Profile(Published):
    """A condition over the profile turns true: fires at the profile update that makes it so (rule S1)."""

    kind: Literal["profile"] = Field(description="which pattern this is")
    when: str = Field(description="SQL condition over profile.*", examples=["profile.segment = 'gold'"])
    first: Literal["ignored", "counts"] = Field(
        "ignored", description="whether a customer's first profile update may fire: it changes nothing, it begins"
    )
    collect: list[str] = Field(default_factory=list, description="profile attributes for the moment, by name")


MODEL = Profile
