"""Which modules are compiled, and where a build of them lies. Nothing of the engine is imported here."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The folder that contains the packages cjo and udfs."""
GROUP = "cjo_native"
LIBRARY = f"{GROUP}__mypyc"
"""The module that has the code of all others, which are but doors to it."""
SUFFIX = EXTENSION_SUFFIXES[0]
"""How a compiled module's file name ends: it names the interpreter and the platform that can load it."""
FORMAT = 1
"""Raised where a build of the same source has to be made anew."""

PACKED = "cjo/native/packed"
"""A file of that name says that the code is a job's: what is compiled of it lies beside it, and nowhere else."""

_OF_KINDS = ("engine", "judge", "needed", "features", "logistic", "past", "decay", "chains", "totals")
"""What a worker loads of a kind of signal."""
_OF_WORKERS = ("sections", "keys", "lazy", "held", "counters", "measured", "records", "transition", "orchestrate")
_SEEN = ("cjo/*.py", "cjo/native/*.py", "cjo/engine/**/*.py", "cjo/signals/**/*.py", "cjo/avro/*.py", "udfs/*.py")
_LEFT_OUT = ("__init__", "plan", "wakes")
"""Packages stay Python, a plan is copied, and a subclass of list would be handled as the list that it is not."""


def sources(root: Path = ROOT) -> list[Path]:
    """The files that are compiled, sorted, relative to `root`; empty where the source is not a folder (a zip)."""
    return sorted(path.relative_to(root) for path in _found(root) if path.stem not in _LEFT_OUT)


def _found(root: Path) -> Iterator[Path]:
    yield from (root / "cjo" / "engine").rglob("*.py")
    for stem in _OF_KINDS:
        yield from (root / "cjo" / "signals").glob(f"*/{stem}.py")
    for stem in _OF_WORKERS:
        yield from (root / "udfs").glob(f"{stem}.py")


def module_of(source: Path) -> str:
    """The name under which a relative source is imported."""
    return ".".join(source.with_suffix("").parts)


def digest(root: Path = ROOT) -> str:
    """Names this source on this interpreter: what the compiler sees of the project, and how it is called."""
    made = hashlib.sha256(f"{FORMAT} {sys.version} {SUFFIX}".encode())
    for path in sorted(path for pattern in _SEEN for path in root.glob(pattern)):
        made.update(f"\0{path.relative_to(root)}\0".encode())
        made.update(path.read_bytes())
    return made.hexdigest()[:16]


def build_folder(name: str) -> Path:
    """Where the build of that digest is, or would be."""
    from cjo.settings import cache_dir  # asked for late: most processes load no engine

    return cache_dir(os.environ) / "built" / f"native-{name}"


def files_of(folder: Path) -> dict[str, Path]:
    """The compiled modules in `folder`, by the name under which they are imported; empty where there are none."""
    return {
        ".".join(path.relative_to(folder).with_name(path.name.removesuffix(SUFFIX)).parts): path
        for path in folder.rglob(f"*{SUFFIX}")
    }
