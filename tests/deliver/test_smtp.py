"""E-mails against a real SMTP server."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cjo.deliver.carriers.smtp import SmtpCarrier
from cjo.deliver.mail import NoAddressError, NoMessageError, message_of
from cjo.deliver.outcome import Outcome
from cjo.errors import StackError
from cjo.spec.deliver import Smtp
from tests.deliver.servers import Mail, closing, free_port, run
from tests.deliver.worlds import T0, action

SENDER = "Shop <hello@shop.example>"


@pytest.fixture
def mail() -> Iterator[Mail]:
    with closing(Mail()) as server:
        yield server


def carrier(
    port: int, login: tuple[str, str] | None = None, unsubscribe: str | None = None, at_ms: int = T0, **more: Any
) -> SmtpCarrier:
    spec = {"kind": "smtp", "host": "127.0.0.1", "port": port, "tls": "none", "sender": SENDER, **more}
    return SmtpCarrier(Smtp.model_validate(spec), login, lambda one: unsubscribe, now_s=lambda: at_ms / 1000)


def deliver(mail: Mail, *actions: dict[str, Any], **more: Any) -> list[Outcome]:
    async def all_of_them(made: SmtpCarrier) -> list[Outcome]:
        return [await made.deliver(one) for one in actions]

    return run(carrier(mail.port, **more), all_of_them)


def test_the_message_arrives_with_text_html_and_the_way_out(mail: Mail) -> None:
    content = {"subject": "Grüezi, Anna", "body": "Schön.", "html": "<p>Schön.</p>"}
    way_out = "https://shop.example/unsubscribe?customer=c1"
    more = {"unsubscribe": way_out, "one_click": True, "reply_to": "care@shop.example"}
    assert deliver(mail, action(1, content=content), **more)[0].kind == "delivered"
    message = mail.messages[0]
    assert message["X-RcptTo"] == "anna@example.org" and message["X-MailFrom"] == "hello@shop.example"
    assert (message["To"], message["Reply-To"]) == ("anna@example.org", "care@shop.example")
    assert str(message["Subject"]) and message["Message-ID"] == "<a1@shop.example>"
    assert message["List-Unsubscribe"] == f"<{way_out}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    parts = {part.get_content_type(): part.get_payload(decode=True) for part in message.walk()}
    assert b"Sch\xc3\xb6n" in parts["text/plain"] and b"<p>" in parts["text/html"]


def test_a_message_without_html_or_without_text(mail: Mail) -> None:
    deliver(mail, action(1), action(2, content={"subject": "x", "html": "<p>x</p>"}))
    assert [message.get_content_type() for message in mail.messages] == ["text/plain", "text/html"]
    assert mail.messages[0]["List-Unsubscribe"] is None


def test_one_connection_carries_many_messages_and_a_stale_one_is_replaced(mail: Mail) -> None:
    deliver(mail, *(action(number) for number in range(5)))
    assert len(mail.messages) == 5 and mail.sessions == 1

    async def staling(made: SmtpCarrier) -> Outcome:
        made._kept[0].sock.close()  # type: ignore[union-attr]
        return await made.deliver(action(9))

    assert run(carrier(mail.port), staling).kind == "delivered"


@pytest.mark.parametrize(("code", "kind", "whole"), [
    ("550 no such mailbox", "failed", False), ("452 mailbox full", "retry", False), ("421 going down", "retry", True),
])  # fmt: skip
def test_a_recipient_that_the_server_refuses(mail: Mail, code: str, kind: str, whole: bool) -> None:
    mail.inbox.rcpt["anna@example.org"] = code
    outcome = deliver(mail, action())[0]
    assert (outcome.kind, outcome.whole, outcome.detail) == (kind, whole, f"SMTP {code[:3]}")
    assert mail.messages == []


@pytest.mark.parametrize(("code", "kind", "whole"), [
    ("530 5.7.0 Authentication required", "retry", True), ("550 no such sender", "retry", True),
    ("451 later", "retry", True), ("552 too big", "failed", False),
])  # fmt: skip
def test_a_sender_that_the_server_refuses_fails_no_message_for_good(
    mail: Mail, code: str, kind: str, whole: bool
) -> None:
    mail.inbox.mail.append(code)
    found = deliver(mail, action(1), action(2))
    assert [(one.kind, one.whole) for one in found] == [(kind, whole), ("delivered", False)]


def test_a_login_that_is_wanted_only_for_recipients_is_no_answer_about_one(mail: Mail) -> None:
    mail.inbox.rcpt["anna@example.org"] = "530 5.7.0 Authentication required"
    assert [(one.kind, one.whole) for one in deliver(mail, action())] == [("retry", True)]


def test_d9_what_the_server_is_not_ready_for_before_expires_at_is_not_handed_over(mail: Mail) -> None:
    mail.inbox.wait_s = 0.2
    late = carrier(mail.port, at_ms=T0 + 100)
    outcome = asyncio.run(late.deliver(action(1, expires_at=T0 + 400)))
    assert (outcome.kind, outcome.whole) == ("retry", False)
    assert mail.messages == []


def test_an_attempt_whose_answers_together_take_too_long_is_over_before_the_message(mail: Mail) -> None:
    mail.inbox.wait_s = 0.3
    outcome = asyncio.run(carrier(mail.port, timeout="500 milliseconds").deliver(action(1)))
    assert (outcome.kind, outcome.whole) == ("retry", True)
    assert mail.messages == []


def test_a_domain_of_any_letters_is_written_as_it_is_looked_up() -> None:
    with closing(Mail(enable_SMTPUTF8=False)) as mail:
        found = deliver(mail, action(1, address="anna@bücher.example"), action(2, address="änna@example.org"))
        assert [(one.kind, one.reason) for one in found] == [("delivered", None), ("failed", "bad_address")]
        assert mail.messages[0]["X-RcptTo"] == mail.messages[0]["To"] == "anna@xn--bcher-kva.example"
        shop = deliver(mail, action(3), sender="Läden <info@läden.example>")[0]
        assert shop.kind == "delivered" and mail.messages[1]["X-MailFrom"] == "info@xn--lden-loa.example"


def test_an_address_of_any_letters_goes_to_a_server_that_takes_it() -> None:
    with closing(Mail(enable_SMTPUTF8=True)) as mail:
        found = deliver(mail, action(1, address="änna@bücher.example"), action(2))
        assert [one.kind for one in found] == ["delivered"] * 2
        assert [one["X-RcptTo"] for one in mail.messages] == ["änna@xn--bcher-kva.example", "anna@example.org"]


def test_a_message_that_the_server_refuses(mail: Mail) -> None:
    mail.inbox.data += ["554 looks like spam", "451 try again"]
    found = deliver(mail, action(1), action(2), action(3))
    assert [one.kind for one in found] == ["failed", "retry", "delivered"]
    assert found[0].reason == "refused"


def test_a_connection_that_breaks_is_tried_again(mail: Mail) -> None:
    mail.inbox.data += ["drop"]
    found = deliver(mail, action(1), action(2))
    assert [(one.kind, one.whole) for one in found] == [("retry", True), ("delivered", False)]


def test_a_server_that_is_gone_is_trouble_of_the_carrier_as_a_whole() -> None:
    mail = Mail()

    async def gone(made: SmtpCarrier) -> Outcome:
        mail.close()
        return await made.deliver(action())

    outcome = run(carrier(mail.port), gone)
    assert (outcome.kind, outcome.whole) == ("retry", True)


def test_login_and_its_refusal_at_the_start() -> None:
    with closing(Mail(logins={"shop": "opensesame"})) as mail:
        assert deliver(mail, action(), login=("shop", "opensesame"))[0].kind == "delivered"
        with pytest.raises(StackError, match="the login was refused") as error:
            deliver(mail, action(), login=("shop", "hunter2"))
        assert "hunter2" not in str(error.value)


def test_a_server_that_is_not_there_at_the_start_is_said() -> None:
    with pytest.raises(StackError, match="no mail goes out by 127"):
        run(carrier(free_port()), lambda made: made.deliver(action()))


def test_starttls_encrypts_and_a_certificate_that_nobody_vouches_for_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1"
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    command = ["openssl", *made.split(), "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    with closing(Mail(tls_context=context, require_starttls=True)) as mail:
        with pytest.raises(StackError, match="CERTIFICATE_VERIFY_FAILED"):
            deliver(mail, action(), tls="starttls")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert deliver(mail, action(), tls="starttls")[0].kind == "delivered"


@pytest.mark.parametrize("text", [
    None, "", "anna", "anna@", "@example.org", "a@example.org, b@example.org", "Anna <anna@example.org>",
    "anna@example.org\r\nBcc: eve@example.org", "anna@exam ple.org", "a@b@c",
])  # fmt: skip
def test_what_is_not_one_address_is_no_address(mail: Mail, text: str | None) -> None:
    with pytest.raises(NoAddressError):
        message_of(action(1, address=text), SENDER)
    assert deliver(mail, action(1, address=text))[0] == Outcome("failed", "bad_address", "not one e-mail address")
    assert mail.messages == []


def test_no_value_adds_a_header(mail: Mail) -> None:
    content = {"subject": "Hi\r\nBcc: eve@example.org", "body": "x"}
    with pytest.raises(NoMessageError):
        message_of(action(1, content=content), SENDER)
    assert deliver(mail, action(1, content=content))[0].reason == "bad_message"
    way_out = "https://x/?c=1>\r\nBcc: eve@example.org"
    assert message_of(action(), SENDER, unsubscribe=way_out)["List-Unsubscribe"] is None


def test_a_long_way_out_is_one_line_that_programs_can_read(mail: Mail) -> None:
    way_out = f"https://shop.example/out?customer={'x' * 300}&purpose=marketing"
    raw = message_of(action(), SENDER, unsubscribe=way_out, one_click=True).as_bytes()
    assert f"\r\nList-Unsubscribe: <{way_out}>\r\nList-Unsubscribe-Post: ".encode() in raw
    deliver(mail, action(), unsubscribe=way_out)
    assert mail.messages[0]["List-Unsubscribe"] == f"<{way_out}>"
    for none in ("https://shop.example/ö", "x" * 901):
        assert message_of(action(), SENDER, unsubscribe=none)["List-Unsubscribe"] is None


def test_a_message_without_anything_to_say_is_none(mail: Mail) -> None:
    assert deliver(mail, action(1, content={"subject": "x"}))[0].reason == "bad_message"


def test_messages_go_side_by_side(mail: Mail) -> None:
    async def together(made: SmtpCarrier) -> list[Outcome]:
        return list(await asyncio.gather(*(made.deliver(action(number)) for number in range(20))))

    found = run(carrier(mail.port, parallel=3), together)
    assert {one.kind for one in found} == {"delivered"} and len(mail.messages) == 20
    assert mail.sessions <= 3
