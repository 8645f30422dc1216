"""What reaches the solver must fit its words: refuse what does not, and name its factors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archwright.dsl.diagnostics import ArchError, Diagnostic, Fix, Value
from archwright.dsl.source import Span
from archwright.solvers.expressions import Op

if TYPE_CHECKING:
    from .core import Lowering

BITS = 62  # a sum of two such numbers still fits a word of 64 bits
LARGEST = (1 << BITS) - 1
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
        lo, hi = problem.bounds[node]
        if lo < -LARGEST or hi > LARGEST:
            wide = node if wide is None else min(wide, node)  # the innermost has the least number
        waiting.extend(problem.args[node])
    if wide is not None:
        raise ArchError(_too_wide(low, wide, span))


def _too_wide(low: Lowering, node: int, span: Span) -> Diagnostic:
    problem = low.problem
    lo, hi = problem.bounds[node]
    kind = "product" if problem.ops[node] is Op.PRODUCT else "term"
    factors = tuple(
        Value(_short(problem.text(arg)), " .. ".join(map(_written, problem.bounds[arg])))
        for arg in dict.fromkeys(problem.args[node])
    )[:6]
    return Diagnostic(
        "too-wide",
        f"a {kind} in here reaches {_written(max(abs(lo), abs(hi)))}, more than {BITS} bits hold",
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
