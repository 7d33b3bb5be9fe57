"""The arms that customers of a scenario are in, as their state holds them (D8): of experiments and of hold-outs."""

from __future__ import annotations

from collections.abc import Iterator

from cjo.compile.draft import Site
from cjo.engine.modes import SHADOW
from cjo.engine.policies.held_out import HELD_OUT, TREATED
from cjo.scenarios.given import customers_of
from cjo.spec.common import UNKNOWN
from cjo.spec.problems import did_you_mean
from cjo.spec.scenarios import Customer, Scenario

Arms = dict[str, str]


def arms_of(site: Site, scenario: Scenario, journey: str) -> dict[str, Arms]:
    """What is on record for each customer of whom anything is, live and in shadow. What is wrong is noted.

    Nobody is held out unless the scenario says so. Of experiments only the arms that it names are on record: the others
    are drawn, as live.
    """
    found = {}
    for name in customers_of(scenario):
        customer = scenario.customers.get(name) or scenario.customer or Customer.model_validate({})
        here = site.at("customers", name) if name in scenario.customers else site.at("customer")
        arms = dict([*_hold_outs(here, customer), *_experiments(here, customer, journey)])
        if arms:
            found[name] = arms | {f"{place}~{SHADOW}": arm for place, arm in arms.items()}
    return found


def _hold_outs(site: Site, customer: Customer) -> Iterator[tuple[str, str]]:
    known = [str(one["name"]) for one in site.draft.plan["workspace"].get("hold_outs") or ()]
    for index, name in enumerate(customer.held_out):
        site.at("held_out", index).known("unknown-name", "hold-out", name, known, "policies.yaml declares:")
    for name in known:
        yield f"*/{name}", HELD_OUT if name in customer.held_out else TREATED


def _experiments(site: Site, customer: Customer, journey: str) -> Iterator[tuple[str, str]]:
    journeys = {one["name"]: one for one in site.draft.plan["journeys"]}
    for written, arm in customer.arms.items():
        here = site.at("arms", written)
        of, _, step = written.rpartition("/")
        of = of or journey
        if of not in journeys:
            said = did_you_mean(of, journeys, "defined journeys:")
            here.note_key("unknown-journey", f"unknown journey '{of}'", said)
            continue
        experiments = {one["id"]: one["arms"] for one in journeys[of]["steps"] if one["kind"] == "experiment"}
        if step not in experiments:
            said = did_you_mean(step, experiments, f"experiments of {of}:")
            here.note_key("unknown-step", f"unknown experiment '{step}'", said)
        elif arm != UNKNOWN:
            names = [str(one["name"]) for one in experiments[step]]
            here.known("unknown-name", "arm", arm, names, f"arms of {step}:")
            yield f"{of}/{step}", arm
