"""Lowering: a bound spec as an integer problem, and the way back."""

from .lowering.lower import lower, lower_again
from .lowering.result import Fixing, Lowered, LoweredChoice, LoweredGoal

__all__ = ["Fixing", "Lowered", "LoweredChoice", "LoweredGoal", "lower", "lower_again"]
