"""The only place that touches PyFlink's inner names: the fast way from a SQL query into Python.

`key_by(lambda)` and PyFlink's own keyed operator would turn each record into a Row field by field, and cross between
the JVM and Python for each access to state, each timer and each result. Instead the key is taken in the JVM, and an
operator of our own (udfs/java/io/cjo/flink/DecideOperator.java) gives Python the input and the state as bytes and gets
one piece of bytes back. tests/cluster says what broke when PyFlink changes these names.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyflink.common import Types
from pyflink.datastream import DataStream, StreamExecutionEnvironment
from pyflink.datastream.data_stream import _create_j_data_stream_python_function_info
from pyflink.java_gateway import get_gateway
from pyflink.table import StreamTableEnvironment, Table
from pyflink.util.java_utils import get_j_env_configuration

KEYED_JSON = Types.ROW_NAMED(["f0", "f1"], [Types.STRING(), Types.PRIMITIVE_ARRAY(Types.BYTE())])
TEXT = Types.ROW_NAMED(["f0"], [Types.STRING()])
_ANY_FUNCTION = 0
"""PyFlink's number for what kind of function it is; our operator does not ask."""


HANDED_ON_MS = 10
"""So long a decided record may wait for others on its way to the sinks. Flink's own 100 ms would be added to every
answer of a real-time channel."""
OUTPUT = Types.ROW_NAMED(
    ["topic", "record_key", "record_value", "exactly_once"],
    [Types.STRING(), Types.STRING(), Types.PRIMITIVE_ARRAY(Types.BYTE()), Types.BOOLEAN()],
)


def decide(
    tables: StreamTableEnvironment, inputs: Sequence[Table], control: Table, function: object, name: str
) -> DataStream:
    """Rows of OUTPUT, decided by `function` (udfs/orchestrate.py) over `inputs`, keyed by f0, and `control` in all.

    `inputs` are queries of (f0: key, f1: JSON as bytes), `control` of (f0: text). Inputs are united here, not by UNION
    ALL in SQL: that would break each source's chain before the exchange by key.
    """
    jvm = get_gateway().jvm
    first, *others = [_typed(tables, query, KEYED_JSON) for query in inputs]
    key_type, key = Types.STRING().get_java_type_info(), jvm.io.cjo.flink.SubjectKey()
    keyed = (first.union(*others) if others else first)._j_data_stream.keyBy(key, key_type)
    everywhere = _typed(tables, control, TEXT)._j_data_stream.broadcast()
    env = first.get_execution_environment()._j_stream_execution_environment
    output = OUTPUT.get_java_type_info()
    operator = jvm.io.cjo.flink.DecideOperator(
        get_j_env_configuration(env),
        _create_j_data_stream_python_function_info(function, _ANY_FUNCTION),
        output,
    )
    factory = jvm.io.cjo.flink.DecideOperatorFactory(operator)
    node = jvm.org.apache.flink.streaming.api.transformations.TwoInputTransformation(
        keyed.getTransformation(), everywhere.getTransformation(), name, factory, output, env.getParallelism(), False
    )
    node.setStateKeySelectors(key, None)
    node.setStateKeyType(key_type)
    env.addOperator(node)
    python = jvm.org.apache.flink.python.util.PythonConfigUtil
    decided = DataStream(python.createSingleOutputStreamOperator(env, node))
    # What writes has a thread of its own: to send, flush and commit would hold up deciding, which can fill a core.
    return decided.disable_chaining().set_buffer_timeout(HANDED_ON_MS)


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
