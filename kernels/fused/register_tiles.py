"""The register tiles of a fused block: a product over channels, a depthwise filter, a copy.

Inside a block, images are planes: one for each vector of channels, in which the pixels of a row lie
side by side, `lanes` numbers each. A pixel is then always one vector away from its neighbour, which
the processor's addresses can say for free, and a filter reads memory in order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..vector_ir import BYTES_PER_FLOAT, Value, Vector, Vectors, intrinsic

MOST_EXPONENT = 87.0  # 1 / (1 + exp(87)) is still a normal number


def activate(v: Vectors, act: str, xs: Vector) -> Vector:
    """An activation; NaN stays NaN."""
    match act:
        case "relu" | "relu6":
            zeros, sixes = [v.zero] * len(xs), [v.constant(6.0)] * len(xs)
            # Compared so that NaN keeps x, which is what the processor's own extremes do.
            xs = v.where_less(xs, zeros, zeros, xs)
            return v.where_less(sixes, xs, sixes, xs) if act == "relu6" else xs
        case "hsigmoid":
            return v.multiply(_six_times(v, xs), [v.constant(1 / 6)] * len(xs))
        case "hswish":
            return v.multiply(v.multiply(xs, _six_times(v, xs)), [v.constant(1 / 6)] * len(xs))
        case "sigmoid":
            powers = v.exp(v.negate(xs), MOST_EXPONENT)
            return v.reciprocal(v.add(powers, [v.constant(1.0)] * len(xs)))
        case "silu":
            return v.multiply(xs, activate(v, "sigmoid", xs))
    return xs


def _six_times(v: Vectors, xs: Vector) -> Vector:
    """Six times the hard sigmoid."""
    return activate(v, "relu6", v.add(xs, [v.constant(3.0)] * len(xs)))


def _each(v: Vectors, total: Value, pixels: int, tile: Callable[[Value], None]) -> None:
    """A tile at every `pixels`-th of so many pixels; the last one where it just fits."""
    last = v.address(total, -pixels)

    def one(p: Value, nothing: Vector) -> Vector:
        tile(v.choose(v.less_equal(p, last), p, last))
        return nothing

    v.loop(total, pixels, [], one)


def _following(v: Vectors, offset: Value, distance: Value, ring: Value) -> Value:
    """An offset in a ring of rows, so much further on."""
    following = v.address(offset, distance)
    wrapped = v.address(following, v.times(ring, -1))
    return v.choose(v.less_equal(ring, following), wrapped, following)


def product(
    *, lanes: int, pixels: int, vectors: int, unroll: int, act: str, adds: bool, masked: bool
) -> Any:
    """An intrinsic: out[p, v] = act(bias[v] + sum_k in[p, k] w[k, v]) (+ added[p, v]).

    It goes over all pixels of some rows, tile by tile, of which the last starts where it just fits.
    Its arguments, in order, all 64-bit integers, addresses and strides in bytes:
    `image, plane` (the first pixel in planes, distance of planes), `depth` (channels to sum over, a
    multiple of `unroll`), `weights, bias` (`vectors` vectors for every channel), `out, out_pixel,
    out_plane` (the first pixel of the result, distance of pixels and of vectors of channels),
    `added` (the same pixel of an image laid out like the result), `valid` (channels from here on
    that exist, read by a masked tile), `total` (pixels of a row, at least those of a tile), `rows`
    (at least 1), `image_row, out_row` (distances of rows), `offset` (of the first row of the
    result), `ring` (offset after the last row of a ring, where the first one follows).

    Parameters
    ----------
    lanes : int
    pixels, vectors : int
        Of a tile.
    unroll : int
        Channels per turn; divides `lanes`.
    act : str
    adds : bool
        Whether `added` is added after the activation.
    masked : bool
        Whether the last vector of the result is partial.
    """

    def emit(
        v: Vectors, image: Value, plane: Value, depth: Value, weights: Value, bias: Value,
        out: Value, out_pixel: Value, out_plane: Value, added: Value, valid: Value, total: Value,
        rows: Value, image_row: Value, out_row: Value, offset: Value, ring: Value,
    ) -> None:  # fmt: skip
        mask = v.mask(valid, (vectors - 1) * lanes) if masked else None
        # from the last channel of one plane to the first of the next
        step = v.address(plane, -v.bytes)

        def tile(p_0: Value, line: Value, below: Value) -> None:
            first = v.address(line, v.times(p_0, v.bytes))
            begun = v.address(below, v.multiply_integers(p_0, out_pixel))

            def gather(k: Value, sums: Vector) -> Vector:
                planes = v.multiply_integers(v.divide_integer(k, lanes), step)
                pixel = v.address(first, planes, v.times(k, BYTES_PER_FLOAT))
                line = v.address(weights, v.times(k, v.bytes * vectors))
                for u in range(unroll):
                    columns = [
                        v.load(v.address(line, v.bytes * (vectors * u + column)))
                        for column in range(vectors)
                    ]
                    for p in range(pixels):
                        x = v.load_everywhere(v.address(pixel, v.bytes * p + BYTES_PER_FLOAT * u))
                        for column in range(vectors):
                            place = p * vectors + column
                            sums[place] = v.multiply_add(x, columns[column], sums[place])
                return sums

            start = [v.load(v.address(bias, v.bytes * column)) for column in range(vectors)]
            sums = v.loop(depth, unroll, start * pixels, gather)
            for p in range(pixels):
                for column in range(vectors):
                    offset = v.address(begun, v.times(out_pixel, p), v.times(out_plane, column))
                    some = mask if column == vectors - 1 else None
                    value = activate(v, act, [sums[p * vectors + column]])
                    if adds:
                        where = v.address(added, offset)
                        other = v.load(where) if some is None else v.load_some(where, some)
                        value = v.add(value, [other])
                    if some is None:
                        v.store(value[0], v.address(out, offset))
                    else:
                        v.store_some(value[0], v.address(out, offset), some)

        def row(y: Value, carried: Vector) -> Vector:
            line, below = carried
            _each(v, total, pixels, lambda p_0: tile(p_0, line, below))
            return [v.address(line, image_row), _following(v, below, out_row, ring)]

        v.loop(rows, 1, [image, offset], row)

    return intrinsic(lanes, emit)


def depthwise(*, lanes: int, pixels: int, kernel: int, stride: int, act: str) -> Any:
    """An intrinsic that filters some rows, tile by tile, one vector of channels.

    Every pixel that is read meets all the taps that use it before the next one is read, so that
    only the sums, the taps of one row and one pixel are in registers, for kernels of any size.
    Rows outside the image are not visited.

    Its arguments, in order, all 64-bit integers, addresses and strides in bytes: `plane` (the first
    pixel to read, in the first row of a ring of rows), `row` (distance of rows), `ring` (offset
    after the last row, where the first one follows), `top` (number of the first row under the taps,
    negative above the image), `height` (of the image), `offset` (of the first row to read),
    `weights, bias, out` (the first pixel of the result), `total` (pixels of its rows, at least
    those of a tile), `rows` (of the result, at least 1).

    Parameters
    ----------
    lanes : int
    pixels : int
        Of a tile.
    kernel, stride : int
    act : str
    """

    def emit(
        v: Vectors, plane: Value, row: Value, ring: Value, top: Value, height: Value, offset: Value,
        weights: Value, bias: Value, out: Value, total: Value, rows: Value,
    ) -> None:  # fmt: skip
        none = v.times(top, 0)

        def inside(top: Value) -> Value:
            return v.choose(v.less_equal(top, none), none, top)

        def tile(p_0: Value, offset: Value, number: Value, taps_at: Value, out: Value) -> None:
            begun = v.address(plane, v.times(p_0, v.bytes * stride))

            def gather(i: Value, carried: Vector) -> Vector:
                at, *sums = carried
                line = v.address(begun, at)
                first = v.address(taps_at, v.times(i, v.bytes * kernel))
                taps = [v.load(v.address(first, v.bytes * c)) for c in range(kernel)]
                for place in range((pixels - 1) * stride + kernel):
                    x = v.load(v.address(line, v.bytes * place))
                    for c, tap in enumerate(taps):
                        p, between = divmod(place - c, stride)
                        if not between and 0 <= p < pixels:
                            sums[p] = v.multiply_add(x, tap, sums[p])
                return [_following(v, at, row, ring), *sums]

            _, *sums = v.loop(number, 1, [offset, *[v.load(bias)] * pixels], gather)
            result = v.address(out, v.times(p_0, v.bytes))
            for p, value in enumerate(activate(v, act, sums)):
                v.store(value, v.address(result, v.bytes * p))

        def one(y: Value, carried: Vector) -> Vector:
            top, offset, out = carried
            r_0, below = inside(top), v.address(top, kernel)
            r_1 = v.choose(v.less_equal(below, height), below, height)
            number = v.address(r_1, v.times(r_0, -1))
            missed = v.address(r_0, v.times(top, -1))
            taps_at = v.address(weights, v.times(missed, kernel * v.bytes))
            _each(v, total, pixels, lambda p_0: tile(p_0, offset, number, taps_at, out))
            further = v.address(inside(v.address(top, stride)), v.times(r_0, -1))
            following = _following(v, offset, v.multiply_integers(further, row), ring)
            return [v.address(top, stride), following, v.address(out, v.times(total, v.bytes))]

        v.loop(rows, 1, [top, offset, out], one)

    return intrinsic(lanes, emit)


def copy(*, lanes: int, masked: bool) -> Any:
    """An intrinsic that copies one vector, or `valid` numbers of it, of each of `pixels` pixels.

    Its arguments: `source, source_pixel` (the first, distance of pixels), `target` (pixels side by
    side), `pixels`, `valid`.
    """

    def emit(
        v: Vectors, source: Value, source_pixel: Value, target: Value, pixels: Value, valid: Value
    ) -> None:
        mask = v.mask(valid, 0) if masked else None

        def one(p: Value, nothing: Vector) -> Vector:
            at = v.address(source, v.multiply_integers(p, source_pixel))
            x = v.load(at) if mask is None else v.load_some(at, mask)
            v.store(x, v.address(target, v.times(p, v.bytes)))
            return nothing

        v.loop(pixels, 1, [], one)

    return intrinsic(lanes, emit)


def clear(*, lanes: int) -> Any:
    """An intrinsic that writes one vector of zeros."""

    def emit(v: Vectors, target: Value) -> None:
        v.store(v.zero, target)

    return intrinsic(lanes, emit)


def total(*, lanes: int, planes: int) -> Any:
    """An intrinsic that sums the pixels of some planes, side by side, each into one vector.

    Its arguments: `plane, distance` (the first pixel, distance of planes), `pixels`, `out`.
    """

    def emit(v: Vectors, plane: Value, distance: Value, pixels: Value, out: Value) -> None:
        firsts = [v.address(plane, v.times(distance, p)) for p in range(planes)]

        def gather(i: Value, sums: Vector) -> Vector:
            return v.add(sums, [v.load(v.address(at, v.times(i, v.bytes))) for at in firsts])

        for p, value in enumerate(v.loop(pixels, 1, [v.zero] * planes, gather)):
            v.store(value, v.address(out, v.bytes * p))

    return intrinsic(lanes, emit)


def scale(*, lanes: int) -> Any:
    """An intrinsic that multiplies all `pixels` of a `plane` by the vector at `factor`."""

    def emit(v: Vectors, plane: Value, pixels: Value, factor: Value) -> None:
        by = [v.load(factor)]

        def once(i: Value, nothing: Vector) -> Vector:
            at = v.address(plane, v.times(i, v.bytes))
            v.store(v.multiply([v.load(at)], by)[0], at)
            return nothing

        v.loop(pixels, 1, [], once)

    return intrinsic(lanes, emit)
