"""The arithmetic of one number of a layer's result, step by step, each checked against the run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from archwright.kernels.networks import layers, sparse, tokens
from archwright.kernels.networks.fake_quantised import FakeQuantised

from . import pointwise, products, windows
from .activations import Activations
from .sums import TOLERANCE, Step, Term

ROUNDINGS = 4  # of half precision: more than a sum of its largest parts loses
Place: TypeAlias = tuple[int, ...]
Inside: TypeAlias = dict[nn.Module, tuple[Tensor, Tensor]]


class CannotOpen(ValueError):
    """A layer whose numbers are not taken apart, or a place that it does not have."""


def arithmetic(activations: Activations, leaf: int, place: Place) -> tuple[Step, ...]:
    """How one number came about.

    Parameters
    ----------
    leaf : int
        Which leaf of the network.
    place : tuple of int
        Channel, row and column of an image; token and unit of a sequence.

    Raises
    ------
    CannotOpen
        A ValueError.
    """
    output = activations.output(leaf)
    if len(place) != output.dim() or not all(
        0 <= p < n for p, n in zip(place, output.shape, strict=True)
    ):
        raise CannotOpen(f"there is no {place} in a result of {list(output.shape)}")
    here = activations.network.leaves[leaf]
    if activations.in_integers & {*here.inputs, here.output}:
        raise CannotOpen(
            "a layer in integers is not taken apart; open the network that it was made of"
        )
    found = activations.inside(leaf)
    module = activations.modules[leaf]
    if isinstance(module, FakeQuantised):
        module = module.layer
    steps = _steps(activations, leaf, module, found, place)
    last, ran = steps[-1], float(output[place])
    tolerance = max(TOLERANCE, ROUNDINGS * torch.finfo(output.dtype).eps)
    if last.running != ran and not abs(last.running - ran) <= tolerance * max(1.0, last.reach):
        raise CannotOpen("the layer gave another result when it ran again")
    return tuple(replace(step, tolerance=tolerance) for step in steps)


def _steps(
    activations: Activations, leaf: int, module: nn.Module, found: Inside, place: Place
) -> tuple[Step, ...]:
    match module:
        case layers.Conv() | tokens.Project():
            parts = [part for part in module.children() if not isinstance(part, nn.ZeroPad2d)]
            pads = [part.padding for part in module.children() if isinstance(part, nn.ZeroPad2d)]
            pad = pads[0] if pads else (0, 0, 0, 0)
            return tuple(_part(activations, part, found, place, pad) for part in parts)
        case layers.PooledLinear():
            return (products.linear(module.linear, activations, found, place[:1]),)
        case layers.Add():
            total = _sum(activations, leaf, found[module.act][0], place)
            if isinstance(module.act, nn.Identity):
                return (total,)
            return total, pointwise.activation(module.act, found, place)
        case _:
            return (_whole(activations, leaf, module, found, place),)


def _part(
    activations: Activations,
    part: nn.Module,
    found: Inside,
    place: Place,
    pad: tuple[Any, ...],
) -> Step:
    match part:
        case nn.Conv2d():
            return products.convolution(part, activations, found, place, pad)
        case nn.Linear():
            return products.linear(part, activations, found, place)
        case nn.BatchNorm2d():
            return pointwise.batch_norm(part, found, place)
        case _ if pointwise.known(part):
            return pointwise.activation(part, found, place)
    raise CannotOpen(f"{type(part).__name__} is not taken apart")


def _whole(
    activations: Activations, leaf: int, module: nn.Module, found: Inside, place: Place
) -> Step:
    """A layer that is a single step."""
    inputs, running = activations.inputs(leaf), float(activations.output(leaf)[place])
    match module:
        case nn.MaxPool2d() | layers.PaddedMaxPool():
            return windows.maximum(module, inputs[0], running, place)
        case nn.AvgPool2d() | layers.PaddedMeanPool():
            return windows.mean(module, inputs[0], running, place)
        case nn.AdaptiveAvgPool2d():
            return windows.whole_mean(inputs[0], running, place)
        case nn.LayerNorm() | nn.RMSNorm():
            return pointwise.token_norm(module, inputs[0], running, place)
        case layers.Multiply():
            x, by = (float(_at(t, place)) for t in inputs)
            term = Term("number × factor", x, by, x * by)
            return Step("product", "number × factor", x * by, running, terms=(term,))
        case sparse.Ista():
            return _ista(module, inputs[0], running, place)
        case layers.Zero():
            return Step("zero", "nothing is read", 0.0, running)
        case tokens.MeanToken():
            column = inputs[0][:, place[0]].double()
            value = float(column.mean())
            return Step("mean over tokens", f"sum ÷ {len(column)}", value, running)
        case tokens.Position() | tokens.ClassToken():
            return _learned(module, inputs[0], running, place)
        case nn.BatchNorm2d() | nn.Linear():
            return _part(activations, module, found, place, (0, 0, 0, 0))
        case _ if pointwise.known(module):
            return pointwise.activation(module, found, place)
        case nn.Embedding():
            number = int(inputs[0][place[0]])
            value = float(module.weight.detach()[number, place[1]])
            return Step("embedding", f"row {number} of the table", value, running)
    source = _copied(module, inputs, place)
    if source is None:
        raise CannotOpen(
            f"`{activations.network.leaves[leaf].op}` mixes too much for one number to be told in "
            "a few lines; open the layers around it"
        )
    number, where = source
    value = float(inputs[number][where])
    name = f"input {number + 1} at {list(where)}"
    return Step("copy", name, value, running, terms=(Term(name, value, None, value),))


def _sum(activations: Activations, leaf: int, total: Tensor, place: Place) -> Step:
    names = activations.network
    made = {one.output: one.label for one in names.leaves}
    made.update({number: name for name, number, _ in names.inputs})
    terms = [
        Term(made[t], float(x[place]), None, float(x[place]))
        for t, x in zip(names.leaves[leaf].inputs, activations.inputs(leaf), strict=True)
    ]
    value = sum(t.total for t in terms)
    reach = sum(abs(t.total) for t in terms)
    formula = " + ".join(t.name for t in terms)
    return Step("sum", formula, value, float(total[place]), terms=tuple(terms), reach=reach)


def _ista(module: sparse.Ista, x: Tensor, running: float, place: Place) -> Step:
    """What the dictionary leaves over of a token, read back into one unit, and the threshold."""
    token, unit = place
    weight, before = module.weight.detach().double(), x[token].double()
    parts = weight[:, unit] * (before - weight @ before)
    towards, own, cut = float(parts.sum()), float(before[unit]), -module.threshold
    step = module.step
    terms = (
        Term("token", own, None, own),
        Term("left over, read back × step", towards, step, towards * step),
        Term("threshold × step", cut, step, cut * step),
    )
    value = max(0.0, sum(t.total for t in terms))
    reach = abs(own) + step * (float(parts.abs().sum()) + module.threshold)
    formula = "relu(token + step × (left over, read back − threshold))"
    return Step("sparser token", formula, value, running, terms=terms, reach=reach)


def _learned(
    module: tokens.Position | tokens.ClassToken, x: Tensor, running: float, place: Place
) -> Step:
    token, unit = place
    learned = module.learned.detach()
    if isinstance(module, tokens.Position):
        a, b = float(x[place]), float(learned[token, unit])
        terms = (Term("token", a, None, a), Term("its place", b, None, b))
        return Step("position", "token + learned place", a + b, running, terms=terms)
    value = float(learned[0, unit]) if token == 0 else float(x[token - 1, unit])
    return Step("class token", "learned" if token == 0 else "the token before", value, running)


def _at(x: Tensor, place: Place) -> Tensor:
    """A number of a tensor that may be repeated along some axes."""
    return x[tuple(p if n > 1 else 0 for p, n in zip(place, x.shape, strict=True))]


def _copied(
    module: nn.Module, inputs: tuple[Tensor, ...], place: Place
) -> tuple[int, Place] | None:
    """Which input a number was taken from, and where it stands there."""
    found: Callable[[], tuple[int, Place]] | None = None
    match module:
        case layers.Concat():
            channel, number = place[0], 0
            while channel >= inputs[number].shape[0]:
                channel -= inputs[number].shape[0]
                number += 1
            return number, (channel, *place[1:])
        case layers.Crop():
            return 0, (place[0], place[1] + module.top, place[2] + module.left)
        case layers.Flatten():
            _, high, wide = inputs[0].shape
            return 0, (place[0] // (high * wide), place[0] // wide % high, place[0] % wide)
        case nn.ChannelShuffle():
            groups = module.groups
            each = inputs[0].shape[0] // groups
            return 0, (place[0] % groups * each + place[0] // groups, *place[1:])
        case tokens.Patches():
            side, channels = module.patch, inputs[0].shape[0]
            across = inputs[0].shape[2] // side
            row, column = divmod(place[1] // channels, side)
            corner = place[0] // across * side, place[0] % across * side
            return 0, (place[1] % channels, corner[0] + row, corner[1] + column)
        case tokens.Tokens():
            width = inputs[0].shape[2]
            return 0, (place[1], place[0] // width, place[0] % width)
        case tokens.OneToken():
            return 0, (module.place % inputs[0].shape[0], place[0])
        case nn.Identity():
            return 0, place
    return None if found is None else found()
