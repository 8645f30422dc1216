"""How fast one core is: loops that do nothing but read, multiply-add, or wait for themselves."""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter

import numba
import numpy as np

from ..arrays import aligned
from ..vector_ir import Value, Vector, Vectors, intrinsic
from .processor import registers

LANES = registers().lanes
ACCUMULATORS = 12  # more than latency times units anywhere, and they fit 16 registers
VECTOR_BYTES = 4 * LANES
STRIDE = ACCUMULATORS * VECTOR_BYTES
CHAIN_CYCLES = 6  # three shifts and three exclusive-ors, one after the other


def _emit_reads(v: Vectors, address: Value, size: Value, sink: Value) -> None:
    def body(i: Value, sums: Vector) -> Vector:
        lines = [v.load(v.address(address, i, v.bytes * n)) for n in range(ACCUMULATORS)]
        return v.add(sums, lines)

    sums = v.loop(size, STRIDE, [v.constant(0.0)] * ACCUMULATORS, body)
    while len(sums) > 1:
        sums = v.add(sums[:1], sums[1:2]) + sums[2:]
    v.store(sums[0], sink)


def _emit_multiply_adds(v: Vectors, turns: Value, sink: Value) -> None:
    factor = v.load(sink)

    def body(_: Value, sums: Vector) -> Vector:
        return [v.multiply_add(value, factor, factor) for value in sums]

    start = [v.constant(0.1 * n) for n in range(ACCUMULATORS)]
    sums = v.loop(turns, 1, start, body)
    while len(sums) > 1:
        sums = v.add(sums[:1], sums[1:2]) + sums[2:]
    v.store(sums[0], sink)


_reads = intrinsic(LANES, _emit_reads)
_multiply_adds = intrinsic(LANES, _emit_multiply_adds)


@numba.njit(cache=True, nogil=True)
def _read(buffer, size, passes, sink):
    for _ in range(passes):
        _reads(np.int64(buffer.ctypes.data), size, np.int64(sink.ctypes.data))


@numba.njit(cache=True, nogil=True)
def _multiply_add(turns, sink):
    _multiply_adds(turns, np.int64(sink.ctypes.data))


@numba.njit(cache=True, nogil=True)
def _chain(turns, seed):
    x = seed
    for _ in range(turns):
        x ^= x << np.uint64(13)
        x ^= x >> np.uint64(7)
        x ^= x << np.uint64(17)
    return x


def _fastest(work: Callable[[], object], seconds: float) -> float:
    """Shortest time of one call, over at least three calls and about so many seconds."""
    work()
    best, end, calls = float("inf"), perf_counter() + seconds, 0
    while calls < 3 or perf_counter() < end:
        started = perf_counter()
        work()
        best = min(best, perf_counter() - started)
        calls += 1
    return best


def clock(seconds: float = 0.1) -> float:
    """Cycles per second, from a chain of dependent one-cycle instructions."""
    turns, seed = 100_000, np.uint64(88172645463325252)
    return CHAIN_CYCLES * turns / _fastest(lambda: _chain(turns, seed), seconds)


def peak(seconds: float = 0.1) -> float:
    """Single-precision operations per second of one core; a multiply-add counts as two."""
    turns, sink = 100_000, aligned((16,), fill=0.5)
    time = _fastest(lambda: _multiply_add(turns, sink), seconds)
    return 2 * LANES * ACCUMULATORS * turns / time


def read_rate(size: int, seconds: float = 0.1, threads: int = 1) -> float:
    """Bytes per second read again and again from so many bytes, by every thread its own."""
    size = max(STRIDE, size // STRIDE * STRIDE)
    buffers = [aligned((size // 4 + 16,), fill=0.0) for _ in range(threads)]
    sinks = [aligned((16,)) for _ in range(threads)]
    passes = max(1, (1 << 22) // size)
    if threads == 1:
        time = _fastest(lambda: _read(buffers[0], size, passes, sinks[0]), seconds)
        return size * passes / time
    with ThreadPoolExecutor(threads) as pool:

        def together() -> None:
            work = [
                pool.submit(_read, b, size, passes, s) for b, s in zip(buffers, sinks, strict=True)
            ]
            for piece in work:
                piece.result()

        return threads * size * passes / _fastest(together, seconds)
