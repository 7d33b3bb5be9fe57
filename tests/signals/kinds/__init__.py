"""What tests know of each kind of signal, a file each:

- `FIRES`: (touchpoints, what the moment then carries) for the example on the kind's page;
- `specs`: a strategy of a kind's part of the plan, over the vocabulary of tests/signals/logs.py;
- `expected(spec, subject, rows)`: the moments, by looking at the whole list of events again and again: slow, and
  obviously right. `rows` are in log order; returned is moment id -> (time, values).

A kind that no log of touchpoints alone makes fire (profile, date) has its tests in tests/engine and `specs = None`.
"""

from __future__ import annotations

import importlib
from typing import Any

from cjo.signals import kinds

KINDS: dict[str, Any] = {kind: importlib.import_module(f"{__name__}.{kind}") for kind in kinds()}
