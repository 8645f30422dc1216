"""The solver's tiles: legal by count, fast by the model, within the card when compiled."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from archwright.dsl.diagnostics import ArchError
from archwright.kernels.cells.standard import CELLS, ELMAN, GRU, LSTM
from archwright.kernels.gpu.choose import SPEC, choose, counts
from archwright.kernels.gpu.tile import DEPTHS, ROWS, UNITS, WARPS, GpuTileError

from .own import OWN

GALLERY = Path(__file__).parents[3] / "gallery" / "flashrnn" / "persistent_gpu.arch"
CAPABILITY = {"h100": 90, "h200": 90, "a100": 80}
SHARED = {90: 227 * 1024, 80: 163 * 1024}


def test_the_package_carries_the_spec_of_the_gallery() -> None:
    assert SPEC.read_text(encoding="utf-8") == GALLERY.read_text(encoding="utf-8")


def test_the_standard_library_counts_as_the_graphs_do() -> None:
    from archwright.dsl.load import loads
    from archwright.interpreter.bind import bind
    from archwright.interpreter.questions import Model

    names = ("gates", "given", "recurring", "states", "special", "special_back")
    lets = [f"let {cell}_{name} = p.cells[p.{cell}].{name}" for cell in CELLS for name in names]
    text = "arch 1\nimport std.persistent as p\nspace s { x: 1 .. 1 }\n" + "\n".join(lets)
    values = Model(bind(loads(text))).solve().values
    for name, cell in CELLS.items():
        told = [int(values[f"{name}_{x}"]) for x in names]
        assert told == [*counts(cell).values(), counts(cell, backward=True)["special"]]


def test_a_head_that_fits_stays_in_one_program_and_a_wide_one_does_not() -> None:
    small, wide = choose(LSTM, 16, 1024, 12, 64), choose(LSTM, 16, 1024, 1, 768)
    assert small.tile.parts(64) == 1 and small.programs == 12
    assert wide.tile.parts(768) > 8 and wide.programs <= 132
    assert "proved fastest" in small.explain() and "predicted" in small.explain()


def test_a_head_of_2560_streams_its_weights_through_every_program() -> None:
    chosen = choose(LSTM, 8, 1024, 1, 2560)
    assert not chosen.tile.resident and chosen.tile.parts(2560) <= 132


def test_less_shared_memory_changes_the_answer() -> None:
    big = choose(LSTM, 16, 1024, 12, 64, weights="fp32", backward=True)
    less = choose(LSTM, 16, 1024, 12, 64, weights="fp32", backward=True, card="a100")
    assert big.shared > SHARED[80] >= less.shared


def test_a_cell_of_ones_own_gets_a_tile() -> None:
    chosen = choose(OWN, 5, 100, 3, 40)
    assert chosen.tile.padded(40) >= 40 and chosen.milliseconds > 0


def test_no_tile_and_no_card_are_told(tmp_path: Path) -> None:
    path = tmp_path / "cards.arch"
    path.write_text("arch 1\nimport std.gpu as gpu\nhardware tiny is gpu.h200 { sms = 4 }\n")
    with pytest.raises(GpuTileError, match="at_work"):
        choose(LSTM, 16, 16, 1, 2048, card=f"{path}:tiny")
    with pytest.raises(ArchError):
        choose(LSTM, 16, 16, 1, 64, card="v9000")


def test_a_part_of_a_card_gets_programs_that_it_can_hold() -> None:
    whole, part = (choose(LSTM, 8, 64, 1, 2560, programs=n) for n in (None, 60))
    assert part.tile.parts(2560) <= 60 < whole.tile.parts(2560)
    with pytest.raises(GpuTileError, match="with 8 multiprocessors"):
        choose(LSTM, 8, 64, 1, 2560, programs=8)


def test_every_choice_is_a_tile() -> None:
    for cell, batch, units in itertools.product((ELMAN, GRU), (1, 40), (16, 100, 300)):
        tile = choose(cell, batch, 64, 2, units).tile
        assert tile.rows in ROWS and tile.units in UNITS
        assert tile.depth in DEPTHS and tile.warps in WARPS
        tile.fit(units)


COMPILED = [
    (LSTM, 16, 12, 64, "bf16", "h200", False),
    (LSTM, 16, 12, 64, "bf16", "h200", True),
    (LSTM, 16, 3, 256, "bf16", "a100", False),
    (GRU, 7, 2, 100, "bf16", "a100", True),
    (LSTM, 8, 1, 2560, "bf16", "h100", False),
    (CELLS["slstm"], 16, 12, 64, "fp32", "h100", False),
    (LSTM, 256, 1, 768, "bf16", "h200", False),
    (GRU, 16, 3, 256, "fp32", "a100", True),
]


@pytest.mark.parametrize("case", COMPILED, ids=lambda c: f"{c[0]}-{c[3]}-{c[4]}-{c[5]}-{c[6]}")
def test_compiled_for_a_card_it_takes_what_the_spec_promised(case) -> None:  # type: ignore[no-untyped-def]
    pytest.importorskip("triton", reason="needs Triton: pip install 'archwright[gpu]'")
    from archwright.kernels.gpu.ahead import compile_ahead

    cell, batch, heads, units, weights, card, backward = case
    chosen = choose(cell, batch, 1024, heads, units, card=card, weights=weights, backward=backward)
    taken = compile_ahead(
        cell, chosen.tile, units,
        backward=backward, weights=weights, capability=CAPABILITY[card],
    )  # fmt: skip
    assert taken.shared <= chosen.shared <= SHARED[CAPABILITY[card]]
    assert taken.registers <= 255 and taken.registers * taken.threads <= 65_536
    assert taken.spilled <= int(chosen.values["held"])
    assert "mma.sync" in taken.ptx or "wgmma.mma_async" in taken.ptx
    if chosen.tile.parts(units) > 1:  # what a team relies on
        assert "ld.global.gpu.acquire" in taken.ptx or "atom.global.gpu.acquire" in taken.ptx
        assert "gpu.release" in taken.ptx


@pytest.mark.slow
@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("card", ["h200", "a100"])
@pytest.mark.parametrize(
    ("heads", "units", "weights"), [(3, 256, "bf16"), (1, 768, "bf16"), (6, 128, "bf16"),
                                    (1, 2560, "bf16"), (3, 256, "fp32"), (12, 64, "fp32")]
)  # fmt: skip
def test_more_shapes_compiled(heads, units, weights, card, backward) -> None:  # type: ignore[no-untyped-def]
    for cell in CELLS.values():
        test_compiled_for_a_card_it_takes_what_the_spec_promised(
            (cell, 16, heads, units, weights, card, backward)
        )
