"""Subjects beyond the customer: declared, named by signals, and who a moment of theirs enters."""

from __future__ import annotations

from pathlib import Path

import pytest

from cjo.compile import compile_workspace
from cjo.compile.needs import needs_of
from cjo.spec.problems import SpecErrors
from tests.spec import workspaces

TRACKING = """
channels: [web, store]
types:
  page_viewed: {channels: [web], attributes: {topic: string, account_id: string, contact_id: string}}
  product_added: {attributes: {category: string, account_id: string, contact_id: string}}
  order_completed: {requires: [order_id]}
subjects:
  account: {key: account_id, contact: contact_id, remember: 30 days}
  device: {key: device_id}
  unused: {key: session_id}
profile: {email: string, age: int}
"""
SIGNALS = """
signals:
  busy_account:
    kind: count
    subject: account
    on: [page_viewed, product_added]
    where: account_id <> 'x'
    at_least: 3
    distinct: customer_id
    window: 1 day
    settle: true
  loan_account: {kind: event, subject: account, on: page_viewed, where: topic = 'loan'}
  busy_device: {kind: count, subject: device, on: [page_viewed, order_completed], at_least: 2, window: 1 day}
  bought: {kind: event, on: order_completed}
---
journey: advice
owner: bank
purpose: marketing
enter: {on: busy_account, who: contact}
steps: [{hello: {send: email, template: reminder, with: {total: moment.count}}}]
"""
SUBJECTS = SIGNALS.replace("[page_viewed, product_added]\n    where: account_id <> 'x'", "product_added")


def with_subjects(folder: Path, signals: str = SIGNALS, tracking: str = TRACKING) -> Path:
    """A workspace with an account and a device."""
    folder.mkdir(exist_ok=True)
    template = 'email: {en: {subject: Hello, body: "{{ total }}"}}'
    return workspaces.write(folder, journey=signals, tracking=tracking, template=template)


def test_the_plan_has_the_kinds_that_signals_use_each_with_its_own_filter(tmp_path: Path) -> None:
    plan = compile_workspace(with_subjects(tmp_path))

    assert plan["subjects"] == {
        "account": {
            "key": ["attr", "account_id", "string"],
            "contact": ["attr", "contact_id", "string"],
            "remember_ms": 30 * 86_400_000,
            "filter": "(`type` = 'page_viewed' AND (`attributes`['account_id'] <> 'x'"
            " OR `attributes`['topic'] = 'loan'))"
            " OR (`type` = 'product_added' AND (`attributes`['account_id'] <> 'x'))",
        },
        "device": {
            "key": ["field", "device_id", "string"],
            "contact": None,
            "remember_ms": 90 * 86_400_000,
            "filter": "`type` IN ('order_completed', 'page_viewed')",
        },
    }
    assert "page_viewed" not in plan["filter"]
    assert "order_completed" in plan["filter"]
    assert plan["columns"] == ["customer_id", "device_id", "attributes"]
    by_name = {signal["name"]: signal for signal in plan["signals"]}
    assert (by_name["busy_account"]["subject"], by_name["busy_account"]["settle"]) == ("account", False)
    assert "subject" not in by_name["bought"]
    assert plan["journeys"][0]["enter"]["who"] == "contact"


def test_a_plan_without_other_subjects_has_no_word_of_them(tmp_path: Path) -> None:
    plan = compile_workspace(with_subjects(tmp_path, workspaces.FILES["shop/journey.yaml"], TRACKING))
    assert "subjects" not in plan
    assert all("subject" not in signal for signal in plan["signals"])


def test_another_key_or_contact_is_another_version_and_needs_another_query(tmp_path: Path) -> None:
    plan = compile_workspace(with_subjects(tmp_path / "one"))
    other = compile_workspace(
        with_subjects(tmp_path / "two", tracking=TRACKING.replace("contact: contact_id", "contact: account_id"))
    )
    versions = [{signal["name"]: signal["version"] for signal in one["signals"]} for one in (plan, other)]
    assert {name for name in versions[0] if versions[0][name] != versions[1][name]} == {"busy_account", "loan_account"}
    assert "page_viewed by account (account_id, contact_id, 30 days)" in needs_of(plan)
    assert "page_viewed by account (account_id, contact_id, 30 days)" not in needs_of(other)


WRONG = [
    (SIGNALS.replace("subject: device", "subject: devcie"), TRACKING,
     "shop/journey.yaml", "CJO-E110", "unknown kind of subject 'devcie'", "did you mean 'device'?"),
    (SIGNALS.replace("enter: {on: busy_account, who: contact}", "enter: busy_account")
     .replace("enter: busy_account", "enter: {on: busy_account}"), TRACKING,
     "shop/journey.yaml", "CJO-E111", "moments of busy_account are those of a whole account", "`who: contact`"),
    (SIGNALS.replace("on: busy_account, who", "on: busy_device, who"), TRACKING,
     "shop/journey.yaml", "CJO-E111", "does not say who is the contact of a device", "who: members"),
    (SIGNALS.replace("on: busy_account, who", "on: bought, who"), TRACKING,
     "shop/journey.yaml", "CJO-E111", "moments of bought are the customer's own", "take `who` out"),
    (SIGNALS.replace("{kind: event, on: order_completed}",
                     "{kind: profile, subject: account, when: profile.age > 3}"), TRACKING,
     "shop/journey.yaml", "CJO-E111", "looks at the profile, and only a customer has one", "take `subject` out"),
    (SIGNALS.replace("subject: device,", "subject: device, per: customer,"), TRACKING,
     "shop/journey.yaml", "CJO-E111", "watches a device", "per: customer_id"),
    (SIGNALS.replace("bought: {kind: event, on: order_completed}",
                     "bought: {kind: count, on: signal.busy_account, at_least: 2, window: 1 day}"), TRACKING,
     "shop/journey.yaml", "CJO-E111", "it uses moments of busy_account, which looks at another subject",
     "write `subject: account`"),
    (SIGNALS.replace("on: [page_viewed, product_added]", "on: [page_viewed, order_completed]"), TRACKING,
     "shop/journey.yaml:6:23", "CJO-E032", "order_completed has no 'account_id', which is the key of every account",
     "declare it for order_completed in tracking.yaml, or take order_completed out"),
    (SIGNALS, TRACKING.replace("{key: account_id,", "{key: acount_id,"),
     "tracking.yaml", "CJO-E032", "unknown name 'acount_id' for page_viewed", "did you mean 'account_id'?"),
    (SIGNALS, TRACKING.replace("{key: session_id}", "{key: sesion_id}"),
     "tracking.yaml", "CJO-E032", "no touchpoint has a field or attribute 'sesion_id'", "did you mean 'session_id'?"),
    (SIGNALS, TRACKING.replace("unused:", "customer:"),
     "tracking.yaml", "CJO-E020", "a customer is a subject always", "choose another name"),
    (SIGNALS, TRACKING.replace("category: string, account_id: string", "category: string, account_id: decimal"),
     "tracking.yaml", "", "'account_id' is of different types", ""),
]  # fmt: skip


@pytest.mark.parametrize(("signals", "tracking", "file", "code", "said", "hint"), WRONG)
def test_what_is_wrong_with_subjects_is_said_with_its_place_and_the_way_out(
    tmp_path: Path, signals: str, tracking: str, file: str, code: str, said: str, hint: str
) -> None:
    with pytest.raises(SpecErrors) as raised:
        compile_workspace(with_subjects(tmp_path, signals, tracking))
    told = [line for line in str(raised.value).splitlines() if said in line]
    assert told, str(raised.value)
    assert file in told[0]
    assert code in told[0]
    assert hint in str(raised.value)
