"""What stands above the tables of the reference pages (cjo/spec/pages.py)."""

WORKSPACE = """
# workspace.yaml
One file at the root of a workspace: what holds for every signal and journey in it. `cjo init FOLDER` writes one to start from. Editors complete it with [workspace.schema.json](workspace.schema.json).
```yaml
workspace: shop
time_zone: Europe/Zurich
purposes: [marketing, transactional]
channels:
  email: {address: email, expires: 24 hours}
  web: {address: none, real_time: true}
unsubscribe: {link: "https://shop.example/unsubscribe?customer={customer}&purpose={purpose}"}
```
A *length of time* is written `90 s`, `30 minutes`, `7 days`, `1 day 12 hours`. `transactional` is the purpose that needs no consent (D6).
"""

TRACKING = """
# tracking.yaml
One file at the root of a workspace: every type of touchpoint, where it may happen, and its attributes. Signals, journeys, scenarios and `cjo send` are checked against it, so that a name written wrong is an error and not a journey that never starts. Editors complete it with [tracking.schema.json](tracking.schema.json).
```yaml
channels: [web, app, store, crm]
types:
  product_viewed: {channels: [web, app], requires: [product_id], attributes: {category: string}}
  order_completed: {requires: [order_id]}
profile: {email: string, birth_date: string}
```
Every touchpoint has `event_id`, `channel`, `type`, a time, and `customer_id` or `device_id`; besides it may have `session_id`, `product_id`, `basket_id`, `order_id`, `amount`, `currency` and `text` ([the wire](wire.md)). These fields are used by name like attributes, and are not declared.

Known without a declaration, and never filtered out:

| type | attributes |
|---|---|
| `profile_updated` | any of `profile` |
| `consent_given`, `consent_withdrawn` | `purpose`; `channel` (absent: every channel) |
| `customer_suppressed`, `customer_unsuppressed` | |
| `action_delivered`, `action_failed`, `action_opened`, `action_clicked` | `action_id` |
| `identity_linked`, `heartbeat` | |
"""

JOURNEYS = """
# Journeys
A document that begins with `journey:`, in any YAML file of a workspace; by custom `NAME/journey.yaml`, beside the signal that it enters on, with `templates/` and `scenarios/`. Editors complete it with [journey.schema.json](journey.schema.json).
```yaml
journey: win-back-basket
owner: ecommerce
purpose: marketing
priority: 40
enter: {on: basket_abandoned, where: moment.total >= 20, fresh: 2 hours, again: {after: 7 days, per: customer}}
exit: [order_completed, basket_emptied]
goal: {name: purchase, on: order_completed, within: 3 days, value: amount}
steps:
  - remind: {send: [push, email], template: basket-reminder, with: {total: moment.total}, expires: 2 hours}
  - pause: {wait: 1 day, until: {on: product_added, then: done}}
  - remind-again: {send: email, template: basket-last-call, with: {total: moment.total}}
  - done: {exit: finished}
```
Each item of `steps` is one id with one body; the key that it has says which kind of step it is. Ids name steps in reports and in `then`, and stay when the journey changes. A step leads to the next one unless it says otherwise; past the last one the run is completed.

`where` and `when` are SQL conditions: comparisons, `AND`, `OR`, `NOT`, `IN`, `BETWEEN`, `LIKE`, `IS NULL`, `+ - *`, `LOWER`, `UPPER`, `COALESCE`; text in single quotes. What is not known makes a condition not hold. A *length of time* is written `90 s`, `30 minutes`, `7 days`, `1 day 12 hours`. What a customer gets at most, and what goes first, is in [the rules](../semantics.md).
"""

TEMPLATES = """
# Templates and partials
`templates/NAME.yaml` beside a journey holds a message's texts, `partials/NAME.yaml` what several messages share. How they are written, in which language a customer gets them and what is checked is told in [the guide to messages](../guide/messages.md). Editors complete them with [template.schema.json](template.schema.json) and [partial.schema.json](partial.schema.json).
"""
