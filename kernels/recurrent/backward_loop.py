"""The loops around the backward tiles: tasks, time from the last step on, heads, units, rows.

`backward` is a template, as in `time_loop`.
"""

# mypy: disable-error-code="no-untyped-def, assignment"

from __future__ import annotations

from typing import Any

import numpy as np

from .tile_choice import run_tile

ROWS = 1  # of a whole tile
VECTORS = 1  # of a whole block of units
EDGE = 0  # vectors of the last block of units where it is smaller or partial; 0 for none
LANES = 1
STAYING = np.zeros(0, np.int64)  # states that a step passes no gradient to, but through R
whole: Any = None  # tile of ROWS rows
lesser: Any = None  # tile of ROWS - 1 rows
whole_edge: Any = None  # the same at the last block of units
lesser_edge: Any = None
whole_start: Any = None  # the same four for the states before the first step
lesser_start: Any = None
whole_edge_start: Any = None
lesser_edge_start: Any = None
accumulate: Any = None  # see `weight_gradient`


def backward(saved, weights, start, states, outside, end, out, inputs, carried, ds0, dR, db,
             panel, columns, corner, sums, chunk, weighed, first, last):  # fmt: skip
    """Run the tasks `first .. last - 1`; a task is a group of heads and a block of batch rows.

    saved and out [B, T, G, N, D], perhaps the same memory; weights packed, see `packing`; start and
    ds0 [S, B, 1, N, D]; states and outside [S, B, T, N, D], outside perhaps for fewer states; end
    [S, B, 1, N, D] (what arrives at the last states besides), or empty; inputs [tasks, heads, 2,
    block, row] and carried [tasks, heads, S, block, row] are scratch, zero beyond the units of a
    head; for the others see `weight_gradient.accumulate`. dR and db are asked for where `weighed`,
    and then gathered after every `chunk` steps.
    """
    batch, steps, gates, heads, units = saved.shape
    group, block, row = inputs.shape[1], inputs.shape[3], inputs.shape[4]
    blocks = batch // block
    tiles = (block + ROWS - 1) // ROWS
    whole_tiles = block - tiles * (ROWS - 1)
    width = VECTORS * LANES
    parts = (units + width - 1) // width
    padded = (units + LANES - 1) // LANES * LANES
    depth = np.int64(weights.shape[1] // padded)
    head_bytes = np.int64(weights.shape[1] * 4)
    part_bytes = depth * width * 4
    unit_row = np.int64(heads * units * 4)  # a step of one batch row of one state or gate
    saved_row, saved_gate = steps * gates * unit_row, unit_row
    state_row, state_size = steps * unit_row, batch * steps * unit_row
    row_bytes = np.int64(row * 4)
    buffer_bytes = np.int64(block * row * 4)
    input_gate = np.int64(padded * 4)
    at_once = max(1, panel.shape[1] // chunk)  # batch rows whose share of dR is gathered at once
    none = np.int64(0)
    for task in range(first, last):
        head_0 = task // blocks * group
        row_0 = task % blocks * block
        first_block = task == first or row_0 == 0
        inputs[task] = 0
        carried[task] = 0
        if end.size:
            for n in range(group):
                for s in range(end.shape[0]):
                    for r in range(block):
                        for d in range(units):
                            carried[task, n, s, r, d] = end[s, row_0 + r, 0, head_0 + n, d]
        for back in range(steps):
            t = steps - 1 - back
            saved_next = -gates * unit_row if t else np.int64(0)
            for n in range(group):
                head = head_0 + n
                place = (task * group + n) * 2
                later = inputs.ctypes.data + (place + (t & 1)) * buffer_bytes
                sooner = inputs.ctypes.data + (place + 1 - (t & 1)) * buffer_bytes
                kept = carried.ctypes.data
                kept += (task * group + n) * carried.shape[2] * buffer_bytes
                at = row_0 * saved_row + (t * gates * heads + head) * units * 4
                saved_at, out_at = saved.ctypes.data + at, out.ctypes.data + at
                outside_at = (
                    outside.ctypes.data + row_0 * state_row + (t * heads + head) * units * 4
                )
                if t:
                    former_row, former_state = state_row, state_size
                    former_at = states.ctypes.data + row_0 * state_row
                    former_at += ((t - 1) * heads + head) * units * 4
                else:
                    former_row, former_state = unit_row, batch * unit_row
                    former_at = start.ctypes.data + (row_0 * heads + head) * units * 4
                for part in range(parts):
                    w = weights.ctypes.data + head * head_bytes + part * part_bytes
                    valid = np.int64(units - part * width)
                    edge = EDGE > 0 and part + 1 == parts
                    offset = np.int64(part * width * 4)
                    for tile in range(tiles):
                        taller = min(tile, whole_tiles)
                        r = np.int64(taller * ROWS + (tile - taller) * (ROWS - 1))
                        i = later + r * row_bytes
                        s = saved_at + r * saved_row + offset
                        f = former_at + r * former_row + offset
                        a = outside_at + r * state_row + offset
                        c = kept + r * row_bytes + offset
                        y = sooner + r * row_bytes + offset
                        o = out_at + r * saved_row + offset
                        run_tile(edge, tile < whole_tiles, whole, lesser, whole_edge, lesser_edge,
                                 (i, row_bytes, depth, w, s, saved_row, saved_gate, saved_next,
                                  f, former_row, former_state, a, state_row, state_size, c,
                                  buffer_bytes, y, input_gate, o, valid))  # fmt: skip
            if back == 0 and end.size:
                for n in range(group):
                    for s in STAYING:
                        carried[task, n, s] = 0
            if weighed and t % chunk == 0:
                until = min(steps, t + chunk)
                for n in range(group):
                    for r_0 in range(0, block, at_once):
                        fresh = until == steps and first_block and r_0 == 0
                        accumulate(out, start, states, dR, db, panel, columns, corner, sums,
                                   head_0 + n, row_0 + r_0, min(at_once, block - r_0), t, until,
                                   fresh)  # fmt: skip
        for n in range(group):
            head = head_0 + n
            for s in range(1, ds0.shape[0]):
                for r in range(block):
                    for d in range(units):
                        ds0[s, row_0 + r, 0, head, d] = carried[task, n, s, r, d]
            later = inputs.ctypes.data + ((task * group + n) * 2 + 1) * buffer_bytes
            kept = carried.ctypes.data
            kept += (task * group + n) * carried.shape[2] * buffer_bytes
            for part in range(parts):
                w = weights.ctypes.data + head * head_bytes + part * part_bytes
                valid = np.int64(units - part * width)
                edge = EDGE > 0 and part + 1 == parts
                offset = np.int64(part * width * 4)
                for tile in range(tiles):
                    taller = min(tile, whole_tiles)
                    r = np.int64(taller * ROWS + (tile - taller) * (ROWS - 1))
                    i = later + r * row_bytes
                    c = kept + r * row_bytes + offset
                    y = ds0.ctypes.data + ((row_0 + r) * heads + head) * units * 4 + offset
                    run_tile(edge, tile < whole_tiles,
                             whole_start, lesser_start, whole_edge_start, lesser_edge_start,
                             (i, row_bytes, depth, w, none, none, none, none, none, none, none,
                              none, none, none, c, none, y, unit_row, none, valid))  # fmt: skip
