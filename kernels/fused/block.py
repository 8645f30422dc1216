"""An inverted-residual block as data: widen (1x1), filter (depthwise), project (1x1), skip."""

from __future__ import annotations

from dataclasses import dataclass

from ..arrays import Floats

ACTIVATIONS = ("none", "relu", "relu6", "hswish")
KERNELS = (3, 5, 7)
STRIDES = (1, 2)


class UnsuitableBlock(ValueError):
    """A block or an input that the kernel is not for, with the reason in one sentence."""


@dataclass(frozen=True)
class Block:
    """What a block computes, apart from its weights and the size of the image.

    Parameters
    ----------
    inputs, middle, outputs : int
        Channels before, inside and after.
    kernel, stride : int
        Of the depthwise filter, padded with zeros by half the kernel on every side.
    widens : bool
        Whether a 1x1 convolution comes first; without it `middle` is `inputs`.
    skips : bool
        Whether the input is added to the result.
    widen_act, filter_act, project_act : str
        Activations after the three steps, before the input is added.

    Raises
    ------
    UnsuitableBlock
    """

    inputs: int
    middle: int
    outputs: int
    kernel: int
    stride: int
    widens: bool = True
    skips: bool = False
    widen_act: str = "relu6"
    filter_act: str = "relu6"
    project_act: str = "none"

    def __post_init__(self) -> None:
        if min(self.inputs, self.middle, self.outputs) < 1:
            raise UnsuitableBlock("every step of a block needs at least one channel")
        if self.kernel not in KERNELS:
            raise UnsuitableBlock(f"a kernel of {self.kernel}; possible are {KERNELS}")
        if self.stride not in STRIDES:
            raise UnsuitableBlock(f"a stride of {self.stride}; possible are {STRIDES}")
        for act in (self.widen_act, self.filter_act, self.project_act):
            if act not in ACTIVATIONS:
                raise UnsuitableBlock(f"an activation `{act}`; possible are {ACTIVATIONS}")
        if not self.widens and self.middle != self.inputs:
            raise UnsuitableBlock(
                f"{self.inputs} channels become {self.middle} without a layer that widens them"
            )
        if self.skips and (self.stride != 1 or self.inputs != self.outputs):
            raise UnsuitableBlock("the input can only be added to a result of its own size")

    @property
    def pad(self) -> int:
        """Zero pixels on every side of the image."""
        return self.kernel // 2

    def after(self, size: int) -> int:
        """Rows or columns of the result, of so many in the input."""
        return (size - 1) // self.stride + 1

    def macs(self, height: int, width: int) -> int:
        """Multiply-accumulates for one image of that size."""
        before, after = height * width, self.after(height) * self.after(width)
        widen = before * self.inputs * self.middle if self.widens else 0
        return widen + after * self.middle * (self.kernel**2 + self.outputs)

    def __str__(self) -> str:
        skip = ", added to the input" if self.skips else ""
        return (
            f"{self.inputs} -> {self.middle} -> {self.outputs} channels, "
            f"{self.kernel}x{self.kernel} stride {self.stride}{skip}"
        )


@dataclass(frozen=True)
class Weights:
    """Convolutions with their norms folded in.

    Parameters
    ----------
    widen : array [middle, inputs]
        Empty where the block does not widen.
    widen_bias, filter_bias : array [middle]
    filter : array [middle, kernel, kernel]
    project : array [outputs, middle]
    project_bias : array [outputs]
    """

    widen: Floats
    widen_bias: Floats
    filter: Floats
    filter_bias: Floats
    project: Floats
    project_bias: Floats
