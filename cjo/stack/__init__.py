"""The local real stack: Java, jars, broker, registry, Flink cluster."""

from cjo.stack.client import flink_cancel, flink_run, flink_stop, jobs
from cjo.stack.stack import ComponentStatus, Stack

__all__ = ["ComponentStatus", "Stack", "flink_cancel", "flink_run", "flink_stop", "jobs"]
