"""Time moves by heartbeats alone: a deadline falls due although nobody does anything any more (T1)."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from cjo.client.producer import TouchpointProducer
from cjo.topics import MOMENTS
from tests.cluster.conftest import replace
from tests.cluster.output import Output
from tests.cluster.running import Run
from tests.cluster.waiting import wait_for

pytestmark = pytest.mark.cluster

CUSTOMER = "c-quiet"


@pytest.fixture
def workspace(workspace: Path) -> Path:
    """Eight partitions, and baskets that are given up after ten seconds."""
    replace(workspace / "workspace.yaml", "partitions: 4", "partitions: 8")
    replace(workspace / "win-back-basket" / "journey.yaml", "within: 30 minutes", "within: 10 seconds")
    return workspace


def test_one_basket_in_a_silent_shop_is_reminded_of(run: Run) -> None:
    run.submit()
    run.stack.up(supervise=False, heartbeats=True)
    with TouchpointProducer(run.settings) as producer:
        producer.send(touch("profile_updated", "crm", attributes={"email": "anna@shop.example"}))
        producer.send(touch("consent_given", "crm", attributes={"purpose": "marketing"}))
        producer.send(touch("product_added", "web", basket_id="b1", product_id="p1", amount="25.00", currency="CHF"))

    found: Output = {}
    wait_for("the reminder", lambda: found.update(run.output()) or {MOMENTS, "actions.email"} <= found.keys())

    (moment,) = found[MOMENTS][CUSTOMER]
    (reminder,) = found["actions.email"][CUSTOMER]
    assert (moment["signal"], moment["key"]) == ("basket_abandoned", "b1")
    assert (reminder["kind"], reminder["step"], reminder["address"]) == ("request", "remind", "anna@shop.example")
    assert reminder["moment_id"] == moment["moment_id"]


def touch(kind: str, channel: str, **fields: Any) -> dict[str, Any]:
    """A touchpoint of the one customer, now."""
    now_ms = time.time_ns() // 1_000_000
    identity = {"event_id": f"quiet-{kind}", "customer_id": CUSTOMER, "occurred_at": now_ms}
    return {**identity, "type": kind, "channel": channel, **fields}
