"""Which of the four kinds of register tile runs: whole or one row less, inside or at the edge."""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"

from __future__ import annotations

import numba


@numba.njit(inline="always")
def run_tile(edge, tall, whole, lesser, whole_edge, lesser_edge, arguments):
    """Call the tile for a place; inlined where it is called, so that a tile costs no call.

    Parameters
    ----------
    edge : bool
        At the last block of units, where it is smaller or partial.
    tall : bool
        All rows, rather than one less.
    whole, lesser, whole_edge, lesser_edge : intrinsic
    arguments : tuple of int64
        What the tiles are given, all of them the same.
    """
    if edge:
        if tall:
            whole_edge(*arguments)
        else:
            lesser_edge(*arguments)
    elif tall:
        whole(*arguments)
    else:
        lesser(*arguments)
