"""Torch modules for the builtin ops of `std.nn`: one function per op, looked up by its name.

Image tensors are [batch, C, H, W], sequences [batch, T, D]; a spec's shapes leave the batch out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from archwright.interpreter.architecture import Leaf
from archwright.interpreter.values import Enumerator


def _whole(leaf: Leaf, name: str) -> int:
    value: Any = leaf.arguments[name]
    return int(value)


def _word(leaf: Leaf, name: str) -> str:
    value = leaf.arguments[name]
    return value.name if isinstance(value, Enumerator) else str(value)


class _Apply(nn.Module):
    """A function of tensors as a module without parameters."""

    def __init__(self, function: Callable[..., Tensor], text: str) -> None:
        super().__init__()
        self.function, self.text = function, text

    def forward(self, *inputs: Tensor) -> Tensor:
        return self.function(*inputs)

    def extra_repr(self) -> str:
        return self.text


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


ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "relu": lambda: nn.ReLU(inplace=True),
    "relu6": lambda: nn.ReLU6(inplace=True),
    "hswish": lambda: nn.Hardswish(inplace=True),
    "sigmoid": nn.Sigmoid,
    "hsigmoid": nn.Hardsigmoid,
    "tanh": nn.Tanh,
    "gelu": nn.GELU,
}


def _apart(act: str) -> nn.Module:
    """An activation that leaves its input as it is: the input may be read again."""
    module = ACTIVATIONS[act]() if act != "none" else nn.Identity()
    if hasattr(module, "inplace"):
        module.inplace = False
    return module


def conv(leaf: Leaf) -> nn.Module:
    """Convolution with zero "same" padding, then batch norm and activation where asked."""
    channels, out, k = leaf.input_shapes[0][0], _whole(leaf, "out"), _whole(leaf, "k")
    stride, dilation = _whole(leaf, "stride"), _whole(leaf, "dilation")
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
            groups=_whole(leaf, "groups"),
            bias=bool(leaf.arguments["bias"]),
        )
    )
    if leaf.arguments["norm"]:
        parts.append(nn.BatchNorm2d(out))
    if (act := _word(leaf, "act")) != "none":
        parts.append(ACTIVATIONS[act]())
    return parts[0] if len(parts) == 1 else nn.Sequential(*parts)


def linear(leaf: Leaf) -> nn.Module:
    """A linear layer on a pooled image [batch, C, 1, 1]; the result keeps the two unit axes."""
    channels, out = leaf.input_shapes[0][0], _whole(leaf, "out")
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(channels, out, bias=bool(leaf.arguments["bias"])),
        nn.Unflatten(1, (out, 1, 1)),
    )


def pool(leaf: Leaf) -> nn.Module:
    """Mean or maximum over a window with "same" padding; padding does not count in the mean."""
    k, stride = _whole(leaf, "k"), _whole(leaf, "stride")
    if k % 2 == 0:
        pad = _SamePad(k, stride, 1, leaf.input_shapes[0])
        if _word(leaf, "kind") == "peak":
            low = torch.finfo(torch.float32).min
            return _Apply(
                lambda x: functional.max_pool2d(functional.pad(x, pad.pads, value=low), k, stride),
                f"max_pool2d {k}, stride {stride}",
            )
        ones = torch.ones(1, 1, *leaf.input_shapes[0][1:])
        share = functional.avg_pool2d(functional.pad(ones, pad.pads), k, stride)
        return _Apply(
            lambda x: functional.avg_pool2d(pad(x), k, stride) / share.to(x),
            f"avg_pool2d {k}, stride {stride}",
        )
    if _word(leaf, "kind") == "peak":
        return nn.MaxPool2d(k, stride, padding=k // 2)
    return nn.AvgPool2d(k, stride, padding=k // 2, count_include_pad=False)


def global_pool(leaf: Leaf) -> nn.Module:
    """Mean over the image."""
    return nn.AdaptiveAvgPool2d(1)


def norm(leaf: Leaf) -> nn.Module:
    """Layer norm over the width of each token."""
    return nn.LayerNorm(leaf.input_shapes[0][-1])


def add(leaf: Leaf) -> nn.Module:
    """The sum of any number of equal shapes, then an activation where asked."""

    act = _word(leaf, "act")
    after = _apart(act)

    def total(*inputs: Tensor) -> Tensor:
        result = inputs[0]
        for x in inputs[1:]:
            result = result + x
        finished: Tensor = after(result)
        return finished

    return _Apply(total, "sum of the inputs" if act == "none" else f"sum of the inputs, {act}")


def activate(leaf: Leaf) -> nn.Module:
    """An activation by itself."""
    return _apart(_word(leaf, "act"))


def batch_norm(leaf: Leaf) -> nn.Module:
    """Batch norm by itself."""
    return nn.BatchNorm2d(leaf.input_shapes[0][0])


def shuffle(leaf: Leaf) -> nn.Module:
    """Channels of the groups dealt out in turn (Zhang et al., ShuffleNet, 2017)."""
    return nn.ChannelShuffle(_whole(leaf, "groups"))


def crop(leaf: Leaf) -> nn.Module:
    """The image without its first rows and columns."""
    top, left = _whole(leaf, "top"), _whole(leaf, "left")
    return _Apply(lambda x: x[..., top:, left:], f"[{top}:, {left}:]")


def zero(leaf: Leaf) -> nn.Module:
    """Zeros of the same shape: an edge of a cell that carries nothing."""
    return _Apply(torch.zeros_like, "zeros")


def scale(leaf: Leaf) -> nn.Module:
    """An image times one factor per channel."""
    return _Apply(lambda x, by: x * by, "x * by")


def concat(leaf: Leaf) -> nn.Module:
    """Channels of any number of images, one after the other."""
    return _Apply(lambda *inputs: torch.cat(inputs, dim=1), "channels side by side")


class _SelfAttention(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.project_in = nn.Linear(width, 3 * width)
        self.project_out = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        batch, tokens, width = x.shape
        split = self.project_in(x).view(batch, tokens, 3, self.heads, width // self.heads)
        q, k, v = split.permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(q, k, v)
        result: Tensor = self.project_out(mixed.transpose(1, 2).reshape(batch, tokens, width))
        return result


def attention(leaf: Leaf) -> nn.Module:
    """Multi-head self-attention with biases, without mask (Vaswani et al. 2017)."""
    return _SelfAttention(leaf.input_shapes[0][-1], _whole(leaf, "heads"))


BUILDERS: dict[tuple[str, str], Callable[[Leaf], nn.Module]] = {
    ("std.nn", f.__name__): f
    for f in (
        *(conv, linear, pool, global_pool, norm, add, scale, concat, attention),
        *(activate, batch_norm, shuffle, crop),
    )
}
