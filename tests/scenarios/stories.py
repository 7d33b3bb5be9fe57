"""A small workspace with one scenario, and ways to change it."""

from __future__ import annotations

from pathlib import Path

from cjo.scenarios.run import Rehearsal, Result
from tests.spec import workspaces

RIGHT = """\
scenario: A forgotten basket
customer: {profile: {email: anna@example.org}, consent: marketing}
given:
  - {at: 0 min, touchpoint: product_added, with: {basket_id: b1, amount: 30, category: shoes}}
  - {quiet_until: 3 days}
expect:
  - {at: 30 min, moment: basket_abandoned, key: b1, with: {total: 30}}
  - {at: 30 min, send: email, step: remind, says: anna@example.org, with: {total: 30}}
  - {at: 1 day 30 min, ends: over}
"""


def write(folder: Path, *changes: tuple[str, str], text: str = RIGHT, **files: str | tuple[str, str] | None) -> Path:
    """The workspace of tests/spec/workspaces.py with one scenario file; each change is text and its replacement."""
    workspaces.write(folder, **files)
    for old, new in changes:
        assert old in text, f"{old!r} is not in the scenario"
        text = text.replace(old, new, 1)
    path = folder / "shop" / "scenarios" / "baskets.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return folder


def played(folder: Path, *changes: tuple[str, str], text: str = RIGHT) -> Result:
    """What comes of the only scenario."""
    (result,) = Rehearsal(write(folder, *changes, text=text)).run().results
    return result


def story(folder: Path, *changes: tuple[str, str]) -> list[str]:
    """How the failure of the only scenario reads."""
    result = played(folder, *changes)
    assert not result.passed
    return result.story()
