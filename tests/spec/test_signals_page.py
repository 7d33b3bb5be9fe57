"""docs/reference/signals.md: every kind has an example there, which compiles as it stands and fires."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any, get_args

import pytest

from cjo.compile import compile_workspace
from cjo.engine import Engine
from cjo.resources import data_dir
from cjo.simulate.replay import Replay
from cjo.spec.signals import Signal
from tests.engine.build import at, tp

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "signals.md"
EXAMPLES: dict[str, str] = dict(
    re.findall(r"^## (\w+)\n```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.M | re.S)
)

Row = dict[str, Any]


def _viewed(minutes: float, product: str) -> Row:
    return tp("product_viewed", minutes, product_id=product, attributes={"category": "bicycle"})


def _updated(minutes: float, **attributes: str) -> Row:
    return tp("profile_updated", minutes, attributes=attributes)


#: kind -> (touchpoints, what the moment then carries)
FIRES: dict[str, tuple[list[Row], dict[str, Any]]] = {
    "event": ([tp("support_contacted", 0, attributes={"topic": "invoice"})], {"about": "invoice"}),
    "score": ([tp("calculator_used", n, attributes={"topic": "mortgage"}) for n in range(4)], {"score": 12}),
    "count": ([_viewed(n, product) for n, product in enumerate("aabc")], {"count": 3, "products": ["a", "b", "c"]}),
    "absence": ([tp("product_added", 0, amount="9.5000")], {"items": ["p1"], "total": "9.50"}),
    "profile": (
        [_updated(0, first_name="Ada"), _updated(1, segment="gold")],
        {"segment": "gold", "first_name": "Ada"},
    ),
    "date": (
        [_updated(0, birth_date="1990-11-25", first_name="Ada")],
        {"date": "2023-11-25", "years": 33, "time_zone": "Europe/Zurich", "first_name": "Ada"},
    ),
}


def test_every_kind_has_an_example_and_a_case() -> None:
    kinds = {get_args(model.model_fields["kind"].annotation)[0] for model in get_args(get_args(Signal)[0])}

    assert set(EXAMPLES) == kinds == set(FIRES)


@pytest.mark.parametrize("kind", EXAMPLES)
def test_an_example_compiles_as_it_stands_and_fires(kind: str, tmp_path: Path) -> None:
    for name in ("workspace.yaml", "tracking.yaml"):
        shutil.copy(data_dir("journeys") / name, tmp_path)
    (tmp_path / "example").mkdir()
    (tmp_path / "example" / "signals.yaml").write_text(EXAMPLES[kind], encoding="utf-8")
    rows, expected = FIRES[kind]

    plan = compile_workspace(tmp_path)
    effects = [effect for _, effect in Replay(Engine(plan)).run((("c1", row) for row in rows), at(60 * 24 * 30))]

    moments = [record for name, record in effects if name == "moment"]
    assert [signal["kind"] for signal in plan["signals"]] == [kind]
    assert [moment["values"] for moment in moments] == [expected]
