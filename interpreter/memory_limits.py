"""Which named constraints limit the memory of a network, and how much they leave it.

A constraint does where one of the terms that it adds up reads `live` of the network's layers, in
the text of the constraint or in that of a `let` which it names.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from archwright.dsl import nodes
from archwright.dsl.source import Span
from archwright.dsl.types import Num
from archwright.dsl.units import Dimension
from archwright.dsl.walk import walk

from .answers import Shown, shown
from .evaluate import Evaluation
from .evaluation.conditions import Condition, conditions
from .evaluation.frames import outward
from .evaluation.instance import Instance
from .evaluation.scope import Scope
from .limits import inequalities


@dataclass(frozen=True)
class MemoryLimit:
    """A constraint that a network's live memory meets.

    Attributes
    ----------
    name : str
        With its indices: `sram`.
    term : str
        What it says of the memory: `peak`.
    value, most : Shown
        That term under the choices, and the most that it could be there.
    elements : Fraction or None
        The most in elements; None where the term is no multiple of a peak of `live`.
    reason : str
        As written, its holes unfilled; empty without one.
    """

    name: str
    term: str
    value: Shown
    most: Shown
    elements: Fraction | None
    reason: str
    span: Span


def memory_limits(evaluation: Evaluation, network: str) -> tuple[MemoryLimit, ...]:
    """The limits on memory in the file of the spec, in order of the text."""
    instance = evaluation.instance
    found: list[MemoryLimit] = []
    for condition in conditions(instance, nodes.Require):
        if condition.applies(evaluation.world):
            found += _of(evaluation, network, condition)
    return tuple(found)


def _of(evaluation: Evaluation, network: str, condition: Condition) -> Iterator[MemoryLimit]:
    instance, frame = evaluation.instance, condition.frame(evaluation.world)
    scope: Scope = instance.scope
    for binder in condition.node.binders:
        scope = scope.binder(binder.name)

    def number(node: nodes.Expr) -> Fraction:
        value = outward(scope.expression(node)(frame))
        return value if isinstance(value, Fraction) else Fraction(0)

    for part in inequalities(condition.node.body) or ():
        if not all(scope.expression(given)(frame) for given in part.given):
            continue
        for term in _terms(part.lesser):
            written = _written(instance, term)
            if not _reads_live(instance, written, network):
                continue
            value, slack = number(term), number(part.greater) - number(part.lesser)
            type_ = instance.spec.types.get(term)
            dimension = type_.dimension if isinstance(type_, Num) else Dimension()
            peak = max(leaf.costs["live"] for leaf in evaluation.network(network).leaves)
            multiple = value > 0 and _is_multiple(instance, written, network)
            reason = condition.node.reason if isinstance(condition.node, nodes.Require) else None
            yield MemoryLimit(
                condition.key,
                " ".join(term.span.text.split()),
                shown(value, dimension),
                shown(value + slack, dimension),
                peak * (value + slack) / value if multiple else None,
                "" if reason is None else " ".join(reason.span.text.split()).strip('"'),
                condition.span,
            )


def _terms(node: nodes.Expr) -> Iterator[nodes.Expr]:
    """What is added up."""
    match node:
        case nodes.Group():
            yield from _terms(node.inner)
        case nodes.Binary(op="+"):
            yield from _terms(node.left)
            yield from _terms(node.right)
        case _:
            yield node


def _written(instance: Instance, node: nodes.Expr) -> nodes.Expr:
    """An expression, or that of the plain `let` which it names."""
    while isinstance(node, nodes.Group | nodes.Name):
        if isinstance(node, nodes.Group):
            node = node.inner
            continue
        item = instance.spec.names.get(node.text)
        if not isinstance(item, nodes.Let) or item.binders:
            break
        node = item.value
    return node


def _reads_live(instance: Instance, node: nodes.Expr, network: str) -> bool:
    """Whether `live` of this network's layers is read somewhere below."""
    waiting, seen = [node], set()
    reads = {"live": False, network: False}
    while waiting:
        for part in walk(waiting.pop()):
            match part:
                case nodes.Field() if part.name.text == "live":
                    reads["live"] = True
                case nodes.Name():
                    reads[network] |= part.text == network
                    item = instance.spec.names.get(part.text)
                    if isinstance(item, nodes.Let) and item not in seen:
                        seen.add(item)
                        waiting.append(item.value)
    return all(reads.values())


def _is_multiple(instance: Instance, node: nodes.Expr, network: str) -> bool:
    """Whether it is the largest `live` of a network, times what has nothing to do with it."""
    node = _written(instance, node)
    match node:
        case nodes.Comprehension(function=nodes.Name(text="max"), where=None, otherwise=None):
            body = _written(instance, node.body)
            return isinstance(body, nodes.Field) and body.name.text == "live"
        case nodes.Binary(op="*"):
            left, right = (_reads_live(instance, n, network) for n in (node.left, node.right))
            return left != right and _is_multiple(
                instance, node.left if left else node.right, network
            )
    return False
