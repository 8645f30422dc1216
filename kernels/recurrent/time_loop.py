"""The loops around the register tiles: tasks, time, heads, blocks of units, tiles of rows.

`forward` is a template: `generate` copies its text below a header that defines the names of this
module for one tile, because numba caches compiled code between processes only for functions
with a file of their own. The loops stand in this order so that the weights of one head, which
are read again at every step, stay nearest to the core.
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
PREFETCH = 0
GATES = 1  # all, with a bias each
LINE = 4  # bytes of a unit's weights for one input: of the gates that recur
whole: Any = None  # tile of ROWS rows
lesser: Any = None  # tile of ROWS - 1 rows
whole_edge: Any = None  # the same at the last block of units
lesser_edge: Any = None


def forward(wx, weights, start, out, saved, hidden, memory, depth, first, last):
    """Run the tasks `first .. last - 1`; a task is a group of heads and a block of batch rows.

    wx [B, T, Gw, N, D]; weights packed, see `packing`; start [S, B, 1, N, D]; out [S, B, T, N, D];
    saved [B, T, G, N, D] for the sums of the gates, or empty where none are saved;
    hidden [tasks, heads, 2, block, row] and memory [tasks, heads, S - 1, block, row] are scratch,
    zero beyond the units of a head; `depth` is the number of inputs that the weights hold.
    """
    batch, steps, gates, heads, units = wx.shape
    group, block, row = hidden.shape[1], hidden.shape[3], hidden.shape[4]
    blocks = batch // block
    tiles = (block + ROWS - 1) // ROWS
    whole_tiles = block - tiles * (ROWS - 1)
    width = VECTORS * LANES
    parts = (units + width - 1) // width
    head_bytes = np.int64(weights.shape[1] * 4)
    part_bytes = (GATES * 4 + depth * LINE) * width
    wx_row = np.int64(steps * gates * heads * units * 4)
    wx_gate = np.int64(heads * units * 4)
    out_row = np.int64(steps * heads * units * 4)
    out_state = np.int64(batch * steps * heads * units * 4)
    row_bytes = np.int64(row * 4)
    buffer_bytes = np.int64(block * row * 4)
    saved_row = np.int64(steps * GATES * heads * units * 4)
    saved_gate = np.int64(heads * units * 4)
    weights_at = np.int64(weights.ctypes.data)
    hidden_at = np.int64(hidden.ctypes.data)
    memory_at = np.int64(memory.ctypes.data)
    for task in range(first, last):
        head_0 = task // blocks * group
        row_0 = task % blocks * block
        for n in range(group):
            for r in range(block):
                for d in range(units):
                    hidden[task, n, 0, r, d] = start[0, row_0 + r, 0, head_0 + n, d]
                    for s in range(memory.shape[2]):
                        memory[task, n, s, r, d] = start[s + 1, row_0 + r, 0, head_0 + n, d]
        back = np.int64(0)
        for t in range(steps):
            wx_next = wx_gate * gates if t + 1 < steps else np.int64(0)
            for place in range(group):
                n = place if t & 1 == 0 else group - 1 - place
                head = head_0 + n
                h_old = hidden_at + ((task * group + n) * 2 + (t & 1)) * buffer_bytes
                h_new = hidden_at + ((task * group + n) * 2 + 1 - (t & 1)) * buffer_bytes
                kept = memory_at + (task * group + n) * memory.shape[2] * buffer_bytes
                wx_at = wx.ctypes.data + row_0 * wx_row + (t * gates * heads + head) * units * 4
                out_at = out.ctypes.data + row_0 * out_row + (t * heads + head) * units * 4
                saved_at = saved.ctypes.data + row_0 * saved_row
                saved_at += (t * GATES * heads + head) * units * 4
                for visit in range(parts):
                    part = visit if t & 1 == 0 else parts - 1 - visit
                    w = weights_at + head * head_bytes + part * part_bytes
                    ahead = w + part_bytes if t & 1 == 0 else w - part_bytes
                    if visit + 1 == parts and place + 1 == group:
                        ahead = w  # where the next step begins
                    valid = np.int64(units - part * width)
                    edge = EDGE > 0 and part + 1 == parts
                    offset = np.int64(part * width * 4)
                    for tile in range(tiles):
                        taller = min(tile, whole_tiles)
                        r = np.int64(taller * ROWS + (tile - taller) * (ROWS - 1))
                        h = h_old + r * row_bytes
                        x = wx_at + r * wx_row + offset
                        c = kept + r * row_bytes + offset
                        p = h_old + r * row_bytes + offset
                        y = h_new + r * row_bytes + offset
                        o = out_at + r * out_row + offset
                        k = saved_at + r * saved_row + offset
                        run_tile(edge, tile < whole_tiles, whole, lesser, whole_edge, lesser_edge,
                                 (h, row_bytes, depth, w, back, ahead, x, wx_row, wx_gate, wx_next,
                                  c, buffer_bytes, p, y, o, out_row, out_state,
                                  k, saved_row, saved_gate, valid))  # fmt: skip
                        ahead += depth * PREFETCH * 64
                        back = 1 - back
