"""Kinds of step: one file each, with `arrive(turn, run, step) -> Move`."""

from cjo.engine.steps import exit, send, wait

ARRIVE = {"send": send.arrive, "wait": wait.arrive, "exit": exit.arrive}
