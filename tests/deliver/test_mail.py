"""E-mails as they are written: what a value holds stays the text of its place."""

from __future__ import annotations

import base64
import email
import email.policy
import quopri
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cjo.deliver.mail import NoAddressError, NoMessageError, message_of
from cjo.engine.messages import Templates
from cjo.mailbox import mailbox_of
from tests.deliver.servers import Mail, closing, run
from tests.deliver.test_smtp import SENDER, carrier
from tests.deliver.worlds import action

INJECTIONS = [
    "Hallo =?utf-8?q?Anna=0D=0ABcc:_evil=40x.example?= und mehr",
    "=?utf-8?q?=0D=0A=0D=0A<h1>another text</h1>?=",
    "=?utf-8?q?Anna=0ABcc:_evil@x.example?=",
    "=?utf-8?b?QW5uYQ0KQmNjOiBldmlsQHguZXhhbXBsZQ0KDQpib2R5?=",
    "Grüezi =?utf-8?q?Anna=0D=0ABcc:_evil=40x.example?=",
]
WORDS = [
    "Grüezi",
    "(today)",
    "[family]",
    "—",
    "🎉",
    "Anna",
    '"only"',
    "日本語の件名",
    "a" * 30,
    "ß" * 30,
    "👨‍👩‍👧‍👦",
    "=?x",
    ",",
]


def raw_of(content: dict[str, str], sender: str = SENDER) -> bytes:
    return message_of(action(1, content={"body": "b", **content}), sender).as_bytes()


def header(raw: bytes, name: str) -> str:
    """A header as RFC 2047 has it read: lines put together, encoded words decoded."""
    found = re.search(rf"(?:^|\r\n){name}: ?((?:.|\r\n[ \t])*?)\r\n(?=\S|\r\n)", raw.decode("ascii"))
    assert found is not None
    text = re.sub(r"(\?=)[ \t]+(?==\?)", r"\1", found[1].replace("\r\n", ""))
    return re.sub(r"=\?utf-8\?([bq])\?([^?]*)\?=", decoded, text)


def decoded(word: re.Match[str]) -> str:
    data = word[2]
    raw = base64.b64decode(data) if word[1] == "b" else quopri.decodestring(data.replace("_", " "))
    return raw.decode("utf-8")


@pytest.mark.parametrize("subject", INJECTIONS)
def test_an_encoded_word_in_a_subject_is_text_like_any_other(subject: str) -> None:
    raw = raw_of({"subject": subject})
    names = [line.partition(":")[0] for line in raw.partition(b"\r\n\r\n")[0].decode().split("\r\n") if line[0] != " "]
    known = {"To", "From", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"}
    assert set(names) == known and len(names) == len(known)
    assert header(raw, "Subject") == subject


@pytest.mark.parametrize("word", INJECTIONS)
def test_an_encoded_word_in_an_address_or_a_way_out_adds_nothing(word: str) -> None:
    with pytest.raises(NoAddressError):
        message_of(action(1, address=f"{word.replace(' ', '')}@x.example"), SENDER)
    way_out = f"https://shop.example/{word.replace(' ', '').replace('<', '').replace('>', '')}"
    raw = message_of(action(), SENDER, unsubscribe=way_out).as_bytes()
    assert b"\r\nBcc:" not in raw and b"\nBcc:" not in raw
    assert (f"\r\nList-Unsubscribe: <{way_out}>\r\n".encode() in raw) == way_out.isascii()


def test_a_customers_name_writes_neither_headers_nor_text_of_a_mail() -> None:
    name = (
        "=?utf-8?q?Anna=0D=0AReply-To:_evil=40x.example=0D=0AContent-Type:_text/html=0D=0A=0D=0A"
        "<a_href=3Dhttp://evil.example>Your_prize</a>?="
    )
    templates = Templates({"hello": {"email": {"en": {"subject": "Hi {{ profile.name }}", "body": "Welcome."}}}}, "en")
    content = templates.render("hello", "email", "en", {"profile": {"name": name}})[1]
    with closing(Mail()) as mail:
        made = carrier(mail.port, reply_to="help@shop.example")
        assert run(made, lambda one: one.deliver(action(1, content=content))).kind == "delivered"
        got = mail.messages[0]
    assert got.get_all("Reply-To") == ["help@shop.example"] and got.get_content_type() == "text/plain"
    assert got.get_payload(decode=True) == b"Welcome.\r\n"


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=20).map(" ".join))
def test_a_subject_arrives_letter_for_letter(subject: str) -> None:
    raw = raw_of({"subject": subject})
    assert header(raw, "Subject") == subject
    assert max(map(len, raw.partition(b"\r\n\r\n")[0].split(b"\r\n"))) <= 76


@given(st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=200))
def test_a_subject_of_any_text_is_one_header_in_ascii(subject: str) -> None:
    assert header(raw_of({"subject": subject}), "Subject") == subject.strip()


@pytest.mark.parametrize("sign", list("\0\n\v\f\r\x1c\x85\u2028\u2029\ud800"))
def test_a_line_break_or_half_a_character_in_a_subject_is_refused(sign: str) -> None:
    with pytest.raises(NoMessageError):
        raw_of({"subject": f"Hello{sign}Bcc: evil@x.example"})


def test_text_of_any_letters_goes_out_in_seven_bits() -> None:
    raw = raw_of({"subject": "Grüezi", "body": "Schön.\n" + "ü" * 2000, "html": "<p>Schön</p>"})
    assert raw.isascii() and b"8bit" not in raw and b"\n" not in raw.replace(b"\r\n", b"")
    parts = email.message_from_bytes(raw, policy=email.policy.default).iter_parts()
    assert next(parts).get_content().startswith("Schön.\r\n")  # type: ignore[attr-defined]


@pytest.mark.parametrize(("sender", "address", "written"), [
    ("hello@shop.example", "hello@shop.example", "hello@shop.example"),
    ("Shop, Inc. <hello@shop.example>", "hello@shop.example", '"Shop, Inc." <hello@shop.example>'),
    ('"Meier & Sons: Shop" <a@shop.example>', "a@shop.example", '"Meier & Sons: Shop" <a@shop.example>'),
    ("Läden AG <info@läden.example>", "info@xn--lden-loa.example", "Läden AG <info@xn--lden-loa.example>"),
    ("=?utf-8?q?Shop=0D=0A?= <a@b.example>", "a@b.example", "=?utf-8?q?Shop=0D=0A?= <a@b.example>"),
])  # fmt: skip
def test_a_sender_is_one_mailbox_with_a_name(sender: str, address: str, written: str) -> None:
    assert mailbox_of(sender).address == address
    raw = raw_of({"subject": "x"}, sender)
    assert header(raw, "From") == written
    assert f"Message-ID: <a1@{address.partition('@')[2]}>".encode() in raw


@pytest.mark.parametrize("sender", [
    "hello world", "a@b.example, c@d.example", "a@b.example, Shop <c@d.example>", "Shop <hello>", "<a@b.example> Shop",
    "Shop <a@b.example> <c@d.example>", "Shop\r\n <a@b.example>", "a@-b.example", "a@b..example", "",
])  # fmt: skip
def test_what_is_not_one_mailbox_is_none(sender: str) -> None:
    with pytest.raises(ValueError, match=r"not one e-mail address|a control character"):
        mailbox_of(sender)
