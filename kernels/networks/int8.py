"""A network in true 8-bit integers, for inference on a processor.

Convolutions (their batch norm folded) and linear layers of the network run with integer weights and
activations by torch's quantised kernels; tensors between them stay in 8 bits where sums, pooling
and clipped activations allow, and are floats elsewhere. Ranges come from inputs that are shown.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from archwright.interpreter.architecture import Leaf

from .build import BuiltNetwork
from .fake_quantised import without_bits
from .layers import Add, Conv, PooledLinear
from .parts import word
from .tokens import Project

CLIPPED = ("none", "relu", "relu6")  # activations that a range of outputs takes care of
KEEPING = (nn.MaxPool2d, nn.AdaptiveAvgPool2d, nn.AvgPool2d, nn.ChannelShuffle, nn.Identity)


class NoInt8(ValueError):
    """A network that torch cannot run in integers here."""


@dataclass(frozen=True)
class Range:
    """Scale and zero point of unsigned integers; 7 bits where sums of products could overflow."""

    scale: float
    zero: int

    @classmethod
    def of(cls, low: float, high: float) -> Range:
        """The range that reaches from the least to the greatest number that was met."""
        most = 255 if torch.cpu._is_vnni_supported() else 127
        low, high = min(low, 0.0), max(high, 0.0)
        scale = max((high - low) / most, 1e-12)
        return cls(scale, min(most, max(0, round(-low / scale))))

    def quantise(self, x: Tensor) -> Tensor:
        """A tensor in this range, unless it is in integers already."""
        if x.is_quantized:
            return x
        return torch.quantize_per_tensor(x, self.scale, self.zero, torch.quint8)


class IntegerConv(nn.Module):
    """A convolution with its activation, integers in and out."""

    def __init__(self, layer: Conv, act: str, inputs: Range, outputs: Range) -> None:
        super().__init__()
        from torch.ao.nn import quantized

        conv = layer.conv
        if hasattr(layer, "norm"):
            conv = fuse_conv_bn_eval(conv.eval(), layer.norm.eval())
        self.pad = getattr(layer, "pad", None)
        self.inputs = inputs
        self.act = None if act in CLIPPED else layer.act
        self.conv = quantized.Conv2d(  # type: ignore[no-untyped-call]
            *(conv.in_channels, conv.out_channels, conv.kernel_size, conv.stride),
            padding=conv.padding,
            dilation=conv.dilation,
            groups=conv.groups,
        )
        bias = conv.bias
        if bias is None:
            bias = torch.zeros(conv.out_channels)
        self.conv.set_weight_bias(_weight(conv.weight), bias.detach())
        self.conv.scale, self.conv.zero_point = outputs.scale, outputs.zero

    def forward(self, x: Tensor) -> Tensor:
        """Integers, or floats where an activation has no place in their range."""
        if self.pad is not None:
            x = self.pad(_float(x))
        result: Tensor = self.conv(self.inputs.quantise(x))
        return result if self.act is None else self.act(result.dequantize())


class IntegerLinear(nn.Module):
    """A linear layer on tokens or on a pooled image; floats come out."""

    def __init__(self, layer: PooledLinear | Project, inputs: Range, outputs: Range) -> None:
        super().__init__()
        from torch.ao.nn import quantized

        self.pooled, self.inputs = isinstance(layer, PooledLinear), inputs
        self.act = getattr(layer, "act", None)
        linear = layer.linear
        sizes = linear.in_features, linear.out_features
        self.linear = quantized.Linear(*sizes)  # type: ignore[no-untyped-call]
        bias = linear.bias
        if bias is None:
            bias = torch.zeros(linear.out_features)
        self.linear.set_weight_bias(_weight(linear.weight), bias.detach())
        self.linear.scale, self.linear.zero_point = outputs.scale, outputs.zero

    def forward(self, x: Tensor) -> Tensor:
        """[batch, T, outputs], or [batch, outputs, 1, 1]."""
        x = self.inputs.quantise(x.flatten(1) if self.pooled else x)
        result: Tensor = self.linear(x).dequantize()
        if self.act is not None:
            result = self.act(result)
        return result[:, :, None, None] if self.pooled else result


class IntegerAdd(nn.Module):
    """The sum of two tensors in integers."""

    def __init__(self, act: str, outputs: Range) -> None:
        super().__init__()
        self.relu, self.outputs = act == "relu", outputs

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """Integers where both are, else floats."""
        if not (x.is_quantized and y.is_quantized):
            total = _float(x) + _float(y)
            return total.relu() if self.relu else total
        add = torch.ops.quantized.add_relu if self.relu else torch.ops.quantized.add
        result: Tensor = add(x, y, self.outputs.scale, self.outputs.zero)
        return result


class InFloats(nn.Module):
    """Any other layer, on floats."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, *inputs: Tensor) -> Tensor:
        """What the layer makes of its inputs."""
        result: Tensor = self.layer(*map(_float, inputs))
        return result


def _float(x: Tensor) -> Tensor:
    return x.dequantize() if x.is_quantized else x


def _weight(weight: Tensor) -> Tensor:
    """Rounded to signed bytes, one step for each output channel."""
    flat = weight.detach().flatten(1)
    steps = flat.abs().amax(1).clamp(min=1e-12).double() / 127
    zeros = torch.zeros(len(steps), dtype=torch.long)
    plain = weight.detach().float().contiguous()
    return torch.quantize_per_channel(plain, steps, zeros, 0, torch.qint8)


def int8(module: BuiltNetwork, *batches: Sequence[Tensor] | Tensor) -> BuiltNetwork:
    """The network in 8-bit integers where torch has kernels for its layers.

    Parameters
    ----------
    module : BuiltNetwork
        Trained, on a processor, in single precision; fake-quantised layers count by their weights.
        It stays as it is.
    batches : Tensor or sequence of Tensor
        Inputs like those to come, by which the ranges of all tensors are set.

    Raises
    ------
    NoInt8
        Without batches; if the module is not in single precision on a processor, or torch was
        built without quantised kernels.
    """
    engines = torch.backends.quantized.supported_engines
    parameter = next(module.parameters(), None)
    if not batches:
        raise NoInt8("ranges are set by inputs like those to come: give one batch or more")
    if parameter is not None and (parameter.device.type, parameter.dtype) != ("cpu", torch.float32):
        raise NoInt8(
            f"integers are made of single precision on a processor, not of {parameter.dtype} on "
            f"{parameter.device}"
        )
    if not set(engines) & {"x86", "fbgemm", "onednn", "qnnpack"}:
        raise NoInt8("this build of torch has no quantised kernels")
    made = deepcopy(module).eval()
    ranges = _ranges(made, batches)
    with warnings.catch_warnings():  # torch announces that these kernels will move elsewhere
        warnings.simplefilter("ignore")
        for (name, layer), leaf in zip(made.layers.items(), made.network.leaves, strict=True):
            inner = without_bits(layer)
            parent, _, last = name.rpartition(".")
            made.get_submodule(parent).add_module(last, _integers(leaf, inner, ranges))
    made.bits = "int8"
    made.register_forward_hook(lambda _, __, result: _float(result))
    return made


def _integers(leaf: Leaf, layer: nn.Module, ranges: dict[int, Range]) -> nn.Module:
    act = word(leaf, "act") if "act" in leaf.arguments else "none"
    if isinstance(layer, Conv):
        return IntegerConv(layer, act, ranges[leaf.inputs[0]], _before_act(leaf, act, ranges))
    if isinstance(layer, PooledLinear | Project):
        return IntegerLinear(layer, ranges[leaf.inputs[0]], ranges[-leaf.output - 1])
    if isinstance(layer, Add) and len(leaf.inputs) == 2 and act in ("none", "relu"):
        return IntegerAdd(act, ranges[leaf.output])
    return layer if isinstance(layer, KEEPING) else InFloats(layer)


def _before_act(leaf: Leaf, act: str, ranges: dict[int, Range]) -> Range:
    return ranges[leaf.output] if act in CLIPPED else ranges[-leaf.output - 1]


@torch.no_grad()
def _ranges(module: BuiltNetwork, batches: Sequence[Any]) -> dict[int, Range]:
    """By tensor its range; by minus the tensor less one, the range before its activation."""
    met: dict[int, list[float]] = {}

    def look(number: int, x: Tensor) -> None:
        if x.is_floating_point() and x.numel():
            low, high = x.min().item(), x.max().item()
            before = met.setdefault(number, [low, high])
            met[number] = [min(low, before[0]), max(high, before[1])]

    handles = []
    for leaf, layer in zip(module.network.leaves, module.layers.values(), strict=True):
        inner = without_bits(layer)

        def hook(_: nn.Module, given: Any, result: Tensor, leaf: Leaf = leaf) -> None:
            for t, x in zip(leaf.inputs, given, strict=True):
                look(t, x)
            look(leaf.output, result)

        def before(_: nn.Module, __: Any, result: Tensor, leaf: Leaf = leaf) -> None:
            look(-leaf.output - 1, result)

        handles.append(layer.register_forward_hook(hook))
        last = [m for n, m in inner.named_children() if n in ("norm", "conv", "linear")]
        if last:
            handles.append(last[-1].register_forward_hook(before))
    for batch in batches:
        module(*((batch,) if isinstance(batch, Tensor) else batch))
    for handle in handles:
        handle.remove()
    return {number: Range.of(*bounds) for number, bounds in met.items()}
