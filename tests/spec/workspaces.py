"""Small workspaces for tests: a right one, and ways to make it wrong."""

from __future__ import annotations

from pathlib import Path

FILES = {
    "workspace.yaml": """
workspace: tried
locale: en
purposes: [marketing]
channels:
  email: {address: email, expires: 1 hour, unsubscribe: none}
  web: {address: none}
limits: {run: 10 days}
""",
    "tracking.yaml": """
channels: [web, store]
types:
  page_viewed: {channels: [web], attributes: {topic: string, seconds: int}}
  product_added: {attributes: {category: string}}
  order_completed: {requires: [order_id]}
profile: {email: string, age: int}
""",
    "shop/journey.yaml": """
signals:
  basket_abandoned:
    kind: absence
    start: product_added
    unless: order_completed
    within: 30 minutes
    per: basket_id
    collect: {total: sum(amount)}
---
journey: win-back
owner: shop
purpose: marketing
enter: {on: basket_abandoned, where: moment.total > 20}
exit: order_completed
steps:
  - remind: {send: email, template: reminder, with: {total: moment.total}}
  - pause: {wait: 1 day}
  - done: {exit: over}
""",
    "shop/templates/reminder.yaml": """
email: {en: {subject: Your basket, body: "{{ total }} {{ profile.email }}"}}
""",
}


def write(folder: Path, **changes: str | tuple[str, str] | None) -> Path:
    """A workspace in `folder`. A change names a file (`journey`, `tracking`, `workspace`, `template`) and gives its

    text, or a pair: text to find and text to put in its place; None leaves the file out. `partial` is the text of
    partials/voice.yaml and `policies` that of policies.yaml, which are there only if they are given.
    """
    policies = changes.get("policies")
    if isinstance(policies, str):
        (folder / "policies.yaml").write_text(policies, encoding="utf-8")
    partial = changes.get("partial")
    if isinstance(partial, str):
        (folder / "partials").mkdir(exist_ok=True)
        (folder / "partials" / "voice.yaml").write_text(partial, encoding="utf-8")
    for name, text in FILES.items():
        change = changes.get(_short(name), "")
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if change is None:
            continue
        if isinstance(change, tuple):
            assert change[0] in text, f"{change[0]!r} is not in {name}"
            text = text.replace(change[0], change[1], 1)
        path.write_text((change or text) if isinstance(change, str) else text, encoding="utf-8")
    return folder


def _short(name: str) -> str:
    return "template" if "templates" in name else Path(name).stem
