"""Sums of measured layers beside networks that were held out, and traced memory beside `live`."""

from __future__ import annotations

from functools import partial
from typing import Any

from benchmarks import layers

from .part import MEASURE, Found, Part
from .row import Row

SPACES = ("proxylessnas/space", "fbnet/space")
OFF, RANK, MEMORY = 0.10, 0.95, 0.10


def _space(name: str, rounds: int) -> dict[str, Any]:
    return layers.held_out(name, rounds=3 * rounds)


def _network(name: str, rounds: int) -> dict[str, Any]:
    return layers.memory(name)


def _space_rows(found: Found) -> list[Row]:
    rows = []
    for name in SPACES:
        told = found.get(name, {})
        count = f"{told['held_out']} " if told else ""
        what = f"sum of layers against {count}networks held out, {name}"
        rows.append(Row(f"{what}, median", OFF, told.get("median"), "%", least=False,
                        noise=told.get("noise"), limit=told.get("noise")))  # fmt: skip
        rows.append(Row(f"{what}, rank correlation", RANK, told.get("rank"), "rank"))
    return rows


def _memory_rows(found: Found) -> list[Row]:
    rows = []
    for name in layers.NETWORKS:
        told = found.get(name)
        off = None if told is None else abs(told["in_place_8_bit"] / told["elements"] - 1)
        what = f"peak memory traced in 8 bits against `live`, {name}"
        rows.append(Row(what, MEMORY, off, "%", least=False))
        times = None if told is None else told["module"] / 4 / told["elements"]
        rows.append(Row(f"peak of the torch module over `live`, {name}", None, times, "x"))
    return rows


HELD_OUT = Part(
    "networks", MEASURE, {name: partial(_space, name) for name in SPACES}, _space_rows
)  # fmt: skip
MEMORY_PART = Part(
    "memory", MEASURE, {name: partial(_network, name) for name in layers.NETWORKS}, _memory_rows
)
