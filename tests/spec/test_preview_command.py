"""`cjo preview`, as an author calls it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cjo.cli.main import main
from tests.spec import workspaces

Capture = pytest.CaptureFixture[str]
TEMPLATE = """
email: {en: {subject: 'For {{ profile.email }}', body: '{{ total }}'}, de: {subject: Hallo, body: '{{ total }} €'}}
sms: {en: {body: 'Hi €'}, de: {body: Ĝis}}
"""


def previews(folder: Path, capsys: Capture, *options: str) -> list[dict[str, Any]]:
    workspaces.write(folder, template=TEMPLATE, workspace=("web: {", "sms: {address: none}\n  web: {"))
    assert main(["preview", "reminder", "--workspace", str(folder), "--json", *options]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_every_channel_and_locale_is_rendered_with_sample_values(tmp_path: Path, capsys: Capture) -> None:
    found = previews(tmp_path, capsys)
    places = [(one["channel"], one["locale"]) for one in found]
    assert places == [("email", "en"), ("email", "de"), ("sms", "en"), ("sms", "de")]
    assert found[0]["parts"] == {"subject": "For alexandra@example.org", "body": "149.90"}
    assert found[0]["lengths"] == {"subject": 25, "body": 6}
    assert (found[0]["journey"], found[0]["step"]) == ("win-back", "remind")


def test_given_values_go_before_sample_values(tmp_path: Path, capsys: Capture) -> None:
    options = ("--channel", "email", "--profile", '{"email": "z@example.org"}', "--with", '{"total": 12.5}')
    (found,) = previews(tmp_path, capsys, *options, "--locale", "en-GB")
    assert found["parts"] == {"subject": "For z@example.org", "body": "12.5"}
    assert found["locale"] == "en"


def test_an_sms_tells_its_encoding_and_segments(tmp_path: Path, capsys: Capture) -> None:
    found = previews(tmp_path, capsys, "--channel", "sms")
    assert [one["sms"] for one in found] == [
        {"encoding": "GSM-7", "units": 5, "segments": 1, "foreign": []},
        {"encoding": "UCS-2", "units": 3, "segments": 1, "foreign": ["Ĝ"]},
    ]


def test_a_message_that_can_not_be_rendered_says_why_and_fails(tmp_path: Path, capsys: Capture) -> None:
    folder = workspaces.write(tmp_path, template="email: {en: {body: '{{ 1 / (total - 20) }}'}}")
    assert main(["preview", "reminder", "--workspace", str(folder), "--with", '{"total": 20}']) == 1
    assert "can't be rendered: DivisionByZero" in capsys.readouterr().out


def test_people_read_lengths_beside_each_part(capsys: Capture) -> None:
    assert main(["preview", "basket-reminder", "--channel", "sms", "--locale", "en"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "sms in en (sent by win-back-basket, step remind)",
        "  body, 52 characters, 1 segment of GSM-7:",
        "    Hello Alexandra, your basket (3) is waiting for you.",
    ]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["remindr"], "unknown template 'remindr'"),
        (["reminder", "--channel", "emial"], "unknown channel of template reminder 'emial'"),
        (["reminder", "--profile", '{"emial": "x"}'], "unknown profile attribute 'emial'"),
        (["reminder", "--with", '{"totl": 1}'], "unknown variable of step remind 'totl'"),
        (["reminder", "--with", '{"total": "many"}'], "total: expected decimal, got 'many'"),
        (["reminder", "--with", "[1]"], "--with: expected a JSON object"),
        (["reminder", "--profile", "{"], "--profile: "),
    ],
)
def test_what_is_not_there_is_named(tmp_path: Path, capsys: Capture, options: list[str], said: str) -> None:
    folder = workspaces.write(tmp_path)
    assert main(["preview", *options, "--workspace", str(folder)]) != 0
    assert said in capsys.readouterr().err


RUN = "{{ run.percent if run.percent else 'no' }} percent, {{ coupon }}"
STEPS = """
  - first: {send: email, template: plain, with: {coupon: run.percent}}
  - more: {update: {percent: "10"}}
  - remind: {send: email, template: reminder, with: {coupon: run.percent}}
"""


def test_a_variable_that_no_step_before_has_set_is_empty_as_live(tmp_path: Path, capsys: Capture) -> None:
    text = workspaces.FILES["shop/journey.yaml"]
    folder = workspaces.write(
        tmp_path, journey=text[: text.index("\n  - remind")] + STEPS, template=f'email: {{en: {{body: "{RUN}"}}}}'
    )
    (folder / "shop" / "templates" / "plain.yaml").write_text(f'email: {{en: {{body: "{RUN}"}}}}')
    said = {}
    for name in ("plain", "reminder"):
        assert main(["preview", name, "--workspace", str(folder), "--json"]) == 0
        said[name] = json.loads(capsys.readouterr().out)["parts"]["body"]
    assert said == {"plain": "no percent, None", "reminder": "3 percent, 3"}


def test_a_template_that_nobody_sends_has_a_preview_too(tmp_path: Path, capsys: Capture) -> None:
    folder = workspaces.write(tmp_path)
    (folder / "shop" / "templates" / "spare.yaml").write_text("email: {en: {body: 'Hi {{ profile.email }}'}}")
    assert main(["preview", "spare", "--workspace", str(folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["parts"]["body"] == "Hi alexandra@example.org"
