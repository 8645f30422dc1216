"""How the weights of each op carry over: which rows and columns, and what is divided.

Each rule fills a layer of the new network from its counterpart, given the channels of its inputs,
and says the channels of its output. Weights are multiplied by the share of the channels they read.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from archwright.interpreter.architecture import Leaf

from .channels import Channels, all_of, is_depthwise
from .pair import Pair, stacked
from .parts import flag, whole, word
from .recurrent import GATES

# What may differ between a layer and its counterpart without changing what it computes.
SIZES = (
    *("out", "k", "hidden", "heads", "kv_heads", "head"),
    *("experts", "width", "vocabulary", "projection", "weight_bits", "act_bits"),
)


def carry(pair: Pair) -> Channels:
    """Fill one layer, and say the channels of its output.

    Raises
    ------
    CannotCarry
    """
    for channels, shape in zip(pair.read, pair.former.input_shapes, strict=False):
        if channels.of != channel_count(shape):
            pair.refuse(f"read {channel_count(shape)} channels and would read {channels.of} others")
    if pair.choose.growing:
        _same_function(pair)
    rule = _headwise if pair.leaf.module != "std.nn" else RULES.get(pair.leaf.op, _passed)
    return rule(pair)


def channel_count(shape: tuple[int, ...]) -> int:
    """The axis that holds channels: the first of an image, the width of tokens."""
    return shape[-1] if len(shape) == 2 else shape[0]


def _same_function(pair: Pair) -> None:
    for name, value in pair.leaf.arguments.items():
        before = pair.former.arguments.get(name)
        if name in SIZES or before == value:
            continue
        if name == "groups" and is_depthwise(pair.former) and is_depthwise(pair.leaf):
            continue
        pair.refuse(f"has {name} {value} and had {before}, so outputs would change")


# ---- layers without weights


def _passed(pair: Pair) -> Channels:
    """A layer that works channel by channel, on one tensor or several."""
    first, *others = pair.read
    if not all(first.same(other) for other in others):
        pair.refuse("joins tensors of which different channels are kept")
    return first


def _concat(pair: Pair) -> Channels:
    if len(pair.former.inputs) != len(pair.leaf.inputs):
        pair.refuse(f"joins {len(pair.leaf.inputs)} tensors, not the same ones")
    start, parts = 0, []
    for channels in pair.read:
        parts.append(channels.index + start)
        start += channels.of
    return Channels(torch.cat(parts), start)


def _shuffle(pair: Pair) -> Channels:
    (inputs,) = pair.read

    def dealt(leaf: Leaf) -> Tensor:
        count = leaf.input_shapes[0][0]
        return torch.arange(count).view(whole(leaf, "groups"), -1).t().flatten()

    place = dealt(pair.former).argsort()  # where each channel used to come out
    return Channels(place[inputs.index[dealt(pair.leaf)]], inputs.of)


def _flatten(pair: Pair) -> Channels:
    if pair.former.input_shapes[0][1:] != pair.leaf.input_shapes[0][1:]:
        pair.refuse("reads an image of another size than its counterpart")
    (inputs,) = pair.read
    _, high, wide = pair.leaf.input_shapes[0]
    return inputs.spread(high * wide)


# ---- images


def _conv(pair: Pair) -> Channels:
    pair.equal("dilation", "norm", "padded")
    out, read = _conv_channels(pair)
    weight = _kernel(pair, pair.source.get_parameter("conv.weight"))
    pair.fill_from(weight, "conv.weight", out, read, reads=1)
    pair.fill_bias("conv", out)
    if hasattr(pair.target, "norm"):
        pair.fill_norm("norm", out)
    return out


def _conv_channels(pair: Pair) -> tuple[Channels, Channels | None]:
    """Channels of the output, and those that every one of them reads; None if it reads its own."""
    (inputs,) = pair.read
    groups = pair.both("groups")
    if is_depthwise(pair.former) and is_depthwise(pair.leaf):
        return inputs, None
    if groups == (1, 1):
        return pair.outputs(0), inputs
    unchanged = inputs.same(all_of(inputs.of)) and pair.former.shape[0] == pair.leaf.shape[0]
    if groups[0] == groups[1] and unchanged:
        return all_of(pair.leaf.shape[0]), None
    pair.refuse("has channels in groups, which cannot be cut or widened")


def _kernel(pair: Pair, weight: Tensor) -> Tensor:
    """The middle of a larger kernel, or a smaller one between zeros."""
    before, size = pair.both("k")
    if before == size:
        return weight
    pair.choose.allow(pair.leaf, before, size, "rows in its kernel")
    if not flag(pair.leaf, "padded"):
        pair.refuse("has no zeros around its image, so another kernel gives another size")
    if before % 2 != size % 2 or size % 2 == 0:
        pair.refuse(f"has a kernel of {size}, which has no middle in common with one of {before}")
    edge = abs(before - size) // 2
    if size < before:
        return weight[..., edge : edge + size, edge : edge + size]
    return nn.functional.pad(weight, [edge] * 4)


def _batch_norm(pair: Pair) -> Channels:
    pair.fill_norm("", pair.read[0])
    return pair.read[0]


# ---- tokens


def _linear(pair: Pair) -> Channels:
    """A linear layer on a pooled image, mostly the last one: its outputs stay in growing."""
    if pair.choose.growing and pair.former.shape != pair.leaf.shape:
        pair.refuse(f"has {pair.former.shape[0]} outputs, which would change")
    out = pair.outputs(0)
    pair.fill_linear("linear", out, pair.read[0])
    return out


def _project(pair: Pair) -> Channels:
    out = pair.outputs(-1)
    pair.fill_linear("linear", out, pair.read[0])
    return out


def _norm(pair: Pair) -> Channels:
    """A norm over all channels of a token, which must be repeated equally often."""
    _evenly(pair, "is a norm over", "its mean stays")
    return _batch_norm(pair)


def _evenly(pair: Pair, what: str, why: str) -> None:
    """Refuse channels of which some are repeated more often than others."""
    (channels,) = pair.read
    counts = torch.bincount(channels.index, minlength=channels.of)
    if counts.max() > 1 and counts.min() != counts.max():
        pair.refuse(
            f"{what} {channels.of} channels: {why} only where all "
            f"are repeated equally often, not to {len(channels.index)}"
        )


def _patches(pair: Pair) -> Channels:
    """All channels of a pixel, pixel after pixel."""
    pair.equal("patch")
    (channels,) = pair.read
    starts = torch.arange(whole(pair.leaf, "patch") ** 2)[:, None] * channels.of
    return Channels((starts + channels.index).flatten(), channels.of * len(starts))


def _ista(pair: Pair) -> Channels:
    """A dictionary of the channels, which is read forwards and back."""
    pair.equal("step", "threshold")
    _evenly(pair, "has a dictionary of", "a step back through it stays")
    (channels,) = pair.read
    pair.fill("weight", channels, channels, reads=1)
    return channels


def _embedding(pair: Pair) -> Channels:
    out = pair.outputs(-1)
    pair.fill("weight", pair.resized("vocabulary", "words"), out)
    return out


def _learned(pair: Pair) -> Channels:
    """A class token, or a vector for each place."""
    before, after = (leaf.input_shapes[0][0] for leaf in (pair.former, pair.leaf))
    if before != after and pair.leaf.op == "position":
        pair.refuse(f"has learned {before} places, not {after}")
    pair.fill("learned", None, pair.read[0])
    return pair.read[0]


# ---- attention


def _attention(pair: Pair) -> Channels:
    head, wanted = pair.both("head")
    if head != wanted:
        pair.refuse(f"has heads of {wanted}, not {head}")
    keys = pair.resized("kv_heads", "key heads")
    before, after = (whole(x, "heads") // whole(x, "kv_heads") for x in (pair.former, pair.leaf))
    inside = pair.choose(pair.leaf, before, after, "queries for each key")
    heads = Channels((keys.index[:, None] * before + inside.index).flatten(), before * keys.of)
    parts = torch.cat((heads.index, keys.index + heads.of, keys.index + heads.of + keys.of))
    made = Channels(parts, heads.of + 2 * keys.of).spread(head)
    out = pair.outputs(-1)
    pair.fill_linear("project_in", made, pair.read[0])
    pair.fill_linear("project_out", out, heads.spread(head))
    return out


def _subspace_attention(pair: Pair) -> Channels:
    pair.equal("head")
    made = pair.resized("heads", "heads").spread(whole(pair.leaf, "head"))
    out = pair.outputs(-1)
    pair.fill_linear("project_in", made, pair.read[0])
    pair.fill_linear("project_out", out, made)
    return out


def _latent_attention(pair: Pair) -> Channels:
    sizes = ("nope", "rope", "value", "kv_rank", "q_rank")
    pair.equal(*sizes)
    nope, rope, value, latent, rank = (whole(pair.leaf, name) for name in sizes)
    heads = pair.resized("heads", "heads")
    out = pair.outputs(-1)
    queries = heads.spread(nope + rope)
    if rank:
        pair.fill_linear("query.0", all_of(rank), pair.read[0])
        pair.fill_norm("query.1", all_of(rank))
        pair.fill_linear("query.2", queries, all_of(rank))
    else:
        pair.fill_linear("query", queries, pair.read[0])
    pair.fill_linear("latent", all_of(latent + rope), pair.read[0])
    pair.fill_norm("latent_norm", all_of(latent))
    pair.fill_linear("keys_values", heads.spread(nope + value), all_of(latent))
    pair.fill_linear("project_out", out, heads.spread(value))
    return out


# ---- recurrences


def _recurrent(pair: Pair) -> Channels:
    pair.equal("cell", "heads", "biases")
    projected = pair.both("projection")
    if bool(projected[0]) != bool(projected[1]):
        pair.refuse("is projected in one of the two networks only")
    heads, gates = whole(pair.leaf, "heads"), GATES[word(pair.leaf, "cell")]
    before, after = (hidden // heads for hidden in pair.both("hidden"))
    kept = pair.choose(pair.leaf, before, after, "units" if heads > 1 else "channels")
    units = stacked(kept, heads)
    fed = pair.choose(pair.leaf, *projected) if projected[0] else kept
    for name, _ in pair.target.named_parameters():
        if name == "weight_ih":
            pair.fill(name, stacked(units, gates), pair.read[0], reads=1)
        elif name == "weight_hh":
            pair.fill(name, None, stacked(kept, gates), fed, reads=2)
        elif name == "weight_hr":
            pair.fill(name, fed, units, reads=1)
        else:
            pair.fill(name, stacked(units, gates))
    return fed if projected[0] else units


def _headwise(pair: Pair) -> Channels:
    if pair.former.shape != pair.leaf.shape:
        pair.refuse("has other sizes than its counterpart")
    pair.target.load_state_dict(pair.source.state_dict())
    return all_of(channel_count(pair.leaf.shape))


# ---- mixtures of experts


def _router(pair: Pair) -> Channels:
    experts = pair.choose(pair.leaf, pair.former.shape[-1], pair.leaf.shape[-1], "experts")
    if pair.choose.growing and pair.former.shape[-1] != pair.leaf.shape[-1]:
        pair.refuse("would choose among more experts, which changes shares")
    pair.fill_linear("score", experts, pair.read[0])
    if pair.leaf.arguments["selection_bias"] and pair.former.arguments["selection_bias"]:
        pair.fill("selection_bias", experts)
    return experts


def _routed(pair: Pair) -> Channels:
    inputs, experts = pair.read
    hidden = pair.resized("hidden", "hidden units")
    out = pair.outputs(-1)
    for name in ("gate", "widen"):
        pair.fill(name, experts, hidden, inputs, reads=2)
    pair.fill("narrow", experts, out, hidden, reads=2)
    return out


RULES: dict[str, Callable[[Pair], Channels]] = {
    "concat": _concat,
    "shuffle": _shuffle,
    "conv": _conv,
    "flatten": _flatten,
    "batch_norm": _batch_norm,
    "linear": _linear,
    "project": _project,
    "norm": _norm,
    "embedding": _embedding,
    "class_token": _learned,
    "position": _learned,
    "attention": _attention,
    "latent_attention": _latent_attention,
    "subspace_attention": _subspace_attention,
    "patches": _patches,
    "ista": _ista,
    "recurrent": _recurrent,
    "router": _router,
    "routed": _routed,
}
