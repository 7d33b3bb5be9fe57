"""The only place that touches PyFlink's inner names: the fast way from a SQL query into Python.

`key_by(lambda)` would put a Python operator in front, and turn each record into a Row field by field. Instead the key
is taken in the JVM and one text crosses. tests/flink/test_stream.py says what broke when PyFlink changes these names.
"""

from __future__ import annotations

from typing import Any

from pyflink.common import Types
from pyflink.datastream import DataStream, StreamExecutionEnvironment
from pyflink.datastream.data_stream import KeyedStream
from pyflink.java_gateway import get_gateway
from pyflink.table import StreamTableEnvironment, Table

KEYED_TEXT = Types.ROW_NAMED(["f0", "f1"], [Types.STRING(), Types.STRING()])
TEXT = Types.ROW_NAMED(["f0"], [Types.STRING()])


def keyed_text(tables: StreamTableEnvironment, *queries: Table) -> KeyedStream:
    """All of `queries` (f0: key, f1: text, both STRING) as one stream keyed by f0 in the JVM; a function gets f1.

    They are united here, not by UNION ALL in SQL: that would break each source's chain before the exchange by key. The
    key's type is a row of one: a plain string works until the first checkpoint and fails then.
    """
    first, *others = [_typed(tables, query, KEYED_TEXT) for query in queries]
    stream = first.union(*others) if others else first
    selector = get_gateway().jvm.KeyByKeySelector()
    keyed = stream._j_data_stream.keyBy(selector, Types.ROW([Types.STRING()]).get_java_type_info())
    return KeyedStream(keyed, KEYED_TEXT, stream)


def text(tables: StreamTableEnvironment, query: Table) -> DataStream:
    """`query` (f0: text, STRING) as a stream of rows of one."""
    return _typed(tables, query, TEXT)


def _typed(tables: StreamTableEnvironment, query: Table, row_type: Any) -> DataStream:
    stream = tables.to_data_stream(query)
    stream._j_data_stream.getTransformation().setOutputType(row_type.get_java_type_info())
    return stream


def transformations(env: StreamExecutionEnvironment) -> list[Any]:
    """Every transformation behind the job's ends, each once, sources first (Java objects)."""
    found: dict[int, Any] = {}
    for end in env._j_stream_execution_environment.getTransformations():
        for one in end.getTransitivePredecessors():
            found[one.getId()] = one
    return [found[number] for number in sorted(found)]


def set_uids(env: StreamExecutionEnvironment, uids: dict[str, str]) -> None:
    """Give operators the uid by which a savepoint knows them; `uids` is by a part of the operator's name.

    Raises KeyError for a part that fits no operator or several: a savepoint would silently miss its state.
    """
    nodes = transformations(env)
    for part, uid in uids.items():
        fitting = [node for node in nodes if part in node.getName()]
        if len(fitting) != 1:
            names = [node.getName() for node in nodes]
            raise KeyError(f"{len(fitting)} operators have {part!r} in their name, expected one of {names}")
        fitting[0].setUid(uid)
