"""The benchmarks of a busy customer, short: they come to their end, and have a figure in each place."""

from __future__ import annotations

import json
from types import ModuleType

import pytest

from bench import busy, duplicates, flood


def test_a_busy_customers_step_is_timed_alone_and_with_codec(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(busy, "TOUCHPOINTS", 20)
    assert busy.main() == 0
    said = capsys.readouterr().out.splitlines()
    assert "every policy" in said[0]
    assert [line.split(" us ")[0].rsplit(maxsplit=1)[0].strip() for line in said[1:]] == ["engine", "with codec"]


@pytest.mark.parametrize(
    ("bench", "words", "figures"),
    [
        (flood, ["--touchpoints", "120", "--usual", "500", "--stretches", "2"], 4),
        (duplicates, ["--touchpoints", "5", "--rounds", "1"], 1 + 4 * 3),
    ],
)
def test_what_one_customer_with_very_many_costs_is_timed(
    bench: ModuleType,
    words: list[str],
    figures: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("sys.argv", ["bench", "--json", *words])
    assert bench.main() == 0
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(found[0] if bench is flood else found) == figures
