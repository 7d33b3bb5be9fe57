"""What is checked about a message with sample values: length, segments, 'None', the way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from cjo.compile import compile_with_warnings, compile_workspace
from cjo.spec.problems import Problem
from tests.spec import workspaces
from tests.spec.test_problems import LINK, problems_of

NO_LINK = "unsubscribe: none"
WITH_LINK = (", unsubscribe: none}\n  web: {address: none}", "}\n  web: {address: none}" + LINK)


def warnings(folder: Path, body: str, channel: str = NO_LINK, part: str = "body") -> list[Problem]:
    template = f"email: {{en: {{subject: s, {part}: '{body}'}}}}"
    return compile_with_warnings(workspaces.write(folder, template=template, workspace=(NO_LINK, channel)))[1]


@pytest.mark.parametrize(("body", "warned"), [("a" * 160, False), ("a" * 161, True), ("ł" * 70, False)])
def test_more_segments_than_declared_are_a_warning(tmp_path: Path, body: str, warned: bool) -> None:
    found = warnings(tmp_path, body, "unsubscribe: none, segments: 1")
    assert [one.code for one in found] == ["CJO-W051"] * warned


def test_what_makes_an_sms_ucs_2_is_named(tmp_path: Path) -> None:
    (found,) = warnings(tmp_path, "a" * 70 + "ł", "unsubscribe: none, segments: 1")
    assert found.message == "body takes 2 segments (71 units, UCS-2) with sample values, 1 declared"
    assert "because of: ł" in found.hint


def test_sample_values_count(tmp_path: Path) -> None:
    assert warnings(tmp_path, "a" * 154 + "{{ total }}", "unsubscribe: none, segments: 1") == []
    (found,) = warnings(tmp_path, "a" * 155 + "{{ total }}", "unsubscribe: none, segments: 1")
    assert "161 units" in found.message


def test_a_part_longer_than_declared_is_a_warning(tmp_path: Path) -> None:
    lengths = "unsubscribe: none, lengths: {title: 5}"
    assert warnings(tmp_path, "12345", lengths, "title") == []
    (found,) = warnings(tmp_path, "123456", lengths, "title")
    assert found.message == "title has 6 characters with sample values, 5 are declared"


def test_a_name_that_may_be_unknown_needs_an_alternative_but_the_address_does_not(tmp_path: Path) -> None:
    (found,) = warnings(tmp_path, "{{ profile.email }} {{ profile.age }}")
    assert (found.code, found.message) == ("CJO-W054", "body reads 'None' where profile.age is not known")
    assert warnings(tmp_path, "{{ profile.age or 0 }}") == []


def test_the_link_may_stand_in_a_partial(tmp_path: Path) -> None:
    template = "email: {en: {subject: s, body: \"{% include 'voice' %}\"}}"
    partial = "any: {en: 'Out: {{ unsubscribe }}'}"
    folder = workspaces.write(tmp_path, template=template, partial=partial, workspace=WITH_LINK)
    plan, found = compile_with_warnings(folder)
    assert found == []
    assert plan["workspace"]["unsubscribe"]["channels"] == ["email"]


def test_each_locale_must_show_the_link(tmp_path: Path) -> None:
    template = "email: {en: {subject: s, body: '{{ unsubscribe }}'}, de: {subject: s, body: Hallo}}"
    (found,) = problems_of(workspaces.write(tmp_path, template=template, workspace=WITH_LINK))
    assert found.code == "CJO-E055" and "email in 'de'" in found.message


def test_a_channel_without_the_link_is_told_what_it_needs(tmp_path: Path) -> None:
    template = "email: {en: {subject: s, body: '{{ unsubscribe }}'}}"
    (found,) = problems_of(workspaces.write(tmp_path, template=template))
    assert found.code == "CJO-E052" and "needs `unsubscribe` in workspace.yaml" in found.hint
    optional = "email: {en: {body: '{% if unsubscribe is defined %}{{ unsubscribe }}{% endif %}'}}"
    assert compile_workspace(workspaces.write(tmp_path, template=optional))


@pytest.mark.parametrize("link", ["shop.example/{customer}", "https://shop.example/", "javascript:{customer}"])
def test_a_link_is_an_address_with_the_customer_in_it(tmp_path: Path, link: str) -> None:
    change = ("locale: en", f"locale: en\nunsubscribe: {{link: '{link}'}}")
    (found,) = problems_of(workspaces.write(tmp_path, workspace=change))
    assert found.code == "CJO-E013" and link in found.message


@pytest.mark.parametrize("locale", ["english", "de_CH", "EN"])
def test_a_locale_is_a_language_and_perhaps_a_region(tmp_path: Path, locale: str) -> None:
    template = f"email: {{en: {{body: a}}, {locale}: {{body: a}}}}"
    assert "CJO-E016" in [one.code for one in problems_of(workspaces.write(tmp_path, template=template))]


def test_t1_a_message_that_draws_lots_is_an_error_and_says_what_to_do_instead(tmp_path: Path) -> None:
    template = 'email: {en: {subject: "{{ [1, 2] | random }}", body: "{{ lipsum() }} {{ total }}"}}'
    found = problems_of(workspaces.write(tmp_path, template=template))
    assert [(one.code, one.message) for one in found] == [
        ("CJO-E050", "subject: No filter named 'random'. (line 1 of the text)"),
        ("CJO-E052", "nothing provides 'lipsum'"),
    ]
    assert "`experiment`" in str(found[0].hint)
