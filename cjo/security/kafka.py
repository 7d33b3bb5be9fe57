"""Kafka's options by their Java names, as each of the clients wants them: kafka-python, librdkafka, Flink's connector.

What concerns the connection (`security.*`, `sasl.*`, `ssl.*`) is taken by each client or refused by name. Anything
else is taken where a client has such a setting, and left to the job's Java clients where it has not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cjo.errors import UsageError
from cjo.security import oauth
from cjo.security.jaas import login_of
from cjo.security.options import Options
from cjo.security.tls import context

OWN = frozenset(
    ("bootstrap.servers", "group.id", "isolation.level", "transactional.id", "transaction.timeout.ms", "acks",
     "enable.idempotence", "enable.auto.commit", "auto.offset.reset", "key.serializer", "value.serializer",
     "key.deserializer", "value.deserializer", "allow.auto.create.topics", "config.providers")
)  # fmt: skip
"""What cjo sets itself; `bootstrap.servers` is taken as the address where no other is named."""
SHADED = "org.apache.flink.kafka.shaded."
"""Before each of Kafka's own class names inside the SQL connector's jar."""
_KAFKA_CLASSES = "org.apache.kafka.common."
_LEFT_TO_JAVA = ("metric.reporters", "partition.assignment.strategy", "socket.options", "api.version")
_RDKAFKA = ("client.id", "client.rack", "client.dns.lookup", "metadata.max.age.ms", "connections.max.idle.ms",
            "reconnect.backoff.ms", "reconnect.backoff.max.ms", "request.timeout.ms")  # fmt: skip
_PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
OAUTH = "OAUTHBEARER"
_MODULES = {
    "PLAIN": "PlainLoginModule",
    "SCRAM-SHA-256": "ScramLoginModule",
    "SCRAM-SHA-512": "ScramLoginModule",
    OAUTH: "OAuthBearerLoginModule",
}
_SASL_HINT = f"cjo's clients log in with {', '.join(_MODULES)}: docs/guide/security.md has examples"
_RD_SSL = {
    "ssl.truststore.certificates": "ssl.ca.pem",
    "ssl.key.password": "ssl.key.password",
    "ssl.truststore.location": "ssl.ca.location",
}


def check_names(options: Options) -> None:
    """UsageError where the options set what cjo sets itself."""
    for name in options:
        if name.startswith("config.providers") or (name in OWN and name != "bootstrap.servers"):
            raise options.problem(name, "is set by cjo itself", "leave it out")


def for_kafka_python(options: Options, known: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments of a kafka-python client whose settings and defaults are `known`; secrets are resolved here."""
    if not options:
        return {}
    found = options.resolved()
    made = {}
    for name, value in found.items():
        argument = name.replace(".", "_")
        if not _of_connection(name) and name not in (*OWN, *_LEFT_TO_JAVA) and argument in known:
            made[argument] = _typed(options, name, value, known[argument])
    protocol = _protocol(found, options)
    made["security_protocol"] = protocol
    if protocol.startswith("SASL"):
        mechanism, words = _login(found, options)
        made["sasl_mechanism"] = mechanism
        if mechanism == OAUTH:
            made["sasl_oauth_token_provider"] = oauth.TokenProvider(oauth.client_of(found, words, options))
        else:
            made |= {"sasl_plain_username": words["username"], "sasl_plain_password": words["password"]}
    if protocol.endswith("SSL"):
        made["ssl_context"] = context(found, options)
    return made


def for_rdkafka(options: Options) -> dict[str, Any]:
    """Settings of a librdkafka client; secrets are resolved here."""
    if not options:
        return {}
    found = options.resolved()
    made: dict[str, Any] = {name: found[name] for name in _RDKAFKA if name in found}
    made["security.protocol"] = protocol = _protocol(found, options)
    if protocol.startswith("SASL"):
        made |= _rdkafka_login(found, options)
    if protocol.endswith("SSL"):
        context(found, options)  # the same is refused, with the same words
        if "ssl.enabled.protocols" in found:
            raise options.problem("ssl.enabled.protocols", "has no counterpart in librdkafka", "leave it out")
        made |= {theirs: found[name] for name, theirs in _RD_SSL.items() if found.get(name)}
        if path := found.get("ssl.keystore.location"):
            made |= {"ssl.certificate.location": path, "ssl.key.location": path}
        if "ssl.endpoint.identification.algorithm" in found:
            made["ssl.endpoint.identification.algorithm"] = found["ssl.endpoint.identification.algorithm"] or "none"
    return made


def _rdkafka_login(found: Mapping[str, str], options: Options) -> dict[str, str]:
    mechanism, words = _login(found, options)
    if mechanism != OAUTH:
        return {"sasl.mechanism": mechanism, "sasl.username": words["username"], "sasl.password": words["password"]}
    client = oauth.client_of(found, words, options)
    return {
        "sasl.mechanism": mechanism,
        "sasl.oauthbearer.method": "oidc",
        "sasl.oauthbearer.token.endpoint.url": client.endpoint,
        "sasl.oauthbearer.client.id": client.id,
        "sasl.oauthbearer.client.secret": client.secret,
        **({"sasl.oauthbearer.scope": client.scope} if client.scope else {}),
    }


def for_flink(options: Mapping[str, str], variables: list[str]) -> dict[str, str]:
    """Properties of Kafka's clients inside Flink, secrets still by reference.

    The clients themselves resolve `${env:NAME}`, on the machines where they run: no secret is in the job's graph.
    """
    made = {
        name: value.replace(_KAFKA_CLASSES, SHADED + _KAFKA_CLASSES)
        for name, value in options.items()
        if name not in OWN
    }
    if variables:
        made["config.providers"] = "env"
        made["config.providers.env.class"] = f"{SHADED}{_KAFKA_CLASSES}config.provider.EnvVarConfigProvider"
        made["config.providers.env.param.allowlist.pattern"] = "|".join(variables)
    return made


def _of_connection(name: str) -> bool:
    return name.startswith(("security.", "sasl.", "ssl."))


def _protocol(found: Mapping[str, str], options: Options) -> str:
    protocol = found.get("security.protocol", "PLAINTEXT").upper()
    if protocol not in _PROTOCOLS:
        raise options.problem("security.protocol", f"is {protocol}", f"use one of {', '.join(_PROTOCOLS)}")
    for name in found:
        if name.startswith("security.") and name != "security.protocol":
            raise options.problem(name, "has no counterpart in Python's clients", "leave it out")
        if name.startswith("sasl.") and name not in ("sasl.mechanism", "sasl.jaas.config", *oauth.KNOWN):
            raise options.problem(name, "has no counterpart in Python's clients", _SASL_HINT)
    return protocol


def _login(found: Mapping[str, str], options: Options) -> tuple[str, dict[str, str]]:
    """(mechanism, words of the login line) where the two go together."""
    mechanism = found.get("sasl.mechanism", "GSSAPI").upper()
    if mechanism not in _MODULES:
        raise options.problem("sasl.mechanism", f"is {mechanism}", _SASL_HINT)
    try:
        module, words = login_of(found.get("sasl.jaas.config", ""))
    except ValueError as error:
        raise options.problem("sasl.jaas.config", str(error), _SASL_HINT) from None
    if module != _MODULES[mechanism]:
        raise options.problem("sasl.jaas.config", f"names {module}, and sasl.mechanism is {mechanism}", _SASL_HINT)
    if mechanism != OAUTH and not {"username", "password"} <= words.keys():
        raise options.problem("sasl.jaas.config", f"gives {module} no username and password", _SASL_HINT)
    return mechanism, words


def _typed(options: Options, name: str, value: str, default: object) -> Any:
    """`value` as the type that a client's default has."""
    if isinstance(default, bool):
        return value.strip().lower() == "true"
    if isinstance(default, int | float) or name.endswith((".ms", ".bytes")):
        try:
            return int(value)
        except ValueError:
            raise UsageError(f"{options.source}: {name} should be a whole number", "correct it") from None
    return value
