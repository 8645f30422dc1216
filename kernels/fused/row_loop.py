"""The loops around the register tiles: images, blocks of rows, parts of channels, rows, tiles.

`forward` is a template: `generate` copies its text below a header that defines the names of this
module for one variant. A part of the widened channels is filtered right after it was widened, while
it is in the nearest cache; rows that the next block of rows needs again stay in a ring.
"""

# mypy: disable-error-code="no-untyped-def, assignment, operator"

from __future__ import annotations

from typing import Any

import numpy as np

LANES = 1
KERNEL = 3
STRIDE = 1
WIDENS = True  # whether a product comes first, or the input is filtered as it is
UNEVEN = False  # whether the last vector of the input's channels is partial
WIDEN_PIXELS, WIDEN_VECTORS, WIDEN_EDGE = 1, 1, 0  # EDGE: vectors in a last, smaller part, or 0
FILTER_PIXELS = 1
PROJECT_PIXELS, PROJECT_VECTORS, PROJECT_EDGE = 1, 1, 0
widen: Any = None
widen_edge: Any = None
filtering: Any = None
project: Any = None
project_edge: Any = None
copy: Any = None
copy_edge: Any = None
clear: Any = None


def forward(fixed, x, out, scratch, first, last):
    """Run the tasks `first .. last - 1`; a task is one block of rows of one image.

    x [B, H, W, C] and out [B, H', W', O] are addresses, as is `scratch`; `fixed` holds the numbers
    that `plan` lists, in this order.
    """
    height, width, inputs, middle, outputs = fixed[0], fixed[1], fixed[2], fixed[3], fixed[4]
    blocks, rows, columns, ring_rows = fixed[5], fixed[6], fixed[7], fixed[8]
    widen_w, widen_b, filter_w = fixed[9], fixed[10], fixed[11]
    filter_b, project_w, project_b = fixed[12], fixed[13], fixed[14]
    input_plane, ring_plane, filtered_plane = fixed[15], fixed[16], fixed[17]
    ring, filtered = scratch + fixed[18], scratch + fixed[19]
    pad = KERNEL // 2
    vector = np.int64(LANES * 4)
    row = (width + 2 * pad) * vector
    ring_bytes = ring_rows * row
    x_pixel, out_pixel = inputs * 4, outputs * 4
    input_vectors = (inputs + LANES - 1) // LANES
    vectors = (middle + LANES - 1) // LANES
    out_vectors = (outputs + LANES - 1) // LANES
    whole_vectors = input_vectors - 1 if UNEVEN else input_vectors
    widen_tiles = (width + WIDEN_PIXELS - 1) // WIDEN_PIXELS
    filter_tiles = (columns + FILTER_PIXELS - 1) // FILTER_PIXELS
    kept_vectors = vectors if blocks > 1 else min(vectors, np.int64(WIDEN_VECTORS))
    for plane in range(kept_vectors):
        for r in range(ring_rows):
            at = ring + plane * ring_plane + r * row
            for p in range(pad):
                clear(at + p * vector)
                clear(at + (pad + width + p) * vector)
    ready = np.int64(0)
    for task in range(first, last):
        image = task // blocks
        number = task % blocks
        y_0, y_1 = number * rows // blocks, (number + 1) * rows // blocks
        image_at = x + image * height * width * x_pixel
        out_at = out + (image * rows + y_0) * columns * out_pixel
        if task == first or number == 0:
            ready = max(np.int64(0), y_0 * STRIDE - pad)
        need = min(height, (y_1 - 1) * STRIDE - pad + KERNEL)
        fresh = need - ready

        if WIDENS:  # the input's new rows as planes
            source = image_at + ready * width * x_pixel
            for pixel in range(fresh * width):
                target = scratch + pixel * vector
                for c in range(whole_vectors):
                    copy(source + c * vector, target + c * input_plane, np.int64(0))
                if UNEVEN:
                    copy_edge(source + whole_vectors * vector, target + whole_vectors * input_plane,
                              inputs - whole_vectors * LANES)  # fmt: skip
                source += x_pixel

        for v_0 in range(0, vectors, WIDEN_VECTORS):
            some = min(np.int64(WIDEN_VECTORS), vectors - v_0)
            # Where the whole image is one block, no part is needed again: all use the same planes.
            part = ring + (v_0 * ring_plane if blocks > 1 else np.int64(0))
            for r in range(ready, need):
                at = part + r % ring_rows * row + pad * vector
                if WIDENS:
                    w = widen_w + v_0 * inputs * vector
                    b = widen_b + v_0 * vector
                    line = scratch + (r - ready) * width * vector
                    for tile in range(widen_tiles):
                        p = min(np.int64(tile * WIDEN_PIXELS), width - WIDEN_PIXELS) * vector
                        if WIDEN_EDGE > 0 and some == WIDEN_EDGE:
                            widen_edge(line + p, input_plane, inputs, w, b, at + p, vector,
                                       ring_plane, np.int64(0), np.int64(0))  # fmt: skip
                        else:
                            widen(line + p, input_plane, inputs, w, b, at + p, vector,
                                  ring_plane, np.int64(0), np.int64(0))  # fmt: skip
                else:
                    source = image_at + r * width * x_pixel
                    for _ in range(width):
                        for c in range(some):
                            if UNEVEN and v_0 + c == whole_vectors:
                                copy_edge(source + (v_0 + c) * vector, at + c * ring_plane,
                                          inputs - whole_vectors * LANES)  # fmt: skip
                            else:
                                copy(source + (v_0 + c) * vector, at + c * ring_plane, np.int64(0))
                        source += x_pixel
                        at += vector

            for c in range(some):
                taps = filter_w + (v_0 + c) * KERNEL * KERNEL * vector
                b = filter_b + (v_0 + c) * vector
                plane = part + c * ring_plane
                target = filtered + (v_0 + c) * filtered_plane
                for y in range(y_0, y_1):
                    top = y * STRIDE - pad
                    r_0, r_1 = max(np.int64(0), top), min(height, top + KERNEL)
                    offset = r_0 % ring_rows * row
                    w = taps + (r_0 - top) * KERNEL * vector
                    for tile in range(filter_tiles):
                        p = min(np.int64(tile * FILTER_PIXELS), columns - FILTER_PIXELS) * vector
                        filtering(plane + p * STRIDE, row, offset, ring_bytes, r_1 - r_0, w, b,
                                  target + p)  # fmt: skip
                    target += columns * vector

        pixels = (y_1 - y_0) * columns
        tiles = (pixels + PROJECT_PIXELS - 1) // PROJECT_PIXELS
        added = image_at + y_0 * columns * x_pixel  # read where the input has the result's size
        for v_0 in range(0, out_vectors, PROJECT_VECTORS):
            w = project_w + v_0 * middle * vector
            b = project_b + v_0 * vector
            offset = v_0 * vector
            valid = outputs - v_0 * LANES
            for tile in range(tiles):
                p = min(np.int64(tile * PROJECT_PIXELS), pixels - PROJECT_PIXELS)
                a = filtered + p * vector
                o = p * out_pixel + offset
                if PROJECT_EDGE > 0 and v_0 + PROJECT_VECTORS >= out_vectors:
                    project_edge(a, filtered_plane, middle, w, b, out_at + o, out_pixel, vector,
                                 added + o, valid)  # fmt: skip
                else:
                    project(a, filtered_plane, middle, w, b, out_at + o, out_pixel, vector,
                            added + o, valid)  # fmt: skip
        ready = need
