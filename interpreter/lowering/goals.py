"""Goals, and preferences as the last of them."""

from __future__ import annotations

from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING

from archwright.dsl import nodes
from archwright.dsl.diagnostics import Fix
from archwright.dsl.units import PLAIN
from archwright.solvers.expressions import Expr

from . import domains
from .numbers import ONE, ZERO, Number
from .result import LoweredGoal
from .scope import Scope
from .terms import error_of

if TYPE_CHECKING:
    from .core import Lowering

PREFERENCES = "preferences"
WIDE = 1 << 62


def penalty(low: Lowering) -> Number:
    """The sum of the weights of broken `prefer`s."""
    memory = low.root.memory
    if PREFERENCES not in memory:
        parts: list[tuple[int, Number]] = []
        for node in low.root.spec.prefers.values():
            for turn in domains.unroll(low, node.binders, node.where, low.root.scope):
                held = low.truth(node.body, turn.scope)
                broken = low.logic.both(turn.condition, low.logic.negate(held))
                inner = turn.scope.under(low.logic.both(turn.scope.path, broken))
                weight = ONE if node.weight is None else _weight(low, node.weight, inner)
                parts.append((1, low.numbers.choose(broken, weight, ZERO)))
        memory[PREFERENCES] = low.numbers.add(parts)
    total: Number = memory[PREFERENCES]
    return total


def _weight(low: Lowering, node: nodes.Expr, scope: Scope) -> Number:
    weight = low.number(node, scope)
    if not low.proves(low.numbers.compare(">", weight, ZERO), scope.path):
        known = f", and this is {weight}" if isinstance(weight, Fraction) else " under all choices"
        low.fail("bad-weight", f"a weight is greater than 0{known}", node, scope)
    return weight


def reads_preferences(low: Lowering) -> bool:
    """Whether a goal, or a `let`, names the penalty itself."""
    from .calls import walk

    items = (*low.root.spec.goals.values(), *low.root.spec.names.values())
    return any(
        isinstance(node, nodes.Name) and node.text == PREFERENCES
        for item in items
        if isinstance(item, nodes.Goal | nodes.Let)
        for node in walk(item)
    )


def post_goals(low: Lowering) -> tuple[list[LoweredGoal], LoweredGoal | None]:
    """State the goals; gives them, and apart from them the preferences of a front."""
    spec = low.root.spec
    goals: list[LoweredGoal] = []
    low.problem.front = spec.optimize is not None and spec.optimize.mode == "pareto"
    for name, node in spec.goals.items():
        number = low.number(node.value, low.root.scope)
        scale, expr = whole_goal(low, number, node, low.root.scope)
        if node.sense == "minimize":
            low.problem.minimize(expr, name)
        else:
            low.problem.maximize(expr, name)
        dimension = spec.dimension(node.value)
        error = error_of(number)
        goals.append(LoweredGoal(name, node.sense, True, dimension, scale, expr, node, error))
    preferences = None
    if spec.prefers and not reads_preferences(low):
        first = next(iter(spec.prefers.values()))
        scale, expr = whole_goal(low, penalty(low), first, low.root.scope)
        preferences = LoweredGoal(PREFERENCES, "minimize", False, PLAIN, scale, expr, None)
        if not low.problem.front:
            low.problem.minimize(expr, PREFERENCES)
            goals.append(preferences)
    return goals, preferences


def whole_goal(
    low: Lowering, number: Number, node: nodes.Node, scope: Scope
) -> tuple[Fraction, Expr]:
    """A goal as a positive scale times an integer expression.

    Over a symbolic denominator `d` with finitely many values the expression is
    `numerator * (L // d)` with `L` their least common multiple: exact, since `d` divides `L`.
    """
    if isinstance(number, Fraction):
        scale = abs(number) or ONE
        return scale, low.problem.constant(int(number / scale))
    if not number.scale:  # 0 over whatever it is divided by
        return ONE, low.problem.constant(0)
    scale, expr = number.scale, number.numerator
    if number.denominator is not None:
        values = low.reach.image(number.denominator, True)
        shared = lcm(*values) if values is not None and min(values) >= 1 else WIDE
        if shared < WIDE:
            factor = low.problem.quotient(shared, number.denominator)
            expr = low.problem.product([expr, factor])
            scale /= shared
        if shared >= WIDE or max(abs(expr.lo), abs(expr.hi)) >= WIDE:
            low.fail(
                "rational-goal",
                "this goal is a fraction whose denominators have no common multiple of 62 bits",
                node,
                scope,
                fixes=(
                    Fix("multiply it by the wanted precision and round with floor() or ceil()"),
                ),
            )
    if scale < 0:
        scale, expr = -scale, -expr
    return scale, expr
