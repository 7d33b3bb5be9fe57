"""The names of the little world in which all stories play."""

from __future__ import annotations

TYPES = ("viewed", "added", "removed", "bought", "asked", "failed")
KEYED = ("added", "removed", "bought", "failed")
"""Types that carry a basket_id."""
TOPICS = ("red", "green", "blue")
SEGMENTS = ("gold", "silver")
CHANNELS = {"email": "email", "sms": "phone", "push": "token", "web": None}
"""Channel -> profile attribute with its address."""
PURPOSES = ("marketing", "advice", "transactional")
EMITS = ("crm", "ops")
ZONES = ("Europe/Zurich", "America/New_York", "UTC", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Auckland")
TEMPLATES = ("hello", "again")
ATTRIBUTES = {"topic": "string", "n": "int", "due": "timestamp", "sum": "decimal"}
PROFILE = {
    "email": "string",
    "phone": "string",
    "token": "string",
    "locale": "string",
    "time_zone": "string",
    "segment": "string",
    "birth_date": "string",
    "renews": "timestamp",
    "score": "int",
    "preferred": "string",
}
EVENT_WHERES = (None, None, None, "topic = 'red'", "topic = 'blue'", "n = 2")
"""Conditions of exits, goals and waits; checks/matching.py reads these forms."""
