"""`python -m bench.duplicates`: what noticing repeats costs (S5), by how many events are remembered and for how long.

A customer with so many remembered events, evenly over the days of the horizon, gets a touchpoint that a signal counts:
`asked` is the search for a repeat and remembering the event, alone; `step` is what Flink's worker does around it, from
the state's bytes to the state's bytes. Beside it the bytes that are read for a touchpoint, and those of the state.
CPU time counts, the best of `--rounds`.
"""

from __future__ import annotations

import argparse
import copy
import time
from typing import Any, NamedTuple

import orjson

from bench.busy import Host
from cjo.engine import Engine, duplicates
from cjo.engine.ids import event_mark
from cjo.engine.state import new_state
from udfs import sections

DAY_MS = 86_400_000
NOW_MS = 20_800 * DAY_MS
EVENTS = (0, 100, 250, 1_000, 10_000)
DAYS = (1, 7, 30)


class Figures(NamedTuple):
    """Microseconds of CPU a touchpoint, and bytes."""

    asked_us: float
    step_us: float
    read_bytes: int
    state_bytes: int


def plan(days: int) -> dict[str, Any]:
    """One signal and a horizon of so many days."""
    points = [{"type": "page_viewed", "where": None, "add": 1}]
    signal = {
        "name": "engaged", "kind": "score", "version": "1", "revision": 1, "points": points,
        "at_least": 1_000, "window_ms": 60_000, "cooldown_ms": None, "settle": False, "per": None,
    }  # fmt: skip
    limits = {"open_runs": 20, "events_per_key": 200, "steps_per_input": 100, "run_ms_max": DAY_MS}
    workspace = {
        "name": "bench", "bound_ms": 5_000, "time_zone": "UTC", "locale": "en", "partitions": 1, "retention_ms": None,
        "live_from_ms": None, "dedup_horizon_ms": days * DAY_MS, "late_horizon_ms": DAY_MS, "purposes": [],
        "channels": {}, "profile": {}, "limits": limits,
    }  # fmt: skip
    return {
        "format": 1, "workspace": workspace, "signals": [signal], "journeys": [], "templates": {}, "columns": [],
        "filter": "", "policies": [],
    }  # fmt: skip


def state_of(events: int, days: int) -> dict[str, Any]:
    """A customer's state with so many remembered events."""
    state = new_state(NOW_MS)
    for number in range(events):
        at_ms = NOW_MS - (days - 1) * DAY_MS + number * days * DAY_MS // max(events, 1)
        duplicates.remember(state["seen"], event_mark(f"old-{number}"), "abc", min(at_ms, NOW_MS))
    return state


def measure(events: int, days: int, touchpoints: int, rounds: int) -> Figures:
    """So many touchpoints, each met by the same state."""
    host, engine = Host(), Engine(plan(days))
    head = sections.save(state_of(events, days), None, host, None)
    whole = len(head or b"") + sum(map(len, host.parts.values()))
    kept = dict(host.parts)
    rows = [{"event_id": f"new-{number}", "type": "page_viewed", "at": NOW_MS + 1} for number in range(touchpoints)]
    best_ns, asked_ns = [], []
    read = 0
    for _ in range(rounds):
        spent = 0
        for row in rows:
            host.parts.clear()
            host.parts.update(kept)
            begin_ns = time.process_time_ns()
            state, armed_ms = sections.load(head, host)
            done = engine.on_input(state, "c1", row)
            sections.save(done.state, armed_ms, host, head)
            spent += time.process_time_ns() - begin_ns
            read = max(read, sections.bytes_read(done.state, head) or len(head or b""))
        best_ns.append(spent)
        seen = copy.deepcopy(state_of(events, days)["seen"])
        marks = [event_mark(str(row["event_id"])) for row in rows[:100]]
        begin_ns = time.process_time_ns()
        for mark in marks:
            duplicates.verdict(seen, mark, "abc")
            duplicates.remember(seen, mark, "abc", NOW_MS)
        asked_ns.append((time.process_time_ns() - begin_ns) / len(marks))
    return Figures(min(asked_ns) / 1_000, min(best_ns) / 1_000 / touchpoints, read, whole)


def main() -> int:
    """Print the figures as a table, or with --json as JSON Lines."""
    parser = argparse.ArgumentParser(prog="bench.duplicates", description=__doc__)
    parser.add_argument("--touchpoints", type=int, default=2_000, help="timed in a round (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="the best of so many counts (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="print JSON Lines")
    args = parser.parse_args()
    if not args.json:
        print("remembered   horizon   asked us   step us   bytes read   bytes of state")
    for events in EVENTS:
        for days in DAYS if events else DAYS[:1]:
            found = measure(events, days, args.touchpoints, args.rounds)
            if args.json:
                print(orjson.dumps({"events": events, "days": days, **found._asdict()}).decode())
            else:
                print(
                    f"{events:>10,}{days:>7} days{found.asked_us:>11.2f}{found.step_us:>10.1f}{found.read_bytes:>13,}"
                    f"{found.state_bytes:>17,}"
                )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
