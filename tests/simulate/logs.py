"""Small logs for tests of the simulator: a synthetic world, and the same rows as JSON Lines, CSV and Parquet."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet

from cjo.compile import compile_workspace
from cjo.demo.shape import Shape
from cjo.demo.world import World
from cjo.resources import data_dir

END_MS = 1_763_900_000_000
TEXTS = ("event_id", "customer_id", "device_id", "channel", "type", "session_id", "product_id", "basket_id", "order_id")

MAPPING = """
fields:
  event_id: event_id
  customer_id: customer_id
  device_id: device_id
  channel: channel
  type: type
  occurred_at: {column: occurred_at, format: milliseconds}
  sent_at: {column: sent_at, format: milliseconds}
  received_at: {column: received_at, format: milliseconds}
  session_id: session_id
  product_id: product_id
  basket_id: basket_id
  order_id: order_id
  amount: amount
  currency: currency
attributes:
"""


def world(seed: int = 1, touchpoints: int = 3_000) -> World:
    return World(Shape(end_ms=END_MS, seed=seed, customers=150, touchpoints=touchpoints, bad_share=0))


def touchpoints(of: World) -> list[dict[str, Any]]:
    return [record.touchpoint for record in of.records()]


def shipped() -> dict[str, Any]:
    return compile_workspace(data_dir("journeys"))


def json_lines(path: Path, rows: list[dict[str, Any]]) -> str:
    path.write_text("".join(json.dumps(row, default=str) + "\n" for row in rows))
    return str(path)


def flat(rows: list[dict[str, Any]]) -> tuple[list[str], list[dict[str, Any]]]:
    """(columns, rows) with every attribute in a column of its own, `a_` before its name."""
    found = [
        {name: value for name, value in row.items() if name not in ("attributes", "lines")}
        | {f"a_{name}": value for name, value in row.get("attributes", {}).items()}
        for row in rows
    ]
    return sorted({name for row in found for name in row}), found


def mapping(path: Path, columns: list[str]) -> Path:
    attributes = [f"  {name[2:]}: {name}" for name in columns if name.startswith("a_")]
    path.write_text(MAPPING + "\n".join(attributes) + "\n")
    return path


def csv_file(path: Path, columns: list[str], rows: list[dict[str, Any]]) -> str:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
    return str(path)


def parquet_file(path: Path, columns: list[str], rows: list[dict[str, Any]]) -> str:
    table = {name: [None if (one := row.get(name)) is None else _typed(name, one) for row in rows] for name in columns}
    pyarrow.parquet.write_table(pyarrow.table(table), path, row_group_size=1_000)
    return str(path)


def _typed(name: str, value: Any) -> Any:
    return float(value) if name == "amount" else value
