"""The loops around the register tiles: images, blocks of rows, parts of channels, rows, tiles.

The functions are templates: `generate` copies their text below a header that defines the names of
this module for one variant. A part of the widened channels is filtered right after it was widened,
while it is in the nearest cache; rows that the next block of rows needs again stay in a ring.
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
FIXED = (  # what `fixed` holds, in this order
    *("HEIGHT", "WIDTH", "INPUTS", "MIDDLE", "OUTPUTS", "SQUEEZED"),
    *("BLOCKS", "ROWS", "COLUMNS", "RING_ROWS", "LEFT", "RIGHT", "ABOVE"),
    *("INPUT_PLANE", "RING_PLANE", "FILTERED_PLANE"),  # distances
    *WEIGHTS,
    *OFFSETS,
)

LANES = 1
KERNEL = 3
STRIDE = 1
WIDENS = True  # whether a product comes first, or the input is filtered as it is
UNEVEN = False  # whether the last vector of the input's channels is partial
GATED = False
WIDEN_PIXELS, WIDEN_VECTORS, WIDEN_EDGE = 1, 1, 0  # EDGE: vectors in a last, smaller part, or 0
FILTER_PIXELS = 1
PROJECT_PIXELS, PROJECT_VECTORS, PROJECT_EDGE = 1, 1, 0
GATE_VECTORS = 4
widen: Any = None
widen_edge: Any = None
filtering: Any = None
project: Any = None
project_edge: Any = None
total: Any = None
squeeze: Any = None
excite: Any = None
scale: Any = None
copy: Any = None
copy_edge: Any = None
clear: Any = None


def clear_sides(fixed, ring):
    """Zeros left and right of every row of the ring."""
    vector = np.int64(LANES * 4)
    left, width, right = fixed[LEFT], fixed[WIDTH], fixed[RIGHT]
    vectors = (fixed[MIDDLE] + LANES - 1) // LANES
    planes = vectors if fixed[BLOCKS] > 1 else min(vectors, np.int64(WIDEN_VECTORS))
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
    plane = fixed[INPUT_PLANE]
    whole = inputs // LANES
    for pixel in range(pixels):
        target = planes + pixel * vector
        for c in range(whole):
            copy(source + c * vector, target + c * plane, np.int64(0))
        if UNEVEN:
            copy_edge(source + whole * vector, target + whole * plane, inputs - whole * LANES)
        source += inputs * 4


def widen_row(fixed, line, at, v_0, some):
    """One row of the input's planes to one row of the ring, for some vectors of channels."""
    vector = np.int64(LANES * 4)
    width, inputs = fixed[WIDTH], fixed[INPUTS]
    input_plane, ring_plane = fixed[INPUT_PLANE], fixed[RING_PLANE]
    w = fixed[WIDEN_W] + v_0 * inputs * vector
    b = fixed[WIDEN_B] + v_0 * vector
    none = np.int64(0)
    for tile in range((width + WIDEN_PIXELS - 1) // WIDEN_PIXELS):
        p = min(np.int64(tile * WIDEN_PIXELS), width - WIDEN_PIXELS) * vector
        if WIDEN_EDGE > 0 and some == WIDEN_EDGE:
            widen_edge(line + p, input_plane, inputs, w, b, at + p, vector, ring_plane, none, none)
        else:
            widen(line + p, input_plane, inputs, w, b, at + p, vector, ring_plane, none, none)


def copy_row(fixed, source, at, v_0, some):
    """The same where nothing is widened: one row of the input itself."""
    vector, inputs = np.int64(LANES * 4), fixed[INPUTS]
    whole = inputs // LANES
    for _ in range(fixed[WIDTH]):
        for c in range(some):
            if UNEVEN and v_0 + c == whole:
                copy_edge(source + whole * vector, at + c * fixed[RING_PLANE],
                          inputs - whole * LANES)  # fmt: skip
            else:
                copy(source + (v_0 + c) * vector, at + c * fixed[RING_PLANE], np.int64(0))
        source += inputs * 4
        at += vector


def filter_plane(fixed, plane, target, channel, y_0, y_1):
    """Rows `y_0 .. y_1 - 1` of the result of the depthwise filter, one vector of channels."""
    vector = np.int64(LANES * 4)
    height, columns, ring_rows = fixed[HEIGHT], fixed[COLUMNS], fixed[RING_ROWS]
    row = (fixed[LEFT] + fixed[WIDTH] + fixed[RIGHT]) * vector
    taps = fixed[FILTER_W] + channel * KERNEL * KERNEL * vector
    b = fixed[FILTER_B] + channel * vector
    for y in range(y_0, y_1):
        top = y * STRIDE - fixed[ABOVE]
        r_0, r_1 = max(np.int64(0), top), min(height, top + KERNEL)
        offset = r_0 % ring_rows * row
        w = taps + (r_0 - top) * KERNEL * vector
        for tile in range((columns + FILTER_PIXELS - 1) // FILTER_PIXELS):
            p = min(np.int64(tile * FILTER_PIXELS), columns - FILTER_PIXELS) * vector
            filtering(plane + p * STRIDE, row, offset, ring_rows * row, r_1 - r_0, w, b,
                      target + p)  # fmt: skip
        target += columns * vector


def weigh(fixed, scratch, filtered):
    """Multiply channels by their factors; the mean's division is in the weights of the squeeze."""
    vector, none = np.int64(LANES * 4), np.int64(0)
    middle, squeezed = fixed[MIDDLE], fixed[SQUEEZED]
    plane, pixels = fixed[FILTERED_PLANE], fixed[ROWS] * fixed[COLUMNS]
    sums, between = scratch + fixed[SUMS_AT], scratch + fixed[SQUEEZED_AT]
    factors = scratch + fixed[FACTORS_AT]
    vectors = (middle + LANES - 1) // LANES
    for v in range(0, vectors, GATE_VECTORS):
        total(filtered + v * plane, plane, pixels, sums + v * vector)
    for v in range(0, (squeezed + LANES - 1) // LANES, GATE_VECTORS):
        squeeze(sums, vector, middle, fixed[SQUEEZE_W] + v * middle * vector,
                fixed[SQUEEZE_B] + v * vector, between + v * vector, vector, vector,
                none, none)  # fmt: skip
    for v in range(0, vectors, GATE_VECTORS):
        excite(between, vector, squeezed, fixed[EXCITE_W] + v * squeezed * vector,
               fixed[EXCITE_B] + v * vector, factors + v * vector, vector, vector,
               none, none)  # fmt: skip
    for v in range(vectors):
        scale(filtered + v * plane, pixels, factors + v * vector)


def project_pixels(fixed, filtered, out, added, pixels):
    """Some filtered pixels to pixels of the result, channels last."""
    vector = np.int64(LANES * 4)
    middle, outputs, plane = fixed[MIDDLE], fixed[OUTPUTS], fixed[FILTERED_PLANE]
    out_pixel = outputs * 4
    vectors = (outputs + LANES - 1) // LANES
    for v_0 in range(0, vectors, PROJECT_VECTORS):
        w = fixed[PROJECT_W] + v_0 * middle * vector
        b = fixed[PROJECT_B] + v_0 * vector
        valid = outputs - v_0 * LANES
        for tile in range((pixels + PROJECT_PIXELS - 1) // PROJECT_PIXELS):
            p = min(np.int64(tile * PROJECT_PIXELS), pixels - PROJECT_PIXELS)
            a = filtered + p * vector
            o = p * out_pixel + v_0 * vector
            if PROJECT_EDGE > 0 and v_0 + PROJECT_VECTORS >= vectors:
                project_edge(a, plane, middle, w, b, out + o, out_pixel, vector, added + o, valid)
            else:
                project(a, plane, middle, w, b, out + o, out_pixel, vector, added + o, valid)


def forward(fixed, x, out, scratch, first, last):
    """Run the tasks `first .. last - 1`; a task is one block of rows of one image.

    x [B, H, W, C] and out [B, H', W', O] are addresses, as is `scratch`; `fixed` holds the numbers
    that `FIXED` names.
    """
    height, width, blocks, rows = fixed[HEIGHT], fixed[WIDTH], fixed[BLOCKS], fixed[ROWS]
    ring, filtered = scratch + fixed[RING], scratch + fixed[FILTERED]
    vector = np.int64(LANES * 4)
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
            ready = max(np.int64(0), y_0 * STRIDE - fixed[ABOVE])
        need = min(height, (y_1 - 1) * STRIDE - fixed[ABOVE] + KERNEL)
        if WIDENS:
            take_in(fixed, image + ready * x_row, scratch, (need - ready) * width)
        for v_0 in range(0, vectors, WIDEN_VECTORS):
            some = min(np.int64(WIDEN_VECTORS), vectors - v_0)
            # Where the whole image is one block, no part is needed again: all use the same planes.
            part = ring + (v_0 * fixed[RING_PLANE] if blocks > 1 else np.int64(0))
            for r in range(ready, need):
                at = part + r % fixed[RING_ROWS] * row + fixed[LEFT] * vector
                if WIDENS:
                    widen_row(fixed, scratch + (r - ready) * width * vector, at, v_0, some)
                else:
                    copy_row(fixed, image + r * x_row, at, v_0, some)
            for c in range(some):
                filter_plane(fixed, part + c * fixed[RING_PLANE],
                             filtered + (v_0 + c) * fixed[FILTERED_PLANE], v_0 + c,
                             y_0, y_1)  # fmt: skip
        if GATED:
            weigh(fixed, scratch, filtered)
        result = out + (task // blocks * rows + y_0) * out_row
        # What is added is read only where the input has the size of the result.
        project_pixels(fixed, filtered, result, image + y_0 * out_row,
                       (y_1 - y_0) * fixed[COLUMNS])  # fmt: skip
        ready = need
