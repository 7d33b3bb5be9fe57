"""Who carries out actions, one file a kind."""

from __future__ import annotations

from cjo.deliver.carriers.outbox import OutboxCarrier
from cjo.deliver.carriers.smtp import SmtpCarrier
from cjo.deliver.carriers.sse import SseCarrier
from cjo.deliver.carriers.webhook import WebhookCarrier

__all__ = ["OutboxCarrier", "SmtpCarrier", "SseCarrier", "WebhookCarrier"]
