"""`gallery/flashrnn/here.arch` by the solver and by plain enumeration: tile for tile the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from archwright.dsl.load import load
from archwright.interpreter.bind import bind
from archwright.interpreter.questions import Model
from archwright.kernels.cells.cell import Cell, Gate
from archwright.kernels.cells.expression import sigmoid, tanh
from archwright.kernels.cells.standard import CELLS, ELMAN, GRU, LSTM, SLSTM
from archwright.kernels.recurrent.choose import SPEC, Layer, choose, explain
from archwright.kernels.recurrent.tile import FLAGS, NUMBERS, Tile, TileError

from . import tilings

GALLERY = Path(__file__).parents[3] / "gallery" / "flashrnn" / "here.arch"
HOSTS = {
    "avx512": tilings.AVX512,
    "avx2": tilings.AVX2,
    "neon": tilings.described(vector_bits=128, fma_units=4, peak=1024, l1d=128, l2=4096),
    "plain": tilings.described(vector_bits=32, vector_registers=16, peak=152),
}
OWN = Cell.define(  # a user's: three gates, of which one is not given and one does not recur
    "own_of_the_test",
    ["a", Gate("b", given=False), Gate("c", recurs=False)],
    ["h", "s"],
    lambda g, s: {"h": tanh(g.a) * sigmoid(g.b), "s": s.s + sigmoid(g.c) * s.h},
)
LAYERS = [
    tilings.Layer(16, 128, 12, 64),
    tilings.Layer(1, 128, 1, 64, GRU),
    tilings.Layer(5, 33, 3, 19, ELMAN),
    tilings.Layer(6, 16, 1, 300, SLSTM, backward=True),
    tilings.Layer(16, 16, 2, 96, LSTM, bf16=True),
    tilings.Layer(4, 128, 2, 40, OWN),
    tilings.Layer(16, 8, 1, 64, OWN, backward=True),
]


def asked_of(layer: tilings.Layer) -> Layer:
    sizes = (layer.batch, layer.steps, layer.heads, layer.head)
    return Layer.of(layer.cell, *sizes, layer.backward, layer.bf16)


def chosen_for(layer: tilings.Layer, host: tilings.Host) -> Tile:
    sizes = (layer.batch, layer.steps, layer.heads, layer.head)
    options = {"backward": layer.backward, "narrow": layer.bf16}
    return choose(layer.cell, *sizes, machine=host, **options)


def test_the_default_layer_has_many_legal_tiles() -> None:
    for host in HOSTS.values():
        assert sum(1 for _ in tilings.legal(host, LAYERS[0])) >= 20


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: f"{layer.cell}{layer.head}")
@pytest.mark.parametrize("name", HOSTS)
def test_the_solver_agrees_with_enumeration(name: str, layer: tilings.Layer) -> None:
    host = HOSTS[name]
    asked = Model(bind(load(GALLERY), asked_of(layer).parameters(), hardware={"host": dict(host)}))
    assert asked.count() == sum(1 for _ in tilings.legal(host, layer))
    best = tilings.best(host, layer)
    assert chosen_for(layer, host) == best
    architecture = asked.solve().architecture
    assert architecture is not None
    (leaf,) = architecture.networks["layer"].leaves
    assert leaf.costs["time"] == tilings.goals(host, best, layer)[0]
    recurring = len(layer.cell.recurring)
    elements = layer.batch * layer.steps * layer.heads * layer.head**2
    assert leaf.costs["macs"] == recurring * elements


def chosen(**changes: int) -> Tile:
    return choose("lstm", 16, 128, 12, 64, machine=tilings.described(**changes))


def test_the_machine_decides() -> None:
    wide = chosen()
    narrow = chosen(vector_bits=256, vector_registers=16, peak=1216, bw_l1=240)
    assert wide.rows > narrow.rows
    assert chosen(l2=384, usable_l2=256).together < wide.together
    assert chosen(l1d=16, l2=128, usable_l2=64) != wide


def test_a_far_slower_third_level_asks_for_weights_ahead() -> None:
    slow: dict[str, Any] = {"bw_l3": 15, "bw_l2": 168, "bw_l1": 320, "peak": 2350}
    layer = ("lstm", 16, 16, 1, 512)
    assert choose(*layer, machine=tilings.described(**slow)).prefetch > 0
    near = tilings.described(**slow, l2=8192, usable_l2=6144)
    assert choose(*layer, machine=near).prefetch == 0


def test_half_the_bytes_where_weights_come_from_afar() -> None:
    assert choose("lstm", 1, 128, 1, 768, machine=tilings.AVX512, narrow=True).narrow
    assert not choose("lstm", 1, 128, 1, 768, machine=tilings.AVX512).narrow


def test_the_reasons_are_told() -> None:
    layer = Layer.of("lstm", 16, 128, 1, 256)
    best = choose("lstm", 16, 128, 1, 256, machine=tilings.AVX512)
    told = explain(layer, best, tilings.AVX512)
    for word in ("gathering h R", "bound by   turn", "next best"):
        assert word in told
    other = explain(layer, Tile(16, 6, 1, 16, unroll=1), tilings.AVX512)
    assert f"best       {best}" in other
    assert "not a tile of the spec" in explain(layer, Tile(16, 16, 1, 16), tilings.AVX512)


def test_costs_of_pointwise_parts_are_those_of_the_cells() -> None:
    parameters = ("gates", "given", "recurring", "states", "pointwise")
    for name, cell in CELLS.items():
        for backward in (False, True):
            layer = Layer.of(name, 1, 1, 1, 16, backward)
            assert not layer.numbers
            bound = bind(load(GALLERY), layer.parameters(), hardware={"host": dict(tilings.AVX512)})
            told = {p: bound.parameters[p] for p in parameters}
            own = Layer.of(replace(cell, name="mine"), 1, 1, 1, 16, backward)
            assert told == dict(own.numbers)


def test_too_large_a_layer_is_refused() -> None:
    with pytest.raises(TileError, match="head"):
        choose("lstm", 1, 1, 1, 10_000, machine=tilings.AVX512)


def test_the_package_carries_the_spec_of_the_gallery() -> None:
    assert SPEC.read_text(encoding="utf-8") == GALLERY.read_text(encoding="utf-8")


def test_a_tile_has_every_argument_of_the_op() -> None:
    assert {*NUMBERS, *FLAGS} == set(Tile(16, 1, 1, 1).to_json())
