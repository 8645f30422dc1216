"""How the weights of each op carry over: which rows and columns, and what is divided.

Each rule fills a layer of the new network from its counterpart, given the channels of its inputs,
and says the channels of its output. Weights are multiplied by the share of the channels they read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from archwright.interpreter.architecture import Leaf

from .channels import CannotCarry, Channels, Chooser, all_of, is_depthwise
from .parts import whole, word
from .recurrent import GATES

JOINED = ("add", "add_tokens", "multiply", "scale")


def carry(
    before: Leaf,
    leaf: Leaf,
    old: nn.Module,
    new: nn.Module,
    read: Sequence[Channels],
    choose: Chooser,
) -> Channels:
    """Fill one layer, and say the channels of its output.

    Raises
    ------
    CannotCarry
    """
    for channels, shape in zip(read, before.input_shapes, strict=False):
        if channels.of != channel_count(shape):
            raise CannotCarry(
                f"`{leaf.label}` read {channel_count(shape)} channels and would read "
                f"{channels.of} others"
            )
    if choose.growing:
        _same_function(before, leaf)
    rule = _headwise if leaf.module != "std.nn" else RULES.get(leaf.op)
    return _passed(leaf, read) if rule is None else rule(before, leaf, old, new, read, choose)


def channel_count(shape: tuple[int, ...]) -> int:
    """The axis that holds channels: the first of an image, the width of tokens."""
    return shape[-1] if len(shape) == 2 else shape[0]


# What may differ between a layer and its counterpart without changing what it computes.
SIZES = (
    *("out", "k", "hidden", "heads", "kv_heads", "head"),
    *("experts", "width", "vocabulary", "projection", "weight_bits", "act_bits"),
)


def _same_function(before: Leaf, leaf: Leaf) -> None:
    for name, value in leaf.arguments.items():
        if name in SIZES or before.arguments.get(name) == value:
            continue
        if name == "groups" and is_depthwise(before) and is_depthwise(leaf):
            continue
        raise CannotCarry(
            f"`{leaf.label}` has {name} {value} and had {before.arguments.get(name)}, "
            "so outputs would change"
        )


def _copy(to: Tensor, weight: Tensor, *axes: Channels | None, reads: int | None = None) -> None:
    """Fill a parameter with the given channels along its axes, of which one may be read."""
    for axis, channels in enumerate(axes):
        if channels is None:
            continue
        weight = weight.index_select(axis, channels.index.to(weight.device))
        if axis == reads:
            share = channels.share.to(weight)
            weight = weight * share.view(-1, *[1] * (weight.dim() - axis - 1))
    if to.shape != weight.shape:
        raise CannotCarry(f"weights of {list(weight.shape)} do not fit {list(to.shape)}")
    to.copy_(weight)


def _copy_bias(new: nn.Module, old: nn.Module, out: Channels, name: str) -> None:
    to, bias = getattr(new, "bias", None), getattr(old, "bias", None)
    if (to is None) != (bias is None):
        raise CannotCarry(f"`{name}` has a bias in one of the two networks only")
    if to is not None and bias is not None:
        _copy(to, bias, out)


def _linear(new: nn.Module, old: nn.Module, out: Channels, read: Channels, name: str) -> None:
    """A matrix [out, read] and its bias."""
    _copy(new.get_parameter("weight"), old.get_parameter("weight"), out, read, reads=1)
    _copy_bias(new, old, out, name)


def _norm_state(new: nn.Module, old: nn.Module, channels: Channels) -> None:
    """Batch norm: all of its state is per channel."""
    state = old.state_dict()
    for name, to in new.state_dict().items():
        _copy(to, state[name], *([channels] if to.dim() else []))


def _even(leaf: Leaf, channels: Channels) -> None:
    """Refuse a norm over channels of which some are repeated more often than others."""
    counts = torch.bincount(channels.index, minlength=channels.of)
    if counts.max() > 1 and counts.min() != counts.max():
        raise CannotCarry(
            f"`{leaf.label}` is a norm over {channels.of} channels: its mean stays only where all "
            f"are repeated equally often, not to {len(channels.index)}"
        )


def _passed(leaf: Leaf, read: Sequence[Channels]) -> Channels:
    """A layer without weights that works channel by channel."""
    if any(not read[0].same(other) for other in read[1:]):
        raise CannotCarry(f"`{leaf.label}` joins tensors of which different channels are kept")
    return read[0]


def _conv(
    before: Leaf,
    leaf: Leaf,
    old: nn.Module,
    new: nn.Module,
    read: Sequence[Channels],
    choose: Chooser,
) -> Channels:
    (inputs,) = read
    count, wanted = before.shape[0], leaf.shape[0]
    alone = is_depthwise(before) and is_depthwise(leaf)
    if alone:
        out = inputs
    elif whole(before, "groups") == whole(leaf, "groups") == 1:
        out = choose(leaf, count, wanted)
    elif before.arguments["groups"] == leaf.arguments["groups"] and (
        inputs.same(all_of(inputs.of)) and count == wanted
    ):
        out, alone = all_of(count), True  # nothing changes
    else:
        raise CannotCarry(f"`{leaf.label}` has channels in groups, which cannot be cut or widened")
    if whole(before, "dilation") != whole(leaf, "dilation"):
        raise CannotCarry(f"`{leaf.label}` has another dilation than its counterpart")
    weight = _kernel(leaf, old.get_parameter("conv.weight"), whole(leaf, "k"), choose)
    to = new.get_parameter("conv.weight")
    _copy(to, weight, out, None if alone else inputs, reads=None if alone else 1)
    _copy_bias(new.get_submodule("conv"), old.get_submodule("conv"), out, leaf.label)
    if hasattr(old, "norm") != hasattr(new, "norm"):
        raise CannotCarry(f"`{leaf.label}` has a norm in one of the two networks only")
    if hasattr(new, "norm"):
        _norm_state(new.get_submodule("norm"), old.get_submodule("norm"), out)
    return out


def _kernel(leaf: Leaf, weight: Tensor, size: int, choose: Chooser) -> Tensor:
    """The middle of a larger kernel, or a smaller one between zeros."""
    before = weight.shape[-1]
    if before == size:
        return weight
    choose.allow(leaf, before, size, "rows in its kernel")
    if before % 2 != size % 2 or size % 2 == 0:
        raise CannotCarry(
            f"`{leaf.label}`: a kernel of {size} has no middle in common with {before}"
        )
    edge = abs(before - size) // 2
    if size < before:
        return weight[..., edge : edge + size, edge : edge + size]
    return nn.functional.pad(weight, [edge] * 4)


def _pooled_linear(
    before: Leaf,
    leaf: Leaf,
    old: nn.Module,
    new: nn.Module,
    read: Sequence[Channels],
    choose: Chooser,
) -> Channels:
    """A linear layer, on tokens or on a pooled image."""
    last = -1 if len(leaf.shape) == 2 else 0
    if choose.growing and leaf.op == "linear":
        if before.shape != leaf.shape:
            raise CannotCarry(f"`{leaf.label}` has {before.shape[0]} outputs, which would change")
        out = all_of(before.shape[0])
    else:
        out = choose(leaf, before.shape[last], leaf.shape[last])
    _linear(new.get_submodule("linear"), old.get_submodule("linear"), out, read[0], leaf.label)
    return out


def _batch_norm(
    before: Leaf,
    leaf: Leaf,
    old: nn.Module,
    new: nn.Module,
    read: Sequence[Channels],
    choose: Chooser,
) -> Channels:
    _norm_state(new, old, read[0])
    return read[0]


def _norm(
    before: Leaf,
    leaf: Leaf,
    old: nn.Module,
    new: nn.Module,
    read: Sequence[Channels],
    choose: Chooser,
) -> Channels:
    _even(leaf, read[0])
    _norm_state(new, old, read[0])
    return read[0]


def _embedding(
    before: Leaf,
    leaf: Leaf,
    old: nn.Module,
    new: nn.Module,
    read: Sequence[Channels],
    choose: Chooser,
) -> Channels:
    out = choose(leaf, before.shape[-1], leaf.shape[-1])
    words = choose(leaf, whole(before, "vocabulary"), whole(leaf, "vocabulary"), "words")
    _copy(new.get_parameter("weight"), old.get_parameter("weight"), words, out)
    return out


def _learned(
    before: Leaf,
    leaf: Leaf,
    old: nn.Module,
    new: nn.Module,
    read: Sequence[Channels],
    choose: Chooser,
) -> Channels:
    """A class token, or a vector for each place."""
    if before.input_shapes[0][0] != leaf.input_shapes[0][0] and leaf.op == "position":
        raise CannotCarry(
            f"`{leaf.label}` has learned {before.input_shapes[0][0]} places, "
            f"not {leaf.input_shapes[0][0]}"
        )
    _copy(new.get_parameter("learned"), old.get_parameter("learned"), None, read[0])
    return read[0]


def _concat(
    before: Leaf,
    leaf: Leaf,
    old: nn.Module,
    new: nn.Module,
    read: Sequence[Channels],
    choose: Chooser,
) -> Channels:
    if len(before.inputs) != len(leaf.inputs):
        raise CannotCarry(f"`{leaf.label}` joins {len(leaf.inputs)} tensors, not the same ones")
    start, parts = 0, []
    for channels in read:
        parts.append(channels.index + start)
        start += channels.of
    return Channels(torch.cat(parts), start)


def _shuffle(
    before: Leaf,
    leaf: Leaf,
    old: nn.Module,
    new: nn.Module,
    read: Sequence[Channels],
    choose: Chooser,
) -> Channels:
    (inputs,) = read

    def dealt(leaf: Leaf) -> Tensor:
        count = leaf.input_shapes[0][0]
        return torch.arange(count).view(whole(leaf, "groups"), -1).t().flatten()

    place = dealt(before).argsort()  # where each channel used to come out
    return Channels(place[inputs.index[dealt(leaf)]], inputs.of)


def _attention(
    before: Leaf,
    leaf: Leaf,
    old: nn.Module,
    new: nn.Module,
    read: Sequence[Channels],
    choose: Chooser,
) -> Channels:
    head = whole(leaf, "head")
    if head != whole(before, "head"):
        raise CannotCarry(f"`{leaf.label}` has heads of {head}, not {whole(before, 'head')}")
    key_heads = choose(leaf, whole(before, "kv_heads"), whole(leaf, "kv_heads"), "key heads")
    group, wanted = (whole(x, "heads") // whole(x, "kv_heads") for x in (before, leaf))
    inside = choose(leaf, group, wanted, "queries for each key")
    queries = (key_heads.index[:, None] * group + inside.index).flatten()
    heads = Channels(queries, whole(before, "heads"))
    keys, offset = key_heads.index + heads.of, key_heads.of
    every = Channels(torch.cat((queries, keys, keys + offset)), heads.of + 2 * offset).spread(head)
    out = choose(leaf, before.shape[-1], leaf.shape[-1])
    names = ("project_in", "project_out")
    (into, out_of), (old_into, old_out_of) = (
        [module.get_submodule(name) for name in names] for module in (new, old)
    )
    _linear(into, old_into, every, read[0], leaf.label)
    _linear(out_of, old_out_of, out, heads.spread(head), leaf.label)
    return out


def _latent_attention(
    before: Leaf,
    leaf: Leaf,
    old: nn.Module,
    new: nn.Module,
    read: Sequence[Channels],
    choose: Chooser,
) -> Channels:
    for name in ("nope", "rope", "value", "kv_rank", "q_rank"):
        if whole(before, name) != whole(leaf, name):
            raise CannotCarry(f"`{leaf.label}` has another {name} than its counterpart")
    heads = choose(leaf, whole(before, "heads"), whole(leaf, "heads"), "heads")
    nope, rope, value = (whole(leaf, name) for name in ("nope", "rope", "value"))
    rank, latent = whole(leaf, "q_rank"), whole(leaf, "kv_rank")
    queries, made = heads.spread(nope + rope), heads.spread(nope + value)
    out = choose(leaf, before.shape[-1], leaf.shape[-1])
    new.load_state_dict({k: v for k, v in old.state_dict().items() if "norm" in k}, strict=False)

    def both(name: str, rows: Channels, columns: Channels) -> None:
        _linear(new.get_submodule(name), old.get_submodule(name), rows, columns, leaf.label)

    if rank:
        both("query.0", all_of(rank), read[0])
        _norm_state(new.get_submodule("query.1"), old.get_submodule("query.1"), all_of(rank))
        both("query.2", queries, all_of(rank))
    else:
        both("query", queries, read[0])
    both("latent", all_of(latent + rope), read[0])
    both("keys_values", made, all_of(latent))
    both("project_out", out, heads.spread(value))
    return out


def _recurrent(
    before: Leaf,
    leaf: Leaf,
    old: nn.Module,
    new: nn.Module,
    read: Sequence[Channels],
    choose: Chooser,
) -> Channels:
    heads, gates = whole(leaf, "heads"), GATES[word(leaf, "cell")]
    if heads != whole(before, "heads") or word(before, "cell") != word(leaf, "cell"):
        raise CannotCarry(f"`{leaf.label}` has other heads or another cell than its counterpart")
    if whole(before, "biases") != whole(leaf, "biases"):
        raise CannotCarry(f"`{leaf.label}` has another number of biases than its counterpart")
    count, wanted = whole(before, "hidden") // heads, whole(leaf, "hidden") // heads
    kept = choose(leaf, count, wanted, "units" if heads > 1 else "channels")
    start = torch.arange(heads)[:, None] * count
    units = Channels((start + kept.index).flatten(), heads * count)
    projected = whole(before, "projection"), whole(leaf, "projection")
    if bool(projected[0]) != bool(projected[1]):
        raise CannotCarry(f"`{leaf.label}` is projected in one of the two networks only")
    fed = choose(leaf, *projected) if projected[0] else kept

    def rows(channels: Channels) -> Channels:
        """Those of all gates, which stand one behind another."""
        first = torch.arange(gates)[:, None] * channels.of
        return Channels((first + channels.index).flatten(), gates * channels.of)

    parameters = dict(old.named_parameters())
    for name, to in new.named_parameters():
        weight = parameters[name]
        if name == "weight_ih":
            _copy(to, weight, rows(units), read[0], reads=1)
        elif name == "weight_hh":
            _copy(to, weight, None, rows(kept), fed, reads=2)
        elif name == "weight_hr":
            _copy(to, weight, fed, units, reads=1)
        else:
            _copy(to, weight, rows(units))
    return fed if projected[0] else units


def _router(
    before: Leaf,
    leaf: Leaf,
    old: nn.Module,
    new: nn.Module,
    read: Sequence[Channels],
    choose: Chooser,
) -> Channels:
    experts = choose(leaf, before.shape[-1], leaf.shape[-1], "experts")
    if choose.growing and before.shape[-1] != leaf.shape[-1]:
        raise CannotCarry(f"`{leaf.label}` would choose among more experts, which changes shares")
    _linear(new.get_submodule("score"), old.get_submodule("score"), experts, read[0], leaf.label)
    if leaf.arguments["selection_bias"] and before.arguments["selection_bias"]:
        names = "selection_bias"
        _copy(new.get_parameter(names), old.get_parameter(names), experts)
    return experts


def _routed(
    before: Leaf,
    leaf: Leaf,
    old: nn.Module,
    new: nn.Module,
    read: Sequence[Channels],
    choose: Chooser,
) -> Channels:
    inputs, experts = read
    hidden = choose(leaf, whole(before, "hidden"), whole(leaf, "hidden"), "hidden units")
    out = choose(leaf, before.shape[-1], leaf.shape[-1])
    for name in ("gate", "widen"):
        to = new.get_parameter(name)
        _copy(to, old.get_parameter(name), experts, hidden, inputs, reads=2)
    to = new.get_parameter("narrow")
    _copy(to, old.get_parameter("narrow"), experts, out, hidden, reads=2)
    return out


def _headwise(
    before: Leaf,
    leaf: Leaf,
    old: nn.Module,
    new: nn.Module,
    read: Sequence[Channels],
    choose: Chooser,
) -> Channels:
    if before.shape != leaf.shape:
        raise CannotCarry(f"`{leaf.label}` has other sizes than its counterpart")
    new.load_state_dict(old.state_dict())
    return all_of(channel_count(leaf.shape))


RULES: dict[
    str, Callable[[Leaf, Leaf, nn.Module, nn.Module, Sequence[Channels], Chooser], Channels]
] = {
    "conv": _conv,
    "linear": _pooled_linear,
    "project": _pooled_linear,
    "batch_norm": _batch_norm,
    "norm": _norm,
    "embedding": _embedding,
    "class_token": _learned,
    "position": _learned,
    "concat": _concat,
    "shuffle": _shuffle,
    "attention": _attention,
    "latent_attention": _latent_attention,
    "recurrent": _recurrent,
    "router": _router,
    "routed": _routed,
}
