"""D8: a scenario says which arm of an experiment its customer is in, and whether a hold-out holds them back."""

from __future__ import annotations

from pathlib import Path

import pytest

from cjo.scenarios.run import Rehearsal, Result
from cjo.spec.problems import SpecErrors
from tests.scenarios.stories import write
from tests.spec.workspaces import FILES

SEND = "{send: email, template: reminder, with: {total: moment.total}}"
STEPS = f"""
  - gift:
      experiment:
        none: {{share: 1}}
        five: {{share: 1, steps: [{{offer-five: {SEND}}}]}}
        ten: {{share: 0, steps: [{{offer-ten: {SEND}}}]}}
"""
BEGIN = FILES["shop/journey.yaml"][: FILES["shop/journey.yaml"].index("\n  - remind")]
OTHER = "journey: other\nowner: shop\npurpose: marketing\nenter: {on: basket_abandoned}\nsteps:" + STEPS
HOLD_OUTS = "hold_outs: {everyone: {share: 50%}, summer: {share: 50%, journeys: win-back}}\n"
STORY = """\
scenario: A gift
journey: win-back
customer: {profile: {email: anna@example.org}, consent: marketing, LOTS}
given:
  - {at: 0 min, touchpoint: product_added, with: {basket_id: b1, amount: 30}}
expect:
  - EXPECTED
"""
TEN = "{at: 30 min, send: email, step: offer-ten}"


def folder_of(folder: Path, lots: str, expected: str, policies: str = "", begin: str = BEGIN) -> Path:
    text = STORY.replace("LOTS", lots).replace("EXPECTED", expected)
    return write(folder, text=text, journey=f"{begin}{STEPS}---\n{OTHER}", policies=policies or HOLD_OUTS)


def played(folder: Path, lots: str, expected: str, policies: str = "", begin: str = BEGIN) -> Result:
    (result,) = Rehearsal(folder_of(folder, lots, expected, policies, begin)).run().results
    return result


@pytest.mark.parametrize("arm", ["five", "ten"])
def test_d8_the_arm_that_a_scenario_names_is_the_customers_also_where_its_share_is_zero(
    arm: str, tmp_path: Path
) -> None:
    result = played(tmp_path, f"arms: {{gift: {arm}}}", f"{{at: 30 min, send: email, step: offer-{arm}}}")
    assert result.passed, result.story()
    assert f"win-back / gift: is in the arm {arm}, as before [arm_kept]" in [one.said for one in result.came]


def test_d8_an_experiment_of_another_journey_is_named_with_it(tmp_path: Path) -> None:
    other = "{journey: other, send: email, step: offer-ten}"
    assert played(tmp_path, "arms: {gift: none, other/gift: ten}", other).passed


def test_d8_several_customers_are_each_in_their_own_arm(tmp_path: Path) -> None:
    known = "{profile: {email: a@b.ch}, consent: marketing, LOTS}"
    people = [
        ("anna", "arms: {gift: ten}"),
        ("ben", "arms: {gift: five}"),
        ("carl", "held_out: everyone, arms: {gift: ten}"),
    ]
    told = "".join(f"  {name}: {known.replace('LOTS', lots)}\n" for name, lots in people)
    given = "".join(
        f"  - {{at: 0 min, touchpoint: product_added, customer: {name}, with: {{basket_id: b1, amount: 30}}}}\n"
        for name, _ in people
    )
    text = f"scenario: Three\njourney: win-back\ncustomers:\n{told}given:\n{given}expect:\n"
    text += "  - {customer: anna, send: email, step: offer-ten}\n  - {customer: ben, send: email, step: offer-five}\n"
    text += "  - {customer: carl, refused: held_out, step: offer-ten}\n"
    folder = write(tmp_path, text=text, journey=f"{BEGIN}{STEPS}---\n{OTHER}", policies=HOLD_OUTS)
    (result,) = Rehearsal(folder).run().results
    assert result.passed, result.story()


def test_d8_every_arm_can_be_visited_on_purpose(tmp_path: Path) -> None:
    stories = [STORY.replace("LOTS", f"arms: {{gift: {arm}}}") for arm in ("none", "five", "ten")]
    texts = [one.replace("expect:\n  - EXPECTED", "expect: nothing\nonly: [goal]") for one in stories]
    folder = write(tmp_path, text="\n---\n".join(texts), journey=f"{BEGIN}{STEPS}---\n{OTHER}")
    covered = Rehearsal(folder).run().coverage[0]
    assert (covered.journey, covered.steps_missed) == ("win-back", [])
    assert not [way for way in covered.ways_missed if way.startswith("gift")]


@pytest.mark.parametrize("held_out", ["everyone", "summer", "[summer, everyone]"])
def test_d8_a_customer_is_held_out_by_the_hold_outs_that_the_scenario_names(held_out: str, tmp_path: Path) -> None:
    lots = f"arms: {{gift: ten}}, held_out: {held_out}"
    result = played(tmp_path, lots, "{at: 30 min, refused: held_out, step: offer-ten}")
    assert result.passed, result.story()


def test_d8_nobody_is_held_out_unless_the_scenario_says_so(tmp_path: Path) -> None:
    everybody = HOLD_OUTS.replace("50%", "100%")
    assert played(tmp_path, "arms: {gift: ten}", TEN, everybody).passed


def test_d8_arms_hold_for_a_journey_in_shadow_too(tmp_path: Path) -> None:
    shadow = BEGIN.replace("journey: win-back", "journey: win-back\nmode: shadow")
    result = played(
        tmp_path, "arms: {gift: ten}, held_out: everyone", "{refused: held_out, step: offer-ten}", "", shadow
    )
    assert result.passed, result.story()


def test_an_arm_that_the_experiment_does_not_have_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(SpecErrors) as raised:
        Rehearsal(folder_of(tmp_path, "arms: {gift: tne}, held_out: evryone", TEN))
    found = [f"{problem.code} {problem.message}; {problem.hint}" for problem in raised.value.problems]
    assert found == [
        "CJO-E032 unknown arm 'tne'; did you mean 'ten'? arms of gift: five, none, ten",
        "CJO-E032 unknown hold-out 'evryone'; did you mean 'everyone'? policies.yaml declares: everyone, summer",
    ]
