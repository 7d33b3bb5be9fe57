"""The kinds of signal, a folder each. A folder has all that a kind is, and is found by its name:

| file | has | is asked by |
|---|---|---|
| author.py | `MODEL`: what an author writes | cjo.spec.signals |
| compile.py | `compiled(site, signal, values)`: its part of the plan | cjo.compile.signals |
| engine.py | `KIND`: what it remembers, how far back, when it fires | cjo.engine.signals |
| words.py | `sentences(signal)`; `memory` and `bound`, of workspace and signal: for `cjo explain` | cjo.insight |

A worker imports engine.py alone, so that one imports nothing but the engine.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any


def kinds() -> list[str]:
    """The names of all kinds, in alphabetical order."""
    return sorted(found.name for found in pkgutil.iter_modules(__path__) if found.ispkg)


def part(kind: str, file: str) -> Any:
    """The module `file` (`engine`) of a kind."""
    return importlib.import_module(f"{__name__}.{kind}.{file}")
