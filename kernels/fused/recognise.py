"""Inverted residuals in a built network: what they compute, and their weights with norms folded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from ..arrays import Floats
from ..networks.build import Composite
from ..networks.fake_quantised import FakeQuantised
from ..networks.layers import Add, Conv, Multiply
from .block import Block, Gate, GateWeights, UnsuitableBlock, Weights

ACTS: dict[type[nn.Module], str] = {
    nn.Identity: "none",
    nn.ReLU: "relu",
    nn.ReLU6: "relu6",
    nn.Hardswish: "hswish",
    nn.SiLU: "silu",
    nn.Sigmoid: "sigmoid",
    nn.Hardsigmoid: "hsigmoid",
}


# Layers in order, by their letters: a convolution, a depthwise one, a sum, or a gate.
ORDERS = {w + "d" + g + "c" + a for w in ("c", "") for g in ("gate", "") for a in ("a", "")}


@dataclass(frozen=True)
class Found:
    """An inverted residual and its convolutions; those that it does not have are None."""

    block: Block
    widen: Conv | None
    filter: Conv
    project: Conv
    squeeze: Conv | None = None
    excite: Conv | None = None

    def convs(self) -> list[Conv]:
        every = (self.widen, self.filter, self.squeeze, self.excite, self.project)
        return [conv for conv in every if conv is not None]

    def places(self) -> list[tuple[Mapping[str, Tensor | None], str, Tensor]]:
        """Where everything stands that the folded weights are made of: owner, name, tensor."""
        return [
            (owned, name, tensor)
            for conv in self.convs()
            for module in conv.modules()
            for owned in (module._parameters, module._buffers)
            for name, tensor in owned.items()
            if tensor is not None
        ]

    def weights(self) -> Weights:
        """The convolutions with their norms folded in, in double precision, then rounded.

        Raises
        ------
        UnsuitableBlock
            Where they are not float32 on the CPU.
        """
        for *_, t in self.places():
            if t.is_floating_point() and (t.dtype != torch.float32 or t.device.type != "cpu"):
                raise UnsuitableBlock(f"its weights are {t.dtype} on {t.device}")
        b = self.block
        if self.widen is None:
            none = np.zeros((0,), np.float32)
            widen, widen_bias = none.reshape(0, b.inputs), none
        else:
            widen, widen_bias = _folded(self.widen)
        taps, filter_bias = _folded(self.filter)
        project, project_bias = _folded(self.project)
        gate = None
        if self.squeeze is not None and self.excite is not None:
            squeeze, squeeze_bias = _folded(self.squeeze)
            excite, excite_bias = _folded(self.excite)
            gate = GateWeights(
                squeeze.reshape(-1, b.middle),
                squeeze_bias,
                excite.reshape(b.middle, -1),
                excite_bias,
            )
        return Weights(
            widen.reshape(-1, b.inputs),
            widen_bias,
            taps.reshape(b.middle, b.kernel, b.kernel),
            filter_bias,
            project.reshape(b.outputs, b.middle),
            project_bias,
            gate,
        )


def _folded(layer: Conv) -> tuple[Floats, Floats]:
    """Weight and bias of a convolution and the norm after it, as one convolution."""
    conv = _conv(layer)
    with torch.no_grad():
        weight = conv.weight.double()
        zeros = torch.zeros(len(weight), dtype=torch.float64)
        bias = zeros if conv.bias is None else conv.bias.double()
        norm = getattr(layer, "norm", None)
        if norm is not None:
            scale = (norm.running_var.double() + norm.eps).rsqrt()
            if norm.weight is not None:
                scale = scale * norm.weight.double()
            weight = weight * scale[:, None, None, None]
            bias = (bias - norm.running_mean.double()) * scale
            if norm.bias is not None:
                bias = bias + norm.bias.double()
        return weight.float().contiguous().numpy(), bias.float().numpy()


def _conv(layer: Conv) -> nn.Conv2d:
    conv = layer.conv
    assert isinstance(conv, nn.Conv2d)
    return conv


def recognise(module: nn.Module) -> Found | None:
    """The inverted residual that a module is, or None where it is something else.

    Raises
    ------
    UnsuitableBlock
        Where it is one that the kernel is not for, with the reason.
    """
    if not isinstance(module, Composite):
        return None
    steps = [getattr(module, name) for name, *_ in module._wiring]
    layers = [_inside(layer) for layer in steps]
    if not any(_is_depthwise(layer) for layer in layers):
        return None
    if any(isinstance(layer, FakeQuantised) for step in steps for layer in step.modules()):
        raise UnsuitableBlock("layers of few bits; build the network in floats to fuse it")
    adds = [layer for layer in layers if isinstance(layer, Add)]
    gates = [_gate(layer) for layer in layers if isinstance(layer, Composite)]
    others = [type(s).__name__ for s in layers if not isinstance(s, (Conv, Add, Composite))]
    if others:
        raise UnsuitableBlock(f"{' and '.join(others)} between its convolutions")
    order = "".join("gate" if isinstance(s, Composite) else _role(s) for s in layers)
    if order not in ORDERS:
        raise UnsuitableBlock("its layers stand in another order than an inverted residual's")
    _check_wiring(module, skips=bool(adds))
    convs = [layer for layer in layers if isinstance(layer, Conv)]
    return _found(convs, adds, gates)


def _gate(module: Composite) -> tuple[Conv, Conv]:
    """The two layers of a squeeze-and-excite gate."""
    steps = [getattr(module, name) for name, *_ in module._wiring]
    wrong = UnsuitableBlock("layers between its convolutions that are no squeeze-and-excite gate")
    match steps:
        case [nn.AdaptiveAvgPool2d() as pool, Conv() as squeeze, Conv() as excite, Multiply()]:
            reads = [sorted(reads) for _, reads, *_ in module._wiring]
            first, *between, last = [writes for _, _, writes, _ in module._wiring]
            (start,) = module._reads
            chained = [[start], [first], between[:1], sorted((start, between[1]))]
            if pool.output_size != 1 or reads != chained or last != module._writes:
                raise wrong
        case _:
            raise wrong
    _check_hooks(module, *module.children())
    for layer in (squeeze, excite):
        _check_pointwise(layer)
    if _conv(squeeze).in_channels != _conv(excite).out_channels:
        raise wrong
    return squeeze, excite


def _inside(layer: nn.Module) -> nn.Module:
    return layer.layer if isinstance(layer, FakeQuantised) else layer


def _role(layer: nn.Module) -> str:
    return "a" if isinstance(layer, Add) else "d" if _is_depthwise(layer) else "c"


def _is_depthwise(layer: nn.Module) -> bool:
    if not isinstance(layer, Conv):
        return False
    conv = _conv(layer)
    return conv.groups == conv.in_channels > 1 and conv.kernel_size[0] > 1


def _check_wiring(module: Composite, skips: bool) -> None:
    """Every step reads the one before it; the last adds the input where there is a skip."""
    wrong = UnsuitableBlock("its layers are not wired one after the other")
    if len(module._reads) != 1:
        raise wrong
    (start,) = module._reads
    at = start
    for i, (_, reads, writes, _) in enumerate(module._wiring):
        last = i == len(module._wiring) - 1
        wanted = sorted((at, start)) if skips and last else [at]
        if sorted(reads) != wanted:
            raise wrong
        at = writes
    if at != module._writes:
        raise wrong


def _found(convs: Sequence[Conv], adds: Sequence[Add], gates: Sequence[tuple[Conv, Conv]]) -> Found:
    *first, depthwise, project = convs
    for layer in (*first, project):
        _check_pointwise(layer)
    pads = _pads(depthwise)
    conv = _conv(depthwise)
    if conv.out_channels != conv.in_channels:
        raise UnsuitableBlock("a depthwise filter with several results a channel")
    if adds and not isinstance(adds[0].act, nn.Identity):
        raise UnsuitableBlock("an activation after its sum")
    squeeze, excite = gates[0] if gates else (None, None)
    gate = None
    if squeeze is not None and excite is not None:
        gate = Gate(_conv(squeeze).out_channels, _act(squeeze), _act(excite))
    block = Block(
        _conv(convs[0]).in_channels,
        conv.in_channels,
        _conv(project).out_channels,
        conv.kernel_size[0],
        conv.stride[0],
        widens=bool(first),
        skips=bool(adds),
        widen_act=_act(first[0]) if first else "none",
        filter_act=_act(depthwise),
        project_act=_act(project),
        gate=gate,
        pads=None if pads == (conv.kernel_size[0] // 2,) * 4 else pads,
    )
    return Found(block, first[0] if first else None, depthwise, project, squeeze, excite)


def _check_pointwise(layer: Conv) -> None:
    """Refuse what is no convolution of 1x1 that can be folded."""
    _check(layer)
    conv = _conv(layer)
    plain = conv.kernel_size == (1, 1) and conv.stride == (1, 1) and conv.padding == (0, 0)
    if not plain or conv.groups != 1 or hasattr(layer, "pad"):
        raise UnsuitableBlock(
            f"a {conv.kernel_size[0]}x{conv.kernel_size[1]} convolution in {conv.groups} "
            "group(s) where one of 1x1 in one group is due"
        )


def _pads(layer: Conv) -> tuple[int, int, int, int]:
    """Zero pixels left, right, above and below of a depthwise filter."""
    _check(layer)
    conv = _conv(layer)
    square = len({*conv.kernel_size}) == len({*conv.stride}) == 1
    if not square or conv.dilation != (1, 1) or not isinstance(conv.padding, tuple):
        raise UnsuitableBlock("a depthwise filter that is dilated or oblong")
    pad = getattr(layer, "pad", None)
    left, right, above, below = (0, 0, 0, 0) if pad is None else pad.padding
    high, wide = conv.padding
    return left + wide, right + wide, above + high, below + high


def _check(layer: Conv) -> None:
    """Refuse a convolution with something that cannot be folded."""
    norm = getattr(layer, "norm", None)
    if norm is not None and (not isinstance(norm, nn.BatchNorm2d) or norm.running_mean is None):
        raise UnsuitableBlock("a norm without running statistics, which cannot be folded")
    if _conv(layer).padding_mode != "zeros":
        raise UnsuitableBlock("padding with something other than zeros")
    _check_hooks(layer, *layer.children())


def _check_hooks(*modules: nn.Module) -> None:
    if any(m._forward_hooks or m._forward_pre_hooks for m in modules):
        raise UnsuitableBlock("a hook on one of its layers, which a fused block would not call")


def _act(layer: Conv) -> str:
    act = getattr(layer, "act", None)
    kind = nn.Identity if act is None else type(act)
    if kind not in ACTS:
        raise UnsuitableBlock(f"an activation {kind.__name__}, which the kernel does not have")
    return ACTS[kind]
