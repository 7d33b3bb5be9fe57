"""The rows for people: each beside the base case and the limit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bench.figures import Target

TARGETS = (Target("base", 0.35, "limit"), Target("base", 0.5, "signals-1"))


def table(rows: Sequence[dict[str, Any]]) -> str:
    """A line a row, and what came of the targets."""
    per_s = {row["case"]: row.get("steady_per_s") for row in rows}
    lines = [f"{'row':<16}{'records/s':>11}{'of base':>9}{'of limit':>10}{'CPU us':>8}{'moments':>12}"]
    for row in rows:
        mine = per_s[row["case"]]
        moments = (row["moments"] or {}).get("in all")
        lines.append(
            f"{row['case']:<16}{_number(mine):>11}{_share(mine, per_s.get('base')):>9}"
            f"{_share(mine, per_s.get('limit')):>10}{_figure(row['cpu_us']):>8}{_number(moments):>12}"
        )
    return "\n".join([*lines, "", *(verdict for target in TARGETS if (verdict := target.verdict(per_s)))]).rstrip()


def _number(value: int | None) -> str:
    return "-" if value is None else f"{value:,}"


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _share(mine: float | None, other: float | None) -> str:
    return f"{mine / other:.2f}" if mine and other else "-"
