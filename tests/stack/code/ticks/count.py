"""A small job with Python state: counts five ticks a second, for ever."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyflink.common import Types
from pyflink.datastream import KeyedProcessFunction, RuntimeContext, StreamExecutionEnvironment
from pyflink.datastream.state import ValueStateDescriptor
from pyflink.table import StreamTableEnvironment

TICKS = """
CREATE TABLE ticks (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '5', 'fields.n.kind' = 'sequence',
  'fields.n.start' = '1', 'fields.n.end' = '1000000')
"""


class Count(KeyedProcessFunction):
    """Tells each tick's number and how many came before it with the same last bit."""

    def open(self, runtime_context: RuntimeContext) -> None:
        self._count = runtime_context.get_state(ValueStateDescriptor("count", Types.LONG()))

    def process_element(self, value: Any, ctx: KeyedProcessFunction.Context) -> Iterator[str]:
        count = (self._count.value() or 0) + 1
        self._count.update(count)
        yield f"{value[0]} {count}"


def main() -> None:
    environment = StreamExecutionEnvironment.get_execution_environment()
    tables = StreamTableEnvironment.create(environment)
    tables.execute_sql(TICKS)
    stream = tables.to_data_stream(tables.sql_query("SELECT n FROM ticks"))
    stream.key_by(lambda row: row[0] % 2, Types.LONG()).process(Count(), Types.STRING()).uid("count").print()
    environment.execute("ticks")


if __name__ == "__main__":
    main()
