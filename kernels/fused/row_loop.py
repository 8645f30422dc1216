"""The loops around the register tiles: images, blocks of rows, parts of channels, rows, tiles.

The functions are templates: `generate` copies their text below a header that defines the names of
this module for one length of vectors. A part of the widened channels is filtered right after it was
widened, while it is in the nearest cache; rows that the next block of rows needs again stay in a
ring. Register tiles are called by their addresses, so that all blocks share one compilation.
"""

# mypy: disable-error-code="no-untyped-def, assignment, operator, name-defined, no-untyped-call"
# ruff: noqa: F821 (the header makes each name of `FIXED` the number of its place)

from __future__ import annotations

from typing import Any

import numpy as np

# Addresses of packed weights and biases; those of a gate are 0 where there is none.
WEIGHTS = (
    *("WIDEN_W", "WIDEN_B", "FILTER_W", "FILTER_B", "PROJECT_W", "PROJECT_B"),
    *("SQUEEZE_W", "SQUEEZE_B", "EXCITE_W", "EXCITE_B"),
)
OFFSETS = ("RING", "FILTERED", "SUMS_AT", "SQUEEZED_AT", "FACTORS_AT")  # in the scratch
TILES = (  # addresses; 0 where the block has no use for one
    *("WIDEN_TILE", "WIDEN_EDGE_TILE", "FILTER_TILE", "PROJECT_TILE", "PROJECT_EDGE_TILE"),
    *("SQUEEZE_TILE", "EXCITE_TILE"),
)
FIXED = (  # what `fixed` holds, in this order
    *("HEIGHT", "WIDTH", "INPUTS", "MIDDLE", "OUTPUTS"),
    "SQUEEZED",  # channels between the layers of the gate, or 0
    "WIDENS",  # 1 where a product comes first, 0 where the input is filtered as it is
    *("KERNEL", "STRIDE"),
    *("BLOCKS", "ROWS", "COLUMNS", "RING_ROWS", "LEFT", "RIGHT", "ABOVE"),
    *("WIDEN_VECTORS", "PROJECT_VECTORS"),  # of a tile
    *("WIDEN_EDGE", "PROJECT_EDGE"),  # vectors in a last part that has its own tile, or 0
    *("INPUT_PLANE", "RING_PLANE", "FILTERED_PLANE"),  # distances
    *WEIGHTS,
    *OFFSETS,
    *TILES,
)

LANES = 1
GATE_VECTORS = 4
call: Any = None
total: Any = None
scale: Any = None
copy: Any = None
copy_edge: Any = None
clear: Any = None


def clear_sides(fixed, ring):
    """Zeros left and right of every row of the ring."""
    vector = np.int64(LANES * 4)
    left, width, right = fixed[LEFT], fixed[WIDTH], fixed[RIGHT]
    vectors = (fixed[MIDDLE] + LANES - 1) // LANES
    planes = vectors if fixed[BLOCKS] > 1 else min(vectors, fixed[WIDEN_VECTORS])
    for plane in range(planes):
        for r in range(fixed[RING_ROWS]):
            at = ring + plane * fixed[RING_PLANE] + r * (left + width + right) * vector
            for p in range(left):
                clear(at + p * vector)
            for p in range(left + width, left + width + right):
                clear(at + p * vector)


def take_in(fixed, source, planes, pixels):
    """Pixels of the input, channels last, as planes."""
    vector, inputs = np.int64(LANES * 4), fixed[INPUTS]
    plane, pixel = fixed[INPUT_PLANE], inputs * 4
    whole, rest = inputs // LANES, inputs % LANES
    for c in range(whole):
        copy(source + c * vector, pixel, planes + c * plane, pixels, np.int64(0))
    if rest > 0:
        copy_edge(source + whole * vector, pixel, planes + whole * plane, pixels, rest)


def widen_rows(fixed, line, part, v_0, some, first, rows):
    """Rows of the input's planes to rows of the ring from `first` on, some vectors of channels."""
    vector, none = np.int64(LANES * 4), np.int64(0)
    inputs, channel, width = fixed[INPUTS], v_0 * vector, fixed[WIDTH]
    row = (fixed[LEFT] + width + fixed[RIGHT]) * vector
    widen = fixed[WIDEN_EDGE_TILE] if some == fixed[WIDEN_EDGE] else fixed[WIDEN_TILE]
    call(widen, (line, fixed[INPUT_PLANE], inputs, fixed[WIDEN_W] + channel * inputs,
                 fixed[WIDEN_B] + channel, part + fixed[LEFT] * vector, vector, fixed[RING_PLANE],
                 none, none, width, rows, width * vector, row,
                 first % fixed[RING_ROWS] * row, fixed[RING_ROWS] * row))  # fmt: skip


def copy_row(fixed, source, at, v_0, some):
    """The same where nothing is widened: one row of the input itself."""
    vector, inputs = np.int64(LANES * 4), fixed[INPUTS]
    plane, pixel, width = fixed[RING_PLANE], inputs * 4, fixed[WIDTH]
    whole, rest = inputs // LANES, inputs % LANES
    for c in range(some):
        if v_0 + c == whole:  # a partial vector
            copy_edge(source + whole * vector, pixel, at + c * plane, width, rest)
        else:
            copy(source + (v_0 + c) * vector, pixel, at + c * plane, width, np.int64(0))


def filter_plane(fixed, plane, target, channel, y_0, y_1):
    """Rows `y_0 .. y_1 - 1` of the result of the depthwise filter, one vector of channels."""
    vector = np.int64(LANES * 4)
    kernel, ring_rows = fixed[KERNEL], fixed[RING_ROWS]
    row = (fixed[LEFT] + fixed[WIDTH] + fixed[RIGHT]) * vector
    top = y_0 * fixed[STRIDE] - fixed[ABOVE]
    offset = max(np.int64(0), top) % ring_rows * row
    call(fixed[FILTER_TILE],
         (plane, row, ring_rows * row, top, fixed[HEIGHT], offset,
          fixed[FILTER_W] + channel * kernel * kernel * vector, fixed[FILTER_B] + channel * vector,
          target, fixed[COLUMNS], y_1 - y_0))  # fmt: skip


def weigh(fixed, scratch, filtered):
    """Multiply channels by their factors; the mean's division is in the weights of the squeeze."""
    vector, none, one = np.int64(LANES * 4), np.int64(0), np.int64(1)
    middle, squeezed = fixed[MIDDLE], fixed[SQUEEZED]
    plane, pixels = fixed[FILTERED_PLANE], fixed[ROWS] * fixed[COLUMNS]
    sums, between = scratch + fixed[SUMS_AT], scratch + fixed[SQUEEZED_AT]
    factors = scratch + fixed[FACTORS_AT]
    vectors = (middle + LANES - 1) // LANES
    for v in range(0, vectors, GATE_VECTORS):
        total(filtered + v * plane, plane, pixels, sums + v * vector)
    for v in range(0, (squeezed + LANES - 1) // LANES, GATE_VECTORS):
        call(fixed[SQUEEZE_TILE],
             (sums, vector, middle, fixed[SQUEEZE_W] + v * middle * vector,
              fixed[SQUEEZE_B] + v * vector, between + v * vector, vector, vector,
              none, none, one, one, none, none, none, none))  # fmt: skip
    for v in range(0, vectors, GATE_VECTORS):
        call(fixed[EXCITE_TILE],
             (between, vector, squeezed, fixed[EXCITE_W] + v * squeezed * vector,
              fixed[EXCITE_B] + v * vector, factors + v * vector, vector, vector,
              none, none, one, one, none, none, none, none))  # fmt: skip
    for v in range(vectors):
        scale(filtered + v * plane, pixels, factors + v * vector)


def project_pixels(fixed, filtered, out, added, pixels):
    """Some filtered pixels to pixels of the result, channels last."""
    vector, none, one = np.int64(LANES * 4), np.int64(0), np.int64(1)
    middle, outputs, plane = fixed[MIDDLE], fixed[OUTPUTS], fixed[FILTERED_PLANE]
    some = fixed[PROJECT_VECTORS]
    vectors = (outputs + LANES - 1) // LANES
    for v_0 in range(0, vectors, some):
        at = v_0 * vector
        last = fixed[PROJECT_EDGE] > 0 and v_0 + some >= vectors
        project = fixed[PROJECT_EDGE_TILE] if last else fixed[PROJECT_TILE]
        call(project, (filtered, plane, middle, fixed[PROJECT_W] + at * middle,
                       fixed[PROJECT_B] + at, out + at, outputs * 4, vector, added + at,
                       outputs - v_0 * LANES, pixels, one, none, none, none, none))  # fmt: skip


def forward(fixed, x, out, scratch, first, last):
    """Run the tasks `first .. last - 1`; a task is one block of rows of one image.

    x [B, H, W, C] and out [B, H', W', O] are addresses, as is `scratch`; `fixed` holds the numbers
    that `FIXED` names.
    """
    height, width, blocks, rows = fixed[HEIGHT], fixed[WIDTH], fixed[BLOCKS], fixed[ROWS]
    ring, filtered = scratch + fixed[RING], scratch + fixed[FILTERED]
    vector, widens, stride = np.int64(LANES * 4), fixed[WIDENS] > 0, fixed[STRIDE]
    row = (fixed[LEFT] + width + fixed[RIGHT]) * vector
    x_row, out_row = width * fixed[INPUTS] * 4, fixed[COLUMNS] * fixed[OUTPUTS] * 4
    vectors = (fixed[MIDDLE] + LANES - 1) // LANES
    clear_sides(fixed, ring)
    ready = np.int64(0)
    for task in range(first, last):
        number = task % blocks
        y_0, y_1 = number * rows // blocks, (number + 1) * rows // blocks
        image = x + task // blocks * height * x_row
        if task == first or number == 0:
            ready = max(np.int64(0), y_0 * stride - fixed[ABOVE])
        need = min(height, (y_1 - 1) * stride - fixed[ABOVE] + fixed[KERNEL])
        if widens and ready < need:
            take_in(fixed, image + ready * x_row, scratch, (need - ready) * width)
        for v_0 in range(0, vectors, fixed[WIDEN_VECTORS]):
            some = min(fixed[WIDEN_VECTORS], vectors - v_0)
            # Where the whole image is one block, no part is needed again: all use the same planes.
            part = ring + (v_0 * fixed[RING_PLANE] if blocks > 1 else np.int64(0))
            if widens and ready < need:
                widen_rows(fixed, scratch, part, v_0, some, ready, need - ready)
            elif not widens:
                for r in range(ready, need):
                    at = part + r % fixed[RING_ROWS] * row + fixed[LEFT] * vector
                    copy_row(fixed, image + r * x_row, at, v_0, some)
            for c in range(some):
                filter_plane(fixed, part + c * fixed[RING_PLANE],
                             filtered + (v_0 + c) * fixed[FILTERED_PLANE], v_0 + c,
                             y_0, y_1)  # fmt: skip
        if fixed[SQUEEZED] > 0:
            weigh(fixed, scratch, filtered)
        result = out + (task // blocks * rows + y_0) * out_row
        # What is added is read only where the input has the size of the result.
        project_pixels(fixed, filtered, result, image + y_0 * out_row,
                       (y_1 - y_0) * fixed[COLUMNS])  # fmt: skip
        ready = need
