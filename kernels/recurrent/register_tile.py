"""One register tile of a recurrent step: some batch rows x some units of one head, all gates.

Accumulators of the gates that recur gather h R over the inputs of the head, then meet the input's
pre-activations and the bias, and become new states before they leave the registers; only states
touch memory. Gathering starts at zero, and not at the larger pre-activations, because every
addition rounds at the size of its sum: states come out three times as exact.
"""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import Any

from ..cells import as_vectors, text
from ..cells.expression import gate as gate_of
from ..cells.expression import state as state_of
from ..vector_ir import INTEGER, LINE, Value, Vector, Vectors, intrinsic

SIDE_BY_SIDE = {16: 4}  # (row, vector) pairs whose pointwise part is interleaved, by lanes
SIDE_BY_SIDE_ELSEWHERE = 2
CHUNK = 16384  # bytes of weights at most that are read upwards in one go


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
    line_bytes = width * lanes * (2 if narrow else 4)
    chunk = max(unroll, 1 << (CHUNK // line_bytes).bit_length() - 1 if line_bytes <= CHUNK else 1)

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

        def gather(lines: Value, inputs: Value, before: Value, k: Value, carried: Vector) -> Vector:
            """One turn of the loop over the inputs of a chunk, `before` of which were gathered."""
            line, final, *sums = carried
            block = v.address(lines, v.times(k, weight_bytes * width))
            place = v.address(inputs, v.times(k, 4))
            done = v.address(before, k)
            if prefetch:
                for piece in range(prefetch * unroll):
                    where = v.address(ahead, v.times(done, LINE * prefetch), LINE * piece)
                    v.prefetch(where, level=2)
            for u in range(unroll):
                line, final = walk(done, u, line, final)
                weights_now = weights_of(v.address(block, weight_bytes * width * u))
                for m in range(rows):
                    h = v.load_everywhere(v.address(place, v.times(row, m), 4 * u))
                    for column in range(width):
                        at = m * width + column
                        sums[at] = v.multiply_add(h, weights_now[column], sums[at])
            return [line, final, *sums]

        def gather_chunk(_: Value, carried: Vector) -> Vector:
            """A chunk, from its first input on; the next one is above it or (backwards) below."""
            before, chunk_at, *rest = carried
            size = v.smaller(INTEGER(chunk), v.address(depth, v.times(chunk_at, -1)))
            lines = v.address(lines_at, v.times(chunk_at, weight_bytes * width))
            inputs = v.address(hidden, v.times(chunk_at, 4))
            rest = v.loop(size, unroll, rest, partial(gather, lines, inputs, before))
            return [v.address(before, size), v.address(chunk_at, to_next), *rest]

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
            groups = -(-len(pairs) // side_by_side)  # of nearly the same size: each waits as long
            edges = [len(pairs) * g // groups for g in range(groups + 1)]
            for first, last in pairwise(edges):
                finish_some(sums, pairs[first:last])

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
        forwards = v.less_equal(backwards, INTEGER(0))
        to_next = v.choose(forwards, INTEGER(chunk), INTEGER(-chunk))
        last = v.times(v.divide_integer(v.address(depth, -1), chunk), chunk)
        first = v.choose(forwards, INTEGER(0), last)
        begin = [INTEGER(0), first, first_line, final, *[v.zero] * (rows * width)]
        finish(v.loop(depth, chunk, begin, gather_chunk)[4:])

    return intrinsic(lanes, emit)
