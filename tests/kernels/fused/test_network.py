"""Networks whose blocks run fused: equal to torch, honest about what was left, safe to change."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterator

import pytest
import torch

import archwright as aw
from archwright.kernels.fused.block import Block
from archwright.kernels.fused.generate import tiles
from archwright.kernels.fused.layer import FusedBlock, SlowerPath
from archwright.kernels.fused.network import report_of
from archwright.kernels.fused.report import FUSED, OPTIMISED, TORCH
from archwright.kernels.fused.tile import Tile
from archwright.kernels.networks.build import BuiltNetwork
from archwright.kernels.networks.run import run
from archwright.solvers.control import Control, Progress

from .blocks import stir

SPEC = """
arch 1
import std.nn as nn
network net(x: tensor[3, 24, 20]) {
  x = nn.conv(x, out = 16, k = 3, stride = 2, act = nn.hswish)                       as stem
  x = nn.mbconv(x, out = 8, k = 3, act = nn.relu)                                    as first
  x = nn.mbconv(x, out = 24, k = 5, expand = 3, stride = 2, act = nn.relu6)          as down
  x = nn.mbconv(x, out = 24, k = 3, expand = 3, act = nn.hswish)                     as same
  x = nn.mbconv(x, out = 24, k = 3, expand = 3, se = true, act = nn.relu)            as gated
  x = nn.mbconv(x, out = 24, k = 4, expand = 3, act = nn.relu)                       as even
  x = nn.separable(x, out = 20, k = 3, dilation = 2)                                 as wide
  x = nn.separable(x, out = 20, k = 3)                                               as apart
  return x
}
"""


@pytest.fixture(scope="module")
def plain() -> BuiltNetwork:
    torch.manual_seed(0)
    answer = aw.loads(SPEC).bind().solve(progress=False)
    assert answer.architecture is not None
    network = aw.build(answer.architecture).eval()
    stir(network)
    return network


@pytest.fixture(scope="module")
def fused(plain: BuiltNetwork) -> Iterator[BuiltNetwork]:
    yield aw.fuse(plain, threads=1, measure=False)


def apart(x: torch.Tensor, y: torch.Tensor) -> float:
    return float((x - y).abs().max() / y.abs().max())


def test_equals_torch_and_says_what_was_left(plain: BuiltNetwork, fused: BuiltNetwork) -> None:
    for batch in (1, 3):
        inputs = plain.example_inputs(batch)
        with torch.no_grad():
            assert apart(fused(*inputs), plain(*inputs)) < 1e-5
    report = report_of(fused)
    assert [e.name for e in report.fused] == ["first", "down", "same", "gated", "even", "apart"]
    refused = {e.name: e.refusal for e in report.entries if e.refusal}
    assert refused.keys() == {"wide"} and "dilated" in refused["wide"]
    assert str(report).startswith("6 of 7 inverted residuals fused")
    assert "registers" in report.why("down")
    with pytest.raises(KeyError):
        report.why("nowhere")


def test_names_and_weights_stay_and_the_original_is_untouched(
    plain: BuiltNetwork, fused: BuiltNetwork
) -> None:
    assert list(fused.state_dict()) == list(plain.state_dict())
    assert fused.parameter_count() == plain.parameter_count()
    assert fused.mac_count() == plain.mac_count()
    assert not any(isinstance(m, FusedBlock) for m in plain.modules())
    assert all(p.requires_grad for p in plain.parameters())


def test_changed_weights_are_seen(plain: BuiltNetwork, fused: BuiltNetwork) -> None:
    changed, wanted = copy.deepcopy(fused), copy.deepcopy(plain)
    inputs = plain.example_inputs()
    state = {k: v * 1.5 if v.is_floating_point() else v for k, v in plain.state_dict().items()}
    with torch.no_grad():
        changed(*inputs)
        for assign in (False, True):
            changed.load_state_dict(state, assign=assign)
            wanted.load_state_dict(state)
            assert apart(changed(*inputs), wanted(*inputs)) < 1e-5
            state = {k: v * 0.5 if v.is_floating_point() else v for k, v in state.items()}
        kept = pickle.loads(pickle.dumps(changed))
        assert apart(kept(*inputs), wanted(*inputs)) < 1e-5


def test_what_the_kernel_is_not_for_runs_by_torch_and_says_so(
    plain: BuiltNetwork, fused: BuiltNetwork
) -> None:
    (x,) = plain.example_inputs()
    odd = copy.deepcopy(fused)
    with pytest.warns(SlowerPath, match="gradients"):
        y = odd(x.clone().requires_grad_())
    assert y.requires_grad
    with torch.no_grad():
        with pytest.warns(SlowerPath, match="float64"):
            exact = odd.double()(x.double())
        assert apart(exact, copy.deepcopy(plain).double()(x.double())) < 1e-12
        assert apart(odd.float()(x), plain(x)) < 1e-5
        block = odd.get_submodule("same")
        image = torch.randn(2, 24, 6, 5)
        with pytest.warns(SlowerPath, match="empty"):
            assert block(image[:0]).shape == (0, 24, 6, 5)
        with pytest.raises(ValueError, match="not \\[batch, 24, H, W\\]"):
            block(image[:, :20])
        crossed = torch.randn(2, 24, 5, 6).transpose(2, 3)  # strided
        assert apart(block(crossed), plain.get_submodule("same")(crossed)) < 1e-5
        odd.train()
        with pytest.warns(SlowerPath, match="training"):
            block(image)
    assert any("training" in why for e in report_of(odd).entries for why in e.detours)


def test_mistakes_are_named(plain: BuiltNetwork) -> None:
    with pytest.raises(ValueError, match="training mode"):
        aw.fuse(copy.deepcopy(plain).train())
    with pytest.raises(ValueError, match="no report"):
        report_of(plain)
    with pytest.raises(ValueError, match="0 threads"):
        aw.fuse(plain, threads=0)
    halves = aw.fuse(copy.deepcopy(plain).bfloat16())
    assert not report_of(halves).fused and "bfloat16" in str(report_of(halves))


def test_the_faster_one_is_measured_and_recorded(plain: BuiltNetwork) -> None:
    block = torch.nn.Sequential(plain.get_submodule("same")).eval()
    measured, image = aw.fuse(block, threads=2), torch.randn(1, 24, 6, 5)
    with torch.no_grad():
        assert apart(measured(image), block(image)) < 1e-5
    (entry,) = report_of(measured).entries
    choice = entry.choices[tuple(image.shape)]
    times = {FUSED: choice.fused_ms, TORCH: choice.torch_ms, OPTIMISED: choice.optimised_ms}
    assert all(times.values()) and times[choice.runs] == min(times.values())
    assert choice.why.count(" ms ") == 3


def test_layers_of_few_bits_are_left() -> None:
    spec = SPEC.replace("import std.nn as nn", "import std.nn as nn with { weight_bits = 8 }")
    answer = aw.loads(spec).bind().solve(progress=False)
    assert answer.architecture is not None
    left = aw.fuse(aw.build(answer.architecture).eval(), threads=1)
    assert not report_of(left).fused and "few bits" in str(report_of(left))


def test_each_block_is_told_before_it_is_fused(plain: BuiltNetwork) -> None:
    told: list[str] = []
    fused = aw.fuse(plain, threads=1, measure=False, told=told.append)
    assert told == [f"fusing block {i} of 6" for i in range(1, 7)]
    fused(*plain.example_inputs())
    assert len(told) == 6  # nothing more once it is made


def test_a_run_that_is_stopped_while_fusing_is_one_of_the_network_as_built(
    plain: BuiltNetwork,
) -> None:
    heard: list[str] = []

    def stop(progress: Progress) -> None:
        heard.append(progress.phase)
        if "block 2" in progress.phase:
            control.cancel()

    control = Control(progress=stop)
    outcome = run(plain.network, repeats=1, control=control)
    assert set(outcome.times_ms) == {"archwright", "eager"}
    assert "stopped while fusing block 2 of 6: run as built" in outcome.notes
    assert heard == [f"fusing block {i} of 6 (Ctrl-C: run as built)" for i in (1, 2)]
    assert "fused" not in run(plain.network, repeats=1, fused=False).times_ms


def test_blocks_that_differ_in_sizes_alone_share_their_code() -> None:
    tile = Tile(16, 4, 1, 4, 4, 1, 1)
    small, large = Block(16, 32, 16, 3, 1), Block(32, 64, 32, 3, 1)
    assert tiles(small, tile) == tiles(large, tile)
    assert tiles(small, tile) != tiles(Block(16, 32, 16, 5, 1), tile)
    partial = tiles(Block(16, 32, 24, 3, 1), tile)
    assert {name for name in partial if partial[name] != tiles(small, tile).get(name)} == {
        "PROJECT_EDGE_TILE"
    }
