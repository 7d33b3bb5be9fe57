"""One touchpoint for many customers: what happened to all of them, and the list of who they are."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cjo.client.files import json_object
from cjo.client.sources import STDIN, Batch, batches, text_batches
from cjo.errors import RecordError, UsageError

COLUMN = "customer_id"
_SUBJECT = ("customer_id", "device_id", "identities")
_TABLES = (".csv", ".parquet", ".jsonl", ".ndjson", ".json")


class FanOut:
    """Makes a touchpoint of its own for each customer of a list, each customer once.

    The event id is that of the touchpoint, a slash and the customer: sending the same list again, after a crash or
    with some customers more, counts once for each (rule S5).
    """

    def __init__(self, touchpoint: Mapping[str, Any], column: str = COLUMN) -> None:
        named = [name for name in _SUBJECT if touchpoint.get(name) is not None]
        if named:
            raise UsageError(f"the touchpoint of a fan-out names {', '.join(named)}", "the list says whom it is for")
        if not isinstance(touchpoint.get("event_id"), str) or not touchpoint["event_id"]:
            raise UsageError("the touchpoint of a fan-out has no event_id", "each customer's id is made from it")
        self._touchpoint = touchpoint
        self._column = column
        self._taken: set[str] = set()
        self.repeated = 0

    def touchpoint(self, row: Mapping[str, Any]) -> dict[str, Any] | None:
        """The touchpoint of a row's customer; None where the list has named them before. Raises RecordError."""
        customer = self._customer(row)
        if customer in self._taken:
            self.repeated += 1
            return None
        self._taken.add(customer)
        return self.for_customer(customer)

    def for_customer(self, customer: str) -> dict[str, Any]:
        """What is published for this customer."""
        return {**self._touchpoint, "event_id": f"{self._touchpoint['event_id']}/{customer}", "customer_id": customer}

    def _customer(self, row: Mapping[str, Any]) -> str:
        customer = row.get(self._column)
        if customer is None:
            raise RecordError(f"there is no {self._column}; --column names the column with the customers' ids")
        if not isinstance(customer, str) or not customer.strip():
            raise RecordError(f"{self._column}: expected a customer's id as text, got {customer!r}")
        return customer.strip()


def read_touchpoint(name: str) -> dict[str, Any]:
    """The one JSON object in a file, over as many lines as it likes; `-` for stdin. Raises UsageError."""
    try:
        text = sys.stdin.buffer.read() if name == STDIN else Path(name).read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {name}: {error.strerror}") from error
    found = json_object(text)
    if isinstance(found, RecordError):
        hint = "a fan-out publishes one touchpoint: FILE holds one JSON object"
        raise UsageError(f"{'stdin' if name == STDIN else name}: {found.message}", hint)
    return found


def list_batches(name: str, column: str = COLUMN) -> Iterator[Batch]:
    """The list in batches, by the ending of its name: CSV, Parquet or JSON Lines; any other has an id on each line."""
    return batches(name) if Path(name).suffix.lower() in _TABLES else text_batches(name, column)
