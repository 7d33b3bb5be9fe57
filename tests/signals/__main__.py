"""`python -m tests.signals`: plays cases by chance; prints each that fails, made small; exits 1 where one did."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

from hypothesis import HealthCheck, Phase, given, seed, settings

from cjo.engine import runs
from tests.signals.generated.cases import Case, difference, read, text
from tests.signals.generated.chance import KINDS_OF_CASES

_AT_A_TIME = 250
"""Cases of one seed: a failing one is found again, and made smaller, with that seed."""
_QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]


class Part(NamedTuple):
    """What came of the cases of one seed; `failing` is a case as JSON, and what is wrong with it."""

    cases: int
    told: Counter[str]
    failing: tuple[str, str] | None


def play(sort: str, number: int, count: int) -> Part:
    """`count` cases of a sort with one seed; the first that fails is made small."""
    told: Counter[str] = Counter()
    smallest: list[tuple[Case, str]] = []

    @seed(number)
    @settings(
        max_examples=count, deadline=None, database=None, suppress_health_check=_QUIET, print_blob=False,
        report_multiple_bugs=False, phases=[Phase.generate, Phase.shrink],
    )  # fmt: skip
    @given(KINDS_OF_CASES[sort]())
    def tried(case: Case) -> None:
        wrong = difference(case, told)
        if wrong is not None:
            smallest[:] = [(case, wrong)]
            raise AssertionError(wrong)

    try:
        tried()
    except AssertionError:
        case, wrong = smallest[0]
        return Part(count, told, (text(case), wrong))
    return Part(count, told, None)


def main() -> int:
    """Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.signals", description="Signals and logs by chance.")
    parser.add_argument("--cases", type=int, default=1000, help="how many (1000)")
    parser.add_argument("--seed", type=int, default=0, help="the first seed (0); each stands for some hundred cases")
    parser.add_argument("--processes", type=int, default=1, help="processes at a time (1)")
    parser.add_argument("--sort", choices=sorted(KINDS_OF_CASES), help="only cases of one sort")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="play one case from a file as it is printed here")
    options = parser.parse_args()
    if options.sort is not None and options.sort not in _sorts():
        parser.error(f"{options.sort} is only seen with the engine as Python; run it with CJO_NATIVE=0")
    if options.replay is not None:
        wrong = difference(read(options.replay))
        print(wrong or "engine and reference agree")
        return 1 if wrong else 0
    return _many(options)


def _sorts() -> list[str]:
    """All that can be played: of a compiled engine nobody sees what it takes back."""
    compiled = not str(runs.__file__).endswith(".py")
    return [sort for sort in KINDS_OF_CASES if not (compiled and sort == "late")]


def _many(options: argparse.Namespace) -> int:
    sorts = [options.sort] if options.sort else _sorts()
    parts = max(1, -(-options.cases // _AT_A_TIME))
    jobs = [(sorts[number % len(sorts)], options.seed + number) for number in range(parts)]
    began, failing, cases, told = time.monotonic(), 0, 0, Counter[str]()
    with ProcessPoolExecutor(max_workers=options.processes) as pool:
        running = [pool.submit(play, sort, number, min(_AT_A_TIME, options.cases)) for sort, number in jobs]
        for (sort, number), one in zip(jobs, running, strict=True):
            part: Part = one.result()
            cases, told = cases + part.cases, told + part.told
            if part.failing is not None:
                failing += 1
                case, wrong = part.failing
                print(f"--- {sort}, seed {number}: save what follows as tests/signals/kept/NAME.json", flush=True)
                print(case, flush=True)
                print(wrong, file=sys.stderr)
    seconds = time.monotonic() - began
    said = ", ".join(f"{count} {name}" for name, count in sorted(told.items()))
    print(f"{cases} cases, {failing} failing, {seconds:.0f} s: {said}", file=sys.stderr)
    return 1 if failing else 0


if __name__ == "__main__":
    sys.exit(main())
