"""Gradients of the recurrent weights and the biases, a few steps at a time.

`accumulate` is a template like `backward_loop.backward`, which calls it as soon as some steps are
through, while their dg is still in a near cache.
"""

# mypy: disable-error-code="no-untyped-def, assignment"

from __future__ import annotations

from typing import Any

import numpy as np

PLACES = np.zeros(1, np.int64)  # where each gate stands in the recurrent weights; -1 for nowhere
LANES = 1
TALL = 1  # outputs of a tile of dR
WIDE = 1  # vectors of inputs of a tile of dR
UNROLL = 1
outer_add: Any = None  # tiles, see `weight_gradient_tile`
outer_set: Any = None
lines_4: Any = None  # copies of dg, of four steps and of one, with their sums
lines_1: Any = None
columns_4: Any = None  # copies of h
columns_1: Any = None


def accumulate(gates, start, states, dR, db, panel, columns, corner, sums, head, row_0, rows,
               first, last, fresh):  # fmt: skip
    """Add what some batch rows and the steps `first .. last - 1` give to one head's dR and db.

    gates [B, T, G, N, D] (gradients of the gates' sums); start [S, B, 1, N, D]; states
    [S, B, T, N, D]; dR [Gr, N, D, D]; db [G, N, D]; panel [tiles, pairs, TALL], columns [tiles,
    pairs, WIDE * LANES], corner [TALL, WIDE * LANES] and sums [units and a vector] are scratch; the
    first two hold zeros beyond the units. `fresh` says that dR is not to be read, being the first.
    """
    _, steps, count, heads, units = gates.shape
    pairs = rows * (last - first)
    depth = np.int64((pairs + UNROLL - 1) // UNROLL * UNROLL)
    step = np.int64(heads * units * 4)
    gate_step = step * count
    wide = np.int64(WIDE * LANES)
    wide_bytes, tall_bytes = wide * 4, np.int64(TALL * 4)
    panel_bytes = np.int64(panel.shape[1] * TALL * 4)
    columns_bytes = np.int64(columns.shape[1] * wide * 4)
    panel_at, columns_at = panel.ctypes.data, columns.ctypes.data
    sums_at = sums.ctypes.data
    target_row = np.int64(units * 4)
    across = (units + wide - 1) // wide
    lines = (units + LANES - 1) // LANES
    none = np.int64(0)
    for k in range(pairs, depth):
        columns[:, k] = 0
    for r in range(rows):
        row = row_0 + r
        for i in range(lines):
            valid = np.int64(units - i * LANES)
            target = columns_at + i // WIDE * columns_bytes + i % WIDE * LANES * 4
            target += r * (last - first) * wide_bytes
            source = states.ctypes.data + (row * steps + first - 1) * step
            source += np.int64((head * units + i * LANES) * 4)
            t = first
            if t == 0:
                begin = start.ctypes.data + ((row * heads + head) * units + i * LANES) * 4
                columns_1(begin, none, target, none, none, valid)
                t += 1
                source += step
                target += wide_bytes
            while t + 4 <= last:
                columns_4(source, step, target, wide_bytes, none, valid)
                t += 4
                source += 4 * step
                target += 4 * wide_bytes
            while t < last:
                columns_1(source, step, target, wide_bytes, none, valid)
                t += 1
                source += step
                target += wide_bytes
    most = panel.shape[0] * TALL
    for g in range(count):
        place = PLACES[g]
        for unit_0 in range(0, units, most):
            here = min(most, units - unit_0)
            down = (here + TALL - 1) // TALL
            sums[:] = 0
            for k in range(pairs, depth):
                panel[:, k] = 0
            for r in range(rows):
                source = gates.ctypes.data + ((row_0 + r) * steps + first) * gate_step
                source += np.int64(((g * heads + head) * units + unit_0) * 4)
                target = panel_at + r * (last - first) * tall_bytes
                t = first
                while t < last:
                    four = t + 4 <= last
                    for i in range(down):
                        valid = np.int64(here - i * TALL)
                        s, p = source + i * tall_bytes, target + i * panel_bytes
                        if four:
                            lines_4(s, gate_step, p, tall_bytes, sums_at + i * tall_bytes, valid)
                        else:
                            lines_1(s, gate_step, p, tall_bytes, sums_at + i * tall_bytes, valid)
                    passed = 4 if four else 1
                    t += passed
                    source += passed * gate_step
                    target += passed * tall_bytes
            for d in range(here):
                db[g, head, unit_0 + d] += sums[d]
            if place < 0:
                continue
            matrix = dR.ctypes.data + ((place * heads + head) * units + unit_0) * target_row
            for j in range(across):
                right = columns_at + j * columns_bytes
                partly = units < (j + 1) * wide
                for i in range(down):
                    left = panel_at + i * panel_bytes
                    target = matrix + i * TALL * target_row + j * wide_bytes
                    if partly or here < (i + 1) * TALL:
                        outer_set(left, right, depth, corner.ctypes.data, wide_bytes)
                        for m in range(i * TALL, min(here, (i + 1) * TALL)):
                            for d in range(j * wide, min(units, (j + 1) * wide)):
                                value = corner[m - i * TALL, d - j * wide]
                                if fresh:
                                    dR[place, head, unit_0 + m, d] = value
                                else:
                                    dR[place, head, unit_0 + m, d] += value
                    elif fresh:
                        outer_set(left, right, depth, target, target_row)
                    else:
                        outer_add(left, right, depth, target, target_row)
