"""Compiled passes over a diagram: how many paths each node has, and all of them as columns."""

from __future__ import annotations

from ..compiled import Words, entry, pointer

MOST = 1 << 62


@entry
def tally(node_words: Words, edge_words: Words, count_words: Words) -> bool:
    """Paths from each node to the end (node 0); False if some number is too large for 64 bits.

    Edges lead to nodes with smaller numbers, since these were finished before.
    """
    nodes, edges, counts = pointer(node_words), pointer(edge_words), pointer(count_words)
    counts[0] = 1
    for node in range(1, count_words.shape[0]):
        total = 0
        for at in range(nodes[2 * node], nodes[2 * node + 1], 2):
            total += counts[edges[at + 1]]
            if total > MOST:
                return False
        counts[node] = total
    return True


@entry
def unfold(
    node_words: Words,
    edge_words: Words,
    count_words: Words,
    now_words: Words,
    then_words: Words,
    column_words: Words,
    n: int,
) -> int:
    """One level of all paths: `n` nodes in order become the nodes below them, in order.

    `column` gets the value of each path at this level. Returns how many nodes are in `then`.
    """
    nodes, edges, counts = pointer(node_words), pointer(edge_words), pointer(count_words)
    now, then, column = pointer(now_words), pointer(then_words), pointer(column_words)
    to = 0
    row = 0
    for i in range(n):
        node = now[i]
        for at in range(nodes[2 * node], nodes[2 * node + 1], 2):
            value = edges[at]
            below = edges[at + 1]
            end = row + counts[below]
            while row < end:
                column[row] = value
                row += 1
            then[to] = below
            to += 1
    return to
