"""Every code that a problem in an author's file can have: the one table. docs/reference/errors.md is made from it.

`python -m cjo.spec.codes > docs/reference/errors.md` writes the page anew.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Code:
    """A stable code, its short name, what it means, and what to do. `CJO-E...` is an error, `CJO-W...` a warning."""

    code: str
    name: str
    meaning: str
    next_step: str

    @property
    def level(self) -> str:
        """`error`: there is no plan; `warning`: there is one, and its author may have meant something else."""
        return level_of(self.code)


def level_of(code: str) -> str:
    """`error` or `warning`: a code carries its level in its letter."""
    return "warning" if code.startswith("CJO-W") else "error"


CODES: dict[str, Code] = {
    row[1]: Code(*row)
    for row in (
        ("CJO-E001", "yaml-syntax", "The file is not YAML.", "Correct the text at the place named."),
        ("CJO-E002", "duplicate-key", "A key is written twice in one mapping.", "Remove or rename one of the two."),
        (
            "CJO-E003",
            "unknown-document",
            "A document is neither signals, a journey nor a template.",
            "Begin it with `signals:` or `journey:`, or put it where its kind belongs.",
        ),
        (
            "CJO-E004",
            "missing-file",
            "A file that the workspace needs is absent.",
            "Create it, or name another folder.",
        ),
        (
            "CJO-E005",
            "yaml-feature",
            "YAML of a kind that is not read here: merge keys, own tags, a value that contains itself.",
            "Write the value out.",
        ),
        ("CJO-E010", "unknown-key", "A key that means nothing here.", "Correct its spelling or remove it."),
        ("CJO-E011", "missing-key", "A key that must be there is absent.", "Add it."),
        (
            "CJO-E012",
            "unknown-type",
            "A touchpoint type that the tracking plan does not declare.",
            "Correct its spelling, or declare the type in tracking.yaml.",
        ),
        ("CJO-E013", "wrong-value", "A value of the wrong kind, or outside its limits.", "Write what is expected."),
        (
            "CJO-E014",
            "duration",
            "Not a length of time.",
            "Write a number and a unit, like `30 minutes`, `7 days` or `1 day 12 hours`.",
        ),
        (
            "CJO-E015",
            "time",
            "Not a point in time, a time of day or a time zone.",
            "Write a time of day like `09:00`, a zone like `Europe/Zurich`; "
            "in a scenario a point in time like `0 min` or `2026-01-05 09:00`.",
        ),
        (
            "CJO-E016",
            "bad-name",
            "A name with characters that names do not have, or one that is reserved.",
            "Use letters, digits, `_` and `-`, and begin with a letter.",
        ),
        (
            "CJO-E017",
            "step-shape",
            "A step that is not one id with one of send, wait, branch, update, emit, experiment, exit; "
            "or a way of a step with both `then` and `steps`.",
            "Write `- id: {send: ...}`, `- id: {wait: ...}`, `- id: {exit: ...}` and so on.",
        ),
        (
            "CJO-E018",
            "wait-until",
            "Not a time that a wait can be until.",
            "Write `until 09:00`, `until monday 09:00`, `until weekday 09:00` or `until moment.starts_at - 24 hours`.",
        ),
        ("CJO-E020", "duplicate-name", "Two things of one kind have the same name.", "Rename one of them."),
        (
            "CJO-E021",
            "unknown-signal",
            "A journey enters on a signal that nobody defines.",
            "Correct the name, or define it.",
        ),
        ("CJO-E022", "unknown-channel", "A channel that is not declared.", "Correct the name, or declare the channel."),
        (
            "CJO-E023",
            "unknown-purpose",
            "A purpose that workspace.yaml does not list.",
            "Correct the name, or list it.",
        ),
        (
            "CJO-E024",
            "unknown-template",
            "A template that is in no templates folder.",
            "Correct the name, or write it.",
        ),
        (
            "CJO-E025",
            "unknown-step",
            "`then` or `migrate` names a step that the journey does not have.",
            "Name one of its steps, or exit.",
        ),
        (
            "CJO-E026",
            "unknown-journey",
            "A journey that nobody defines.",
            "Correct the name, or define it.",
        ),
        ("CJO-E028", "unknown-emit", "An emit that is not declared.", "Correct the name, or declare it under `emits`."),
        (
            "CJO-E029",
            "bad-topic",
            "A topic of an emit that cannot be written to: not a topic's name, one of cjo's own, or another's.",
            "Choose another name, such as `actions.crm-tasks`.",
        ),
        ("CJO-E030", "condition-syntax", "A condition is not a SQL expression.", "Correct it at the place named."),
        (
            "CJO-E031",
            "condition-not-allowed",
            "SQL that conditions do not have: subqueries, other functions, casts and the like.",
            "Use comparisons, AND, OR, NOT, IN, BETWEEN, LIKE, IS NULL, + - *, LOWER, UPPER, COALESCE.",
        ),
        (
            "CJO-E032",
            "unknown-name",
            "A name that is not there: no field, attribute, collected value, profile attribute, arm or hold-out.",
            "Correct its spelling, or declare it.",
        ),
        (
            "CJO-E033",
            "type-mismatch",
            "Values of different types are compared, or an operator got the wrong type.",
            "Compare like with like; text stands in single quotes, numbers do not.",
        ),
        (
            "CJO-E034",
            "bad-reference",
            "Not the name of a value.",
            "Write one name, such as `basket_id` or `moment.total`.",
        ),
        (
            "CJO-E035",
            "two-groups",
            "A journey is in two arbitration groups of policies.yaml (rule D7).",
            "Give each journey one group.",
        ),
        (
            "CJO-E036",
            "never-open",
            "Quiet hours and send windows leave no time of the week for some channel and purpose.",
            "Shorten the quiet hours, or widen the send windows.",
        ),
        (
            "CJO-E040",
            "no-key",
            "Something is to match the run's key, but there is none, or another, or the touchpoint cannot carry it.",
            "Give the signal `per`, or write `match: customer`.",
        ),
        (
            "CJO-E041",
            "endless-loop",
            "Steps that lead back to themselves without a wait in between (rule R6).",
            "Put a wait of more than zero into the loop.",
        ),
        ("CJO-E042", "unreachable-step", "No path leads to a step.", "Lead to it with `then`, or remove it."),
        (
            "CJO-E043",
            "too-long",
            "Longer than the time that it must fit into.",
            "Shorten it, or raise the limit in workspace.yaml.",
        ),
        (
            "CJO-E044",
            "migrate",
            "`migrate` names a step at which no run can stand.",
            "Name a `wait`, or a `send` or `emit` that can be held.",
        ),
        (
            "CJO-W001",
            "same-day",
            "Two journeys can send one customer, for one purpose by one channel, on one day, and nothing limits both.",
            "Put both under a cap in policies.yaml, give their entries conditions that exclude each other, or write "
            "`# lint: allow CJO-W001`.",
        ),
        (
            "CJO-W002",
            "goal-unreachable",
            "A journey's goal can never be reached.",
            "Name a touchpoint that can come, after a send or an arm of an experiment.",
        ),
        (
            "CJO-W003",
            "never-happens",
            "A signal can never fire, or an exit or wait asks for what no declared type and channel gives.",
            "Correct the condition, or the channels of the type in tracking.yaml.",
        ),
        (
            "CJO-W004",
            "unused-template",
            "No step sends a template.",
            "Send it, or remove its file.",
        ),
        (
            "CJO-W005",
            "unused-signal",
            "No journey enters on a signal, and no other uses it. Its moments still go to the topic `moments`.",
            "Write a journey that enters on it, use it in a signal, or remove it.",
        ),
        (
            "CJO-W006",
            "exit-comes-first",
            "A wait is for a touchpoint that always ends the whole run first.",
            "Take it out of `until`, or out of `exit`.",
        ),
        (
            "CJO-W007",
            "outlives-wait",
            "A message may still be delivered when the next one of its journey goes by the same channel.",
            "Let the message expire before the wait is over.",
        ),
        (
            "CJO-W008",
            "run-too-short",
            "A step comes after waits that together last longer than the run may.",
            "Shorten the waits, or give the journey a longer `run`.",
        ),
        (
            "CJO-W009",
            "bare-share",
            "A hold-out's share below 1 without `%`: it is read in percent, as 0.1 of a hundred.",
            "Write the sign: `0.1%` for one in a thousand, `10%` for one in ten.",
        ),
        (
            "CJO-W010",
            "unknown-allowed",
            "A comment `# lint: allow` names a code that there is not, or that of an error, so it allows nothing.",
            "Correct the code, or remove it.",
        ),
        (
            "CJO-W011",
            "goal-ends-first",
            "In an arm of an experiment the goal counts no more by the time its first message goes.",
            "Give the goal a longer `within`, or put the wait before the experiment.",
        ),
        (
            "CJO-E048",
            "signal-circle",
            "A signal uses, directly or through others, its own moments.",
            "Take one of the uses out: a signal can follow only what is there without it.",
        ),
        ("CJO-E050", "template-syntax", "A template that Jinja2 cannot read.", "Correct it at the place named."),
        (
            "CJO-E051",
            "template-incomplete",
            "A template lacks a channel that a send uses, or the workspace's own locale for it.",
            "Add the channel and locale to the template.",
        ),
        (
            "CJO-E052",
            "template-variable",
            "A template uses a variable that nothing provides.",
            "Add it to `with` of every send that uses the template.",
        ),
        (
            "CJO-E053",
            "template-include",
            "A template takes in another file in a way that a plan can't carry: inheritance, imports, computed names.",
            "Write `{% include 'NAME' %}` with the name of a partial.",
        ),
        (
            "CJO-E054",
            "partial-loop",
            "A partial includes itself, directly or through others.",
            "Take one of the includes out.",
        ),
        (
            "CJO-E055",
            "unsubscribe-missing",
            "A message that must offer the customer a way out does not show the link.",
            "Write `{{ unsubscribe }}` into the message or into a partial that it includes.",
        ),
        (
            "CJO-E056",
            "unknown-partial",
            "A template includes a partial that is in no partials folder.",
            "Correct the name, or write it.",
        ),
        (
            "CJO-W048",
            "unsettled-input",
            "A signal settles, and one that it uses fires at once: what it waits for hangs on the order of arrival.",
            "Let the input settle too, or fire both at once.",
        ),
        (
            "CJO-W050",
            "template-locale",
            "A channel of a template lacks a locale that another of its channels has.",
            "Write it in that locale too; until then its customers get the fallback.",
        ),
        (
            "CJO-W051",
            "message-too-long",
            "With sample values a message is longer than its channel's `segments` or `lengths` in workspace.yaml.",
            "Shorten it; `cjo preview TEMPLATE` shows the lengths.",
        ),
        (
            "CJO-W052",
            "unsubscribe-unset",
            "Messages that must offer the customer a way out are sent, and workspace.yaml gives no link.",
            "Add `unsubscribe: {link: ...}` to workspace.yaml.",
        ),
        (
            "CJO-W053",
            "template-fails",
            "A template cannot be rendered with sample values.",
            "Correct the expression; at run time such a step is refused with `template_error`.",
        ),
        (
            "CJO-W054",
            "template-none",
            "A message reads 'None' for a customer whose profile lacks an attribute.",
            "Give an alternative, as in `{{ profile.first_name or 'you' }}`.",
        ),
        (
            "CJO-W055",
            "message-line-break",
            "A part of one line, such as a subject, has a line break; it is sent as a space.",
            "Write it in one line.",
        ),
        (
            "CJO-W056",
            "unused-partial",
            "No template includes a partial, directly or through others.",
            "Include it, or remove its file.",
        ),
        (
            "CJO-W057",
            "message-part",
            "A message lacks a part that it has in other languages; or an e-mail its subject, an SMS its body.",
            "Write the part, or correct its name.",
        ),
        (
            "CJO-W058",
            "empty-file",
            "A file has nothing in it, or nothing but comments.",
            "Write what belongs into it, or remove it.",
        ),
        (
            "CJO-E090",
            "scenario-line",
            "A line of a scenario that does not say what happens, or what is expected.",
            "Write `{at: 0 min, touchpoint: ...}` or `{quiet_until: 1 day}` under `given`; under `expect` one of "
            "`{moment: ...}`, `{send: ...}`, `{refused: ...}`, `{cancel: ...}`, `{goal: ...}`, `{ends: ...}`.",
        ),
        (
            "CJO-E091",
            "scenario-order",
            "A line of `given` that the log learns of before the line above it.",
            "Put the lines in the order of time, or say with `arrives` when the log learns of it.",
        ),
        (
            "CJO-E092",
            "unknown-customer",
            "A customer whom the scenario does not introduce.",
            "Correct the name, or add them to `customers`.",
        ),
        (
            "CJO-E093",
            "unknown-reason",
            "A reason that cjo never gives.",
            "Correct its spelling; docs/reference/reasons.md lists them.",
        ),
        (
            "CJO-E100",
            "unknown-carrier",
            "A channel of deliver.yaml goes to a carrier that the file does not have.",
            "Correct the name, or add it to `carriers`.",
        ),
        (
            "CJO-E101",
            "no-address",
            "A carrier that needs an address is to serve a channel that has none.",
            "Name another carrier, or give the channel an `address` in workspace.yaml.",
        ),
        (
            "CJO-E102",
            "carried-twice",
            "Two files with `carriers`, or two channels of one, would carry out the actions of one topic.",
            "Name one of them only, in one of the files.",
        ),
        (
            "CJO-E110",
            "unknown-subject",
            "A kind of subject that the tracking plan does not declare.",
            "Correct the name, or declare it under `subjects` in tracking.yaml.",
        ),
        (
            "CJO-E111",
            "subject",
            "A signal, or a journey that enters on it, asks of a subject what a subject of its kind has not.",
            "Write what the message says; docs/reference/subjects.md tells what each kind of subject has.",
        ),
    )
}


def page() -> str:
    """The text of docs/reference/errors.md."""
    rows = "\n".join(f"| `{c.code}` | {c.name} | {c.meaning} | {c.next_step} |" for c in CODES.values())
    return (
        "# What can be wrong in an author's file\n"
        "`cjo validate` reports every problem at once, as `file:line:column CODE who: what; hint: next step`. "
        "A code keeps its meaning for ever. This page is made from `cjo/spec/codes.py`.\n\n"
        "`CJO-E...` is an error: there is no plan until it is gone. `CJO-W...` is a warning: `cjo validate` "
        "shows it and succeeds, `cjo validate --strict` fails. A comment `# lint: allow CODE` on the line named or the "
        "one before it silences a warning there; write your reason behind the code. `CJO-W001` to `CJO-W049` are lints "
        "(cjo/compile/lints/).\n\n"
        f"| code | name | meaning | next step |\n|---|---|---|---|\n{rows}\n"
    )


if __name__ == "__main__":
    print(page(), end="")
