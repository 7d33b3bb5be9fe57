"""A broker that wants SCRAM over TLS, and a registry behind a door that wants a password over TLS."""

from __future__ import annotations

import base64
import http.client
import json
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from cjo.settings import LOOPBACK, Settings
from cjo.stack import broker
from cjo.stack.component import Component, listens
from cjo.stack.jars import fetch
from cjo.stack.java import java_home
from cjo.stack.process import Launch
from cjo.stack.stack import Stack
from tests.served import Handler, served

HERE = Path(__file__).parent
KEY, AUTHORITY = HERE / "loopback.pem", HERE / "authority.pem"
USER = "cjo"
PASSWORDS = {"CJO_TEST_KAFKA_PASSWORD": "kafka-s3cret", "CJO_TEST_REGISTRY_PASSWORD": "registry-s3cret"}
KAFKA = f"""# as any Kafka tool reads it
security.protocol = SASL_SSL
sasl.mechanism    = SCRAM-SHA-512
sasl.jaas.config  = org.apache.kafka.common.security.scram.ScramLoginModule required \\
    username="{USER}" password="${{env:CJO_TEST_KAFKA_PASSWORD}}";
ssl.truststore.type     = PEM
ssl.truststore.location = {AUTHORITY}
client.id = cjo-secured
"""
OAUTH = f"""security.protocol = SASL_SSL
sasl.mechanism    = OAUTHBEARER
sasl.jaas.config  = org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required \\
    clientId="shop" clientSecret="${{env:CJO_TEST_KAFKA_PASSWORD}}";
ssl.truststore.type     = PEM
ssl.truststore.location = {AUTHORITY}
sasl.oauthbearer.token.endpoint.url = http://"""
"""The endpoint's address follows. The broker takes any token that is not too old, signed or not."""
REGISTRY = f"""schema.registry.basic.auth.user.info = {USER}:${{env:CJO_TEST_REGISTRY_PASSWORD}}
schema.registry.ssl.truststore.type = PEM
schema.registry.ssl.truststore.location = {AUTHORITY}
"""


def settings_for(folder: Path, port_base: int, registry_port: int) -> Settings:
    """Settings that name both, with the files of options in `folder`."""
    (folder / "kafka.properties").write_text(KAFKA)
    (folder / "registry.properties").write_text(REGISTRY)
    return Settings.load(
        {},
        home=folder / "home",
        cache=Settings.load().cache,
        port_base=port_base,
        broker=f"localhost:{port_base + 92}",  # not the local stack's own name for it
        registry_url=f"https://localhost:{registry_port}/apis/ccompat/v7",
        kafka_config=folder / "kafka.properties",
        registry_config=folder / "registry.properties",
    )


def token(user: str) -> str:
    """A token for `user`, good for an hour, signed by nobody."""
    now_s = int(time.time())
    parts = ({"alg": "none"}, {"sub": user, "iat": now_s, "exp": now_s + 3600})
    pieces = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join([*pieces, ""])


@contextmanager
def secured_broker(settings: Settings) -> Iterator[None]:
    """The broker, running. Another listener without any of it is the broker's own."""
    stack = Stack(settings)
    ports = settings.ports
    part = Component("broker", lambda: _launch(settings), lambda: listens(ports.broker), {"broker": ports.broker})
    try:
        stack.start([part])
        yield
    finally:
        stack.processes.stop("broker")


def _launch(settings: Settings) -> Launch:
    ports, classes = settings.ports, ":".join(map(str, fetch(settings, "broker")))
    config = broker.properties(settings) | {
        "listeners": f"SASL_SSL://{LOOPBACK}:{ports.broker},INNER://{LOOPBACK}:{ports.registry},"
        f"CONTROLLER://{LOOPBACK}:{ports.controller}",
        "advertised.listeners": f"SASL_SSL://localhost:{ports.broker},INNER://{LOOPBACK}:{ports.registry}",
        "listener.security.protocol.map": "SASL_SSL:SASL_SSL,INNER:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "INNER",
        "sasl.enabled.mechanisms": "SCRAM-SHA-512,OAUTHBEARER",
        "listener.name.sasl_ssl.oauthbearer.sasl.jaas.config": (
            "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;"
        ),
        "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": (
            "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        ),
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(KEY),
    }
    settings.run.mkdir(parents=True, exist_ok=True)
    file = settings.run / "secured.properties"
    file.write_text("".join(f"{name}={value}\n" for name, value in config.items()))
    java = java_home() / "bin" / "java"
    scram = f"SCRAM-SHA-512=[name={USER},password={PASSWORDS['CJO_TEST_KAFKA_PASSWORD']}]"
    format_it = [java, "-cp", classes, broker.FORMATTER, "format", "--cluster-id=MkU3OEVBNTcwNTJENDM2Qg"]
    subprocess.run([*format_it, "--add-scram", scram, "-c", file], check=True, capture_output=True)
    return Launch([java, *broker.HEAP, *broker.LOGGING, "-cp", classes, broker.MAIN, file])


@contextmanager
def door(registry_url: str) -> Iterator[int]:
    """A port of loopback that passes requests on to `registry_url`, if they come with the password."""
    target = urlsplit(registry_url)
    login = f"{USER}:{PASSWORDS['CJO_TEST_REGISTRY_PASSWORD']}".encode()
    expected = f"Basic {base64.b64encode(login).decode()}"

    class Door(Handler):
        def respond(self) -> None:
            if self.headers.get("Authorization") != expected:
                self.answer(401, b'{"error_code": 401, "message": "who are you?"}')
                return
            back = http.client.HTTPConnection(str(target.hostname), target.port, timeout=20)
            kind = {"Content-Type": self.headers["Content-Type"] or ""}
            back.request(self.command, self.path, self.body or None, kind)
            answer = back.getresponse()
            self.answer(answer.status, answer.read())
            back.close()

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(KEY)
    with served(Door, context) as address:
        yield int(address.rpartition(":")[2])
