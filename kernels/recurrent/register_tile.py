"""One register tile of a recurrent step: some batch rows x some units of one head, all gates.

Accumulators start at the input's pre-activations plus bias, gather h R over the inputs of the
head, and become new states before they leave the registers; only states touch memory.
"""

from __future__ import annotations

from typing import Any

from ..vector_ir import INTEGER, LINE, Value, Vector, Vectors, intrinsic
from .cells import CELLS

SIDE_BY_SIDE = {16: 3}  # (row, vector) pairs whose pointwise part is interleaved, by lanes
SIDE_BY_SIDE_ELSEWHERE = 2


def register_tile(
    cell: str,
    *,
    lanes: int,
    rows: int,
    vectors: int,
    unroll: int,
    prefetch: int,
    streaming: bool,
    masked: bool,
) -> Any:
    """An intrinsic for one tile.

    Its arguments, in order, all 64-bit integers, addresses and strides in bytes:
    `hidden, row` (h of the first row, distance of rows in the state buffers), `depth` (inputs of
    the head, padded to `unroll`), `weights` (a packed block: bias, then one line of all gates
    for every input), `ahead` (weights to bring nearer meanwhile), `wx, wx_row, wx_gate, wx_next`
    (pre-activations; distance of rows, gates and the next step), `memory, memory_state` (the
    other states; distance from one to the next), `new_hidden`, `out, out_row, out_state`
    (states of this step), `valid` (units of this block that exist, read by a masked tile).

    Parameters
    ----------
    cell : str
    lanes, rows, vectors : int
        Numbers in a vector, batch rows in the tile, vectors of units per gate.
    unroll : int
        Inputs per turn of the inner loop.
    prefetch : int
        Cache lines at `ahead` to ask for per input; 0 for none.
    streaming : bool
        Write the outputs past the caches; they must then be aligned to whole vectors.
    masked : bool
        Whether the last vector is partial.
    """
    kind = CELLS[cell]
    gates, width = kind.gates, kind.gates * vectors
    side_by_side = SIDE_BY_SIDE.get(lanes, SIDE_BY_SIDE_ELSEWHERE)

    def emit(
        v: Vectors, hidden: Value, row: Value, depth: Value, weights: Value, ahead: Value,
        wx: Value, wx_row: Value, wx_gate: Value, wx_next: Value,
        memory: Value, memory_state: Value, new_hidden: Value,
        out: Value, out_row: Value, out_state: Value, valid: Value,
    ) -> None:  # fmt: skip
        masks = [
            v.mask(valid, column * lanes) if masked and column == vectors - 1 else None
            for column in range(vectors)
        ]

        def begin() -> Vector:
            bias = [v.load(v.address(weights, v.bytes * column)) for column in range(width)]
            start = []
            for m in range(rows):
                for gate in range(gates):
                    for column, mask in enumerate(masks):
                        where = v.address(
                            wx, v.times(wx_row, m), v.times(wx_gate, gate), v.bytes * column
                        )
                        given = v.load(where) if mask is None else v.load_some(where, mask)
                        start += v.add([given], [bias[gate * vectors + column]])
            return start

        def walk(k: Value, u: int, line: Value, final: Value) -> list[Value]:
            """Ask for a piece of the next step's pre-activations: row by row, then gate by gate.

            One piece an input: all of them at once would fill the queue of misses and hold up the
            weights, and one a turn would not be through in time where turns are long.
            """
            for column in range(vectors):
                v.prefetch(v.address(line, v.bytes * column), level=1)
            below = v.address(line, wx_row)
            beside = v.address(line, v.times(wx_row, 1 - rows), wx_gate)
            same = v.less_equal(below, final)
            line = v.choose(same, below, beside)
            line = v.choose(v.less_equal(INTEGER(rows * gates - 1 - u), k), hidden, line)
            return [line, v.choose(same, final, v.address(final, wx_gate))]

        def gather(k: Value, carried: Vector) -> Vector:
            line, final, *sums = carried
            block = v.address(weights, v.bytes * width, v.times(k, v.bytes * width))
            inputs = v.address(hidden, v.times(k, 4))
            if prefetch:
                for piece in range(prefetch * unroll):
                    v.prefetch(v.address(ahead, v.times(k, LINE * prefetch), LINE * piece), level=2)
            for u in range(unroll):
                line, final = walk(k, u, line, final)
                lines = [
                    v.load(v.address(block, v.bytes * (width * u + column)))
                    for column in range(width)
                ]
                for m in range(rows):
                    h = v.load_everywhere(v.address(inputs, v.times(row, m), 4 * u))
                    for column in range(width):
                        place = m * width + column
                        sums[place] = v.multiply_add(h, lines[column], sums[place])
            return [line, final, *sums]

        def finish(sums: Vector) -> None:
            pairs = [(m, column) for m in range(rows) for column in range(vectors)]
            for first in range(0, len(pairs), side_by_side):
                part = pairs[first : first + side_by_side]
                before = [
                    [sums[m * width + gate * vectors + column] for m, column in part]
                    for gate in range(gates)
                ]
                places = [
                    [
                        v.address(
                            memory, v.times(memory_state, state), v.times(row, m), v.bytes * column
                        )
                        for m, column in part
                    ]
                    for state in range(kind.states - 1)
                ]
                former = [[v.load(place) for place in state] for state in places]
                states = kind.step(v, before, former)
                places.insert(
                    0,
                    [
                        v.address(new_hidden, v.times(row, m), v.bytes * column)
                        for m, column in part
                    ],
                )
                for state, values in enumerate(states):
                    for (m, column), value, place in zip(part, values, places[state], strict=True):
                        v.store(value, place)
                        where = v.address(
                            out, v.times(out_state, state), v.times(out_row, m), v.bytes * column
                        )
                        mask = masks[column]
                        if mask is not None:
                            v.store_some(value, where, mask)
                        elif streaming:
                            v.stream(value, where)
                        else:
                            v.store(value, where)

        first_line = v.address(wx, wx_next)
        final = v.address(first_line, v.times(wx_row, rows - 1))
        carried = [first_line, final, *begin()]
        finish(v.loop(depth, unroll, carried, gather)[2:])

    return intrinsic(lanes, emit)
