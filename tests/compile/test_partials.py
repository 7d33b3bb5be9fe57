"""Partials: one text in many templates, put in when the plan is made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cjo.compile import compile_with_warnings, compile_workspace
from cjo.engine.messages import Templates
from tests.spec import workspaces
from tests.spec.test_problems import problems_of

VALUES = {"total": 20, "profile": {"email": "a@example.org", "age": None}, "moment": {}}


def plan_of(folder: Path, template: str, partial: str) -> dict[str, Any]:
    return compile_workspace(workspaces.write(folder, template=template, partial=partial))


def said(plan: dict[str, Any], locale: str = "en", part: str = "body", **values: Any) -> str:
    return Templates(plan["templates"], "en").render("reminder", "email", locale, VALUES | values)[1][part]


def test_a_partial_stands_where_it_is_included_and_sees_the_variables_of_that_place(tmp_path: Path) -> None:
    template = "email: {en: {body: \"{% for n in [1, 2] %}{% include 'voice' %}{% endfor %}.\"}}"
    assert said(plan_of(tmp_path, template, "any: {en: '<{{ n }} of {{ total }}>'}")) == "<1 of 20><2 of 20>."


def test_a_worker_needs_nothing_but_the_plan(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, "email: {en: {body: \"{% include 'voice' %}!\"}}", "any: {en: Yours}")
    assert plan["templates"] == {"reminder": {"email": {"en": {"body": "Yours!"}}}}


def test_a_changed_partial_changes_the_version_of_the_journeys_that_use_it(tmp_path: Path) -> None:
    template = "email: {en: {body: \"{% include 'voice' %}\"}}"
    versions = [
        plan_of(tmp_path, template, f"any: {{en: {text}}}")["journeys"][0]["version"] for text in ("a", "b", "a")
    ]
    assert versions[0] == versions[2] != versions[1]


def test_the_channels_own_text_goes_before_the_one_for_any(tmp_path: Path) -> None:
    template = "email: {en: {body: \"{% include 'voice' %}\"}}"
    assert said(plan_of(tmp_path, template, "{any: {en: all}, email: {en: letters}, web: {en: web}}")) == "letters"


def test_a_partial_falls_back_from_region_to_language_to_the_workspaces_locale(tmp_path: Path) -> None:
    parts = "{subject: s, body: \"{% include 'voice' %}\"}"
    template = f"email: {{en: {parts}, de-CH: {parts}}}"
    assert said(plan_of(tmp_path, template, "any: {en: Hello, de: Hallo}"), "de-CH") == "Hallo"
    folder = workspaces.write(tmp_path, template=template, partial="any: {en: Hello}")
    plan, warnings = compile_with_warnings(folder)
    assert said(plan, "de-CH") == "Hello"
    assert [(one.code, one.message) for one in warnings] == [
        ("CJO-W050", "partial 'voice' has nothing for email in 'de-CH': its text in 'en' is used")
    ]


def test_a_regions_partial_is_used_in_a_template_written_in_its_language(tmp_path: Path) -> None:
    template = "email: {en: {body: \"{% include 'voice' %} 1\"}, de: {body: \"{% include 'voice' %} 2\"}}"
    plan = plan_of(tmp_path, template, "any: {en: Hello, de: Hallo, de-CH: Grüezi, fr-CH: Bonjour}")
    assert [said(plan, one) for one in ("de-CH", "de_ch", "de-AT", "de", "fr-CH")] == [
        "Grüezi 2", "Grüezi 2", "Hallo 2", "Hallo 2", "Hello 1"
    ]  # fmt: skip


def test_a_partial_without_the_workspaces_locale_is_an_error_at_its_include(tmp_path: Path) -> None:
    template = "email: {en: {subject: s, body: \"{% include 'voice' %}\"}}"
    (found,) = problems_of(workspaces.write(tmp_path, template=template, partial="any: {de: Hallo}"))
    assert (found.code, found.message) == ("CJO-E051", "partial 'voice' has nothing for email in 'en'")
    assert found.place.file.endswith("reminder.yaml")


def test_a_misspelt_partial_in_a_block_of_text_has_its_own_line_and_the_nearest_name(tmp_path: Path) -> None:
    template = "email:\n  en:\n    body: |\n      Hello\n      and {% include 'voise' %}\n"
    problems = problems_of(workspaces.write(tmp_path, template=template, partial="any: {en: Yours}"))
    found = next(one for one in problems if one.code == "CJO-E056")
    assert (found.place.line, found.place.column) == (5, 23)
    assert "did you mean 'voice'?" in found.hint


def test_a_mistake_in_a_partial_is_told_at_its_place_in_the_partials_file(tmp_path: Path) -> None:
    template = "email: {en: {subject: s, body: \"{% include 'voice' %}\"}}"
    for text, code in (("{{ totl }}", "CJO-E052"), ("{{ profile.emial }}", "CJO-E052"), ("{{ total }", "CJO-E050")):
        (found,) = problems_of(workspaces.write(tmp_path, template=template, partial=f"any: {{en: '{text}'}}"))
        assert (found.code, found.who, found.place.file.endswith("voice.yaml")) == (code, "partial voice", True)


def test_a_filter_that_there_is_not_is_found_before_a_message_fails(tmp_path: Path) -> None:
    template = "email: {en: {subject: s, body: '{{ total | uper }}'}}"
    (found,) = problems_of(workspaces.write(tmp_path, template=template))
    assert found.code == "CJO-E050" and "uper" in found.message


def test_a_channel_that_is_not_declared_is_an_error_with_the_nearest_name(tmp_path: Path) -> None:
    template = "email: {en: {subject: s, body: \"{% include 'voice' %}\"}}"
    (found,) = problems_of(workspaces.write(tmp_path, template=template, partial="{any: {en: a}, emial: {en: b}}"))
    assert found.code == "CJO-E022" and "did you mean 'email'?" in found.hint


def test_an_include_in_a_comment_or_a_raw_block_is_text(tmp_path: Path) -> None:
    template = "email: {en: {body: \"{# {% include 'x' %} #}{% raw %}{% include 'y' %}{% endraw %}\"}}"
    assert said(plan_of(tmp_path, template, "any: {en: a}")) == "{% include 'y' %}"


def test_minus_signs_take_the_whitespace_around_an_include(tmp_path: Path) -> None:
    template = "email: {en: {body: \"a  {%- include 'voice' -%}  b  {% include 'voice' %}  c\"}}"
    assert said(plan_of(tmp_path, template, "any: {en: '-'}")) == "a-b  -  c"


def test_a_partial_in_html_is_its_html_form_with_variables_escaped(tmp_path: Path) -> None:
    template = "email: {en: {html: \"<b>{% include 'voice' %}</b>\", body: \"{% include 'voice' %}\"}}"
    plan = plan_of(tmp_path, template, "any: {en: {text: 'T {{ total }}', html: '<i>{{ total }}</i>'}}")
    assert said(plan, part="html", total="a < b") == "<b><i>a &lt; b</i></b>"
    assert said(plan, part="body", total="a < b") == "T a < b"


def test_a_partial_without_an_html_form_is_escaped_once_and_as_a_whole(tmp_path: Path) -> None:
    template = "email: {en: {html: \"<b>{% include 'voice' %}</b>\"}}"
    plan = plan_of(tmp_path, template, "any: {en: 'Fish & {{ total }}'}")
    assert said(plan, part="html", total="<chips>") == "<b>Fish &amp; &lt;chips&gt;</b>"
