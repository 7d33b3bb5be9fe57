"""The decision engine: one implementation for Flink, simulator, scenarios and backtest.

It reads no clock, draws no random number and does no I/O: the same plan, state and input give the same transition.
"""

from cjo.engine.core import Engine
from cjo.engine.turn import Transition

__all__ = ["Engine", "Transition"]
