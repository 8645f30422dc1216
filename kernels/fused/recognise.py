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
from ..networks.layers import Add, Conv
from .block import Block, UnsuitableBlock, Weights

ACTS: dict[type[nn.Module], str] = {
    nn.Identity: "none",
    nn.ReLU: "relu",
    nn.ReLU6: "relu6",
    nn.Hardswish: "hswish",
}


@dataclass(frozen=True)
class Found:
    """An inverted residual and its convolutions in order; the first is None without a widening."""

    block: Block
    widen: Conv | None
    filter: Conv
    project: Conv

    def convs(self) -> list[Conv]:
        return [conv for conv in (self.widen, self.filter, self.project) if conv is not None]

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
        return Weights(
            widen.reshape(-1, b.inputs),
            widen_bias,
            taps.reshape(b.middle, b.kernel, b.kernel),
            filter_bias,
            project.reshape(b.outputs, b.middle),
            project_bias,
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
    steps = {name: getattr(module, name) for name, *_ in module._wiring}
    layers = [_inside(layer) for layer in steps.values()]
    if not any(_is_depthwise(layer) for layer in layers):
        return None
    if any(isinstance(layer, FakeQuantised) for layer in steps.values()):
        raise UnsuitableBlock("layers of few bits; build the network in floats to fuse it")
    convs = [layer for layer in layers if isinstance(layer, Conv)]
    adds = [layer for layer in layers if isinstance(layer, Add)]
    others = [type(s).__name__ for s in layers if not isinstance(s, (Conv, Add))]
    if others:
        gate = any(isinstance(s, Composite) for s in layers)
        what = "a squeeze-and-excite gate" if gate else " and ".join(others)
        raise UnsuitableBlock(f"{what} between its convolutions")
    if len(convs) not in (2, 3) or len(adds) > 1 or not _is_depthwise(convs[-2]):
        raise UnsuitableBlock(
            f"{len(convs)} convolutions in another order than an inverted residual's"
        )
    _check_wiring(module, skips=bool(adds))
    return _found(convs, adds)


def _inside(layer: nn.Module) -> nn.Module:
    return layer.layer if isinstance(layer, FakeQuantised) else layer


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


def _found(convs: Sequence[Conv], adds: Sequence[Add]) -> Found:
    *first, depthwise, project = convs
    for layer in convs:
        _check(layer)
    for layer in (*first, project):
        conv = _conv(layer)
        if conv.kernel_size != (1, 1) or conv.stride != (1, 1) or conv.groups != 1:
            raise UnsuitableBlock(
                f"a {conv.kernel_size[0]}x{conv.kernel_size[1]} convolution in {conv.groups} "
                "group(s) where one of 1x1 in one group is due"
            )
    conv = _conv(depthwise)
    square = len({*conv.kernel_size}) == len({*conv.stride}) == len({*conv.dilation}) == 1
    size = conv.kernel_size[0]
    if not square or conv.dilation[0] != 1 or conv.padding != (size // 2, size // 2):
        raise UnsuitableBlock("a depthwise filter that is dilated, oblong or padded unevenly")
    if conv.out_channels != conv.in_channels:
        raise UnsuitableBlock("a depthwise filter with several results a channel")
    if adds and not isinstance(adds[0].act, nn.Identity):
        raise UnsuitableBlock("an activation after its sum")
    block = Block(
        _conv(convs[0]).in_channels,
        conv.in_channels,
        _conv(project).out_channels,
        size,
        conv.stride[0],
        widens=bool(first),
        skips=bool(adds),
        widen_act=_act(first[0]) if first else "none",
        filter_act=_act(depthwise),
        project_act=_act(project),
    )
    return Found(block, first[0] if first else None, depthwise, project)


def _check(layer: Conv) -> None:
    """Refuse a convolution with something that cannot be folded."""
    if hasattr(layer, "pad"):
        raise UnsuitableBlock("an even kernel, which is padded unevenly")
    norm = getattr(layer, "norm", None)
    if norm is not None and (not isinstance(norm, nn.BatchNorm2d) or norm.running_mean is None):
        raise UnsuitableBlock("a norm without running statistics, which cannot be folded")
    if _conv(layer).padding_mode != "zeros":
        raise UnsuitableBlock("padding with something other than zeros")
    hooks = (layer, *layer.children())
    if any(m._forward_hooks or m._forward_pre_hooks for m in hooks):
        raise UnsuitableBlock("a hook on one of its layers, which a fused block would not call")


def _act(layer: Conv) -> str:
    act = getattr(layer, "act", None)
    kind = nn.Identity if act is None else type(act)
    if kind not in ACTS:
        raise UnsuitableBlock(f"an activation {kind.__name__}, which the kernel does not have")
    return ACTS[kind]
