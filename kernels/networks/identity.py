"""New layers of a grown network, set so that they change nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import torch
from torch import Tensor, nn

from archwright.interpreter.architecture import Leaf, Network

from .channels import CannotCarry, is_depthwise
from .parts import flag, whole, word

POSITIVE = ("relu", "relu6", "sigmoid", "hsigmoid")  # what comes out is never negative
FROM_ZERO = ("none", "relu", "relu6", "hswish", "tanh", "gelu", "silu")  # zero stays zero
WEIGHTS_OF_OUTPUT = {
    "attention": ("project_out",),
    "latent_attention": ("project_out",),
    "project": ("linear",),
    "linear": ("linear",),
    "routed": ("narrow",),
    "recurrent": ("weight_hr",),
}


class Identities:
    """The layers of a network by the tensors that they write, to be zeroed or made copies."""

    def __init__(self, network: Network, modules: Iterable[nn.Module]) -> None:
        self.made = {
            leaf.output: (leaf, module)
            for leaf, module in zip(network.leaves, modules, strict=True)
        }

    def copy(self, tensor: int, known: Collection[int]) -> int:
        """Set new layers so that a tensor equals a known one, and say which.

        Raises
        ------
        CannotCarry
        """
        if tensor in known:
            return tensor
        leaf, module = self.made[tensor]
        if leaf.op in ("add", "add_tokens"):
            ways = [t for t in leaf.inputs if self._leads_back(t, known)]
            if len(ways) != 1:
                raise CannotCarry(f"`{leaf.label}` has {len(ways)} ways around its layers, not one")
            self._passes(leaf, ways[0])
            source = self.copy(ways[0], known)
            for t in leaf.inputs:
                if t != ways[0]:
                    self.zero(t, known)
            return source
        if leaf.op == "activate":
            self._passes(leaf, leaf.inputs[0])
            return self.copy(leaf.inputs[0], known)
        if leaf.op == "conv":
            self._passes(leaf, leaf.inputs[0])
            _copying_conv(leaf, module)
        elif leaf.op == "project":
            self._passes(leaf, leaf.inputs[0])
            _copying_linear(leaf, module)
        else:
            raise CannotCarry(f"`{leaf.label}` is new, and {leaf.op} cannot copy its input")
        return self.copy(leaf.inputs[0], known)

    def zero(self, tensor: int, known: Collection[int]) -> None:
        """Set new layers so that a tensor is zero.

        Raises
        ------
        CannotCarry
        """
        if tensor in known:
            raise CannotCarry("a layer of the former network would have to be zero")
        leaf, module = self.made[tensor]
        act = word(leaf, "act") if "act" in leaf.arguments else "none"
        if act not in FROM_ZERO and leaf.op != "routed":
            raise CannotCarry(f"`{leaf.label}` is new, and {act} of zero is not zero")
        if leaf.op == "conv":
            last = module.norm if hasattr(module, "norm") else module.conv
            _clear(last)
        elif leaf.op in WEIGHTS_OF_OUTPUT:
            for name in WEIGHTS_OF_OUTPUT[leaf.op]:
                part = getattr(module, name)
                if part is None:
                    raise CannotCarry(f"`{leaf.label}` is new, and its outputs cannot be zero")
                _clear(part)
        elif leaf.op in ("add", "add_tokens", "concat"):
            for t in leaf.inputs:
                self.zero(t, known)
        elif leaf.op in (
            "multiply",
            "scale",
            "activate",
            "pool",
            "shuffle",
            "crop",
            "tokens",
            "flatten",
        ):
            self.zero(leaf.inputs[0], known)
        elif leaf.op == "batch_norm":
            _clear(module)
        else:
            raise CannotCarry(f"`{leaf.label}` is new, and its outputs cannot be zero")

    def _leads_back(self, tensor: int, known: Collection[int]) -> bool:
        """Whether a tensor is known, or a sum or activation over such a one."""
        if tensor in known:
            return True
        leaf, _ = self.made[tensor]
        return leaf.op in ("add", "add_tokens", "activate") and any(
            self._leads_back(t, known) for t in leaf.inputs
        )

    def _passes(self, leaf: Leaf, tensor: int) -> None:
        """Refuse an activation that would change what comes along."""
        act = word(leaf, "act") if "act" in leaf.arguments else "none"
        if act != "none" and not (act == "relu" and self._positive(tensor)):
            raise CannotCarry(f"`{leaf.label}` is new, and its {act} would change what it reads")

    def _positive(self, tensor: int) -> bool:
        """Whether a tensor is never negative."""
        if tensor not in self.made:
            return False
        leaf, _ = self.made[tensor]
        if "act" in leaf.arguments and word(leaf, "act") in POSITIVE and leaf.op != "routed":
            return True
        plain = "act" not in leaf.arguments or word(leaf, "act") == "none"
        through = ("pool", "global_pool", "crop", "flatten", "concat", "shuffle", "add", "zero")
        return plain and leaf.op in through and all(map(self._positive, leaf.inputs))


def _clear(part: nn.Module | Tensor) -> None:
    for parameter in part.parameters() if isinstance(part, nn.Module) else (part,):
        parameter.zero_()


def _copying_conv(leaf: Leaf, module: nn.Module) -> None:
    """A convolution and its norm that put out what they read."""
    channels, out, k = leaf.input_shapes[0][0], leaf.shape[0], whole(leaf, "k")
    alone = is_depthwise(leaf)
    cut = k > 1 and not flag(leaf, "padded")
    if channels != out or whole(leaf, "stride") > 1 or k % 2 == 0 or cut:
        raise CannotCarry(f"`{leaf.label}` is new and changes sizes, so it cannot copy its input")
    if whole(leaf, "groups") > 1 and not alone:
        raise CannotCarry(f"`{leaf.label}` is new, and in groups it cannot copy its input")
    conv = module.get_submodule("conv")
    _clear(conv)
    weight = conv.get_parameter("weight")
    place = torch.arange(out)
    weight[place, 0 if alone else place, k // 2, k // 2] = 1
    if hasattr(module, "norm"):
        norm = module.get_submodule("norm")
        assert isinstance(norm, nn.BatchNorm2d)
        norm.reset_running_stats()
        norm.weight.fill_((1 + norm.eps) ** 0.5)
        norm.bias.zero_()


def _copying_linear(leaf: Leaf, module: nn.Module) -> None:
    linear = module.get_submodule("linear")
    if leaf.input_shapes[0][-1] != leaf.shape[-1]:
        raise CannotCarry(f"`{leaf.label}` is new and changes the width, so it cannot copy")
    _clear(linear)
    linear.get_parameter("weight").fill_diagonal_(1)
