"""The rows: the base case, and cases that differ from it in one factor."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Case:
    """One row. `relevance` is in percent of the log; with one TaskManager one subtask does everything."""

    name: str
    signals: int = 20
    relevance: int = 20
    customers: int = 100_000
    backend: str = "hashmap"
    taskmanagers: int = 1


BASE = Case("base")
CASES = (
    BASE,
    replace(BASE, name="signals-1", signals=1),
    replace(BASE, name="signals-5", signals=5),
    replace(BASE, name="signals-50", signals=50),
    replace(BASE, name="relevance-5", relevance=5),
    replace(BASE, name="relevance-100", relevance=100),
    replace(BASE, name="rocksdb", backend="rocksdb"),
    replace(BASE, name="taskmanagers-2", taskmanagers=2),
    replace(BASE, name="customers-10k", customers=10_000),
    replace(BASE, name="customers-1M", customers=1_000_000),
)


def cases_for(customers: int) -> tuple[Case, ...]:
    """The rows with so many customers in the base case; those whose factor customers are keep their own."""
    return tuple(replace(case, customers=customers) if case.customers == BASE.customers else case for case in CASES)
