"""A model of the Flink host: readers, channels, keyed subtasks, barriers, transactions, crashes and rescaling.

The contract is bytes in and bytes out, as `DecideOperator` has it; everything that decides is the real code.
"""
