"""One register tile of a recurrent step: some batch rows x some units of one head, all gates.

Accumulators of the gates that recur gather h R over the inputs of the head, then meet the input's
pre-activations and the bias, and become new states before they leave the registers; only states
touch memory. Gathering starts at zero, and not at the larger pre-activations, because every
addition rounds at the size of its sum: states come out three times as exact.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from ..cells import as_vectors, text
from ..cells.expression import gate as gate_of
from ..cells.expression import state as state_of
from ..vector_ir import INTEGER, LINE, Value, Vector, Vectors, intrinsic

SIDE_BY_SIDE = {16: 4}  # (row, vector) pairs whose pointwise part is interleaved, by lanes
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
    narrow: bool,
    saves: bool,
    masked: bool,
) -> Any:
    """An intrinsic for one tile.

    Its arguments, in order, all 64-bit integers, addresses and strides in bytes:
    `hidden, row` (h of the first row, distance of rows in the state buffers), `depth` (inputs of
    the head, padded to `unroll`), `weights` (a packed block: the biases of all gates, then one line
    of the gates that recur for every input), `backwards` (0 to gather from the first input on, 1
    from the last), `ahead` (weights to bring nearer meanwhile),
    `wx, wx_row, wx_gate, wx_next` (pre-activations; distance of rows, gates and the next step),
    `memory, memory_state` (the other states; distance from one to the next), `own` (former h of
    the tile's own units), `new_hidden`, `out, out_row, out_state` (states of this step), `saved,
    saved_row, saved_gate` (where the sums of all gates go, used by a tile that saves them),
    `valid` (units of this block that exist, read by a masked tile).

    Parameters
    ----------
    cell : str
        As `cells.text` writes it.
    lanes, rows, vectors : int
        Numbers in a vector, batch rows in the tile, vectors of units per gate.
    unroll : int
        Inputs per turn of the inner loop.
    prefetch : int
        Cache lines at `ahead` to ask for per input; 0 for none.
    streaming : bool
        Write the outputs past the caches; they must then be aligned to whole vectors.
    narrow : bool
        Whether recurrent weights are stored in bfloat16; arithmetic stays single precision.
    saves : bool
        Whether the sums of all gates are kept for a backward pass.
    masked : bool
        Whether the last vector is partial.
    """
    kind = text.read(cell)
    recurring, given = kind.recurring, {g: place for place, g in enumerate(kind.given)}
    width = len(recurring) * vectors
    side_by_side = SIDE_BY_SIDE.get(lanes, SIDE_BY_SIDE_ELSEWHERE)

    def emit(
        v: Vectors, hidden: Value, row: Value, depth: Value, weights: Value, backwards: Value,
        ahead: Value, wx: Value, wx_row: Value, wx_gate: Value, wx_next: Value,
        memory: Value, memory_state: Value, own: Value, new_hidden: Value,
        out: Value, out_row: Value, out_state: Value,
        saved: Value, saved_row: Value, saved_gate: Value, valid: Value,
    ) -> None:  # fmt: skip
        masks = [
            v.mask(valid, column * lanes) if masked and column == vectors - 1 else None
            for column in range(vectors)
        ]
        weight_bytes = v.bytes // 2 if narrow else v.bytes
        lines_at = v.address(weights, v.bytes * vectors * len(kind.gates))

        def start(gate: int, m: int, column: int) -> Value:
            """Bias and pre-activation, before anything is gathered."""
            bias = v.load(v.address(weights, v.bytes * (gate * vectors + column)))
            if gate not in given:
                return bias
            where = v.address(
                wx, v.times(wx_row, m), v.times(wx_gate, given[gate]), v.bytes * column
            )
            mask = masks[column]
            told = v.load(where) if mask is None else v.load_some(where, mask)
            return v.add([told], [bias])[0]

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
            line = v.choose(v.less_equal(INTEGER(rows * len(given) - 1 - u), k), hidden, line)
            return [line, v.choose(same, final, v.address(final, wx_gate))]

        def weights_of(line: Value) -> Vector:
            """All weights of one input: in bfloat16 they stand in pairs of vectors."""
            if not narrow:
                return [v.load(v.address(line, v.bytes * column)) for column in range(width)]
            pairs = [v.load_pair(v.address(line, v.bytes * pair)) for pair in range(width // 2)]
            alone = [v.load_half(v.address(line, v.bytes * (width // 2)))] if width % 2 else []
            return [vector for pair in pairs for vector in pair] + alone

        def gather(
            direction: int, lines: Value, inputs: Value, k: Value, carried: Vector
        ) -> Vector:
            """One turn of the loop over inputs, from the first on or (-1) from the last."""
            line, final, *sums = carried
            block = v.address(lines, v.times(k, direction * weight_bytes * width))
            place = v.address(inputs, v.times(k, direction * 4))
            if prefetch:
                for piece in range(prefetch * unroll):
                    v.prefetch(v.address(ahead, v.times(k, LINE * prefetch), LINE * piece), level=2)
            for u in range(unroll):
                line, final = walk(k, u, line, final)
                weights_now = weights_of(v.address(block, weight_bytes * width * u))
                for m in range(rows):
                    h = v.load_everywhere(v.address(place, v.times(row, m), 4 * u))
                    for column in range(width):
                        at = m * width + column
                        sums[at] = v.multiply_add(h, weights_now[column], sums[at])
            return [line, final, *sums]

        def put(value: Value, base: Value, column: int, *more: Value) -> None:
            """To a tensor that outlives the step: past the caches or not, real units only."""
            where = v.address(base, *more, v.bytes * column)
            mask = masks[column]
            if mask is not None:
                v.store_some(value, where, mask)
            elif streaming:
                v.stream(value, where)
            else:
                v.store(value, where)

        def finish(sums: Vector) -> None:
            pairs = [(m, column) for m in range(rows) for column in range(vectors)]
            for first in range(0, len(pairs), side_by_side):
                finish_some(sums, pairs[first : first + side_by_side])

        def finish_some(sums: Vector, part: list[tuple[int, int]]) -> None:
            """Gates to states for a few (row, vector) pairs."""

            def at(base: Value, *more: Value) -> list[Value]:
                return [v.address(base, *more, v.times(row, m), v.bytes * c) for m, c in part]

            leaves = {}
            for g, gate in enumerate(kind.gates):
                values = [start(g, m, c) for m, c in part]
                if g in recurring:
                    place = recurring.index(g) * vectors
                    values = v.add(values, [sums[m * width + place + c] for m, c in part])
                leaves[gate_of(gate.name)] = values
                if saves:
                    for (m, column), value in zip(part, values, strict=True):
                        put(value, saved, column, v.times(saved_row, m), v.times(saved_gate, g))
            kept = [at(memory, v.times(memory_state, s)) for s in range(len(kind.states) - 1)]
            for places, state in zip([at(own), *kept], kind.states, strict=True):
                if state.name in kind.reads:
                    leaves[state_of(state.name)] = [v.load(place) for place in places]
            new = as_vectors.step(v, kind.update, leaves)
            for s, (values, places) in enumerate(zip(new, [at(new_hidden), *kept], strict=True)):
                for (m, column), value, place in zip(part, values, places, strict=True):
                    mask = masks[column]
                    # units beyond the last stay zero, for others gather them
                    v.store(value if mask is None else v.choose(mask, value, v.zero), place)
                    put(value, out, column, v.times(out_state, s), v.times(out_row, m))

        first_line = v.address(wx, wx_next)
        final = v.address(first_line, v.times(wx_row, rows - 1))
        begin = [first_line, final, *[v.zero] * (rows * width)]
        last = v.address(depth, -unroll)

        def from_first() -> Vector:
            return v.loop(depth, unroll, begin, partial(gather, 1, lines_at, hidden))

        def from_last() -> Vector:
            lines = v.address(lines_at, v.times(last, weight_bytes * width))
            inputs = v.address(hidden, v.times(last, 4))
            return v.loop(depth, unroll, begin, partial(gather, -1, lines, inputs))

        finish(v.branch(v.less_equal(backwards, INTEGER(0)), from_first, from_last)[2:])

    return intrinsic(lanes, emit)
