"""docs/reference/signals: every kind has a page with an example, which compiles as it stands and fires."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from cjo.compile import compile_workspace
from cjo.engine import Engine
from cjo.resources import data_dir
from cjo.signals import kinds
from cjo.simulate.replay import Replay
from tests.engine.build import at
from tests.signals.kinds import KINDS

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference"
EXAMPLES: dict[str, str] = {
    page.stem: re.findall(r"```yaml\n(.*?)```", page.read_text(encoding="utf-8"), re.S)[0]
    for page in (REFERENCE / "signals").glob("*.md")
}


def test_every_kind_has_an_example_and_a_case() -> None:
    listed = re.findall(r"\(signals/(\w+)\.md\)", (REFERENCE / "signals.md").read_text(encoding="utf-8"))

    assert set(EXAMPLES) == set(kinds()) == set(listed)


@pytest.mark.parametrize("kind", EXAMPLES)
def test_an_example_compiles_as_it_stands_and_fires(kind: str, tmp_path: Path) -> None:
    for name in ("workspace.yaml", "tracking.yaml"):
        shutil.copy(data_dir("journeys") / name, tmp_path)
    (tmp_path / "example").mkdir()
    (tmp_path / "example" / "signals.yaml").write_text(EXAMPLES[kind], encoding="utf-8")
    rows, expected = KINDS[kind].FIRES

    plan = compile_workspace(tmp_path)
    effects = [effect for _, effect in Replay(Engine(plan)).run((("c1", row) for row in rows), at(60 * 24 * 30))]

    moments = [record for name, record in effects if name == "moment"]
    assert [signal["kind"] for signal in plan["signals"]] == [kind]
    assert [moment["values"] for moment in moments] == [expected]
