"""The space, constraints and goals of `gallery/flashrnn/here.arch` once more, in plain Python.

A second implementation on purpose: what a solver answers about the spec must agree with it.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from archwright.kernels.cells.cell import Cell
from archwright.kernels.cells.fractions import cost, lower
from archwright.kernels.cells.standard import LSTM
from archwright.kernels.recurrent.tile import Tile

KIB, GIGA, BITS = 1024, 10**9, 8
LATENCY, TURN, IN_FLIGHT = 4, 5, 16
DELIVERED, TURN_COST, TO_STACK = Fraction(2, 3), Fraction(1, 5), 2
TICKS = 10**12  # a second
BESIDE, FINISH, START_UP, FOLLOWED, VISIT = 4, 6, 10, 32, 4

Host = Mapping[str, Fraction | int]


@dataclass(frozen=True)
class Layer:
    """What is tiled."""

    batch: int
    steps: int
    heads: int
    head: int
    cell: Cell = LSTM
    backward: bool = False
    bf16: bool = False

    @property
    def wide(self) -> int:
        """Gates that a tile gathers."""
        return 1 if self.backward else len(self.cell.recurring)

    def inputs(self, lanes: int) -> int:
        """What a tile gathers from."""
        if self.backward:
            return len(self.cell.recurring) * up(self.head, lanes) * lanes
        return self.head

    @property
    def pointwise(self) -> int:
        return cost(lower(self.cell.backward if self.backward else self.cell.update))


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


def whole(seconds: Fraction) -> Fraction:
    """To the picosecond below."""
    return Fraction(math.floor(seconds * TICKS), TICKS)


def weights(layer: Layer, tile: Tile) -> tuple[int, int]:
    """Bits of a tile's weights and of a head's."""
    size = 16 if tile.narrow else 32
    inputs, units = layer.inputs(tile.lanes), up(layer.head, tile.lanes)
    per_vector = inputs * layer.wide * tile.lanes * size
    return per_vector * tile.vectors, per_vector * units


def turn_fits(layer: Layer, tile: Tile, registers: Fraction | int) -> bool:
    """Whether what a turn of the loop over inputs holds stays in registers."""
    if layer.backward:
        return tile.unroll <= max(1, tile.rows - 2 - min(1, tile.lesser_tiles))
    held = layer.wide * tile.vectors + tile.rows
    sums = layer.wide * tile.vectors * tile.rows
    return tile.unroll == 1 or sums + tile.unroll * held <= Fraction(9, 8) * registers


def legal(host: Host, layer: Layer) -> Iterator[Tile]:
    """Every tile that keeps the constraints, in the order of the spec's choices."""
    lanes, registers = int(host["vector_bits"]) // 32, host["vector_registers"]
    units, wide = up(layer.head, lanes), layer.wide
    choices = itertools.product(
        range(1, 13), range(1, 9), divisors(layer.batch), divisors(layer.heads), (1, 2, 4),
        range(9), (False, True), (False, True) if layer.bf16 and not layer.backward else (False,),
    )  # fmt: skip
    for rows, vectors, block, together, unroll, prefetch, streaming, narrow in choices:
        tiles, chains = up(block, rows), wide * rows * vectors
        lesser = rows * tiles - block
        if lesser > tiles or (rows - 1) * tiles >= block:
            continue
        tile = Tile(lanes, rows, vectors, block, together, unroll, prefetch, streaming, narrow)
        near = together * weights(layer, tile)[1]
        line = wide * vectors * lanes * (16 if narrow else 32)
        operands = 1 if rows == 1 and not narrow else rows + 1
        may_ask = not layer.backward and host["bw_l2"] >= 4 * host["bw_l3"]
        may_ask &= tiles > 1 and near > host["usable_l2"] and prefetch == up(line, 512 * tiles)
        if (
            wide * vectors * operands + 1 <= registers
            and chains
            >= min(
                Fraction(LATENCY * host["fma_units"]),
                Fraction(wide * units * block),
                Fraction(IN_FLIGHT, 2),
            )
            and vectors <= units
            and vectors * unroll <= max(1, IN_FLIGHT // wide)
            and turn_fits(layer, tile, registers)
            and ((2 if layer.backward else 1) * near <= host["usable_l2"] or together == 1)
            and (not prefetch or may_ask)
            and not (streaming and layer.head % lanes)
        ):
            yield tile


def goals(host: Host, tile: Tile, layer: Layer) -> tuple[Fraction, Fraction, int, int, int]:
    """Time, loads, tiles, bits kept near and turns, each to be as small as possible."""
    h = {name: Fraction(value) for name, value in host.items()}
    cycle = 1 / h["clock"]
    cell, wide = layer.cell, layer.wide
    units, tiles, blocks = up(layer.head, tile.lanes), tile.tiles, layer.batch // tile.block
    parts, groups = up(units, tile.vectors), layer.heads // tile.together
    inputs = layer.inputs(tile.lanes)
    depth = tile.unroll * up(inputs, tile.unroll)
    part, matrix = weights(layer, tile)
    near = tile.together * matrix

    work = layer.batch * layer.heads * wide * units * depth
    lines = tiles * wide * units * Fraction(1, 2 if tile.narrow else 1)
    loads = blocks * layer.heads * depth * (lines + tile.block * parts)
    waits = blocks * layer.heads * depth * tiles * parts * TURN
    gather = max(
        work * 2 * tile.lanes / h["peak"] / Fraction(84 if layer.backward else 97, 100),
        loads * h["vector_bits"] / h["bw_l1"] / DELIVERED,
        waits * cycle,
    )

    def keeps(size: Fraction, room: Fraction) -> Fraction:
        """What of that much is still near when it is read again."""
        if layer.backward:
            return size if size <= room else Fraction(0)
        return min(size, room)

    room = 5 * h["l1d"] / 8
    again = (tiles - 1) * tile.together * parts * (part - keeps(Fraction(part), room))
    from_l2 = blocks * groups * (near - keeps(Fraction(near), room) + again)
    asking = blocks * layer.heads * depth * tiles * parts * tile.prefetch * 128 * BITS / h["bw_l1"]
    covered = gather * (2 if layer.backward else 3) / 5
    near_by = whole(gather + max(Fraction(0), from_l2 / h["bw_l2"] - covered) + asking)
    beyond = blocks * groups * (near - keeps(Fraction(near), h["usable_l2"]))
    far = whole(beyond / (h["bw_l3"] if near <= h["l3"] else h["bw_memory"]))
    products = near_by + max(Fraction(0), far - near_by / (1 if tile.prefetch else 2))

    lesser = tile.lesser_tiles
    pairs = (tiles - lesser) * up(tile.rows * tile.vectors, BESIDE)
    pairs += lesser * up((tile.rows - 1) * tile.vectors, BESIDE)
    operations = layer.batch * layer.heads * units * layer.pointwise / h["fma_units"]
    turning = Fraction(pairs * FINISH + tiles * START_UP)
    if not layer.backward:
        line, half = wide * tile.vectors, h["vector_registers"] / 2
        aside = (tiles - lesser) * max(Fraction(0), tile.rows * line - half)
        aside += lesser * max(Fraction(0), (tile.rows - 1) * line - half)
        turning += aside * TO_STACK + Fraction(tiles * depth, tile.unroll) * TURN_COST
    turning *= blocks * layer.heads * parts
    finishing = (operations / 2 + turning) * cycle

    states = len(cell.states)
    read = len(cell.gates) + 2 * states if layer.backward else len(cell.given)
    written = len(cell.gates) if layer.backward else states
    plane = layer.batch * layer.heads * layer.head * 32
    footprint = layer.steps * (read + written) * plane
    small = footprint <= h["usable_l2"]
    level = "bw_l2" if small else "bw_l3" if 2 * footprint <= h["l3"] else "bw_memory"
    rate = h[level]
    reading = 2 * read * plane / rate
    if tile.streaming:
        writing = written * plane / h["bw_memory"]
    else:
        writing = (2 if small else 4) * written * plane / rate
    visiting = groups * layer.batch * (read + written) * VISIT * cycle
    if tile.block * (read + written) <= FOLLOWED:
        visiting /= 10
    step = products + finishing + reading + writing + visiting
    turns = up(depth, tile.unroll)
    return layer.steps * whole(step), loads, tiles * parts, near, turns


def best(host: Host, layer: Layer) -> Tile:
    """The tile that the spec's goals choose; the first of equally good ones."""
    return min(legal(host, layer), key=lambda tile: goals(host, tile, layer))
