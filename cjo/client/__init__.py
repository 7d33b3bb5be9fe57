"""A small Python client: publish touchpoints, read decoded records of any topic.

    with TouchpointProducer() as producer:
        producer.send({"event_id": "…", "customer_id": "c1", "channel": "web", "type": "page_viewed",
                       "occurred_at": "2026-05-01T09:30:00+02:00"})

    for record in read("actions.email", follow=True):
        print(record.key, record.value)

Broker and registry come from CJO_BROKER and CJO_REGISTRY, else they are the local stack's; or name them:
`TouchpointProducer(Settings.load(broker="host:9092", registry_url="http://host:8081"))`.
"""

from cjo.client.producer import TouchpointProducer
from cjo.client.reader import Record, newest, read

__all__ = ["Record", "TouchpointProducer", "newest", "read"]
