"""Templates that are not complete: channels that nobody declares, missing parts, files with nothing in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from cjo.compile import compile_with_warnings, compile_workspace
from cjo.spec.problems import SpecErrors
from tests.spec import workspaces
from tests.spec.test_problems import Change, problems_of

SMS = ("web: {address: none}", "web: {address: none}\n  sms: {address: email, segments: 1}")
BY_SMS = ("send: email", "send: sms")


def warned(folder: Path, template: str, **changes: str | tuple[str, str] | None) -> list[tuple[str, str]]:
    """(message, hint) of every warning of missing parts."""
    _, warnings = compile_with_warnings(workspaces.write(folder, template=template, **changes))
    return [(one.message, one.hint) for one in warnings if one.code == "CJO-W057"]


def test_a_misspelt_part_is_told_once_where_it_stands_and_with_the_name_meant(tmp_path: Path) -> None:
    template = "sms: {en: {body: a}, de: {bdy: b}}"
    found = warned(tmp_path, template, workspace=SMS, journey=BY_SMS)
    assert found == [("sms in 'de': there is no `body`", "did you mean 'body' by 'bdy'?")]


@pytest.mark.parametrize(
    ("locales", "locale"),
    [
        ("en: {button: a}, de: {buton: b}", "de"),
        ("en: {buton: a}, de: {button: b}, fr: {button: c}", "en"),
    ],
)
def test_of_two_parts_that_look_alike_the_one_of_fewer_languages_is_told(
    tmp_path: Path, locales: str, locale: str
) -> None:
    found = warned(tmp_path, f"web: {{{locales}}}", journey=("send: email", "send: web"))
    assert found == [(f"web in '{locale}': there is no `button`", "did you mean 'button' by 'buton'?")]


def test_a_part_that_is_there_is_not_taken_for_one_that_looks_alike(tmp_path: Path) -> None:
    template = "web: {en: {button: a}, de: {button: b, buttons: c}}"
    ((message, hint),) = warned(tmp_path, template, journey=("send: email", "send: web"))
    assert message == "web in 'en': there is no `buttons`"
    assert "did you mean" not in hint


def test_an_sms_of_one_language_without_its_text_is_told(tmp_path: Path) -> None:
    found = warned(tmp_path, "sms: {en: {text: a}}", workspace=SMS, journey=BY_SMS)
    assert [message for message, _ in found] == ["sms in 'en': there is no `body`"]


@pytest.mark.parametrize(("parts", "said"), [("body: a", "there is no `subject`"), ("subject: '', html: a", "empty")])
def test_an_email_that_says_something_has_a_subject(tmp_path: Path, parts: str, said: str) -> None:
    ((message, _),) = warned(tmp_path, f"email: {{en: {{{parts}}}}}")
    assert said in message


def test_an_email_that_is_written_elsewhere_needs_no_subject(tmp_path: Path) -> None:
    assert warned(tmp_path, "email: {en: {letter: winter-7}, de: {letter: winter-8}}") == []


def test_a_part_that_another_language_has_is_missed(tmp_path: Path) -> None:
    template = "web: {en: {title: a, body: b}, de: {title: a}, fr: {title: c, body: d}}"
    found = warned(tmp_path, template, journey=("send: email", "send: web"))
    assert [message for message, _ in found] == ["web in 'de': there is no `body`"]


def test_a_template_for_a_channel_that_is_not_declared_is_an_error(tmp_path: Path) -> None:
    template = "{email: {en: {subject: s, body: a}}, wbe: {en: {body: a}}}"
    (found,) = problems_of(workspaces.write(tmp_path, template=template))
    assert (found.code, found.who) == ("CJO-E022", "template reminder")
    assert "did you mean 'web'?" in found.hint


def test_a_template_with_nothing_in_it_is_not_called_unknown(tmp_path: Path) -> None:
    found = problems_of(workspaces.write(tmp_path, template="# email: ...\n"))
    assert [one.code for one in found] == ["CJO-E024", "CJO-W058"]
    assert "there is nothing in the file of template 'reminder'" in found[0].message


@pytest.mark.parametrize("file", ["workspace", "tracking"])
@pytest.mark.parametrize("text", ["\n", "# to be written\n", "---\n", "null\n", "--- # later\n"])
def test_an_empty_workspace_or_tracking_plan_is_told_with_what_belongs_into_it(
    tmp_path: Path, file: str, text: str
) -> None:
    change: Change = {file: text}
    with pytest.raises(SpecErrors) as raised:
        compile_workspace(workspaces.write(tmp_path, **change))
    (found,) = raised.value.problems
    assert (found.code, found.message) == ("CJO-E011", f"{file}.yaml is empty")
    assert "`channels: ...`" in found.hint


@pytest.mark.parametrize("text", ["# journey: win-back\n", "~\n", "--- # journey: win-back\n"])
def test_an_emptied_journey_is_told(tmp_path: Path, text: str) -> None:
    found = problems_of(workspaces.write(tmp_path, journey=text))
    assert [one.code for one in found] == ["CJO-W058", "CJO-W004"]


def test_an_empty_policies_file_is_told(tmp_path: Path) -> None:
    _, found = compile_with_warnings(workspaces.write(tmp_path, policies="null\n"))
    assert [(one.code, Path(one.place.file).name) for one in found] == [("CJO-W058", "policies.yaml")]


def test_partials_that_include_each_other_and_nothing_else_are_unused(tmp_path: Path) -> None:
    folder = workspaces.write(tmp_path, partial="any: {en: \"{% include 'tone' %}\"}")
    (folder / "partials" / "tone.yaml").write_text("any: {en: \"{% include 'voice' %}\"}")
    assert [(one.code, one.who) for one in problems_of(folder)] == [
        ("CJO-W056", "partial tone"),
        ("CJO-W056", "partial voice"),
    ]


@pytest.mark.parametrize(("share", "expected"), [("0.5", 1), ("5", 0), ("0", 0), ("0.5%", 0), ("'0.5'", 1)])
def test_a_share_without_its_sign_is_told_where_it_may_mean_a_part_of_one(
    tmp_path: Path, share: str, expected: int
) -> None:
    policies = f"hold_outs: {{all: {{share: {share}, purposes: marketing}}}}\n"
    _, warnings = compile_with_warnings(workspaces.write(tmp_path, policies=policies))
    assert [one.hint for one in warnings] == ["write `0.5%`, or `50%`"] * expected


def test_a_goal_is_worth_a_number(tmp_path: Path) -> None:
    goal = "exit: order_completed\ngoal: {name: bought, within: 1 day, on: order_completed, value: currency}"
    (found,) = problems_of(workspaces.write(tmp_path, journey=("exit: order_completed", goal)))
    assert (found.code, found.message) == ("CJO-E033", "a goal's value is a number, 'currency' is of type string")
