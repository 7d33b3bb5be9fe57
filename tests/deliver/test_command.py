"""`cjo deliver` from the shell: what must be right before anything goes out, and what it says where it is not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cjo.cli.deliver import as_json, as_line
from cjo.cli.main import main
from cjo.deliver.build import _open, _stop_within_s
from cjo.deliver.carriers import OutboxCarrier, WebhookCarrier
from cjo.deliver.load import Secrets, load
from cjo.deliver.outcome import REASONS
from cjo.deliver.wayout import way_out
from cjo.errors import StackError, UsageError
from cjo.resources import data_dir
from cjo.settings import Settings
from cjo.spec.deliver import Outbox, Webhook
from cjo.spec.problems import SpecErrors
from tests.deliver.servers import free_port
from tests.deliver.worlds import action
from tests.spec import workspaces

FILE = """
carriers:
  mail: {kind: smtp, host: 127.0.0.1, port: 2525, sender: a@b.example, user_env: SMTP_USER, password_env: SMTP_PASSWORD}
  crm: {kind: webhook, url: "http://127.0.0.1:1/x", secret_env: CRM_SECRET}
channels: {email: mail, web: crm, tasks: crm}
"""
EMITS = ("channels:", "emits: {tasks: {topic: actions.crm-tasks}}\nchannels:")


def written(folder: Path, text: str = FILE) -> Path:
    workspaces.write(folder, workspace=EMITS)
    (folder / "deliver.yaml").write_text(text)
    return folder / "deliver.yaml"


def test_the_file_says_which_topics_go_to_which_carrier(tmp_path: Path) -> None:
    loaded = load(written(tmp_path))
    assert loaded.carriers == {"actions.email": "mail", "actions.web": "crm", "actions.crm-tasks": "crm"}
    assert loaded.topics == {"mail": ["actions.email"], "crm": ["actions.web", "actions.crm-tasks"]}
    settings = Settings.load({}, home=tmp_path / "home")
    assert loaded.journal(settings) == tmp_path / "home" / "deliver" / "cjo-deliver.db"


def test_a_mistake_in_a_journey_stops_no_delivery_but_validate_tells_both(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, FILE.replace("web: crm", "wbe: crm"))
    (tmp_path / "shop" / "journey.yaml").write_text("journey: [")
    with pytest.raises(SpecErrors) as errors:
        load(path)
    assert [problem.code for problem in errors.value.problems] == ["CJO-E022"]
    assert "did you mean 'web'?" in str(errors.value)
    assert main(["validate", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert "deliver.yaml:5:25 CJO-E022" in said and "journey.yaml" in said


@pytest.mark.parametrize("text", ["", "# later\n", "null\n"])
def test_an_empty_file_is_told_with_what_belongs_into_it(tmp_path: Path, text: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(SpecErrors) as errors:
        load(path)
    (found,) = errors.value.problems
    assert (found.message, found.hint) == ("deliver.yaml is empty", "write `carriers: ...`, `channels: ...`")


def test_a_topic_that_two_files_or_two_channels_would_serve_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written(tmp_path)
    assert main(["validate", str(tmp_path)]) == 0
    (tmp_path / "second.yaml").write_text(FILE.replace("channels: {email: mail, ", "group: second\nchannels: {"))
    assert main(["validate", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert "second.yaml:6:12 CJO-E102" in said and "deliver.yaml:5:25 too: each would go out twice" in said
    same = (EMITS[0], EMITS[1].replace("crm-tasks", "web"))
    workspaces.write(tmp_path, workspace=same)
    with pytest.raises(SpecErrors) as errors:
        load(tmp_path / "deliver.yaml")
    assert [problem.code for problem in errors.value.problems] == ["CJO-E102"]


@pytest.mark.parametrize(("was", "is_now", "says"), [
    ("port: 2525", "port: 2525, rate: 50 per secnd", "rate: expected a rate such as `50 per second`"),
    ("SMTP_PASSWORD}", "hunter2}", "password_env: expected the name of an environment variable"),
    (", password_env: SMTP_PASSWORD", "", "expected both `user_env` and `password_env`, or neither"),
    ("http://127.0.0.1:1/x", "http://me:hunter2@127.0.0.1/x", "url: expected a URL that starts with https://"),
    ("kind: smtp", "kind: fax", "expected 'webhook', 'smtp', 'outbox', 'sse', got 'fax'"),
    ("secret_env: CRM_SECRET", "secrets: x", "unknown key 'secrets'"),
    ("a@b.example", "hello world", "sender: expected one address, as `hello@shop.example`"),
    ("a@b.example", "ä@b.example", "got 'ä@b.example'"),
    ("a@b.example", "a@b.example, reply_to: 'a@b.example, c@d.example'", "reply_to: expected one address"),
])  # fmt: skip
def test_a_wrong_key_is_told_with_its_place_and_without_what_may_be_a_secret(
    tmp_path: Path, was: str, is_now: str, says: str
) -> None:
    with pytest.raises(SpecErrors) as errors:
        load(written(tmp_path, FILE.replace(was, is_now)))
    assert says in str(errors.value) and "hunter2" not in str(errors.value)
    assert {problem.place.line for problem in errors.value.problems} <= {3, 4}


def test_all_secrets_that_are_missing_are_told_at_once_before_anything_is_reached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SMTP_USER", "shop")
    monkeypatch.setenv("CRM_SECRET", "hunter2")
    monkeypatch.delenv("SMTP_PASSWORD", raising=False)
    assert main(["deliver", str(written(tmp_path))]) == 2
    said = capsys.readouterr().err
    assert "SMTP_PASSWORD is not set" in said and "SMTP_USER" not in said
    assert "CRM_SECRET holds no secret: expected base64 of at least 24 bytes" in said and "hunter2" not in said
    assert "openssl rand -base64 32" in said


def test_several_secrets_are_parted_by_spaces() -> None:
    secrets = Secrets({"S": "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3 ICAgICAgICAgICAgICAgICAgICAgICAg"})
    assert secrets.signing("S") == [b"0123456789abcdef01234567", b" " * 24]
    secrets.raise_if_any(Path("deliver.yaml"))
    with pytest.raises(UsageError, match="T is not set"):
        secrets.signing("T")
        secrets.raise_if_any(Path("deliver.yaml"))


def test_a_broker_that_does_not_answer_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CJO_HOME", str(tmp_path / "home"))
    path = written(tmp_path, "carriers: {calls: {kind: outbox, folder: calls}}\nchannels: {email: calls}\n")
    assert main(["deliver", str(path), "--broker", f"127.0.0.1:{free_port()}"]) == 1
    assert "no broker answers at 127.0.0.1:" in capsys.readouterr().err


def test_the_folder_stands_for_the_file_and_a_missing_one_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    workspaces.write(tmp_path)
    assert main(["deliver", str(tmp_path)]) == 1
    assert "no deliver.yaml in" in capsys.readouterr().err


def test_all_carriers_that_cannot_be_reached_are_told_at_once(tmp_path: Path) -> None:
    from contextlib import AsyncExitStack

    (tmp_path / "file").write_text("")
    url = f"http://127.0.0.1:{free_port()}/x"
    hook = Webhook.model_validate({"kind": "webhook", "url": url, "secret_env": "S"})
    calls = Outbox.model_validate({"kind": "outbox", "folder": "file"})
    parts = {"crm": WebhookCarrier(hook, [b""]), "calls": OutboxCarrier(calls, tmp_path / "file", "UTC", lambda: 0.0)}

    async def opened() -> None:
        async with AsyncExitStack() as stack:
            await _open(parts, stack)

    import asyncio

    with pytest.raises(StackError) as error:
        asyncio.run(opened())
    assert "crm: nothing answers at http://127.0.0.1" in str(error.value)
    assert "calls: " in str(error.value) and "can't be written to" in str(error.value)


def test_events_tell_neither_address_nor_content() -> None:
    details = {"carrier": "mail", "attempts": 2, "reason": "refused"}
    line, told = as_line("failed", action(), details), json.loads(as_json("failed", action(), details))
    assert "failed      email  c1  welcome / hello  a1  carrier=mail  attempts=2  reason=refused" in line
    assert told.pop("at")
    assert told == {"event": "failed", "action_id": "a1", "customer_id": "c1", "channel": "email",
                    "journey": "welcome", "step": "hello", **details}  # fmt: skip
    assert "anna" not in line and "good to have you" not in line + str(told)


def test_an_orderly_stop_waits_for_an_email_that_takes_longer_than_stop_within(tmp_path: Path) -> None:
    assert _stop_within_s(load(written(tmp_path))) > 60  # twice the mail server's timeout
    assert _stop_within_s(load(written(tmp_path, FILE + "stop_within: 2 minutes\n"))) == 120
    only = FILE.replace("email: mail, ", "")
    assert _stop_within_s(load(written(tmp_path, only))) == 20


def test_an_event_is_one_line_whatever_a_customer_is_called() -> None:
    customer = "c1\n2026-01-01T00:00:00.000Z  failed      email  c2\u2028x\x1b[2K"
    assert as_line("delivered", action(1, customer), {"detail": "a\rb"}).isprintable()
    assert "\n" not in as_json("delivered", action(1, customer), {})


def test_the_way_out_is_the_steps_own_or_the_workspaces(tmp_path: Path) -> None:
    link = "\nunsubscribe: {link: 'https://shop.example/out?customer={customer}&purpose={purpose}'}"
    workspaces.write(
        tmp_path, workspace=(", unsubscribe: none}\n  web: {address: none}", "}\n  web: {address: none}" + link)
    )
    (tmp_path / "deliver.yaml").write_text("carriers: {c: {kind: outbox, folder: c}}\nchannels: {email: c}\n")
    workspace = load(tmp_path / "deliver.yaml").workspace
    assert way_out(action(1, "c/1"), workspace) == "https://shop.example/out?customer=c%2F1&purpose=marketing"
    assert way_out(action(variables={"unsubscribe": "https://own"}), workspace) == "https://own"
    assert way_out(action(purpose="transactional"), workspace) is None
    assert way_out(action(channel="web"), workspace) is None


def test_the_guide_names_every_reason() -> None:
    page = (data_dir("docs") / "guide" / "delivering.md").read_text(encoding="utf-8")
    row = next(line for line in page.splitlines() if line.startswith("| `action_failed`"))
    assert [reason for reason in REASONS if f"`{reason}`" not in row] == []


@pytest.mark.parametrize("page", ["guide/delivering.md", "reference/deliver.md"])
def test_every_file_that_a_page_shows_is_right(tmp_path: Path, page: str) -> None:
    text = (data_dir("docs") / page).read_text(encoding="utf-8")
    files = [block.split("```")[0] for block in text.split("```yaml\n")[1:]]
    whole = [block for block in files if block.startswith("carriers:")]
    assert whole
    more = "\n  sms: {address: none}\n  call: {address: none}\nlimits"
    workspaces.write(tmp_path, workspace=("\nlimits", more))
    for block in whole:
        (tmp_path / "deliver.yaml").write_text(block)
        load(tmp_path / "deliver.yaml")
