"""What reaches the solver must fit its numbers: refuse what does not, and name its factors.

Choices and cells of tables are machine words; what is computed from them may be much longer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archwright.dsl.diagnostics import ArchError, Diagnostic, Fix, Value
from archwright.dsl.source import Span
from archwright.solvers.expressions import Op
from archwright.solvers.memory import LIMIT_BITS, WIDEST_BITS

if TYPE_CHECKING:
    from .core import Lowering

SHOWN = 60  # characters of a factor's text


def check(low: Lowering) -> None:
    """Refuse constraints and goals with a part whose bounds leave these bits.

    Raises
    ------
    ArchError
        `too-wide`
    """
    seen: set[int] = set()
    for constraint in low.problem.constraints:
        _check(low, constraint.node, constraint.origin.span, seen)
    for goal, node in zip(low.problem.goals, _goal_spans(low), strict=False):
        _check(low, goal.node, node, seen)


def _goal_spans(low: Lowering) -> list[Span]:
    goals = [g.span for g in low.root.spec.goals.values()]
    prefers = [p.span for p in low.root.spec.prefers.values()]
    return goals + prefers


def _check(low: Lowering, root: int, span: Span, seen: set[int]) -> None:
    problem = low.problem
    waiting = [root]
    wide: int | None = None
    while waiting:
        node = waiting.pop()
        if node in seen:
            continue
        seen.add(node)
        if reach(low, node) >= (1 << bits(low, node)):
            wide = node if wide is None else min(wide, node)  # the innermost has the least number
        waiting.extend(problem.args[node])
    if wide is not None:
        raise ArchError(_too_wide(low, wide, span))


def bits(low: Lowering, node: int) -> int:
    """How long the solver's numbers are for a node."""
    return LIMIT_BITS if low.problem.ops[node] is Op.LOOKUP else WIDEST_BITS


def reach(low: Lowering, node: int) -> int:
    """The largest absolute value on the way to a node."""
    lo, hi = low.problem.bounds[node]
    parts: tuple[int, ...] = ()
    if low.problem.ops[node] is Op.SUM:
        constant, factors = low.problem.data[node]
        parts = (constant, *factors)
    return max(map(abs, (lo, hi, *parts)))


def _too_wide(low: Lowering, node: int, span: Span) -> Diagnostic:
    problem = low.problem
    most = _written(reach(low, node))
    kind = "product" if problem.ops[node] is Op.PRODUCT else "term"
    factors = tuple(
        Value(_short(problem.text(arg)), " .. ".join(map(_written, problem.bounds[arg])))
        for arg in dict.fromkeys(problem.args[node])
    )[:6]
    return Diagnostic(
        "too-wide",
        f"a {kind} in here reaches {most}, more than {bits(low, node)} bits hold",
        span,
        label=_short(problem.text(node)),
        values=factors,
        fixes=(Fix("narrow the domains of its factors, or compare the factors apart"),),
    )


def _written(number: int) -> str:
    """A number in full, or its power of two where nobody would read it."""
    bits = number.bit_length()
    return f"{number:_}" if bits <= 256 else f"2^{bits - 1}"


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."
