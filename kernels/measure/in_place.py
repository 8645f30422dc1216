"""Networks timed leaf by leaf: each layer where it stands, after and before its neighbours.

A layer alone in a loop finds its weights and inputs in the nearest cache and takes half of the
time that it takes in a network. So whole networks run here, and a clock is read after each leaf:
the times of the leaves add up to that of the network.

The allocator is asked to keep the memory that it has, since which layer pays for new pages is an
accident of the layers before it: the same layer took 0.4 ms or 2.6 ms. See `keep_memory`.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from typing import Any

import torch
from torch import Tensor

from archwright.interpreter.architecture import Network
from archwright.solvers.control import Stopped

from ..allocator import keep_memory
from ..networks.build import BuiltNetwork, build
from ..networks.room import at_hand
from .recurrences import with_kernels

SHARE = 4  # of the memory that networks which wait for their turn may take: one in so many
WARM = 2  # calls before the clock counts


@dataclass(frozen=True)
class Times:
    """What one network took.

    Attributes
    ----------
    whole : list of float
        Seconds of a call, for each round.
    leaves : list of list of float
        Seconds of each leaf, from the end of the one before it, for each round.
    """

    whole: list[float]
    leaves: list[list[float]]


def time_networks(
    networks: Sequence[Network],
    rounds: int,
    *,
    threads: int = 1,
    whole_only: Collection[int] = (),
    check: Callable[[], None] = lambda: None,
) -> Iterator[list[Times]]:
    """Time networks in alternating rounds, at batch 1, with channels last.

    Gives the times so far after each round, and before it is stopped in one: the same lists, which
    grow.

    Parameters
    ----------
    rounds : int
        Of which each times every network once as a whole, and once leaf by leaf.
    threads : int
        With one, the clock is that of the thread alone, so that a busy neighbour does not count.
    whole_only : collection of int
        The places of networks that are not timed leaf by leaf.
    check : callable
        Called between networks; raises `Stopped` to stop.

    Raises
    ------
    ArchError
        `no-builder`, `no-room`.
    Stopped
        Where `check` does.
    """
    keep_memory()
    clock = time.thread_time if threads == 1 else time.perf_counter
    with _threads(threads), torch.no_grad():
        contestants = []
        for network in networks:
            check()
            contestants.append(_ready(network))
        found = [Times([], []) for _ in networks]
        for module, inputs in contestants:
            check()
            for _ in range(WARM):
                module(*inputs)
        gc.collect()
        for turn in range(rounds):
            first = turn % len(networks)
            for i in (*range(first, len(networks)), *range(first)):
                try:
                    check()
                except Stopped:
                    yield found  # what of this round there is
                    raise
                module, inputs = contestants[i]
                started = clock()
                module(*inputs)
                found[i].whole.append(clock() - started)
                if i not in whole_only:
                    found[i].leaves.append(_leaves(module, inputs, clock))
            yield found


def together(networks: Sequence[Network], most: int) -> Iterator[list[int]]:
    """The places of networks in groups that take turns: at most so many, and not all memory."""
    room, held = at_hand() / SHARE, 0.0
    group: list[int] = []
    for i, network in enumerate(networks):
        size = 4 * sum(float(leaf.costs.get("params", 0)) for leaf in network.leaves)
        size += 4 * sum(prod(shape) for _, _, shape in network.inputs)
        if group and (len(group) == most or held + size > room):
            yield group
            group, held = [], 0.0
        group.append(i)
        held += size
    if group:
        yield group


def _ready(network: Network) -> tuple[BuiltNetwork, tuple[Tensor, ...]]:
    module = build(network).eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    with_kernels(module)
    return module, tuple(map(_channels_last, module.example_inputs()))


def _channels_last(x: Tensor) -> Tensor:
    return x.contiguous(memory_format=torch.channels_last) if x.dim() == 4 else x


def _leaves(
    module: BuiltNetwork, inputs: tuple[Tensor, ...], clock: Callable[[], float]
) -> list[float]:
    """Seconds from the end of each leaf to that of the next."""
    ends: list[float] = []

    def ended(leaf: Any, given: Any, result: Any) -> None:
        ends.append(clock())

    hooks = [leaf.register_forward_hook(ended) for leaf in module.layers.values()]
    started = clock()
    module(*inputs)
    for hook in hooks:
        hook.remove()
    return [end - begun for begun, end in zip([started, *ends], ends, strict=False)]


@contextmanager
def _threads(number: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)
