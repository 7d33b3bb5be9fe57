"""Which touchpoints a journey asks for, as the control topic tells it: in any version that was published."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cjo.compile.needs import asked_of
from cjo.engine.inputs import inputs_of
from cjo.engine.merge import PUBLISH
from cjo.submission.control import PLACES, Record


def types_asked(known: Iterable[Record], journey: str) -> frozenset[str] | None:
    """Types that the journey asks for, or the signals that it enters on and those that they hear.

    None where the journey was never published.
    """
    specs: dict[str, list[dict[str, Any]]] = {place: [] for _, place in PLACES}
    for record in known:
        if record["kind"] == PUBLISH:
            for place, found in specs.items():
                found += record["plan"].get(place) or ()
    journeys = [spec for spec in specs["journeys"] if spec["name"] == journey]
    if not journeys:
        return None
    entered = {spec["enter"]["on"] for spec in journeys}
    wanted = entered | {name for one in entered for name in inputs_of(specs["signals"], one)}
    signals = [spec for spec in specs["signals"] if spec["name"] in wanted]
    return frozenset(asked_of({"signals": signals, "journeys": journeys}))
