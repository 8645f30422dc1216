"""One register tile of a step backwards: some batch rows x some units of one head.

What arrives at h through the recurrence is gathered over the gates' gradients of the step after
(dg R), and meets what arrives from outside; the cell's derivative turns it into the gradients of
this step's gates and of the states before, before anything leaves the registers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..cells import as_vectors, text
from ..cells.expression import gate as gate_of
from ..cells.expression import gradient as gradient_of
from ..cells.expression import number
from ..cells.expression import state as state_of
from ..vector_ir import Value, Vector, Vectors, intrinsic

SIDE_BY_SIDE = {16: 2}  # (row, vector) pairs whose pointwise part is interleaved, by lanes
SIDE_BY_SIDE_ELSEWHERE = 1


def backward_tile(
    cell: str,
    *,
    lanes: int,
    rows: int,
    vectors: int,
    unroll: int,
    streaming: bool,
    masked: bool,
    arriving: Sequence[int],
    last: bool = False,
) -> Any:
    """An intrinsic for one tile.

    Its arguments, in order, all 64-bit integers, addresses and strides in bytes:
    `inputs, row` (gradients of the recurring gates at the step after, first row; distance of rows
    in every buffer), `depth` (their number, padded), `weights` (a packed block: one line of units
    for every input), `saved, saved_row, saved_gate, saved_next` (sums of gates; distance of rows,
    gates and the step before), `former, former_row, former_state` (states before the step),
    `outside, outside_row, outside_state` (gradients that arrive at the states of this step),
    `carried, carried_state` (gradients of the former states, from this step to the one before),
    `next_inputs, input_gate` (where the recurring gates' gradients go for the step before),
    `out` (where all gates' gradients go; distances as for `saved`), `valid` (units of this block
    that exist, read by a masked tile).

    Parameters
    ----------
    cell : str
        As `cells.text` writes it.
    lanes, rows, vectors, unroll, masked
        As in `register_tile`; one vector of units is gathered, whatever the number of gates.
    streaming : bool
        Write the gates' gradients past the caches.
    arriving : sequence of int
        States at which anything arrives from outside.
    last : bool
        Whether no step is before: what was gathered and what is `carried` go to `next_inputs`, the
        gradient of h before the first step, whose rows lie `input_gate` apart; nothing else is
        read or written.
    """
    kind = text.read(cell)
    recurring = {g: place for place, g in enumerate(kind.recurring)}
    side_by_side = SIDE_BY_SIDE.get(lanes, SIDE_BY_SIDE_ELSEWHERE)

    def emit(
        v: Vectors, inputs: Value, row: Value, depth: Value, weights: Value,
        saved: Value, saved_row: Value, saved_gate: Value, saved_next: Value,
        former: Value, former_row: Value, former_state: Value,
        outside: Value, outside_row: Value, outside_state: Value,
        carried: Value, carried_state: Value, next_inputs: Value, input_gate: Value,
        out: Value, valid: Value,
    ) -> None:  # fmt: skip
        masks = [
            v.mask(valid, column * lanes) if masked and column == vectors - 1 else None
            for column in range(vectors)
        ]

        def read(column: int, base: Value, *more: Value) -> Value:
            where, mask = v.address(base, *more, v.bytes * column), masks[column]
            return v.load(where) if mask is None else v.load_some(where, mask)

        def gather(k: Value, sums: Vector) -> Vector:
            block = v.address(weights, v.times(k, v.bytes * vectors))
            given = v.address(inputs, v.times(k, 4))
            for u in range(unroll):
                lines = [
                    v.load(v.address(block, v.bytes * (vectors * u + column)))
                    for column in range(vectors)
                ]
                for m in range(rows):
                    gradient = v.load_everywhere(v.address(given, v.times(row, m), 4 * u))
                    for column in range(vectors):
                        place = m * vectors + column
                        sums[place] = v.multiply_add(gradient, lines[column], sums[place])
            return sums

        def finish(sums: Vector) -> None:
            """Row by row: as a loop, because the code of all rows would crowd the instructions'
            cache and take long to compile."""
            begin = [saved, former, outside, carried, next_inputs, out]
            if rows == 1:
                finish_row(sums, *begin)
                return
            room = v.scratch(rows * vectors)
            for place, value in enumerate(sums):
                v.store(value, v.address(room, v.bytes * place))

            def one(_: Value, at: Vector) -> Vector:
                mine = [v.load(v.address(at[0], v.bytes * c)) for c in range(vectors)]
                finish_row(mine, *at[1:])
                apart = (v.integer(v.bytes * vectors), saved_row, former_row, outside_row, row, row,
                         saved_row)  # fmt: skip
                return [v.address(base, more) for base, more in zip(at, apart, strict=True)]

            v.loop(v.integer(rows), 1, [room, *begin], one)

        def finish_row(mine: Vector, *at: Value) -> None:
            for first in range(0, vectors, side_by_side):
                finish_some(mine, list(range(first, min(vectors, first + side_by_side))), *at)

        def finish_some(
            mine: Vector, columns: list[int], saved: Value, former: Value, outside: Value,
            carried: Value, next_inputs: Value, out: Value,
        ) -> None:  # fmt: skip
            """Gradients of a few vectors of one row, from what was gathered for them."""
            leaves = {}
            for g, gate in enumerate(kind.gates):
                leaves[gate_of(gate.name)] = [
                    read(c, saved, v.times(saved_gate, g)) for c in columns
                ]
            for s, state in enumerate(kind.states):
                if state.name in kind.reads:
                    leaves[state_of(state.name)] = [
                        read(c, former, v.times(former_state, s)) for c in columns
                    ]
                arrived = [
                    v.load(v.address(carried, v.times(carried_state, s), v.bytes * c))
                    for c in columns
                ]
                if s in arriving:
                    more = [read(c, outside, v.times(outside_state, s)) for c in columns]
                    arrived = v.add(arrived, more)
                if s == 0:
                    arrived = v.add(arrived, [mine[c] for c in columns])
                leaves[gradient_of(state.name)] = arrived
            found = as_vectors.step(v, kind.backward, leaves)
            for g, values in enumerate(found[: len(kind.gates)]):
                for column, value in zip(columns, values, strict=True):
                    where = v.address(out, v.times(saved_gate, g), v.bytes * column)
                    mask = masks[column]
                    if mask is not None:
                        v.store_some(value, where, mask)
                    elif streaming:
                        v.stream(value, where)
                    else:
                        v.store(value, where)
                    if g in recurring:
                        keep(value, column, next_inputs, v.times(input_gate, recurring[g]))
            for s, values in enumerate(found[len(kind.gates) :]):
                if number(kind.backward[len(kind.gates) + s]) == 0:
                    continue  # it stays zero
                for column, value in zip(columns, values, strict=True):
                    keep(value, column, carried, v.times(carried_state, s))

        def keep(value: Value, column: int, base: Value, *more: Value) -> None:
            """To a buffer, where units beyond the last stay zero."""
            mask = masks[column]
            if mask is not None:
                value = v.choose(mask, value, v.zero)
            v.store(value, v.address(base, *more, v.bytes * column))

        if last:
            sums = v.loop(depth, unroll, [v.zero] * (rows * vectors), gather)
            for m in range(rows):
                for column in range(vectors):
                    arrived = v.load(v.address(carried, v.times(row, m), v.bytes * column))
                    value = v.add([arrived], [sums[m * vectors + column]])[0]
                    where = v.address(next_inputs, v.times(input_gate, m), v.bytes * column)
                    mask = masks[column]
                    if mask is None:
                        v.store(value, where)
                    else:
                        v.store_some(value, where, mask)
            return
        for column in range(vectors):
            for g in range(len(kind.gates)):
                for m in range(rows):
                    v.prefetch(
                        v.address(saved, saved_next, v.times(saved_row, m),
                                  v.times(saved_gate, g), v.bytes * column),
                        level=1,
                    )  # fmt: skip
        finish(v.loop(depth, unroll, [v.zero] * (rows * vectors), gather))

    return intrinsic(lanes, emit)
