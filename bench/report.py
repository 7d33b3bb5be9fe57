"""What comes out: a row a case as JSON Lines, a table for people, and the state of the machine with both."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.figures import TARGETS, without_rate

Row = dict[str, Any]
_PACKAGES = ("apache-flink", "fastavro", "orjson", "confluent-kafka")


def machine() -> Row:
    """Cores, load average of the last minute, versions, and the time, UTC."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "load_1min": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in _PACKAGES},
    }


def append(file: Path, row: Row) -> None:
    """One more line of the result."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps(row) + "\n")


def table(rows: Sequence[Row]) -> str:
    """The rows for people, and what came of the targets."""
    lines = [f"{'case':<18}{'records':>11}{'wall s':>9}{'steady s':>10}{'records/s':>11}{'CPU us':>8}  moments"]
    for row in rows:
        if "channels" in row:
            lines += [
                f"{row['case'] + ', ' + channel:<18}{row['records']:>11,}  {row['per_s']:,}/s,"
                f" {one['actions']:,} actions:"
                f" p50 {one['p50_s']:.2f} s, p99 {one['p99_s']:.2f} s, max {one['max_s']:.2f} s"
                for channel, one in row["channels"].items()
            ]
            continue
        moments = ", ".join(f"{count:,} {name}" for name, count in sorted((row["moments"] or {}).items()))
        numbers = (
            f"{row['wall_s']:>9.1f}{_or_dash(row['steady_s'], ',.1f'):>10}"
            f"{_or_dash(row['steady_per_s'], ','):>11}{_or_dash(row['cpu_us'], '.1f'):>8}"
        )
        lines.append(f"{row['case']:<18}{row['records']:>11,}{numbers}  {moments}".rstrip())
    per_s = {row["case"]: row.get("steady_per_s") for row in rows}
    verdicts = [verdict for target in TARGETS if (verdict := target.verdict(per_s))]
    return "\n".join([*lines, "", *without_rate(rows), *verdicts]).rstrip()


def _or_dash(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)
