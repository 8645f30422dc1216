"""A copy of a network whose inverted residuals run fused."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import TypeVar

import torch
from torch import nn
from torch.utils.hooks import RemovableHandle

from ..machine import processor
from ..networks.build import BuiltNetwork
from .block import UnsuitableBlock
from .layer import FusedBlock
from .recognise import recognise
from .report import Entry, Report

Network = TypeVar("Network", bound=nn.Module)


def fuse(
    network: Network,
    *,
    threads: int | None = None,
    measure: bool = True,
    batch: int = 1,
    told: Callable[[str], None] | None = None,
) -> Network:
    """A copy of a network for inference, in which inverted residuals run as one kernel each.

    Every block is timed against torch's own layers and stays with them where they are faster; for
    a network of `aw.build` that is done here, for the shape of its inputs, and for another shape
    when it is first met. Results agree to 1e-5 of the largest; gradients do not flow.

    Parameters
    ----------
    network : Module
        In float32 on the CPU; it is left as it is. The copy is in `eval` mode and its parameters
        ask for no gradients.
    threads : int, optional
        Most threads that a block may use; torch's number, if left out.
    measure : bool
        Whether blocks are timed; else every suitable one is fused.
    batch : int
        For which blocks are timed here.
    told : callable, optional
        Hears of each block of a network of `aw.build` before it is fused; may raise, to stop.

    Returns
    -------
    Module
        Of the same class, with the same names and state dict; its `report` (a `Report`) says what
        became of each block, `report.why(name)` why it has its tile.

    Raises
    ------
    ValueError
        Where `threads` or `batch` is less than 1, or the network is in training mode.
    """
    threads = torch.get_num_threads() if threads is None else threads
    if threads < 1 or batch < 1:
        raise ValueError(f"{threads} threads and a batch of {batch}: at least 1 is needed")
    if network.training:
        raise ValueError("the network is in training mode; `network.eval()` first, then fuse it")
    copy = deepcopy(network).requires_grad_(False)
    report = Report()
    vectors = processor.registers().lanes > 1
    for name, module in list(copy.named_modules()):
        entry = Entry(name)
        try:
            found = recognise(module)
            if found is None or not name:
                continue
            report.entries.append(entry)
            if not vectors:
                raise UnsuitableBlock("vectors of this processor are not known")
            entry.what = str(found.block)
            found.weights()  # refused here where they are not float32
        except UnsuitableBlock as error:
            entry.refusal = str(error)
            if entry not in report.entries:
                report.entries.append(entry)
            continue
        parent, _, own = name.rpartition(".")
        fused = FusedBlock(module, found, entry, threads, measure)
        setattr(copy.get_submodule(parent), own, fused)
    copy.report = report  # type: ignore[assignment]  # torch allows more than its stubs
    if isinstance(copy, BuiltNetwork) and not all(entry.refusal for entry in report.entries):
        handles = _announce(copy, told)
        try:
            with torch.no_grad():
                copy(*copy.example_inputs(batch))
        finally:
            for handle in handles:
                handle.remove()
    return copy


def _announce(network: nn.Module, told: Callable[[str], None] | None) -> list[RemovableHandle]:
    """Let a listener hear of each block when it first runs."""
    blocks = [part for part in network.modules() if isinstance(part, FusedBlock)]
    if told is None:
        return []

    def saying(text: str) -> Callable[..., None]:
        return lambda *_: told(text)

    return [
        block.register_forward_pre_hook(saying(f"fusing block {i} of {len(blocks)}"))
        for i, block in enumerate(blocks, 1)
    ]


def report_of(network: nn.Module) -> Report:
    """The `report` of a fused network.

    Raises
    ------
    ValueError
        Where the network was not made by `fuse`.
    """
    report = getattr(network, "report", None)
    if not isinstance(report, Report):
        raise ValueError("the network has no report: it was not made by `fuse`")
    return report
