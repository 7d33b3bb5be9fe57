"""Files of options: read as Java reads them, taken by each client or refused by name, never shown."""

from __future__ import annotations

import json
import os
import pickle
import re
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaConsumer, KafkaProducer

from cjo.cli import connection
from cjo.cli.main import parser_of
from cjo.errors import UsageError
from cjo.security import Address, Options, options_of
from cjo.security.jaas import login_of
from cjo.security.kafka import for_flink, for_kafka_python, for_rdkafka
from cjo.security.oauth import Client, TokenError, TokenProvider
from cjo.security.properties import parse
from cjo.security.registry import for_flink as registry_for_flink
from cjo.security.registry import headers, named
from cjo.settings import Settings
from cjo.stack.logins import look_at_logins
from cjo.submission.submit import describe
from jobs._sql import kafka_options, sink_options
from tests.avro.test_registry_answers import answering
from tests.security.secured import AUTHORITY, KAFKA, KEY, PASSWORDS, REGISTRY

ROOT = Path(__file__).resolve().parents[2]
PLAIN = {
    "security.protocol": "SASL_PLAINTEXT",
    "sasl.mechanism": "PLAIN",
    "sasl.jaas.config": 'org.apache.kafka.common.security.plain.PlainLoginModule required username="u" password="p";',
}
OAUTH_LINE = (
    "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required"
    ' clientId="shop" clientSecret="${env:CJO_TEST_KAFKA_PASSWORD}" scope="cjo";'
)


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Settings]:
    """Settings with files of options of these texts."""
    for name, value in PASSWORDS.items():
        monkeypatch.setenv(name, value)

    def made(kafka: str = "", registry: str = "", **more: Any) -> Settings:
        (tmp_path / "k").write_text(kafka)
        (tmp_path / "r").write_text(registry)
        return Settings.load({}, kafka_config=tmp_path / "k", registry_config=tmp_path / "r", **more)

    return made


def test_properties_are_read_as_java_reads_them() -> None:
    text = "# comment\n! another\na=1\n b : 2\nc 3\nd=x\\\n   y\\\n  z\ne=tab\\tand \\u00fc\nf\\=g=h\\\\\ni=\nj\n"
    assert parse(text) == {"a": "1", "b": "2", "c": "3", "d": "xyz", "e": "tab\tand ü", "f=g": "h\\", "i": "", "j": ""}


def test_blanks_at_the_end_of_a_value_do_not_count() -> None:
    assert Options(parse("a = ${env:A}  \n"), "f").resolved({"A": " b "}) == {"a": "b"}


def test_secrets_are_in_no_text_of_settings_and_options(make: Callable[..., Settings]) -> None:
    settings = make(KAFKA.replace("${env:CJO_TEST_KAFKA_PASSWORD}", "as-it-is"), REGISTRY)
    shown = f"{settings!r} {settings.broker} {options_of(settings.broker)!r} {json.dumps([settings.broker])}"
    assert "as-it-is" not in shown
    assert "s3cret" not in shown
    assert "sasl.jaas.config=..." in shown


def test_an_address_keeps_its_options_on_the_way_to_another_process(make: Callable[..., Settings]) -> None:
    settings = make(KAFKA)
    assert options_of(pickle.loads(pickle.dumps(settings.broker))) == options_of(settings.broker)
    assert Settings.load(settings.environment) == settings


def test_the_file_may_name_the_address_and_the_environment_names_it_first(make: Callable[..., Settings]) -> None:
    file = "bootstrap.servers=kafka:9092"
    assert make(file, "schema.registry.url=https://r/").broker == "kafka:9092"
    assert make(file, "schema.registry.url=https://r/").registry_url == "https://r"
    assert make(file, broker="other:1").broker == "other:1"


def test_kafka_python_gets_user_password_and_a_context_that_trusts_the_authority_alone(
    make: Callable[..., Settings],
) -> None:
    options = options_of(make(KAFKA + "request.timeout.ms=777\nmax.poll.records=5\n").broker)
    found = for_kafka_python(options, KafkaConsumer.DEFAULT_CONFIG)
    context = found.pop("ssl_context")
    assert found == {
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "cjo",
        "sasl_plain_password": PASSWORDS["CJO_TEST_KAFKA_PASSWORD"],
        "client_id": "cjo-secured",
        "request_timeout_ms": 777,
        "max_poll_records": 5,
    }
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert len(context.get_ca_certs()) == 1
    assert "max_poll_records" not in for_kafka_python(options, KafkaProducer.DEFAULT_CONFIG)


def test_a_host_that_is_not_looked_at_is_still_asked_for_a_certificate(make: Callable[..., Settings]) -> None:
    options = options_of(make(KAFKA + "ssl.endpoint.identification.algorithm=\n").broker)
    context = for_kafka_python(options, KafkaConsumer.DEFAULT_CONFIG)["ssl_context"]
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, False)
    assert for_rdkafka(options)["ssl.endpoint.identification.algorithm"] == "none"


def test_librdkafka_gets_the_same(make: Callable[..., Settings]) -> None:
    assert for_rdkafka(options_of(make(KAFKA + f"ssl.keystore.type=PEM\nssl.keystore.location={KEY}\n").broker)) == {
        "client.id": "cjo-secured",
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": "cjo",
        "sasl.password": PASSWORDS["CJO_TEST_KAFKA_PASSWORD"],
        "ssl.ca.location": str(AUTHORITY),
        "ssl.certificate.location": str(KEY),
        "ssl.key.location": str(KEY),
    }


def test_a_job_gets_every_option_by_reference_and_kafkas_own_resolver(make: Callable[..., Settings]) -> None:
    options = options_of(make(KAFKA + "max.partition.fetch.bytes=9\n").broker)
    submission = {"broker": "b:1", "kafka": {"options": dict(options), "variables": options.variables()}}
    shaded = "org.apache.flink.kafka.shaded.org.apache.kafka.common."
    for table in (kafka_options(submission, "t", "g"), sink_options(submission)):
        assert table["properties.bootstrap.servers"] == "b:1"
        assert table["properties.max.partition.fetch.bytes"] == "9"
        assert table["properties.sasl.jaas.config"].startswith(f"{shaded}security.scram.ScramLoginModule required")
        assert '"${env:CJO_TEST_KAFKA_PASSWORD}"' in table["properties.sasl.jaas.config"]
        assert table["properties.config.providers.env.class"] == f"{shaded}config.provider.EnvVarConfigProvider"
        assert table["properties.config.providers.env.param.allowlist.pattern"] == "CJO_TEST_KAFKA_PASSWORD"
    assert "config.providers" not in for_flink({"client.id": "c"}, [])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"acks": "1"}, "acks is set by cjo itself"),
        ({"ssl.key.password": "${file:/etc/secrets:key}"}, "ssl.key.password refers to ${file:...}"),
        ({"config.providers": "file"}, "config.providers is set by cjo itself"),
        ({"security.protocol": "TLS"}, "security.protocol is TLS"),
        ({"security.providers": "x"}, "security.providers has no counterpart"),
        ({"sasl.mechanism": "GSSAPI"}, "sasl.mechanism is GSSAPI"),
        ({"sasl.mechanism": "OAUTHBEARER"}, "sasl.jaas.config names PlainLoginModule"),
        ({"sasl.mechanism": "OAUTHBEARER", "sasl.jaas.config": OAUTH_LINE}, "endpoint.url is missing"),
        ({"sasl.jaas.config": PLAIN["sasl.jaas.config"].replace("password", "pass")}, "no username and password"),
        ({"sasl.mecanism": "PLAIN"}, "sasl.mecanism has no counterpart"),
        ({"sasl.mechanism": "SCRAM-SHA-256"}, "sasl.jaas.config names PlainLoginModule"),
        ({"sasl.jaas.config": "PlainLoginModule required"}, "sasl.jaas.config is not of the form"),
        ({"request.timeout.ms": "soon"}, "request.timeout.ms should be a whole number"),
        ({"sasl.jaas.config": PLAIN["sasl.jaas.config"].replace('"p"', '"${env:NOT_SET_ANYWHERE}"')}, "NOT_SET_ANYWHE"),
        ({"security.protocol": "SSL", "ssl.truststore.location": "/a.jks"}, "ssl.truststore.location is no PEM file"),
        ({"security.protocol": "SSL", "ssl.provider": "x"}, "ssl.provider has no counterpart"),
        ({"security.protocol": "SSL", "ssl.truststore.certificates": "none"}, "certificates can't be loaded"),
        ({"security.protocol": "SSL", "ssl.enabled.protocols": "SSLv3"}, "ssl.enabled.protocols names SSLv3"),
    ],
)
def test_what_a_client_can_not_follow_is_named_with_its_file(
    make: Callable[..., Settings], change: dict[str, str], words: str
) -> None:
    with pytest.raises(UsageError) as error:
        text = "".join(f"{name}={value}\n" for name, value in {**PLAIN, **change}.items())
        for_kafka_python(options_of(make(text).broker), KafkaConsumer.DEFAULT_CONFIG)
    assert words in error.value.message
    assert "/k: " in error.value.message
    assert error.value.hint


def test_a_login_line_is_read_with_blanks_quotes_and_escapes() -> None:
    line = """a.b.PlainLoginModule  required\n username='u 1' password="p\\"=;x" other=true ;"""
    assert login_of(line) == ("PlainLoginModule", {"username": "u 1", "password": 'p"=;x', "other": "true"})


def test_secrets_as_text_are_known_and_references_are_none() -> None:
    options = Options({**PLAIN, "ssl.key.password": "${env:X}", "client.id": "c"}, "f")
    assert options.secrets_as_text() == ["sasl.jaas.config"]


def test_a_registry_takes_a_password_or_a_token_and_a_login_in_the_url_still_works(
    make: Callable[..., Settings],
) -> None:
    settings = make("", REGISTRY)
    found = options_of(settings.registry_url).resolved()
    assert headers("https://r", found) == {"Authorization": "Basic Y2pvOnJlZ2lzdHJ5LXMzY3JldA=="}
    assert headers("https://r", {"bearer.auth.token": "t"}) == {"Authorization": "Bearer t"}
    assert headers("https://u:p%40@r", {}) == {"Authorization": "Basic dTpwQA=="}
    assert registry_for_flink("https://u:p@r", {}) == {
        "basic.auth.user.info": "u:p",
        "basic.auth.credentials.source": "USER_INFO",
    }
    given = registry_for_flink(settings.registry_url, options_of(settings.registry_url))
    assert given["basic.auth.user.info"] == "cjo:${env:CJO_TEST_REGISTRY_PASSWORD}"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"basic.auth.user": "u"}, "basic.auth.user is no option of a registry"),
        ({"basic.auth.credentials.source": "SASL_INHERIT"}, "basic.auth.credentials.source is SASL_INHERIT"),
        ({"basic.auth.user.info": "u:p", "bearer.auth.token": "t"}, "bearer.auth.token is given beside"),
    ],
)
def test_a_registrys_option_that_is_not_known_is_named(options: dict[str, str], words: str) -> None:
    with pytest.raises(UsageError) as error:
        named(Options(options, "file"))
    assert f"file: {words}" in error.value.message


def test_a_plain_text_is_an_address_without_options() -> None:
    assert options_of("b:1") == {}
    assert for_kafka_python(options_of(Address("b:1")), KafkaProducer.DEFAULT_CONFIG) == {}


def test_a_submission_carries_references_and_a_secret_as_text_is_warned_of(
    make: Callable[..., Settings], capsys: pytest.CaptureFixture[str]
) -> None:
    told = describe(make(KAFKA, REGISTRY), {}, [], {}, {})
    assert capsys.readouterr().err == ""
    assert "s3cret" not in json.dumps(told)
    assert told["kafka"]["variables"] == ["CJO_TEST_KAFKA_PASSWORD"]

    text = "".join(f"{name}={value}\n" for name, value in PLAIN.items())
    told = describe(make(text, registry_url="https://u:hidden@r/x"), {}, [], {}, {})
    warned = capsys.readouterr().err
    assert "sasl.jaas.config holds a secret as text" in warned
    assert "basic.auth.user.info holds a secret as text" in warned
    assert "hidden" not in warned
    assert told["registry_url"] == "https://r/x"


def test_a_submission_without_options_is_as_it_was(make: Callable[..., Settings]) -> None:
    assert not {"kafka", "registry"} & describe(make(), {}, [], {}, {}).keys()


def test_the_options_of_a_command_stand_in_variables_while_it_runs(tmp_path: Path) -> None:
    (tmp_path / "k").write_text("bootstrap.servers=kafka:9092")
    args = parser_of("topics").parse_args(["topics", "--kafka-config", str(tmp_path / "k")])
    with connection.applied(args):
        assert Settings.load().broker == "kafka:9092"
    assert "CJO_KAFKA_CONFIG" not in os.environ


def test_every_kafka_client_of_cjo_is_made_with_the_options() -> None:
    files = (path for folder in ("cjo", "jobs", "udfs") for path in (ROOT / folder).rglob("*.py"))
    makers = {
        str(path.relative_to(ROOT)): text
        for path in files
        if re.search(r"""bootstrap[._]servers["']?\s*[:=]""", text := path.read_text(encoding="utf-8"))
    }
    assert {"cjo/client/connect.py", "cjo/demo/filler.py", "jobs/_sql.py"} <= makers.keys()
    ways = ("for_kafka_python(options_of(", "for_rdkafka(options_of(", "for_flink(")
    assert [name for name, text in makers.items() if not any(way in text for way in ways)] == []


def test_the_doctor_tells_files_and_variables_and_no_value(
    make: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = make(KAFKA, REGISTRY)
    kafka, registry = look_at_logins(settings)
    assert (kafka.ok, registry.ok) == (True, True)
    assert kafka.found.endswith("/k: SASL_SSL, SCRAM-SHA-512, CJO_TEST_KAFKA_PASSWORD is set")
    assert "s3cret" not in f"{kafka} {registry}"

    monkeypatch.delenv("CJO_TEST_REGISTRY_PASSWORD")
    kafka, registry = look_at_logins(settings)
    assert (kafka.ok, registry.ok) == (True, False)
    assert "CJO_TEST_REGISTRY_PASSWORD is not set" in registry.found

    (text,) = look_at_logins(make("".join(f"{name}={value}\n" for name, value in PLAIN.items())))
    assert (text.ok, "sasl.jaas.config" in text.hint) == (None, True)
    assert list(look_at_logins(make())) == []


def test_a_token_is_fetched_with_id_and_secret_and_kept_while_it_lasts(make: Callable[..., Settings]) -> None:
    seen: dict[str, str] = {}
    with answering(200, b'{"access_token": "t0ken", "expires_in": 3600}', seen) as address:
        options = {
            "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanism": "OAUTHBEARER",
            "sasl.jaas.config": OAUTH_LINE,
            "sasl.oauthbearer.token.endpoint.url": f"http://{address}/token",
            "sasl.login.callback.handler.class": (
                "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler"
            ),
        }
        given = options_of(make("".join(f"{name}={value}\n" for name, value in options.items())).broker)
        provider = for_kafka_python(given, KafkaConsumer.DEFAULT_CONFIG)["sasl_oauth_token_provider"]
        assert provider.token() == "t0ken"
        assert seen.pop("Authorization") == "Basic c2hvcDprYWZrYS1zM2NyZXQ="
        assert provider.token() == "t0ken"
        assert "Authorization" not in seen
    assert for_rdkafka(given) == {
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "OAUTHBEARER",
        "sasl.oauthbearer.method": "oidc",
        "sasl.oauthbearer.token.endpoint.url": options["sasl.oauthbearer.token.endpoint.url"],
        "sasl.oauthbearer.client.id": "shop",
        "sasl.oauthbearer.client.secret": "kafka-s3cret",
        "sasl.oauthbearer.scope": "cjo",
    }


@pytest.mark.parametrize(("status", "body"), [(401, b"no"), (200, b"<html>"), (200, b"{}")])
def test_an_endpoint_without_a_token_is_named_and_no_secret_told(status: int, body: bytes) -> None:
    with answering(status, body) as address, pytest.raises(TokenError) as error:
        TokenProvider(Client(f"http://{address}", "shop", "s3cret")).token()
    assert address in str(error.value)
    assert "s3cret" not in f"{error.value} {error.value.__cause__}"
