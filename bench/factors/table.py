"""The rows for people: each beside the base case and the limit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median_high
from typing import Any

from bench.figures import Target, part_of, without_rate

TARGETS = (Target("base", 0.35, "limit"), Target("base", 0.5, "signals-1"))


def table(rows: Sequence[dict[str, Any]]) -> str:
    """A line a row, and what came of the targets; of a row run several times the middle, then least and most."""
    rounds: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        rounds.setdefault(row["case"], []).append(row)
    per_s = {case: _middle(row.get("steady_per_s") for row in runs) for case, runs in rounds.items()}
    lines = [f"{'row':<16}{'records/s':>11}{'of base':>9}{'of limit':>10}{'CPU us':>8}{'moments':>12}"]
    for case, runs in rounds.items():
        mine = per_s[case]
        moments = {(row["moments"] or {}).get("in all") for row in runs}
        lines.append(
            f"{case:<16}{_number(mine):>11}{_share(mine, per_s.get('base')):>9}{_share(mine, per_s.get('limit')):>10}"
            f"{_figure(_middle(row['cpu_us'] for row in runs)):>8}{'/'.join(map(_number, moments)):>12}{_spread(runs)}"
        )
    verdicts = [verdict for target in TARGETS if (verdict := target.verdict(per_s))]
    return "\n".join([*lines, "", *without_rate(rows), *verdicts]).rstrip()


def _middle(values: Iterable[float | None]) -> Any:
    """The median, of an even number the higher of the two in the middle; None where one is missing."""
    found = list(values)
    known = [value for value in found if value is not None]
    return median_high(known) if len(known) == len(found) else None


def _spread(runs: Sequence[dict[str, Any]]) -> str:
    found = [row["steady_per_s"] for row in runs if row.get("steady_per_s")]
    return f"   {len(runs)} rounds: {min(found):,} to {max(found):,}" if len(runs) > 1 and found else ""


def _number(value: int | None) -> str:
    return "-" if value is None else f"{value:,}"


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _share(mine: float | None, other: float | None) -> str:
    return part_of(mine, other) if mine and other else "-"
