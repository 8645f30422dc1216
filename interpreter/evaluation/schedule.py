"""Live memory: which tensors must exist while each leaf runs, in order of the text."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .networks import Call


def live_elements(shapes: Sequence[tuple[int, ...]], leaves: Sequence[Call]) -> list[int]:
    """The elements alive while each leaf runs.

    That is the sum of all tensors written before that the leaf or a later one reads, the leaf's
    output and its `scratch`. A leaf that says `reuse` and is the last reader of its first input
    puts its output into the same room, the larger of the two.
    """
    size = [prod(shape) for shape in shapes]
    last_read: dict[int, int] = {}
    for position, leaf in enumerate(leaves):
        for tensor in leaf.inputs:
            last_read[tensor.number] = position
    written_by_leaf = {leaf.output.number for leaf in leaves if leaf.output is not None}
    alive = {n for n in last_read if n not in written_by_leaf}  # the inputs of the network
    total = sum(size[n] for n in alive)
    found = []
    for position, leaf in enumerate(leaves):
        output = leaf.output
        assert output is not None
        room = total + size[output.number] + (leaf.read("scratch") or 0)
        if leaf.read("reuse") and leaf.inputs:
            first = leaf.inputs[0].number
            if last_read[first] == position:
                room -= min(size[first], size[output.number])
        found.append(room)
        for tensor in set(leaf.inputs):
            if last_read[tensor.number] == position:
                alive.discard(tensor.number)
                total -= size[tensor.number]
        if output.number in last_read:
            alive.add(output.number)
            total += size[output.number]
    return found
