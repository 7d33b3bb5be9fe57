"""What the registry's client makes of answers that a healthy registry never gives."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from cjo.avro.codec import Reader
from cjo.avro.registry import Registry
from cjo.errors import RecordError, RegistryError
from tests.served import Handler, served


@contextmanager
def answering(status: int, body: bytes, seen: dict[str, str] | None = None) -> Iterator[str]:
    """Address of a server that answers everything so."""

    class Registered(Handler):
        def respond(self) -> None:
            if seen is not None:
                seen.update(self.headers.items())
            self.answer(status, body)

    with served(Registered) as place:
        yield place


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (404, {"error_code": 40403, "message": "Schema not found"}, "unknown"),
        (404, {"error_code": 404, "message": "HTTP 404"}, "refused"),
        (404, "not here", "refused"),
        (401, {"error_code": 401, "message": "who are you"}, "refused"),
        (429, "slower", "unreachable"),
        (500, {"error_code": 50001, "message": "store"}, "unreachable"),
        (503, "<html>", "unreachable"),
    ],
)
def test_a_missing_schema_an_outage_and_a_refusal_are_told_apart(status: int, body: object, kind: str) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    with answering(status, text.encode()) as address, pytest.raises(RegistryError) as caught:
        Registry(f"http://{address}").schema(1)
    assert caught.value.kind == kind


@pytest.mark.parametrize("text", ['syntax = "proto3"; message Other {}', '{"type": "object"}', "[1]"])
def test_a_schema_that_is_no_avro_makes_a_dead_letter_of_its_kind(text: str) -> None:
    with answering(200, json.dumps({"schema": text}).encode()) as address, pytest.raises(RecordError) as caught:
        Reader(Registry(f"http://{address}"))(b"\0\0\0\0\7rest")
    assert caught.value.kind == "unknown_schema"


def test_a_newest_version_that_is_no_avro_is_refused_in_words() -> None:
    body = json.dumps({"id": 7, "schema": 'syntax = "proto3"; message Other {}'})
    with answering(200, body.encode()) as address, pytest.raises(RegistryError, match="schema 7 is no Avro") as caught:
        Registry(f"http://{address}").latest("touchpoints-value")
    assert caught.value.kind == "refused"


def test_nobody_listening_is_an_outage_with_a_next_step() -> None:
    with answering(200, b"{}") as address:
        pass
    with pytest.raises(RegistryError, match="cjo up") as caught:
        Registry(f"http://{address}").subjects()
    assert caught.value.kind == "unreachable"


def test_a_login_in_the_url_goes_as_a_header_and_never_into_a_message() -> None:
    seen: dict[str, str] = {}
    with answering(403, b"no", seen) as address, pytest.raises(RegistryError) as caught:
        Registry(f"http://ann:s3cret@{address}").subjects()
    assert seen["Authorization"].startswith("Basic ")
    assert "s3cret" not in str(caught.value)


def test_an_answer_that_is_no_json_is_a_registry_error() -> None:
    with answering(200, b"<html>hello</html>") as address, pytest.raises(RegistryError):
        Registry(f"http://{address}").schema(1)


def test_a_rule_that_another_has_just_made_is_set_all_the_same() -> None:
    """Apicurio looks whether there is a rule and then makes one, so two clients at once meet."""
    calls: list[bytes] = []

    class Meeting(Handler):
        def respond(self) -> None:
            calls.append(self.body)
            if len(calls) == 1:
                self.answer(409, b'{"error_code": 409, "message": "A rule named \'COMPATIBILITY\' already exists."}')
            else:
                self.answer(200, b'{"compatibility": "FULL"}')

    with served(Meeting) as address:
        Registry(f"http://{address}").set_compatibility("touchpoints-value", "FULL")

    assert calls == [b'{"compatibility": "FULL"}'] * 2


def test_a_rule_that_is_refused_again_is_told() -> None:
    body = json.dumps({"error_code": 409, "message": "no"}).encode()
    with answering(409, body) as address, pytest.raises(RegistryError, match="answered 409"):
        Registry(f"http://{address}").set_compatibility("touchpoints-value")
