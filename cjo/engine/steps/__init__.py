"""Kinds of step: one file each, with `arrive(turn, run, step) -> Move`, and `on_due` for those that a run waits at."""

from cjo.engine.steps import branch, decide, emit, exit, experiment, hand_over, send, update, wait

ARRIVE = {
    "send": send.arrive,
    "wait": wait.arrive,
    "branch": branch.arrive,
    "update": update.arrive,
    "emit": emit.arrive,
    "experiment": experiment.arrive,
    "decide": decide.arrive,
    "hand_over": hand_over.arrive,
    "exit": exit.arrive,
}
ON_DUE = {"send": send.on_due, "wait": wait.on_due, "emit": emit.on_due}
