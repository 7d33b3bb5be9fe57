"""The plans and filters that are made, kept as files to read."""

from __future__ import annotations

import json
from pathlib import Path

from cjo.compile import compile_workspace
from cjo.compile.conditions import parse_condition
from cjo.compile.filter import widened
from cjo.resources import data_dir
from tests.compile import golden
from tests.compile.test_conditions_as_closures import SCOPE
from tests.spec import workspaces

CONDITIONS = """
topic = 'mortgage'
topic = 'it''s'
NOT topic = 'mortgage'
topic IN ('a', 'bc')
LOWER(topic) IN ('a', 'bc')
topic NOT IN ('a', 'bc')
topic IS NULL
topic IS NOT NULL
years IS NULL
years IS NOT NULL
amount IS NULL
years > 3
3 < years
years BETWEEN 1 AND 3
years NOT BETWEEN 1 AND 3
loan >= 12.5
amount * 2 > 5
amount >= 20 AND topic = 'mortgage'
amount * 2 > 5 AND topic = 'mortgage'
amount * 2 > 5 OR topic = 'mortgage'
NOT (amount * 2 > 5 OR topic = 'mortgage')
NOT (amount * 2 > 5 AND topic = 'mortgage')
returning
NOT returning
returning = FALSE
due > '2026-05-01T00:00:00Z'
topic LIKE 'mort%'
topic NOT LIKE 'mort%'
topic LIKE 'm_rt%'
topic < 'n'
topic < 'ö'
topic = page
LOWER(topic) = 'mortgage'
COALESCE(topic, 'none') = 'none'
TRUE
FALSE
"""


def test_the_filters_of_conditions() -> None:
    lines = []
    for text in CONDITIONS.strip().splitlines():
        cond, complaints = parse_condition(text, SCOPE)
        assert not complaints
        lines.append(f"{text}\n    {widened(cond) or 'TRUE'}\n")
    golden.check("filters.txt", "".join(lines))


def test_the_plan_of_the_shipped_journeys() -> None:
    plan = compile_workspace(data_dir("journeys"))
    assert json.loads(json.dumps(plan)) == plan
    golden.check("plan.json", json.dumps(plan, indent=1, ensure_ascii=False) + "\n")


EVERYTHING = """
signals:
  came_back: {kind: event, on: [page_viewed, product_added], where: session_id IS NOT NULL, settle: true,
              collect: {page: product_id}}
  looking: {kind: score, at_least: 3, window: 1 hour, per: customer,
            points: [{on: page_viewed, where: attributes.topic = 'x' and seconds > 5, add: 2},
                     {on: product_added, add: -1}]}
  gone:
    kind: absence
    start: {on: product_added, where: amount >= 5}
    unless: [order_completed, {on: page_viewed, where: topic = 'stay'}]
    within: 1 day 12 hours
    per: basket_id
    on_repeat: keep
    collect: {n: count(), newest: product_id, all: {each: category, max: 3}, total: sum(amount)}
  quiet:
    kind: inactivity
    on: [page_viewed, {on: product_added, where: amount >= 5}]
    active: {at_least: 3, within: 30 days}
    silent: 2 weeks
    collect: {last: session_id}
  slower:
    kind: change
    on: [{on: page_viewed, where: topic = 'a'}, {on: page_viewed, where: seconds > 5}, product_added]
    of: sum(amount)
    recent: 7 days
    baseline: 28 days
    falls_to: 12.5%
    baseline_at_least: 99.5
---
journey: once
owner: shop
purpose: marketing
revision: 3
run: 5 days
time_zone: Europe/Zurich
enter: {on: gone, where: moment.n > 1 AND profile.age >= 18, fresh: 1 hour, again: never}
exit: {on: [order_completed, customer_suppressed], match: customer}
steps:
  - first: {send: [web, email], template: reminder, with: {total: moment.total}, refused: {no_consent: exit}}
  - hold: {wait: 90 s, until: [{on: page_viewed, where: topic = 'x', then: first}, product_added], timeout: exit}
  - last: {exit: finished}
---
journey: often
owner: shop
purpose: marketing
enter: {on: looking, again: after exit}
steps: [{end-it: {exit: finished}}]
---
journey: every-step
owner: shop
purpose: marketing
enter: {on: gone, again: after exit}
steps:
  - count: {update: {tries: "coalesce(run.tries, 0) + 1", tier: "'high'", dear: moment.total >= 100, kept: 2.5}}
  - which:
      branch:
        - {when: "profile.age >= 18 AND run.tries < 3", then: morning}
        - when: moment.total >= 100
          steps:
            - offer:
                send: web
                template: reminder
                with: {total: run.kept}
                spread: 30 minutes
                until: {on: order_completed, then: bye}
            - look: {branch: [{when: "outcome.offer = 'sent'", steps: [{wait-a-bit: {wait: 1 hour}}]}], else: exit}
      else: {steps: [{tell-crm: {emit: crm-tasks, with: {total: moment.total}}}]}
  - voucher:
      experiment:
        none: {share: 50}
        ten: {share: 30, steps: [{ten-off: {send: web, template: reminder, with: {total: moment.total}}}]}
        all: {share: 20, then: bye}
  - best:
      decide:
        call: {score: 2 * run.tries, where: moment.total >= 500, cap: {at_most: 1, per: 30 days}, then: morning}
        mail: {score: "1.5", steps: [{mail-it: {send: web, template: reminder, with: {total: moment.total}}}]}
      otherwise: bye
  - morning: {wait: until 09:00, until: {on: order_completed, then: bye}}
  - monday: {wait: until Monday 08:30, restart: page_viewed}
  - office: {wait: until weekday 17:05}
  - day-before: {wait: until moment.at - 24 hours, timeout: again}
  - again: {branch: [{when: "run.tries < 2 AND outcome.ten-off IS NULL", then: count}]}
  - onwards: {branch: [{when: run.tries > 5, steps: [{often-then: {hand_over: session, with: {}}}]}]}
  - bye: {exit: over}
---
journey: session
owner: shop
purpose: marketing
mode: shadow
enter: {on: gone, again: replace}
steps: [{show: {send: web, template: reminder, with: {total: moment.total}}}]
"""


KINDS = """
signals:
  comparing: {kind: count, on: [page_viewed, product_added], where: product_id IS NOT NULL, at_least: 3,
              distinct: product_id, window: 1 hour, cooldown: 2 days, settle: true,
              collect: {products: {each: product_id, max: 5}, spent: sum(amount), last: product_id, n: count()}}
  reading: {kind: count, on: page_viewed, where: topic = 'x', at_least: 2, window: 7 days, per: session_id}
  warm: {kind: score, points: [{on: page_viewed, add: 2}], at_least: 5, window: 14 days, decay: {half_life: 3 days}}
  grown_up: {kind: profile, when: profile.age >= 18 AND profile.email IS NOT NULL, collect: [age]}
  known: {kind: profile, when: profile.email LIKE '%@%', first: counts}
  birthday: {kind: date, date: profile.birth_date, every: year, collect: [email, profile.age]}
  renewal: {kind: date, date: profile.renewed_at, before: 14 days, at: 18:30}
---
journey: years
owner: shop
purpose: marketing
enter: {on: birthday, where: moment.years >= 18 AND moment.time_zone != 'UTC' AND moment.age > 3, again: after exit}
steps: [{end-it: {exit: finished}}]
---
journey: counts
owner: shop
purpose: marketing
enter: {on: comparing, where: moment.count >= 3 AND moment.spent > 5, again: after exit}
steps: [{end-it: {exit: finished}}]
---
journey: grown
owner: shop
purpose: marketing
enter: {on: grown_up, where: moment.age < 30, again: never}
steps: [{end-it: {exit: finished}}]
"""
DATES = ("age: int}", "age: int, birth_date: string, renewed_at: timestamp, vip: bool, time_zone: string}")


def test_the_signals_of_kinds_count_profile_and_date(tmp_path: Path) -> None:
    plan = compile_workspace(workspaces.write(tmp_path, journey=KINDS, tracking=DATES))
    kept = {"signals": plan["signals"], "columns": plan["columns"], "filter": plan["filter"]}
    golden.check("signals.json", json.dumps(kept, indent=1) + "\n")


def test_the_plan_with_everything_that_can_be_written(tmp_path: Path) -> None:
    template = "{email: {en: {body: '{{ total }}'}}, web: {en: {body: '{{ moment.n }}'}}}"
    emits = "emits: {crm-tasks: {expires: 7 days}, outside: {topic: my-own.topic}}\nchannels:"
    folder = workspaces.write(tmp_path, journey=EVERYTHING, template=template, workspace=("channels:", emits))
    golden.check("everything.json", json.dumps(compile_workspace(folder), indent=1) + "\n")
