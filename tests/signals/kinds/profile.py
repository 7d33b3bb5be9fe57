"""profile: its differential test is in tests/engine/test_profile_signal.py."""

from __future__ import annotations

from tests.engine.build import tp

FIRES = (
    [
        tp("profile_updated", 0, attributes={"first_name": "Ada"}),
        tp("profile_updated", 1, attributes={"segment": "gold"}),
    ],
    {"segment": "gold", "first_name": "Ada"},
)
specs = None
