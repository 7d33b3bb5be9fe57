"""Wire model of a `signals:` document: patterns over touchpoints, of the kinds in cjo/signals."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, Field

from cjo.signals import kinds, part
from cjo.spec.common import Name, Strict
from cjo.spec.patterns import Published

MODELS: dict[str, type[BaseModel]] = {kind: part(kind, "author").MODEL for kind in kinds()}
"""What an author writes, by kind."""

if TYPE_CHECKING:

    class Signal(Published):
        """One of the models, to the type checker."""

        kind: str

else:
    Signal = Annotated[reduce(or_, MODELS.values()), Field(discriminator="kind")]


class SignalsDocument(Strict):
    """A document that defines signals."""

    signals: dict[Name, Signal] = Field(description="signals by name", min_length=1)
