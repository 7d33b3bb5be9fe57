"""Whole-system simulation: random authors' workspaces, random customers, a model of the Flink host with faults.

`python -m tests.system --seeds N --from S` plays seeds; `--show SEED` tells the story of one. A story is played through
the real compiler, the real functions of the operator and a host that crashes; checkers that share no code with the
engine look at what was committed. docs: tests/system/README.md.
"""
