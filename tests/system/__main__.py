"""`python -m tests.system`: plays seeds and prints each that breaks an invariant; exits 1 where one did."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.system.many import Sum, play_seeds
from tests.system.show import shown
from tests.system.shrink import shrunk
from tests.system.stories import story_of

KEPT = Path(__file__).parent / "kept"


def main() -> int:
    """Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.system", description="Play random stories and judge them.")
    parser.add_argument("--seeds", type=int, default=300, help="how many (300)")
    parser.add_argument("--from", type=int, default=0, dest="first", help="the first seed (0)")
    parser.add_argument("--processes", type=int, default=1, help="processes at a time (1)")
    parser.add_argument("--show", type=int, metavar="SEED", help="tell the story of one seed and what came of it")
    parser.add_argument("--customer", help="with --show: only this customer")
    parser.add_argument("--keep", nargs=2, metavar=("SEED", "NAME"), help="shrink a failing seed and keep its story")
    options = parser.parse_args()
    if options.show is not None:
        print(shown(story_of(options.show), options.customer))
        return 0
    if options.keep:
        seed, name = options.keep
        shrunk(story_of(int(seed))).write(KEPT / f"{name}.json")
        return 0
    found = Sum()
    for one in play_seeds(range(options.first, options.first + options.seeds), options.processes):
        found.add(one)
        for seed, broken in one.failing.items():
            print(f"seed {seed}: {broken.check}: {broken.said}", flush=True)
    print(found.told(), file=sys.stderr)
    return 1 if found.failing else 0


if __name__ == "__main__":
    sys.exit(main())
