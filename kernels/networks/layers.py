"""Torch modules for the layers of images, [batch, C, H, W]: classes, then one function per op.

The classes stand alone: an exported network takes their text along.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from archwright.interpreter.architecture import Leaf

from .parts import Call, activation, call, flag, whole, word


class Conv(nn.Sequential):
    """Convolution with zero "same" padding, then batch norm and an activation where asked.

    A window that reaches an odd way is padded by `pad` (left, right, top, bottom), others on all
    sides alike; nothing is where it is not `padded`.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int = 1,
        *,
        stride: int = 1,
        dilation: int = 1,
        groups: int = 1,
        bias: bool = False,
        norm: bool = True,
        act: type[nn.Module] | None = None,
        pad: tuple[int, int, int, int] | None = None,
        padded: bool = True,
    ) -> None:
        super().__init__()
        reach = dilation * (kernel - 1)
        if pad is not None:
            self.pad = nn.ZeroPad2d(pad)
        self.conv = nn.Conv2d(
            inputs,
            outputs,
            kernel,
            stride,
            padding=reach // 2 if padded and reach % 2 == 0 else 0,
            dilation=dilation,
            groups=groups,
            bias=bias,
        )
        if norm:
            self.norm = nn.BatchNorm2d(outputs)
        if act is not None:
            self.act = act(inplace=True) if act in (nn.ReLU, nn.ReLU6, nn.Hardswish) else act()


class PooledLinear(nn.Module):
    """A linear layer on a pooled image [batch, C, 1, 1]; the result keeps the two unit axes."""

    def __init__(self, inputs: int, outputs: int, bias: bool = True) -> None:
        super().__init__()
        self.linear = nn.Linear(inputs, outputs, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        """[batch, outputs, 1, 1] of [batch, inputs, 1, 1]."""
        result: Tensor = self.linear(x.flatten(1))[:, :, None, None]
        return result


class PaddedMaxPool(nn.Module):
    """Maximum over an even window, of which `pad` (left, right, top, bottom) lies outside."""

    def __init__(self, kernel: int, stride: int, pad: tuple[int, int, int, int]) -> None:
        super().__init__()
        self.kernel, self.stride, self.pad = kernel, stride, pad

    def forward(self, x: Tensor) -> Tensor:
        """The pooled image."""
        padded = functional.pad(x, self.pad, value=torch.finfo(x.dtype).min)
        return functional.max_pool2d(padded, self.kernel, self.stride)


class PaddedMeanPool(nn.Module):
    """Mean over an even window, of which `pad` (left, right, top, bottom) does not count."""

    def __init__(self, kernel: int, stride: int, pad: tuple[int, int, int, int]) -> None:
        super().__init__()
        self.kernel, self.stride, self.pad = kernel, stride, pad

    def forward(self, x: Tensor) -> Tensor:
        """The pooled image."""
        inside = x.new_ones(1, 1, *x.shape[2:])
        mean, share = (
            functional.avg_pool2d(functional.pad(y, self.pad), self.kernel, self.stride)
            for y in (x, inside)
        )
        return mean / share


class Flatten(nn.Module):
    """An image as a vector [batch, C * H * W, 1, 1], row by row, channel by channel."""

    def forward(self, x: Tensor) -> Tensor:
        """The vector."""
        return x.flatten(1)[:, :, None, None]


class Add(nn.Module):
    """The sum of any number of equal shapes, then an activation where asked."""

    def __init__(self, act: type[nn.Module] | None = None) -> None:
        super().__init__()
        self.act = nn.Identity() if act is None else act()

    def forward(self, x: Tensor, *others: Tensor) -> Tensor:
        """The sum."""
        for other in others:
            x = x + other
        result: Tensor = self.act(x)
        return result


class Multiply(nn.Module):
    """A tensor times another one, for instance an image times one factor per channel."""

    def forward(self, x: Tensor, by: Tensor) -> Tensor:
        """The product."""
        return x * by


class Concat(nn.Module):
    """Channels of any number of images, one after the other."""

    def forward(self, *inputs: Tensor) -> Tensor:
        """All channels."""
        return torch.cat(inputs, dim=1)


class Crop(nn.Module):
    """The image without its first rows and columns."""

    def __init__(self, top: int = 0, left: int = 0) -> None:
        super().__init__()
        self.top, self.left = top, left

    def forward(self, x: Tensor) -> Tensor:
        """What is left."""
        return x[..., self.top :, self.left :]


class Zero(nn.Module):
    """Zeros of the same shape."""

    def forward(self, x: Tensor) -> Tensor:
        """Zeros."""
        return torch.zeros_like(x)


def _pad(
    k: int, stride: int, dilation: int, shape: tuple[int, ...]
) -> tuple[int, int, int, int] | None:
    """Padding of an even window after which ceil(size / stride) values come out.

    The odd element goes after the image, as the output size asks; None where nothing is padded.
    """
    reach = dilation * (k - 1)
    if reach % 2 == 0:
        return None
    pads = []
    for size in (shape[2], shape[1]):  # functional.pad wants the last axis first
        total = max((-(-size // stride) - 1) * stride + reach + 1 - size, 0)
        pads += [total // 2, total - total // 2]
    left, right, top, bottom = pads
    return (left, right, top, bottom) if any(pads) else None


def conv(leaf: Leaf) -> Call:
    """Convolution, with zero "same" padding or none, then batch norm and activation."""
    k, stride, dilation = (whole(leaf, name) for name in ("k", "stride", "dilation"))
    padded = flag(leaf, "padded")
    return call(
        Conv,
        inputs=leaf.input_shapes[0][0],
        outputs=whole(leaf, "out"),
        kernel=k,
        stride=stride,
        dilation=dilation,
        groups=whole(leaf, "groups"),
        bias=flag(leaf, "bias"),
        norm=flag(leaf, "norm"),
        act=activation(leaf),
        pad=_pad(k, stride, dilation, leaf.input_shapes[0]) if padded else None,
        padded=padded,
    )


def linear(leaf: Leaf) -> Call:
    """A linear layer on a pooled image [batch, C, 1, 1]; the result keeps the two unit axes."""
    inputs = leaf.input_shapes[0][0]
    return call(PooledLinear, inputs=inputs, outputs=whole(leaf, "out"), bias=flag(leaf, "bias"))


def pool(leaf: Leaf) -> Call:
    """Mean or maximum over a window with "same" padding; padding does not count in the mean."""
    k, stride, peak = whole(leaf, "k"), whole(leaf, "stride"), word(leaf, "kind") == "peak"
    if k % 2 == 0 and (pad := _pad(k, stride, 1, leaf.input_shapes[0])):
        return call(PaddedMaxPool if peak else PaddedMeanPool, kernel=k, stride=stride, pad=pad)
    padding = 0 if k % 2 == 0 else k // 2
    if peak:
        return call(nn.MaxPool2d, kernel_size=k, stride=stride, padding=padding)
    return call(
        nn.AvgPool2d, kernel_size=k, stride=stride, padding=padding, count_include_pad=padding == 0
    )


def global_pool(leaf: Leaf) -> Call:
    """Mean over the image."""
    return call(nn.AdaptiveAvgPool2d, output_size=1)


def flatten(leaf: Leaf) -> Call:
    """An image as a vector [batch, C * H * W, 1, 1]."""
    return call(Flatten)


def add(leaf: Leaf) -> Call:
    """The sum of any number of equal shapes, then an activation where asked."""
    return call(Add, act=activation(leaf))


def activate(leaf: Leaf) -> Call:
    """An activation by itself."""
    return call(activation(leaf) or nn.Identity)


def batch_norm(leaf: Leaf) -> Call:
    """Batch norm by itself."""
    return call(nn.BatchNorm2d, num_features=leaf.input_shapes[0][0])


def shuffle(leaf: Leaf) -> Call:
    """Channels of the groups dealt out in turn (Zhang et al., ShuffleNet, 2017)."""
    return call(nn.ChannelShuffle, groups=whole(leaf, "groups"))


def crop(leaf: Leaf) -> Call:
    """The image without its first rows and columns."""
    return call(Crop, top=whole(leaf, "top"), left=whole(leaf, "left"))


def zero(leaf: Leaf) -> Call:
    """Zeros of the same shape: an edge of a cell that carries nothing."""
    return call(Zero)


def scale(leaf: Leaf) -> Call:
    """An image times one factor per channel."""
    return call(Multiply)


def concat(leaf: Leaf) -> Call:
    """Channels of any number of images, one after the other."""
    return call(Concat)
