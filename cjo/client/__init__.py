"""A small Python client: publish touchpoints, read decoded records of any topic.

    with TouchpointProducer() as producer:
        producer.send({"event_id": "…", "customer_id": "c1", "channel": "web", "type": "page_viewed",
                       "occurred_at": "2026-05-01T09:30:00+02:00"})

    for record in read("actions.email", follow=True):
        print(record.key, record.value)

Broker and registry come from `Settings`: CJO_BROKER and CJO_REGISTRY, else the local stack.
"""

from cjo.client.producer import TouchpointProducer
from cjo.client.reader import Record, newest, read

__all__ = ["Record", "TouchpointProducer", "newest", "read"]
