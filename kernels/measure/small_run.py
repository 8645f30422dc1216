"""Networks of images run as a microcontroller runs them: leaf by leaf, in place where they may be.

Depthwise layers work channel by channel over their own input, with one output plane aside; sums
and activations write over what they read. Every tensor is memory of its own that is given back
when nobody reads it any more, so a tracer of allocations sees what the schedule of the spec says.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"

from __future__ import annotations

import math
import tracemalloc
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numba
import numpy as np
from numpy.typing import NDArray

from archwright.interpreter.architecture import Leaf, Network

if TYPE_CHECKING:
    from ..networks.build import BuiltNetwork

Array: TypeAlias = NDArray[Any]
BOUNDS = {"none": (-np.inf, np.inf), "relu": (0.0, np.inf), "relu6": (0.0, 6.0)}
OPS = ("conv", "linear", "global_pool", "activate", "add")


class Unsupported(ValueError):
    """A layer that is not run this way."""


@dataclass(frozen=True)
class Weights:
    """A layer's weights with its norm folded in: [out, C / groups, k, k] and [out]."""

    kernel: Array
    bias: Array


@dataclass(frozen=True)
class Traced:
    """What a run held.

    Attributes
    ----------
    output : array
    bytes : list of int
        For each leaf the most that was allocated while it ran, as traced.
    modelled : list of int
        The same by the spec: `live` elements.
    """

    output: Array
    bytes: list[int]
    modelled: list[int]

    @property
    def peak(self) -> int:
        """The most over all leaves."""
        return max(self.bytes)

    @property
    def modelled_peak(self) -> int:
        """The most over all leaves, by the spec."""
        return max(self.modelled)


@numba.njit(cache=True, nogil=True)
def _convolve(x, weights, bias, y, sizes, limits, scale):
    """y[o] = clip(sum of taps * scale + bias), from x [C, H, W] to y [out, H', W']."""
    height, width, rows, columns, k, stride, dilation, out, share, groups, top, left = sizes
    low, high, whole = limits
    each = out // groups
    for o in range(out):
        first = (o // each) * share
        for r in range(rows):
            for c in range(columns):
                total = 0.0
                for s in range(share):
                    for i in range(k):
                        p = r * stride - top + i * dilation
                        if p < 0 or p >= height:
                            continue
                        for j in range(k):
                            q = c * stride - left + j * dilation
                            if q >= 0 and q < width:
                                at = ((first + s) * height + p) * width + q
                                total += x[at] * weights[o, s, i, j]
                value = min(max(total * scale[o] + bias[o], low), high)
                y[(o * rows + r) * columns + c] = np.rint(value) if whole else value


@numba.njit(cache=True, nogil=True)
def _depthwise(x, weights, bias, aside, sizes, limits, scale):
    """The same for one channel each, written over x; `aside` holds one output plane."""
    height, width, rows, columns, k, stride, dilation, out, _, _, top, left = sizes
    low, high, whole = limits
    for o in range(out):
        for r in range(rows):
            for c in range(columns):
                total = 0.0
                for i in range(k):
                    p = r * stride - top + i * dilation
                    if p < 0 or p >= height:
                        continue
                    for j in range(k):
                        q = c * stride - left + j * dilation
                        if q >= 0 and q < width:
                            total += x[(o * height + p) * width + q] * weights[o, 0, i, j]
                value = min(max(total * scale[o] + bias[o], low), high)
                aside[r * columns + c] = np.rint(value) if whole else value
        for n in range(rows * columns):  # no later plane begins before this one's place ends
            x[o * rows * columns + n] = aside[n]


@numba.njit(cache=True, nogil=True)
def _mix(x, other, y, first, second, limits):
    """y = clip(x * first + other * second), number by number."""
    low, high, whole = limits
    for n in range(y.size):
        value = min(max(x[n] * first + other[n] * second, low), high)
        y[n] = np.rint(value) if whole else value


@numba.njit(cache=True, nogil=True)
def _means(x, y, area, scale, limits):
    """y = the mean of each plane of x."""
    low, high, whole = limits
    for c in range(y.size):
        total = 0.0
        for n in range(area):
            total += x[c * area + n]
        value = min(max(total / area * scale, low), high)
        y[c] = np.rint(value) if whole else value


def run(
    network: Network,
    weights: Mapping[int, Weights],
    x: Array,
    scales: Mapping[int, float] | None = None,
) -> Traced:
    """Run a network on one image and trace what it allocates.

    Parameters
    ----------
    weights : mapping
        Of the layers that have some, by their place among the leaves; see `weights_of`.
    x : array, [C, H, W]
    scales : mapping, optional
        For each tensor what one step of it is worth: then all is computed in 8 bits, rounded, and
        the output is in steps of its tensor. Else everything is in single precision.

    Raises
    ------
    Unsupported
        For an op or activation that is not run this way, or several inputs.
    """
    if len(network.inputs) != 1:
        raise Unsupported(f"`{network.name}` has several inputs")
    steps = {} if scales is None else scales
    kind = np.float32 if scales is None else np.int8
    layers = {
        place: _prepared(leaf, weights.get(place), steps)
        for place, leaf in enumerate(network.leaves)
    }
    start = network.inputs[0][1]
    image = (x / steps.get(start, 1.0)).reshape(-1)
    image = np.clip(np.rint(image), -128, 127) if scales is not None else image
    plan = list(zip(network.leaves, layers.values(), _needed(network), strict=True))
    _go(plan, {start: image.astype(kind)}, kind)  # compiled kernels are not to be traced
    tracemalloc.start()
    try:
        held = {start: image.astype(kind)}
        peaks = _go(plan, held, kind)
    finally:
        tracemalloc.stop()
    size = np.dtype(kind).itemsize
    modelled = [size * int(leaf.costs["live"]) for leaf in network.leaves]
    return Traced(held[network.output], peaks, modelled)


@dataclass(frozen=True)
class _Layer:
    """A leaf with what its kernel is called with."""

    sizes: tuple[int, ...]
    limits: tuple[float, float, bool]
    turns: tuple[float, ...]  # of each input's steps into those of the output
    kernel: Array
    bias: Array
    scale: Array


def _go(
    plan: Sequence[tuple[Leaf, _Layer, frozenset[int]]],
    held: dict[int, Array],
    kind: type[Any],
) -> list[int]:
    """Run all leaves; gives the most bytes in each, where allocations are traced."""
    peaks = []
    traced = tracemalloc.is_tracing()
    for leaf, layer, needed in plan:
        if traced:
            tracemalloc.reset_peak()
        size = math.prod(leaf.shape)
        first = leaf.inputs[0]
        over = _may_reuse(leaf) and first not in needed
        aside = np.empty(int(leaf.costs.get("scratch", 0)), kind)
        y = held[first] if over else np.empty(size, kind)
        _compute(leaf, layer, [held[t] for t in leaf.inputs], y[:size], aside, over)
        if traced:
            peaks.append(tracemalloc.get_traced_memory()[1])
        for t in set(leaf.inputs) - needed:
            del held[t]
        if y.size > size:
            y.resize(size, refcheck=False)
        held[leaf.output] = y
        del aside, y
    return peaks


def _compute(
    leaf: Leaf, layer: _Layer, inputs: Sequence[Array], y: Array, aside: Array, over: bool
) -> None:
    x, limits = inputs[0], layer.limits
    match leaf.op:
        case "conv" if over:
            _depthwise(x, layer.kernel, layer.bias, aside, layer.sizes, limits, layer.scale)
        case "conv" | "linear":
            _convolve(x, layer.kernel, layer.bias, y, layer.sizes, limits, layer.scale)
        case "global_pool":
            _means(x, y, layer.sizes[0] * layer.sizes[1], layer.turns[0], limits)
        case "activate":
            _mix(x, x, y, layer.turns[0], 0.0, limits)
        case "add":
            _mix(x, inputs[1], y, layer.turns[0], layer.turns[1], limits)
            for other, turn in zip(inputs[2:], layer.turns[2:], strict=True):
                _mix(y, other, y, 1.0, turn, limits)


def _may_reuse(leaf: Leaf) -> bool:
    """Whether a leaf's kernel can write over its first input: as `reuse` of `std.nn` says."""
    return leaf.op in ("add", "activate") or bool(leaf.op == "conv" and leaf.costs["scratch"])


def _needed(network: Network) -> list[frozenset[int]]:
    """For each leaf the tensors that are read after it."""
    later = {network.output}
    found = []
    for leaf in reversed(network.leaves):
        found.append(frozenset(later))
        later |= set(leaf.inputs)
    return found[::-1]


def _prepared(leaf: Leaf, weights: Weights | None, steps: Mapping[int, float]) -> _Layer:
    name = str(leaf.arguments.get("act", "none"))
    several = leaf.op == "add" and len(leaf.inputs) > 2 and name != "none"
    if leaf.op not in OPS or name not in BOUNDS or several:
        raise Unsupported(f"`{leaf.op}` of `{leaf.label}` is not run in this way")
    step = steps.get(leaf.output, 1.0)
    low, high = (bound / step for bound in BOUNDS[name])
    limits = (max(low, -128.0), min(high, 127.0), True) if steps else (low, high, False)
    turns = tuple(steps.get(t, 1.0) / step for t in leaf.inputs)
    if weights is None:
        nothing = np.zeros((0, 0, 0, 0), np.float32), np.zeros(0, np.float32)
        return _Layer(_sizes(leaf), limits, turns, *nothing, np.zeros(0))
    kernel, worth = weights.kernel, 1.0
    if steps:
        worth = float(np.abs(kernel).max()) / 127 or 1.0
        kernel = np.rint(kernel / worth).astype(np.int8)
    scale = np.full(len(weights.bias), worth * turns[0])
    return _Layer(_sizes(leaf), limits, turns, kernel, weights.bias / step, scale)


def _sizes(leaf: Leaf) -> tuple[int, ...]:
    """Sizes of a convolution and its padding, as of `std.nn`."""
    channels, height, width = leaf.input_shapes[0]
    out, rows, columns = leaf.shape

    def whole(name: str, otherwise: int = 1) -> int:
        value: Any = leaf.arguments.get(name, otherwise)
        return int(value)

    k, stride, dilation, groups = (whole(n) for n in ("k", "stride", "dilation", "groups"))
    reach = dilation * (k - 1)
    before = [
        reach // 2 if reach % 2 == 0 else max((n - 1) * stride + reach + 1 - size, 0) // 2
        for n, size in ((rows, height), (columns, width))
    ]
    if not leaf.arguments.get("padded", True):
        before = [0, 0]
    share = channels // groups
    return (height, width, rows, columns, k, stride, dilation, out, share, groups, *before)


def weights_of(module: BuiltNetwork) -> dict[int, Weights]:
    """The weights of a built network's convolutions and linear layers, norms folded in."""
    found = {}
    for place, layer in enumerate(module.layers.values()):
        parts = dict(layer.named_children())
        core: Any = parts.get("conv") or parts.get("linear")
        if core is None:
            continue
        kernel = core.weight.detach().numpy().astype(np.float32)
        kernel = kernel.reshape(*kernel.shape, *(1,) * (4 - kernel.ndim))
        bias = np.zeros(len(kernel)) if core.bias is None else core.bias.detach().numpy()
        norm: Any = parts.get("norm")
        if norm is not None:
            spread = (norm.running_var + norm.eps).sqrt()
            gain = (norm.weight / spread).detach().numpy()
            bias = (bias - norm.running_mean.numpy()) * gain + norm.bias.detach().numpy()
            kernel = kernel * gain[:, None, None, None]
        found[place] = Weights(np.ascontiguousarray(kernel, np.float32), bias.astype(np.float64))
    return found


def steps_of(network: Network, weights: Mapping[int, Weights], x: Array) -> dict[int, float]:
    """What one of 8-bit steps of each tensor should be worth, from a run in single precision."""
    start = network.inputs[0][1]
    largest = {start: float(np.abs(x).max())}
    held = {start: x.reshape(-1).astype(np.float32)}
    for place, (leaf, needed) in enumerate(zip(network.leaves, _needed(network), strict=True)):
        _go([(leaf, _prepared(leaf, weights.get(place), {}), needed)], held, np.float32)
        largest[leaf.output] = float(np.abs(held[leaf.output]).max())
    return {t: (most or 1.0) / 127 for t, most in largest.items()}
