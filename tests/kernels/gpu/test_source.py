"""What the generated text says, and what tiles and tensors are refused."""

from __future__ import annotations

import ast

import pytest

from archwright.kernels.cells.standard import CELLS, GRU, LSTM
from archwright.kernels.gpu.source import INTEGERS, Form, module
from archwright.kernels.gpu.tile import GpuTile, GpuTileError

FORMS = [Form(1, False), Form(3, True), Form(0, True)]


@pytest.mark.parametrize("form", FORMS, ids=str)
@pytest.mark.parametrize("cell", CELLS.values(), ids=str)
def test_every_form_of_every_cell_is_python(cell, form) -> None:  # type: ignore[no-untyped-def]
    tree = ast.parse(module(cell, form))
    found = {x.name: x for x in tree.body if isinstance(x, ast.FunctionDef)}
    assert set(found) == {"gather", "forward", "backward"}
    for name in ("forward", "backward"):
        assert set(INTEGERS) < {a.arg for a in found[name].args.args}


def test_only_teams_wait_and_every_wait_is_bounded() -> None:
    alone, team = module(LSTM, Form(1, False)), module(LSTM, Form(0, True))
    assert "gather(counter, PARTS" not in alone and "arrivals + team" in alone
    assert team.count("gather(counter, PARTS") == 2
    assert "(patience >= 0)" in team and 'float("nan")' in team


def test_gates_that_do_not_recur_have_no_weights() -> None:
    text = module(GRU, Form(1, False))
    assert "R_g_0" in text and "R_n_0" not in text and "wx_g" not in text and "wx_n" in text


def test_a_tile_pads_heads_and_counts_programs() -> None:
    tile = GpuTile(16, 32, 64, 4)
    assert (tile.padded(100), tile.parts(100), tile.tiles(17)) == (128, 4, 2)
    assert GpuTile(16, 64, 64, 8).parts(50) == 1
    assert GpuTile.from_arguments(tile.to_json()) == tile
    assert "resident" in str(tile) and "3 stages" in str(GpuTile(16, 16, 16, 2, 3, False))


@pytest.mark.parametrize(
    ("tile", "told"),
    [
        ((8, 16, 16, 4), "rows is 8"),
        ((16, 48, 16, 4), "units is 48"),
        ((16, 16, 16, 3), "warps is 3"),
        ((16, 16, 512, 4), "depth is 512"),
    ],
)
def test_what_is_no_tile(tile: tuple[int, ...], told: str) -> None:
    with pytest.raises(GpuTileError, match=told):
        GpuTile(*tile)


def test_a_head_in_one_program_is_multiplied_in_one_piece() -> None:
    with pytest.raises(GpuTileError, match="depth of 64"):
        GpuTile(16, 64, 32, 4).fit(64)
    with pytest.raises(GpuTileError, match="resident"):
        GpuTile(16, 64, 64, 4, 2, False).fit(64)
    GpuTile(16, 64, 32, 4).fit(65)


def test_wrong_tensors_are_refused() -> None:
    torch = pytest.importorskip("torch")
    from archwright.kernels.gpu.plan import Unsupported, recurrent
    from archwright.kernels.recurrent.reference import example

    Wx, R, b, s0 = (torch.from_numpy(x) for x in example(LSTM, 2, 3, 2, 5))
    for wrong, told in [
        ((Wx[0], R, b, s0), "Wx has 4 dimensions"),
        ((Wx, R[:, :1], b, s0), r"R has shape \[4, 1, 5, 5\]"),
        ((Wx, R, b[:3], s0), "b has shape"),
        ((Wx, R, b, s0[:1]), "s0 has shape"),
        ((Wx.double(), R, b, s0), "float64"),
        ((Wx, R.to("meta"), b, s0), "R is on meta"),
        ((Wx, R, b, s0), "run on a CUDA device"),
    ]:
        with pytest.raises(Unsupported, match=told):
            recurrent(LSTM, *wrong)
    long = torch.empty(1).expand(1, 2**20, 4, 12, 64)
    with pytest.raises(Unsupported, match="2\\*\\*31"):
        recurrent(LSTM, long, *(torch.from_numpy(x) for x in example(LSTM, 1, 1, 12, 64)[1:3]))
