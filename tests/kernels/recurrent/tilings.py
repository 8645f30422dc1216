"""The space, constraints and goals of `gallery/flashrnn/here.arch` once more, in plain Python.

A second implementation on purpose: what a solver answers about the spec must agree with it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from fractions import Fraction

from archwright.kernels.recurrent.tile import Tile

KIB, GIGA, BITS = 1024, 10**9, 8
GATES, LATENCY, IN_FLIGHT, POINTWISE, START_UP, VISIT = 4, 4, 16, 140, 30, 20

Host = Mapping[str, Fraction | int]


def described(**changes: int) -> dict[str, Fraction | int]:
    """A server with AVX-512; sizes in KiB, rates in GB/s, clock and peak in tenths of GHz."""
    told = {
        "cores": 8, "clock": 38, "vector_bits": 512, "vector_registers": 32, "fma_units": 2,
        "l1d": 48, "l2": 1024, "usable_l2": 768, "l3": 32768,
        "bw_l1": 480, "bw_l2": 240, "bw_l3": 120, "bw_memory": 45, "peak": 2432,
    }  # fmt: skip
    told.update(changes)
    tenth = GIGA // 10
    scale = {"clock": tenth, "peak": tenth}
    scale |= dict.fromkeys(("l1d", "l2", "usable_l2", "l3"), KIB * BITS)
    scale |= dict.fromkeys(("bw_l1", "bw_l2", "bw_l3", "bw_memory"), GIGA * BITS)
    return {name: value * scale.get(name, 1) for name, value in told.items()}


AVX512 = described()
AVX2 = described(vector_bits=256, vector_registers=16, peak=1216, l1d=32, l2=512, usable_l2=384)


def up(a: int, b: int) -> int:
    return -(-a // b)


def divisors(n: int) -> list[int]:
    return [d for d in range(1, n + 1) if n % d == 0]


def legal(host: Host, batch: int, heads: int, head: int) -> Iterator[Tile]:
    """Every tile that keeps the constraints, in the order of the spec's choices."""
    lanes, registers = int(host["vector_bits"]) // 32, host["vector_registers"]
    units = up(head, lanes)
    matrix = (head + 1) * GATES * units * host["vector_bits"]
    choices = itertools.product(
        range(1, 13), range(1, 9), divisors(batch), divisors(heads), (1, 2, 4), range(9),
        (False, True),
    )  # fmt: skip
    for rows, vectors, block, together, unroll, prefetch, streaming in choices:
        tiles, chains = up(block, rows), GATES * rows * vectors
        near = together * matrix
        asked = up(GATES * vectors * int(host["vector_bits"]), 512 * tiles)
        operands = 1 if rows == 1 else rows + 1
        if (
            GATES * vectors * operands + 1 <= registers
            and chains
            >= min(
                Fraction(LATENCY * host["fma_units"]),
                Fraction(GATES * units * block),
                Fraction(registers, 2),
            )
            and vectors <= units
            and rows * tiles - block <= tiles
            and (rows - 1) * tiles < block
            and GATES * vectors * unroll <= IN_FLIGHT
            and (near <= host["usable_l2"] or together == 1)
            and (not prefetch or (prefetch == asked and tiles > 1 and near > host["usable_l2"]))
            and not (streaming and head % lanes)
        ):
            yield Tile(lanes, rows, vectors, block, together, unroll, prefetch, streaming)


def goals(
    host: Host, tile: Tile, batch: int, steps: int, heads: int, head: int
) -> tuple[Fraction, int, int, int, int]:
    """Time, loads, tiles, bits kept near and turns, each to be as small as possible."""
    h = {name: Fraction(value) for name, value in host.items()}
    bits = int(host["vector_bits"])
    units, tiles, blocks = up(head, tile.lanes), tile.tiles, batch // tile.block
    parts = up(units, tile.vectors)
    depth = tile.unroll * up(head, tile.unroll)
    part = (head + 1) * GATES * tile.vectors * bits
    matrix = (head + 1) * GATES * units * bits
    near, all_weights = tile.together * matrix, heads * matrix
    state_size = 2 * batch * heads * head * 32

    work = batch * heads * GATES * units * depth
    loads = blocks * heads * depth * (tiles * GATES * units + tile.block * parts)
    waits = blocks * heads * depth * tiles * parts * LATENCY
    gather = max(work * 2 * tile.lanes / h["peak"], loads * bits / h["bw_l1"], waits / h["clock"])
    if 4 * near <= 3 * h["l1d"]:
        first = Fraction(0)
    elif near <= h["usable_l2"] or tile.prefetch:
        first = all_weights / h["bw_l2"]
    else:
        first = all_weights / (h["bw_l3"] if near <= h["l3"] else h["bw_memory"])
    if 4 * part <= 3 * h["l1d"]:
        again = Fraction(0)
    else:
        again = all_weights / (h["bw_l2"] if part <= h["usable_l2"] else h["bw_l3"])
    asking = heads * depth * tile.prefetch * parts * 128 * BITS / h["bw_l1"]
    traffic = blocks * (first + (tiles - 1) * again + tiles * asking)
    gates_time = batch * heads * units * POINTWISE / h["fma_units"] / 2 / h["clock"]
    entering = blocks * heads * tiles * parts * START_UP / h["clock"]
    visiting = heads // tile.together * batch * (GATES + 2) * VISIT / h["clock"]
    if tile.streaming:
        writing = state_size / h["bw_memory"]
    elif steps * state_size > h["usable_l2"]:
        writing = 2 * state_size / h["bw_memory"]
    else:
        writing = state_size / h["bw_l2"]
    far = "bw_memory" if steps * 2 * state_size > h["usable_l2"] else "bw_l2"
    reading = 2 * state_size / h[far]
    step = (
        max(gather, traffic)
        + min(gather, traffic) / 2
        + gates_time
        + entering
        + visiting
        + reading
        + writing
    )
    return steps * step, loads, tiles * parts, near, up(depth, tile.unroll)


def best(host: Host, batch: int, steps: int, heads: int, head: int) -> Tile:
    """The tile that the spec's goals choose; the first of equally good ones."""
    return min(
        legal(host, batch, heads, head),
        key=lambda tile: goals(host, tile, batch, steps, heads, head),
    )
