"""Which steps and ways the scenarios visit, and which they do not."""

from __future__ import annotations

from pathlib import Path

from cjo.scenarios.coverage import Covered
from cjo.scenarios.run import Rehearsal
from tests.scenarios.stories import RIGHT, write
from tests.spec.workspaces import FILES

JOURNEY = FILES["shop/journey.yaml"].replace(
    "exit: order_completed",
    "exit: order_completed\ngoal: {name: sale, on: order_completed, within: 1 day}",
)
JOURNEY = JOURNEY.replace("with: {total: moment.total}}", "with: {total: moment.total}, refused: {no_consent: exit}}")
JOURNEY = JOURNEY.replace(
    "{wait: 1 day}",
    "{wait: 1 day, until: [{on: product_added, where: amount > 50, then: done}, {on: product_added, then: exit}]}",
)
BACK = "  - {at: 1 h, touchpoint: product_added, with: {basket_id: b1, amount: AMOUNT}}\n  - {quiet"
SALE = "  - {at: 1 h, touchpoint: order_completed, with: {basket_id: b1, order_id: o1}}\n  - {quiet"


def covered(folder: Path, *texts: str) -> Covered:
    (found,) = Rehearsal(write(folder, text="\n---\n".join(texts), journey=JOURNEY)).run().coverage
    return found


def test_one_scenario_visits_its_own_way(tmp_path: Path) -> None:
    found = covered(tmp_path, RIGHT)
    assert (found.steps, found.steps_missed) == (3, [])
    assert found.ways_missed == [
        "remind: no_consent",
        "pause: until product_added (1)",
        "pause: until product_added (2)",
        "exit: order_completed",
        "goal: sale",
    ]
    assert round(found.percent, 1) == round(100 * 4 / 9, 1)


def test_branches_of_one_type_are_told_apart_by_their_condition(tmp_path: Path) -> None:
    assert (
        "pause: until product_added (1)"
        not in covered(tmp_path / "a", RIGHT.replace("  - {quiet", BACK.replace("AMOUNT", "60"))).ways_missed
    )
    small = covered(tmp_path / "b", RIGHT.replace("  - {quiet", BACK.replace("AMOUNT", "40")))
    assert "pause: until product_added (2)" not in small.ways_missed


def test_all_scenarios_together_visit_everything(tmp_path: Path) -> None:
    texts = [
        RIGHT,
        RIGHT.replace("consent: marketing", "consent: []"),
        RIGHT.replace("  - {quiet", SALE),
        *(RIGHT.replace("  - {quiet", BACK.replace("AMOUNT", amount)) for amount in ("60", "40")),
    ]
    found = covered(tmp_path, *texts)
    assert (found.steps_missed, found.ways_missed, found.percent) == ([], [], 100.0)
