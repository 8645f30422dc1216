"""`gallery/flashrnn/here.arch` by the solver and by plain enumeration: tile for tile the same."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from archwright.dsl.load import load
from archwright.interpreter.bind import bind
from archwright.interpreter.questions import Model
from archwright.kernels.recurrent.choose import SPEC, choose
from archwright.kernels.recurrent.tile import NUMBERS, Tile

from . import tilings

GALLERY = Path(__file__).parents[3] / "gallery" / "flashrnn" / "here.arch"
HOSTS = {
    "avx512": tilings.AVX512,
    "avx2": tilings.AVX2,
    "neon": tilings.described(vector_bits=128, fma_units=4, peak=1024, l1d=128, l2=4096),
    "plain": tilings.described(vector_bits=32, vector_registers=16, peak=152),
}
SHAPES = [(16, 128, 12, 64), (1, 128, 1, 64), (5, 33, 3, 19), (6, 16, 1, 300)]


def model(host: tilings.Host, batch: int, steps: int, heads: int, head: int) -> Model:
    sizes = {"batch": batch, "steps": steps, "heads": heads, "head": head}
    return Model(bind(load(GALLERY), sizes, hardware={"host": dict(host)}))


def test_the_default_layer_has_many_legal_tiles() -> None:
    for host in HOSTS.values():
        assert sum(1 for _ in tilings.legal(host, 16, 12, 64)) >= 20


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", HOSTS)
def test_the_solver_agrees_with_enumeration(name: str, shape: tuple[int, int, int, int]) -> None:
    host, (batch, steps, heads, head) = HOSTS[name], shape
    asked = model(host, *shape)
    assert asked.count() == sum(1 for _ in tilings.legal(host, batch, heads, head))
    best = tilings.best(host, *shape)
    assert choose(*shape, machine=host) == best
    answer = asked.solve()
    assert Fraction(str(answer.proof.bound[0])) is not None
    expected = tilings.goals(host, best, *shape)[0]
    architecture = answer.architecture
    assert architecture is not None
    (leaf,) = architecture.networks["layer"].leaves
    assert leaf.costs["time"] == expected
    assert leaf.costs["macs"] == 4 * batch * steps * heads * head**2


def chosen(**changes: int) -> Tile:
    return choose(16, 128, 12, 64, machine=tilings.described(**changes))


def test_the_machine_decides() -> None:
    wide = chosen()
    narrow = chosen(vector_bits=256, vector_registers=16, peak=1216, bw_l1=240)
    assert (wide.rows, narrow.rows) == (6, 2)
    assert chosen(l2=384, usable_l2=256).together < wide.together
    assert chosen(l1d=16, l2=128, usable_l2=64) != wide


def test_slow_third_level_asks_for_weights_ahead() -> None:
    slow: dict[str, Any] = {"bw_l3": 29, "bw_l2": 168, "bw_l1": 320, "peak": 2350}
    assert choose(16, 16, 1, 256, machine=tilings.described(**slow)).prefetch > 0
    roomy = tilings.described(**slow, l2=4096, usable_l2=3072)
    assert choose(16, 16, 1, 256, machine=roomy).prefetch == 0


def test_the_package_carries_the_spec_of_the_gallery() -> None:
    assert SPEC.read_text(encoding="utf-8") == GALLERY.read_text(encoding="utf-8")


def test_a_tile_has_every_argument_of_the_op() -> None:
    assert set(NUMBERS) | {"streaming"} == set(Tile(16, 1, 1, 1).to_json())
