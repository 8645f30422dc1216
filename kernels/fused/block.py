"""An inverted residual as data: widen (1x1), filter (depthwise), gate, project (1x1), skip."""

from __future__ import annotations

from dataclasses import dataclass

from ..arrays import Floats

ACTIVATIONS = ("none", "relu", "relu6", "hswish", "silu", "sigmoid", "hsigmoid")
KERNELS = (2, 3, 4, 5, 6, 7)
STRIDES = (1, 2)


class UnsuitableBlock(ValueError):
    """A block or an input that the kernel is not for, with the reason in one sentence."""


@dataclass(frozen=True)
class Gate:
    """Squeeze-and-excite: one factor a channel, made of the means of all filtered channels.

    Parameters
    ----------
    channels : int
        Between its two layers.
    squeeze_act, excite_act : str
        Activations after them.

    Raises
    ------
    UnsuitableBlock
    """

    channels: int
    squeeze_act: str = "relu"
    excite_act: str = "hsigmoid"

    def __post_init__(self) -> None:
        if self.channels < 1:
            raise UnsuitableBlock("a gate needs at least one channel")
        _check_acts(self.squeeze_act, self.excite_act)


@dataclass(frozen=True)
class Block:
    """What a block computes, apart from its weights and the size of the image.

    Parameters
    ----------
    inputs, middle, outputs : int
        Channels before, inside and after.
    kernel, stride : int
        Of the depthwise filter.
    widens : bool
        Whether a 1x1 convolution comes first; without it `middle` is `inputs`.
    skips : bool
        Whether the input is added to the result.
    widen_act, filter_act, project_act : str
        Activations after the three steps, before the input is added.
    gate : Gate, optional
        What is filtered is multiplied by its factors before it is projected.
    pads : (int, int, int, int), optional
        Zero pixels left, right, above and below; half the kernel on every side, if left out.

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
    gate: Gate | None = None
    pads: tuple[int, int, int, int] | None = None

    def __post_init__(self) -> None:
        if min(self.inputs, self.middle, self.outputs) < 1:
            raise UnsuitableBlock("every step of a block needs at least one channel")
        if self.kernel not in KERNELS:
            raise UnsuitableBlock(f"a kernel of {self.kernel}; possible are {KERNELS}")
        if self.stride not in STRIDES:
            raise UnsuitableBlock(f"a stride of {self.stride}; possible are {STRIDES}")
        if not all(0 <= pad < self.kernel for pad in self.padding):
            raise UnsuitableBlock(f"pads of {self.padding} around a kernel of {self.kernel}")
        _check_acts(self.widen_act, self.filter_act, self.project_act)
        if not self.widens and self.middle != self.inputs:
            raise UnsuitableBlock(
                f"{self.inputs} channels become {self.middle} without a layer that widens them"
            )
        if self.skips and (self.stride != 1 or self.inputs != self.outputs):
            raise UnsuitableBlock("the input can only be added to a result of its own size")

    @property
    def padding(self) -> tuple[int, int, int, int]:
        """Zero pixels left, right, above and below the image."""
        return (self.kernel // 2,) * 4 if self.pads is None else self.pads

    def after(self, height: int, width: int) -> tuple[int, int]:
        """Rows and columns of the result, of an image of that size; 0 where nothing comes out."""
        left, right, above, below = self.padding
        rows = (height + above + below - self.kernel) // self.stride + 1
        columns = (width + left + right - self.kernel) // self.stride + 1
        return max(rows, 0), max(columns, 0)

    def macs(self, height: int, width: int) -> int:
        """Multiply-accumulates for one image of that size."""
        rows, columns = self.after(height, width)
        widen = height * width * self.inputs * self.middle if self.widens else 0
        gate = 2 * self.middle * self.gate.channels if self.gate else 0
        return widen + rows * columns * self.middle * (self.kernel**2 + self.outputs) + gate

    def __str__(self) -> str:
        gate = f", a gate of {self.gate.channels}" if self.gate else ""
        skip = ", added to the input" if self.skips else ""
        return (
            f"{self.inputs} -> {self.middle} -> {self.outputs} channels, "
            f"{self.kernel}x{self.kernel} stride {self.stride}{gate}{skip}"
        )


def _check_acts(*acts: str) -> None:
    for act in acts:
        if act not in ACTIVATIONS:
            raise UnsuitableBlock(f"an activation `{act}`; possible are {ACTIVATIONS}")


@dataclass(frozen=True)
class GateWeights:
    """The two layers of a gate.

    Parameters
    ----------
    squeeze : array [channels, middle]
    squeeze_bias : array [channels]
    excite : array [middle, channels]
    excite_bias : array [middle]
    """

    squeeze: Floats
    squeeze_bias: Floats
    excite: Floats
    excite_bias: Floats


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
    gate : GateWeights, optional
    """

    widen: Floats
    widen_bias: Floats
    filter: Floats
    filter_bias: Floats
    project: Floats
    project_bias: Floats
    gate: GateWeights | None = None
