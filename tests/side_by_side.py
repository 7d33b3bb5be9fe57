"""Every test that is not nightly, in parts that run at the same time: `python -m tests.side_by_side [pytest's words]`.

Tests with Java mostly wait: for a checkpoint, for a job that starts. So those on the session's stack run beside those
that start a stack of their own, and beside both those without Java: those of the engine, the others, and then those of
the engine once more with the engine compiled, where it is; the long ones that draw their cases by chance (hypothesis)
then run with the compiled engine alone. Each part is told when it has ended, with its slowest tests; the exit code is 1
where one has failed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence

import pytest

from cjo.errors import StackError
from cjo.native.build import check_tools
from cjo.native.finder import compiled_files

JAVA = "flink or broker or cluster"
OF_THE_ENGINE = ("tests/engine", "tests/signals", "tests/flink", "tests/native")
COMPILED = "of the engine, compiled"
AT_A_TIME = 4
"""Parts; the others begin as these end, for jobs that have to share two cores with more would come too late."""
SLOWEST = 12
"""So many of each part are told, for what makes the whole long."""
FINE = (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
POLL_S = 0.5


def main(words: Sequence[str]) -> int:
    """Run the parts and print what each has said; 0 where none has failed and at least one had tests."""
    if not words and _lacks_compiled():
        print("the engine is not compiled, though this machine has what that needs: `cjo native` says why", flush=True)
        print("CJO_NATIVE=0 tests without", flush=True)
        return 1
    begin_s = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        parts = _parts(words)
        running: dict[str, subprocess.Popen[bytes]] = {}
        codes: dict[str, int] = {}
        while len(codes) < len(parts):
            for name in [name for name in parts if name not in running][: AT_A_TIME - len(running) + len(codes)]:
                running[name] = _start(name, parts[name], folder)
            time.sleep(POLL_S)
            for name, process in running.items():
                if name not in codes and (code := process.poll()) is not None:
                    codes[name] = code
                    _tell(name, folder, time.monotonic() - begin_s)
    bad = [name for name, code in codes.items() if code not in FINE]
    if bad:
        print(f"tests {', and tests '.join(bad)} have failed", flush=True)
        return 1
    some = pytest.ExitCode.OK in codes.values()
    print("all parts have passed" if some else "there was no test to run", flush=True)
    return int(not some)


def _lacks_compiled() -> bool:
    """True where a part of the tests would be left out though it could run: what stopped compiling is to be seen."""
    if any(compiled_files()) or os.environ.get("CJO_NATIVE") == "0":
        return False
    try:
        check_tools()
    except StackError:
        return False
    return True


def _parts(words: Sequence[str]) -> dict[str, list[str]]:
    """pytest's words for each part. Where words are given, what is without Java is one part."""
    parts = {
        "on the session's stack": _marked(f"({JAVA}) and not own_stack", words),
        "with a stack of their own": _marked("own_stack", words),
    }
    without = f"not ({JAVA})"
    if words:
        return {**parts, "without Java": _marked(without, words)}
    is_compiled = any(compiled_files())
    drawn_elsewhere = " and (interpreted or not hypothesis)" if is_compiled else ""
    parts["of the engine"] = _marked(without + drawn_elsewhere, OF_THE_ENGINE)
    parts["without Java"] = _marked(without, [f"--ignore={folder}" for folder in OF_THE_ENGINE])
    if is_compiled:
        parts[COMPILED] = _marked(f"{without} and not interpreted", OF_THE_ENGINE)
    return parts


def _marked(marks: str, words: Sequence[str]) -> list[str]:
    return ["-m", f"({marks}) and not nightly", f"--durations={SLOWEST}", *words]


def _start(name: str, words: Sequence[str], folder: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "pytest", *words]
    environment = dict(os.environ)
    if name == COMPILED:
        environment["CJO_NATIVE"] = "1"
    with open(_said(name, folder), "wb") as said:
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT, env=environment
        )


def _tell(name: str, folder: str, after_s: float) -> None:
    with open(_said(name, folder), encoding="utf-8", errors="replace") as said:
        print(f"\n=== tests {name}, after {after_s:.0f} s ===\n{said.read()}", flush=True)


def _said(name: str, folder: str) -> str:
    return f"{folder}/{name}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
