"""What is launched: whole teams, never more than the card holds, together or not at all."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("triton", reason="needs Triton: pip install 'archwright[gpu]'")

import torch

from archwright.kernels.cells.standard import LSTM
from archwright.kernels.gpu import launch
from archwright.kernels.gpu.launch import Layer
from archwright.kernels.gpu.tile import GpuTile, GpuTileError

ALONE, TEAM = GpuTile(16, 64, 64, 8), GpuTile(16, 16, 64, 4)


class Recorded:
    """A kernel that only notes how it was launched."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []

    def __getitem__(self, grid: tuple[int]) -> Any:
        def call(*arguments: Any, **options: Any) -> None:
            room, counters = arguments[4], arguments[5]
            steps, (first, last, team) = arguments[9], arguments[14:17]
            self.calls.append(
                {"grid": grid[0], "steps": (first, last, steps), "team": team, "room": room}
                | {"counted": int(counters.abs().sum())} | options
            )  # fmt: skip
            counters.add_(1)

        return call


def launched(
    monkeypatch: pytest.MonkeyPatch, layer: Layer, tile: GpuTile, times: int = 1
) -> list[dict[str, Any]]:
    kernel = Recorded()
    monkeypatch.setattr(launch, "kernels", lambda *_: SimpleNamespace(forward=kernel))
    sizes = (layer.batch, layer.steps, layer.heads, layer.units)
    Wx, s0 = torch.zeros(sizes[0], sizes[1], 4, *sizes[2:]), torch.ones(2, sizes[0], 1, *sizes[2:])
    R, b = torch.zeros(4, sizes[2], sizes[3], sizes[3]), torch.zeros(4, *sizes[2:])
    rooms = layer.rooms(tile, 1, Wx.device)
    states = torch.empty(2, *sizes)
    for _ in range(times):
        layer.forward(tile, Wx, layer.packed(R, tile), b, s0, states, None, rooms)
    return kernel.calls


def test_a_team_is_launched_together_and_as_many_as_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    layer = Layer(LSTM, 20, 3, 5, 100, programs=20)  # 5 heads x 2 tiles of rows, 8 programs each
    calls = launched(monkeypatch, layer, TEAM)
    assert [call["grid"] for call in calls] == [16] * 5
    assert [call["team"] for call in calls] == [0, 2, 4, 6, 8]
    assert all(call["launch_cooperative_grid"] for call in calls)
    assert all(call["steps"] == (0, 3, 3) for call in calls)


def test_programs_alone_need_no_company(monkeypatch: pytest.MonkeyPatch) -> None:
    (call,) = launched(monkeypatch, Layer(LSTM, 20, 3, 300, 60, programs=20), ALONE)
    assert call["grid"] == 600 and "launch_cooperative_grid" not in call


def test_counters_and_the_first_h_are_fresh_in_every_call(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = launched(monkeypatch, Layer(LSTM, 3, 2, 1, 100, programs=20), TEAM, times=2)
    assert first["counted"] == second["counted"] == 0
    room = second["room"]
    assert room.shape == (2, 1, 16, 1, 128)
    assert bool((room[0, :, :3, 0, :100] == 1).all()) and float(room.sum()) == 300


def test_a_team_larger_than_the_card_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(GpuTileError, match="8 programs that wait for each other, the card holds 7"):
        launched(monkeypatch, Layer(LSTM, 3, 2, 1, 100, programs=7), TEAM)


def test_the_compiler_knows_cooperative_launches() -> None:
    from triton.backends.nvidia.compiler import CUDAOptions

    assert CUDAOptions(launch_cooperative_grid=True, arch="sm90").launch_cooperative_grid
