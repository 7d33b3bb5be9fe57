"""What Prometheus would read of the stack's Flink processes, and which metrics the docs and alerts speak of."""

from __future__ import annotations

import re
from typing import NamedTuple

from cjo.resources import data_dir
from cjo.settings import LOOPBACK
from cjo.stack import Stack
from cjo.stack.http import open_url

OWN = "flink_taskmanager_job_task_operator_cjo_"
_LINE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$", re.MULTILINE)
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_NAME = re.compile(r"\bflink_\w+")


class Told(NamedTuple):
    """One line of a scrape."""

    name: str
    labels: dict[str, str]
    value: float


def scrape(stack: Stack) -> list[Told]:
    """What the JobManager and every TaskManager tell now."""
    found = []
    for number in range(stack.taskmanagers + 1):
        with open_url(f"http://{LOOPBACK}:{stack.settings.ports.metrics(number)}/metrics", 10.0) as answer:
            text = answer.read().decode()
        found += [Told(name, dict(_LABEL.findall(labels)), float(value)) for name, labels, value in _LINE.findall(text)]
    return found


def total(told: list[Told], name: str, **labels: str) -> float:
    """The sum of all that have this name and these labels. KeyError where there is none."""
    values = [one.value for one in told if one.name == name and labels.items() <= one.labels.items()]
    if not values:
        raise KeyError(f"nothing tells {name} {labels}")
    return sum(values)


def documented() -> set[str]:
    """Names in docs/guide/operating.md and in the rules for alerts."""
    files = (data_dir("docs") / "guide" / "operating.md", data_dir("flink-conf") / "prometheus" / "alerts.yaml")
    return {name for file in files for name in _NAME.findall(file.read_text(encoding="utf-8"))}
