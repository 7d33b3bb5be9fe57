"""Golden files: what a test makes is compared with what is kept; CJO_UPDATE_GOLDEN=1 writes them anew."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(__file__).parent / "golden"


def check(name: str, made: str) -> None:
    """Compare `made` with the golden file `name`."""
    path = FOLDER / name
    if os.environ.get("CJO_UPDATE_GOLDEN"):
        path.write_text(made, encoding="utf-8")
    kept = path.read_text(encoding="utf-8") if path.exists() else ""
    assert made == kept, f"{path.name} differs; if that is meant: CJO_UPDATE_GOLDEN=1 pytest tests/compile"
