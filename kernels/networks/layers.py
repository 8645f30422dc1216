"""Torch modules for the layers of images, [batch, C, H, W]: one function per op, by its name."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from archwright.interpreter.architecture import Leaf

from .parts import ACTIVATIONS, Apply, apart, whole, word


class _SamePad(nn.Module):
    """Zero padding after which a window of `k` with `stride` yields ceil(size / stride) values."""

    def __init__(self, k: int, stride: int, dilation: int, shape: tuple[int, ...]) -> None:
        super().__init__()
        reach = dilation * (k - 1)
        if reach % 2 == 0:
            self.pads = [reach // 2] * 4
        else:  # an even window: the odd element goes after, as the output size asks
            self.pads = []
            for size in (shape[2], shape[1]):  # functional.pad wants the last axis first
                total = max((-(-size // stride) - 1) * stride + reach + 1 - size, 0)
                self.pads += [total // 2, total - total // 2]

    def forward(self, x: Tensor) -> Tensor:
        return functional.pad(x, self.pads)


def conv(leaf: Leaf) -> nn.Module:
    """Convolution with zero "same" padding, then batch norm and activation where asked."""
    channels, out, k = leaf.input_shapes[0][0], whole(leaf, "out"), whole(leaf, "k")
    stride, dilation = whole(leaf, "stride"), whole(leaf, "dilation")
    even = dilation * (k - 1) % 2
    parts: list[nn.Module] = []
    if even:
        parts.append(_SamePad(k, stride, dilation, leaf.input_shapes[0]))
    parts.append(
        nn.Conv2d(
            channels,
            out,
            k,
            stride,
            padding=0 if even else dilation * (k - 1) // 2,
            dilation=dilation,
            groups=whole(leaf, "groups"),
            bias=bool(leaf.arguments["bias"]),
        )
    )
    if leaf.arguments["norm"]:
        parts.append(nn.BatchNorm2d(out))
    if (act := word(leaf, "act")) != "none":
        parts.append(ACTIVATIONS[act]())
    return parts[0] if len(parts) == 1 else nn.Sequential(*parts)


def linear(leaf: Leaf) -> nn.Module:
    """A linear layer on a pooled image [batch, C, 1, 1]; the result keeps the two unit axes."""
    channels, out = leaf.input_shapes[0][0], whole(leaf, "out")
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(channels, out, bias=bool(leaf.arguments["bias"])),
        nn.Unflatten(1, (out, 1, 1)),
    )


def pool(leaf: Leaf) -> nn.Module:
    """Mean or maximum over a window with "same" padding; padding does not count in the mean."""
    k, stride = whole(leaf, "k"), whole(leaf, "stride")
    if k % 2 == 0:
        pad = _SamePad(k, stride, 1, leaf.input_shapes[0])
        if word(leaf, "kind") == "peak":
            low = torch.finfo(torch.float32).min
            return Apply(
                lambda x: functional.max_pool2d(functional.pad(x, pad.pads, value=low), k, stride),
                f"max_pool2d {k}, stride {stride}",
            )
        ones = torch.ones(1, 1, *leaf.input_shapes[0][1:], device="cpu")
        share = functional.avg_pool2d(functional.pad(ones, pad.pads), k, stride)
        return Apply(
            lambda x: functional.avg_pool2d(pad(x), k, stride) / share.to(x),
            f"avg_pool2d {k}, stride {stride}",
        )
    if word(leaf, "kind") == "peak":
        return nn.MaxPool2d(k, stride, padding=k // 2)
    return nn.AvgPool2d(k, stride, padding=k // 2, count_include_pad=False)


def global_pool(leaf: Leaf) -> nn.Module:
    """Mean over the image."""
    return nn.AdaptiveAvgPool2d(1)


def add(leaf: Leaf) -> nn.Module:
    """The sum of any number of equal shapes, then an activation where asked."""

    act = word(leaf, "act")
    after = apart(act)

    def total(*inputs: Tensor) -> Tensor:
        result = inputs[0]
        for x in inputs[1:]:
            result = result + x
        finished: Tensor = after(result)
        return finished

    return Apply(total, "sum of the inputs" if act == "none" else f"sum of the inputs, {act}")


def activate(leaf: Leaf) -> nn.Module:
    """An activation by itself."""
    return apart(word(leaf, "act"))


def batch_norm(leaf: Leaf) -> nn.Module:
    """Batch norm by itself."""
    return nn.BatchNorm2d(leaf.input_shapes[0][0])


def shuffle(leaf: Leaf) -> nn.Module:
    """Channels of the groups dealt out in turn (Zhang et al., ShuffleNet, 2017)."""
    return nn.ChannelShuffle(whole(leaf, "groups"))


def crop(leaf: Leaf) -> nn.Module:
    """The image without its first rows and columns."""
    top, left = whole(leaf, "top"), whole(leaf, "left")
    return Apply(lambda x: x[..., top:, left:], f"[{top}:, {left}:]")


def zero(leaf: Leaf) -> nn.Module:
    """Zeros of the same shape: an edge of a cell that carries nothing."""
    return Apply(torch.zeros_like, "zeros")


def scale(leaf: Leaf) -> nn.Module:
    """An image times one factor per channel."""
    return Apply(lambda x, by: x * by, "x * by")


def concat(leaf: Leaf) -> nn.Module:
    """Channels of any number of images, one after the other."""
    return Apply(lambda *inputs: torch.cat(inputs, dim=1), "channels side by side")
