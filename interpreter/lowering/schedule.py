"""Live memory under all choices: which tensors must exist while each leaf runs.

While a leaf runs it is the sum of all tensors written before that the leaf or a later one reads,
the leaf's output and its `scratch`; a leaf that says `reuse` and is the last reader of its first
input puts its output into the same room, the larger of the two.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from archwright.solvers.expressions import Expr

from .logic import Truth
from .numbers import ZERO, Number, Term
from .tensors import UNBOUND, Either, Reference, Tensor, Unbound, alternatives, merge, same, size

if TYPE_CHECKING:
    from .calls import Call
    from .core import Lowering

FOLD_LIMIT = 1 << 12  # combinations visited to see that some conditions always hold together


def live_elements(low: Lowering, leaves: Sequence[Call]) -> list[Number]:
    """The elements alive while each leaf runs, where it is active."""
    found: list[Number] = []
    later: dict[int, Truth] = {}  # tensor -> some later leaf reads it
    tensors: dict[int, Tensor] = {}
    for leaf in reversed(leaves):
        assert leaf.output is not None
        later.pop(leaf.output.number, None)  # written here, so not before
        reads: dict[int, Truth] = {}
        for present, reference in leaf.inputs:
            for condition, tensor in alternatives(low, reference, present):
                tensors[tensor.number] = tensor
                before = reads.get(tensor.number, False)
                reads[tensor.number] = low.logic.either(before, condition)
        parts: list[tuple[int, Number]] = [(1, leaf.output.size)]
        scratch = leaf.let("scratch")
        if scratch is not None:
            parts.append((1, low.as_number(scratch, leaf.op.node)))
        needed = {
            number: low.logic.known(
                low.logic.either(reads.get(number, False), later.get(number, False)), leaf.active
            )
            for number in sorted({*reads, *later})
        }
        parts += _rooms(low, [(tensors[n], c) for n, c in needed.items()], leaf.active)
        shared = _shared(low, leaf, later)
        if shared is not None:
            parts.append((-1, shared))
        found.append(low.numbers.add(parts))
        for number, condition in reads.items():
            active = low.logic.both(leaf.active, condition)
            later[number] = low.logic.either(later.get(number, False), active)
    return found[::-1]


def _rooms(
    low: Lowering, tensors: Sequence[tuple[Tensor, Truth]], active: Truth
) -> list[tuple[int, Number]]:
    """The sizes of tensors under their conditions.

    Tensors of one size that exclude one another, such as the ends of an elastic stage or of the
    branches of an op, take one room together; enumeration over the few choices that they depend on
    shows it.
    """
    parts: list[tuple[int, Number]] = []
    groups: list[tuple[Number, int, list[Expr]]] = []
    for tensor, condition in tensors:
        if condition is True:
            parts.append((1, tensor.size))
        elif not isinstance(condition, bool):
            scope = low.reach.scope(condition.node)
            for number, mask, conditions in groups:
                if mask == scope and same(number, tensor.size):
                    conditions.append(condition)
                    break
            else:
                groups.append((tensor.size, scope, [condition]))
    for number, _, conditions in groups:
        total = low.compact.folded(low.problem.sum(conditions))
        image = low.reach.image(total, active, FOLD_LIMIT)
        if image is not None and len(image) == 1:
            parts.append((image[0], number))
        elif total.lo >= 0 and total.hi <= 1:
            parts.append((1, low.numbers.choose(total, number, ZERO)))
        else:
            parts += [(1, low.numbers.choose(c, number, ZERO)) for c in conditions]
    return parts


def _shared(low: Lowering, leaf: Call, later: dict[int, Truth]) -> Number | None:
    """The room that output and first input share, where they do."""
    reuse = leaf.let("reuse")
    if reuse is None or reuse is False or not leaf.inputs:
        return None
    assert leaf.output is not None
    first: Reference = UNBOUND
    for present, reference in reversed(leaf.inputs):
        first = reference if isinstance(first, Unbound) else merge(present, reference, first)
    assert isinstance(first, Tensor | Either)
    last = low.logic.either(
        *(
            low.logic.both(condition, low.logic.negate(later.get(tensor.number, False)))
            for condition, tensor in alternatives(low, first)
        )
    )
    free = low.logic.known(low.logic.both(reuse, last), leaf.active)
    if free is False:
        return None
    if free is not True and low.follows(free, leaf.active):
        free = True
    return low.numbers.choose(
        free, _smaller(low, size(low, first), leaf.output.size, leaf.active), ZERO
    )


def _smaller(low: Lowering, left: Number, right: Number, path: Truth) -> Number:
    """The lesser of two sizes; one of them where it is proved to be."""
    if same(left, right):
        return left
    if isinstance(left, Term) or isinstance(right, Term):
        for a, b in ((left, right), (right, left)):
            if low.follows(low.numbers.compare("<=", a, b), path):
                return a
    elif isinstance(left, Fraction) and isinstance(right, Fraction):
        return min(left, right)
    return low.numbers.extremum("min", [left, right])
