"""Layers of few bits: weights and inputs rounded to what so many bits can tell apart.

Rounding is symmetric around zero, with one step for each output channel of a weight and one for a
whole input; gradients pass straight through it (Jacob et al., *Quantization and training of neural
networks*, 2018). Numbers stay floats, so that the layer trains and runs anywhere.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.func import functional_call

from archwright.interpreter.architecture import Leaf

from .parts import Call, call

FLOAT_BITS = 16  # from so many bits on, numbers are floats and left as they are


def rounded(x: Tensor, reach: Tensor, bits: int) -> Tensor:
    """The nearest of the 2^bits - 1 even steps within +-reach; the gradient is that of clamping.

    Parameters
    ----------
    reach : Tensor
        The largest absolute value that can be told, broadcast against `x`.
    """
    most = max(2 ** (bits - 1) - 1, 1)
    step = reach.clamp(min=torch.finfo(x.dtype).tiny * most) / most
    within = torch.minimum(torch.maximum(x, -reach), reach)
    told: Tensor = (within / step).round() * step
    return within + (told - within).detach()


class FakeQuantised(nn.Module):
    """A layer whose weights and inputs have few bits.

    Weights reach as far as their largest number in each channel. The reach of the inputs is the
    largest number that was met in training, forgotten slowly; before any training it is that of the
    input at hand.

    Attributes
    ----------
    layer : Module
        The layer, with its weights in full precision.
    reach : Tensor
        Of the inputs; 0 as long as none was met.
    """

    reach: Tensor

    def __init__(self, layer: nn.Module, weight_bits: int = 32, act_bits: int = 32) -> None:
        super().__init__()
        self.layer, self.weight_bits, self.act_bits = layer, weight_bits, act_bits
        self.register_buffer("reach", torch.zeros(()))

    def forward(self, *inputs: Tensor) -> Tensor:
        """The layer with rounded weights, of the rounded first input."""
        x, *others = inputs
        if self.act_bits < 16 and x.is_floating_point():
            x = rounded(x, self._reach_of(x), self.act_bits)
        weights = {}
        if self.weight_bits < 16:
            for name, weight in self.layer.named_parameters():
                if weight.dim() > 1:
                    axes = (1, 2, 3) if weight.dim() == 4 else (-1,)
                    reach = weight.detach().abs().amax(axes, keepdim=True)
                    weights[name] = rounded(weight, reach, self.weight_bits)
        result: Tensor = functional_call(self.layer, weights, (x, *others))
        return result

    def _reach_of(self, x: Tensor) -> Tensor:
        if not x.numel():
            return self.reach
        met = x.detach().abs().max()
        if self.training:
            kept = torch.where(self.reach > 0, 0.99 * self.reach + 0.01 * met, met)
            self.reach.copy_(kept)
            return torch.maximum(met, kept)
        return torch.where(self.reach > 0, self.reach, met)

    def extra_repr(self) -> str:
        """Its bits."""
        return f"weight_bits={self.weight_bits}, act_bits={self.act_bits}"


def without_bits(layer: nn.Module) -> nn.Module:
    """The layer itself, in full precision."""
    return layer.layer if isinstance(layer, FakeQuantised) else layer


def with_bits(leaf: Leaf, layer: Call) -> Call:
    """The layer with the bits that the spec gives it, where it has weights and the bits are few."""
    if "params" not in leaf.costs or leaf.op in ("batch_norm", "norm"):
        return layer
    bits = {name: _bits(leaf, name) for name in ("weight_bits", "act_bits")}
    if min(bits.values()) >= FLOAT_BITS:
        return layer
    return call(FakeQuantised, layer=layer, **bits)


def _bits(leaf: Leaf, name: str) -> int:
    value = leaf.arguments.get(name)
    return 32 if value is None or isinstance(value, bool) else int(value)  # type: ignore[arg-type]
