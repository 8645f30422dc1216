"""Guessing what was meant from the names that would have been possible."""

from __future__ import annotations

from collections.abc import Iterable


def distance(left: str, right: str) -> int:
    """Edits from one word to the other: insert, delete, replace, or swap two neighbours.

    >>> distance("widht", "width"), distance("head_dim", "head"), distance("", "ab")
    (1, 4, 2)
    """
    before: list[int] = []
    last = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        row = [i]
        for j, b in enumerate(right, 1):
            cost = min(row[j - 1] + 1, last[j] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate a slip of the pen away from `name`, or one that continues or shortens it.

    >>> nearest("hiden", ["hidden", "heads"])
    'hidden'
    >>> nearest("head_dim", ["head", "batch"])
    'head'
    >>> nearest("k", ["x", "y"]) is None
    True
    """
    best: str | None = None
    lowest = 1000
    word = name.lower()
    for candidate in candidates:
        other = candidate.lower()
        edits = distance(word, other)
        shorter = min(len(word), len(other))
        alike = edits <= max(len(word), len(other)) // 3 or (edits == 1 and shorter >= 2)
        related = shorter >= 3 and (word.startswith(other) or other.startswith(word))
        if (alike or related) and edits < lowest:
            best, lowest = candidate, edits
    return best
