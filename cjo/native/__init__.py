"""The engine as machine code: the same modules, compiled by mypyc where somebody has asked for it (`cjo native`).

A build belongs to exactly the source it was made of: it lies in the user's cache under a digest of that source, and
whoever imports a module of the engine gets it from there, else as Python. So an edited file is never run as it was.
`CJO_NATIVE=0` in the environment turns it off. docs/reasons/native.md says what it brings, and why mypyc.
"""

from __future__ import annotations

from cjo.native.finder import interpreted, prefer

__all__ = ["interpreted", "prefer"]
