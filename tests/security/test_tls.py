"""TLS by Kafka's option names, against a server of Python's own: who is trusted, and who is let in."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cjo.avro.registry import Registry
from cjo.errors import UsageError
from cjo.security import Address, Options
from cjo.security.tls import context
from tests.avro.test_registry_answers import answering
from tests.security.secured import AUTHORITY, KEY

TRUST = {"ssl.truststore.type": "PEM", "ssl.truststore.location": str(AUTHORITY)}
OWN = {"ssl.keystore.type": "PEM", "ssl.keystore.location": str(KEY)}


@pytest.fixture(scope="module")
def strict() -> Iterator[int]:
    """The port of a server that wants a certificate of its own authority, and answers `hello`."""
    wanting = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    wanting.load_cert_chain(KEY)
    wanting.load_verify_locations(AUTHORITY)
    wanting.verify_mode = ssl.CERT_REQUIRED
    server = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=_serve, args=(server, wanting), daemon=True)
    thread.start()
    yield server.getsockname()[1]
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join()


def _serve(server: socket.socket, wanting: ssl.SSLContext) -> None:
    while True:
        try:
            plain = server.accept()[0]
        except OSError:
            return
        try:
            with wanting.wrap_socket(plain, server_side=True) as secured:
                secured.sendall(b"hello")
        except OSError:
            plain.close()


def greeted(port: int, options: dict[str, str], name: str = "localhost") -> bytes:
    given = Options(options, "file")
    with (
        socket.create_connection(("127.0.0.1", port), 10.0) as plain,
        context(given.resolved(), given).wrap_socket(plain, server_hostname=name) as secured,
    ):
        return secured.recv(5)


def test_with_authority_and_key_both_sides_know_each_other(strict: int) -> None:
    assert greeted(strict, TRUST | OWN) == b"hello"


def test_a_truststore_as_text_is_as_good_as_a_file(strict: int) -> None:
    text = {"ssl.truststore.type": "PEM", "ssl.truststore.certificates": AUTHORITY.read_text()}
    assert greeted(strict, text | OWN) == b"hello"


def test_a_client_without_a_key_is_not_let_in(strict: int) -> None:
    with pytest.raises(OSError):
        greeted(strict, TRUST)


def test_an_authority_that_nobody_named_is_not_trusted(strict: int) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        greeted(strict, OWN)


def test_another_host_name_is_refused_unless_it_is_not_looked_at(strict: int) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        greeted(strict, TRUST | OWN, "kafka.example")
    assert greeted(strict, TRUST | OWN | {"ssl.endpoint.identification.algorithm": ""}, "kafka.example") == b"hello"


def test_a_key_that_can_not_be_loaded_is_told_with_its_option(tmp_path: Path) -> None:
    (tmp_path / "broken.pem").write_text("no key")
    options = Options(TRUST | OWN | {"ssl.keystore.location": str(tmp_path / "broken.pem")}, "file")
    with pytest.raises(UsageError, match=r"file: ssl\.keystore\.location can't be loaded"):
        context(options.resolved(), options)


def test_a_registrys_token_goes_with_each_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN_OF_THE_TEST", "t0ken")
    seen: dict[str, str] = {}
    with answering(200, b"[]", seen) as address:
        options = Options({"bearer.auth.token": "${env:TOKEN_OF_THE_TEST}"}, "file")
        Registry(Address(f"http://{address}", options)).subjects()
    assert seen["Authorization"] == "Bearer t0ken"
