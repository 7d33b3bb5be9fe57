"""`cjo demo`: orchestrate a synthetic week of a shop, a bank and a utility on the real stack, and check it."""

from __future__ import annotations

import argparse
import time

from cjo.errors import UsageError
from cjo.settings import Settings

_PER_CUSTOMER = 25


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `cjo demo`."""
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="another week for every number (default: 1)")
    parser.add_argument("--customers", type=int, metavar="N", help="customers of the shop and bank (default: 20000)")
    parser.add_argument("--touchpoints", type=int, metavar="N", help="touchpoints (default: 25 for each customer)")
    parser.add_argument("--days", type=int, default=7, metavar="N", help="days until now (default: 7)")
    parser.add_argument("--no-keep", action="store_true", help="stop the stack at the end and remove its data")


def run(args: argparse.Namespace) -> int:
    """Runs the demo; 1 if what came out differs from the world's own record."""
    from rich.console import Console

    from cjo.demo.run import run_demo
    from cjo.demo.shape import Shape
    from cjo.demo.tries import tries
    from cjo.demo.view import summary
    from cjo.stack import Stack
    from cjo.stack.stack import say

    settings = Settings.load()
    now_ms = int(time.time() * 1000)
    customers = args.customers or (20_000 if args.touchpoints is None else max(100, args.touchpoints // _PER_CUSTOMER))
    touchpoints = args.touchpoints or customers * _PER_CUSTOMER
    _check(customers, touchpoints, args.days)
    shape = Shape(end_ms=now_ms, seed=args.seed, customers=customers, touchpoints=touchpoints, days=args.days)
    say(f"a week of {customers:,} customers with {touchpoints:,} touchpoints, seed {args.seed}")
    result = run_demo(settings, shape, say)
    Console().print(summary(result.lines, result.pending))
    took = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in result.seconds.items())
    say(f"took {sum(result.seconds.values()):.0f} s: {took}")
    if args.no_keep:
        Stack(settings).down(wipe=True)
    else:
        _invite(tries(result.world.touches, now_ms), settings)
    return 0 if result.ok else 1


def _check(customers: int, touchpoints: int, days: int) -> None:
    if customers < 100 or touchpoints < 1_000 or days < 1:
        raise UsageError(
            f"a world has at least 100 customers, 1,000 touchpoints and 1 day, got {customers}, {touchpoints}, {days}"
        )


def _invite(found: object, settings: Settings) -> None:
    from cjo.demo.tries import Tries

    print(f"\nThe stack is running; Flink's page is {settings.flink_url} and `cjo down` stops it.")
    if isinstance(found, Tries):
        print(f"\nTry it: {found.customer} is just short of an invitation to talk about a mortgage.\n")
        print("\n".join(f"  {command}" for command in found.commands))
