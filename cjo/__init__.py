"""cjo: real-time customer journey orchestration on Apache Flink."""

__version__ = "0.1.0"

from cjo.native import prefer

prefer()
