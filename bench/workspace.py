"""The benchmark's workspace: two of the shipped journeys, whatever else is shipped beside them."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from cjo.compile import compile_workspace
from cjo.resources import data_dir

JOURNEYS = ("win-back-basket", "mortgage-offer")
PARTS = ("shop", "bank")
"""The parts of the synthetic world that these journeys are about."""

_OTHERS = ("workspace.yaml", "tracking.yaml", "partials")


POLICIES = """
caps:
  two-a-week: {at_most: 2, per: 7 days, purposes: marketing}
  four-a-day: {at_most: 4, per: day}
quiet_hours:
  nights: {from: "21:00", to: "08:00", channels: [push, sms, call]}
send_windows:
  office: {from: "09:00", to: "17:30", days: weekday, channels: call}
arbitration:
  offers: {purposes: [marketing, advice], hold: 10 minutes, spacing: 1 hour}
hold_outs:
  everyone: {share: 10%}
preferred_channel: segment
"""
"""A policies.yaml with every kind of policy."""


BANNER = """
journey: mortgage-banner
owner: retail-banking
purpose: advice
priority: 60
enter: {on: high_mortgage_engagement, fresh: 24 hours}
steps: [{show: {send: web, template: mortgage-banner, expires: 30 minutes}}]
"""
BANNER_TEMPLATE = 'web: {en: {title: Your mortgage, body: "{{ moment.score }} reasons to talk"}}\n'
"""A journey that sends on a real-time channel at the same moment as mortgage-offer does by e-mail."""


def with_banner(folder: Path) -> Path:
    """The workspace in `folder`, with the journey BANNER too."""
    (folder / "mortgage-banner" / "templates").mkdir(parents=True)
    (folder / "mortgage-banner" / "journey.yaml").write_text(BANNER, encoding="utf-8")
    (folder / "mortgage-banner" / "templates" / "mortgage-banner.yaml").write_text(BANNER_TEMPLATE, encoding="utf-8")
    return folder


def make_workspace(folder: Path, policies: str | None = None) -> Path:
    """`folder`, made anew, as a workspace of JOURNEYS, with that policies.yaml where one is given."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in (*_OTHERS, *JOURNEYS):
        source = data_dir("journeys") / name
        if source.is_dir():
            shutil.copytree(source, folder / name)
        else:
            shutil.copy(source, folder)
    if policies is not None:
        (folder / "policies.yaml").write_text(policies, encoding="utf-8")
    return folder


def bench_plan() -> dict[str, Any]:
    """The plan of that workspace."""
    with tempfile.TemporaryDirectory() as scratch:
        return compile_workspace(make_workspace(Path(scratch) / "journeys"))
