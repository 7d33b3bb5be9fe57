"""What is said of a job that failed."""

from __future__ import annotations

from cjo.stack.flink_rest import causes

TRACE = """org.apache.flink.runtime.JobException: Recovery is suppressed
\tat org.apache.flink.runtime.ExecutionFailureHandler.handleFailure(ExecutionFailureHandler.java:213)
\tat java.base/java.lang.Thread.run(Thread.java:840)
Caused by: java.lang.RuntimeException: opening the function failed
\tat io.cjo.flink.DecideOperator.open(DecideOperator.java:90)
\t... 12 more
Caused by: pemja.core.PythonException: <class 'FileNotFoundError'>: 2
\tat <frozen zipimport>._get_data(<frozen zipimport>:592)
"""


def test_a_failure_is_told_down_to_its_root() -> None:
    assert causes(TRACE) == [
        "org.apache.flink.runtime.JobException: Recovery is suppressed",
        "Caused by: java.lang.RuntimeException: opening the function failed",
        "Caused by: pemja.core.PythonException: <class 'FileNotFoundError'>: 2",
    ]


def test_of_no_failure_nothing_is_told() -> None:
    assert causes("") == []
