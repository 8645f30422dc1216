"""All non-dominated goal vectors, each with its first assignment."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..control import Control, Stopped
from .branches import branches
from .listing import Array, Listed, TooManyStates
from .states import BATCH, MOST_STATES, Folder, Keys, Rule, States, concatenate


def front(listed: Listed, rule: Rule, goals: Sequence[int], keys: Keys) -> tuple[States, bool]:
    """The non-dominated states, and whether they are all (else: those of the branches done)."""
    folder = Folder(listed, rule, keys)
    limited = [(c, d.limit) for c, d in enumerate(rule.dimensions) if d.limit is not None]
    columns = [c for c, _ in limited]
    most = np.array([limit for _, limit in limited], np.int64)
    empty = np.zeros((0, len(rule.dimensions)), np.int64)
    found = States(empty, np.zeros((0, keys.words), np.int64))
    try:
        for places, parts in branches(listed.model.scopes, listed.parts):
            blocks = folder.blocks(places, parts)
            if blocks is None:
                continue
            blocks.sort(key=len, reverse=True)  # so that the lists that grow meet the short ones
            least = np.zeros((len(blocks) + 1, len(columns)), np.int64)
            for i in range(len(blocks) - 1, -1, -1):
                least[i] = least[i + 1] + blocks[i].amounts[:, columns].min(axis=0)
            states = _within(rule, blocks[0], columns, most - least[1])
            for i, block in enumerate(blocks[1:], 2):
                states = _step(rule, states, block, columns, most - least[i])
                rule.control.report("combining blocks", rule.visited)
            found = rule.survivors(concatenate([found, states]))
    except TooManyStates:
        raise
    except Stopped:
        return _distinct(found, goals), False
    return _distinct(found, goals), True


def _step(rule: Rule, states: States, block: States, columns: Sequence[int], room: Array) -> States:
    width = max(1, BATCH // max(1, len(states)))
    result: States | None = None
    for start in range(0, len(block), width):
        rule.check()
        some = block.take(np.arange(start, min(len(block), start + width)))
        pairs = rule.survivors(_within(rule, rule.join(states, some), columns, room))
        result = pairs if result is None else rule.survivors(concatenate([result, pairs]))
        if len(result) > MOST_STATES:
            raise TooManyStates(f"more than {MOST_STATES:,} states")
    assert result is not None
    return result


def _within(rule: Rule, states: States, columns: Sequence[int], room: Array) -> States:
    if not columns:
        return states
    rule.check()
    good = np.ones(len(states), bool)
    for column, most in zip(columns, room.tolist(), strict=True):
        good &= states.amounts[:, column] <= most
    rule.check()
    return states.take(good)


def _distinct(states: States, goals: Sequence[int]) -> States:
    """Of the complete states those that no other beats in the goals, one for each vector."""
    if not len(states):
        return states
    values = states.amounts[:, list(goals)]
    columns = [states.keys[:, w] for w in range(states.keys.shape[1] - 1, -1, -1)]
    columns += [values[:, c] for c in range(values.shape[1] - 1, -1, -1)]
    order = np.lexsort(columns)
    kept = Rule((), (), (), Control()).sweep(values[order][:, 1:])  # the first column rises
    return states.take(order[kept])
