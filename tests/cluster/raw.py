"""Records of the log as bytes, good and bad, written as any producer would."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.request import Request, urlopen

from kafka import KafkaProducer

from cjo.avro.codec import Writer, load_schema
from cjo.avro.registry import Registry
from cjo.settings import Settings
from cjo.stack.heartbeat import heartbeat
from cjo.topics import MOMENTS, TOUCHPOINTS

BEGIN_MS = 1_763_295_200_000
MINUTE_MS = 60_000
PARTITIONS = 4
_REGISTRY_JSON = "application/vnd.schemaregistry.v1+json"


class Raw(NamedTuple):
    """One record; `name` says what is wrong with it, or is the event_id of a good one."""

    name: str
    value: bytes | None
    timestamp_ms: int
    key: bytes | None = None
    partition: int | None = None
    headers: list[tuple[str, bytes]] = []  # noqa: RUF012


class Maker:
    """Makes records with the registry's ids."""

    def __init__(self, settings: Settings) -> None:
        self._registry = Registry(settings.registry_url)
        contract = load_schema("touchpoint")
        self.write = Writer(contract, self._registry.register(f"{TOUCHPOINTS}-value", contract))
        moment = load_schema("moment")
        self.write_moment = Writer(moment, self._registry.register(f"{MOMENTS}-value", moment))

    def newer_writer(self) -> Writer:
        """A writer of the contract's next version, of which the job knows nothing."""
        newer = copy.deepcopy(load_schema("touchpoint"))
        newer["fields"].append({"name": "weather", "type": ["null", "string"], "doc": "The weather.", "default": None})
        return Writer(newer, self._registry.register(f"{TOUCHPOINTS}-value", newer))

    def bytes_writer(self) -> Callable[[Mapping[str, Any]], bytes]:
        """A writer to whom a customer's id is bytes: by Avro's rules they are read as text."""
        foreign = copy.deepcopy(load_schema("touchpoint"))
        (customer,) = [field for field in foreign["fields"] if field["name"] == "customer_id"]
        customer["type"] = ["null", "bytes"]
        write = Writer(foreign, self._registry.register("foreign-value", foreign))
        return lambda touchpoint: write({**touchpoint, "customer_id": touchpoint["customer_id"].encode()})

    def no_avro(self) -> int:
        """The id of a schema in the registry by which no record can be read."""
        body = json.dumps(
            {"schemaType": "PROTOBUF", "schema": 'syntax = "proto3"; message Other { string id = 1; }'}
        ).encode()
        asked = Request(
            f"{self._registry.url}/subjects/protobuf-value/versions", body, {"Content-Type": _REGISTRY_JSON}
        )
        with urlopen(asked, timeout=30) as answer:
            return int(json.load(answer)["id"])

    def good(self, touchpoint: Mapping[str, Any], write: Callable[[Mapping[str, Any]], bytes] | None = None) -> Raw:
        """A good record of a touchpoint."""
        key = (touchpoint.get("customer_id") or "").encode() or None
        return Raw(touchpoint["event_id"], (write or self.write)(touchpoint), touchpoint["occurred_at"], key)

    def heartbeats(self, at_ms: int, partitions: int = PARTITIONS) -> list[Raw]:
        """One for each partition."""
        return [
            Raw("heartbeat", self.write(heartbeat(number, at_ms)), at_ms, None, number) for number in range(partitions)
        ]


def abandoned_basket(customer: str, at_ms: int) -> list[dict[str, Any]]:
    """A customer who may be written to, and who leaves a basket: one moment and one e-mail."""
    crm = {"customer_id": customer, "channel": "crm"}
    basket = {"customer_id": customer, "basket_id": "b1", "product_id": "p1", "amount": "49.90"}
    return [
        touchpoint(f"{customer}-1", "consent_given", at_ms, **crm, attributes={"purpose": "marketing"}),
        touchpoint(f"{customer}-2", "profile_updated", at_ms + 1, **crm, attributes={"email": f"{customer}@cjo.test"}),
        touchpoint(f"{customer}-3", "product_added", at_ms + 2, **basket),
    ]


def touchpoint(event_id: str, kind: str, at_ms: int, **fields: Any) -> dict[str, Any]:
    """A touchpoint of the web, unless told otherwise."""
    return {"event_id": event_id, "channel": "web", "type": kind, "occurred_at": at_ms, **fields}


def write(settings: Settings, records: list[Raw], topic: str = TOUCHPOINTS) -> dict[tuple[int, int], str]:
    """Appends `records` in their order; returns the name of each by (partition, offset)."""
    producer = KafkaProducer(bootstrap_servers=settings.broker, acks="all", max_request_size=5_000_000)
    try:
        sent = [
            (one.name, producer.send(topic, one.value, one.key, one.headers, one.partition, one.timestamp_ms))
            for one in records
        ]
        return {(future.get(30).partition, future.get(30).offset): name for name, future in sent}
    finally:
        producer.close()
