"""Register tiles of the recurrent weights' gradient: outer products summed over rows and steps.

A tile of dR takes some outputs of one gate x some vectors of inputs. For every batch row and step
one number of dg a row of the tile meets the vectors of h, so both are copied first, a piece at a
time, into panels that lie in the order of reading: as they stand in the tensors, neighbours are a
whole step of all heads apart, which misses the address cache and crowds few cache sets.
"""

from __future__ import annotations

from typing import Any

from ..vector_ir import LINE, Value, Vector, Vectors, intrinsic

UNROLL = 4  # (row, step) pairs per turn; panels are padded to it with zeros
TALL = 8  # outputs of a tile: vectors of eight are copied in one piece
WIDEST = {16: 2, 8: 1}  # vectors of inputs in a tile, by lanes
WIDEST_ELSEWHERE = 2


def widest(lanes: int, units: int) -> int:
    """Vectors of inputs in a tile for heads of that many units."""
    return min(WIDEST.get(lanes, WIDEST_ELSEWHERE), -(-units // lanes))


def outer_product(*, lanes: int, rows: int, vectors: int, adds: bool) -> Any:
    """An intrinsic for one tile of dR.

    Its arguments, all 64-bit integers, addresses and strides in bytes: `panel` (dg, `rows` numbers
    for every pair), `columns` (h, `vectors` vectors for every pair), `depth` (pairs, whole turns),
    `target, target_row` (the tile, and the distance of its rows).

    Parameters
    ----------
    lanes, rows, vectors : int
    adds : bool
        Whether the sums are added to the target; else they replace what is there.
    """

    def emit(
        v: Vectors, panel: Value, columns: Value, depth: Value, target: Value, target_row: Value
    ) -> None:
        def gather(k: Value, sums: Vector) -> Vector:
            given = v.address(panel, v.times(k, 4 * rows))
            block = v.address(columns, v.times(k, v.bytes * vectors))
            for u in range(UNROLL):
                lines = [
                    v.load(v.address(block, v.bytes * (vectors * u + column)))
                    for column in range(vectors)
                ]
                for m in range(rows):
                    number = v.load_everywhere(v.address(given, 4 * (rows * u + m)))
                    for column in range(vectors):
                        place = m * vectors + column
                        sums[place] = v.multiply_add(number, lines[column], sums[place])
            return sums

        if adds:
            for m in range(rows):
                for byte in range(0, v.bytes * vectors, LINE):
                    v.prefetch(v.address(target, v.times(target_row, m), byte), level=1)
        sums = v.loop(depth, UNROLL, [v.zero] * (rows * vectors), gather)
        for m in range(rows):
            for column in range(vectors):
                where = v.address(target, v.times(target_row, m), v.bytes * column)
                value = sums[m * vectors + column]
                v.store(v.add([v.load(where)], [value])[0] if adds else value, where)

    return intrinsic(lanes, emit)
