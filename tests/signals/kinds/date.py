"""date: its differential test is in tests/engine/test_date_signal.py."""

from __future__ import annotations

from tests.engine.build import tp

FIRES = (
    [tp("profile_updated", 0, attributes={"birth_date": "1990-11-25", "first_name": "Ada"})],
    {"date": "2023-11-25", "years": 33, "time_zone": "Europe/Zurich", "first_name": "Ada"},
)
specs = None
