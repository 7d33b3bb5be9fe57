"""The table of topics."""

from __future__ import annotations

from typing import Any

import pytest

from cjo.errors import StackError
from cjo.resources import data_dir
from cjo.stack.topic_admin import Difference, refuse_partition_changes
from cjo.topics import Topic, topics_for


def plan(**workspace: Any) -> dict[str, Any]:
    channels = {"email": {"topic": "actions.email"}, "sms": {"topic": "actions.sms"}}
    return {"workspace": {"partitions": 8, "channels": channels, **workspace}}


def by_name(topics: list[Topic]) -> dict[str, Topic]:
    return {topic.name: topic for topic in topics}


def test_every_channel_has_an_action_topic_and_the_log_comes_first() -> None:
    topics = topics_for(plan())

    assert topics[0].name == "touchpoints"
    assert {"actions.email", "actions.sms", "moments", "decisions", "deadletters", "control", "memory"} < set(
        by_name(topics)
    )


def test_channels_that_share_a_topic_get_it_once() -> None:
    shared = {"email": {"topic": "actions.message"}, "sms": {"topic": "actions.message"}}

    assert [topic.name for topic in topics_for(plan(channels=shared))].count("actions.message") == 1


def test_control_has_one_partition_and_is_kept_for_ever() -> None:
    control = by_name(topics_for(plan()))["control"]

    assert (control.partitions, control.config["retention.ms"]) == (1, "-1")


def test_the_log_is_kept_for_ever_unless_the_workspace_says_how_long() -> None:
    assert by_name(topics_for(plan()))["touchpoints"].config["retention.ms"] == "-1"
    assert by_name(topics_for(plan(retention_ms=86_400_000)))["touchpoints"].config["retention.ms"] == "86400000"


def test_old_touchpoints_are_accepted_and_those_from_the_future_are_not() -> None:
    config = by_name(topics_for(plan()))["touchpoints"].config

    assert config["message.timestamp.type"] == "CreateTime"
    assert int(config["message.timestamp.before.max.ms"]) == 2**63 - 1
    assert int(config["message.timestamp.after.max.ms"]) == 3_600_000


def test_a_dead_letter_holds_the_largest_touchpoint_and_its_frame() -> None:
    topics = by_name(topics_for(plan()))

    assert int(topics["deadletters"].config["max.message.bytes"]) >= 2 * int(
        topics["touchpoints"].config["max.message.bytes"]
    )


def test_every_named_contract_exists() -> None:
    for topic in topics_for(plan()):
        assert topic.schema is None or (data_dir("schemas") / f"{topic.schema}.avsc").is_file()
        assert topic.subject == f"{topic.name}-value"


def test_a_changed_partition_count_is_refused_with_the_count_to_keep() -> None:
    with pytest.raises(StackError) as error:
        refuse_partition_changes([Difference("touchpoints", "partitions", "8", "4")])

    assert "should be 8, is 4" in error.value.message
    assert "partitions: 4" in str(error.value.hint)
