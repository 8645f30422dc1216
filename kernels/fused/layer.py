"""A fused block as a torch module, with the torch layers that it stands for inside."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from functools import partial
from time import perf_counter, thread_time
from typing import Any, Self, TypeAlias

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import is_in_torch_dispatch_mode

from .. import timing
from .block import UnsuitableBlock
from .choose import Chosen, choose
from .plan import Plan
from .recognise import Found
from .report import FUSED, OPTIMISED, TORCH, Choice, Entry

Call: TypeAlias = Callable[[Tensor], Tensor]

ROUNDS = 5
SPECIALISING = 3  # first calls of a traced module, which are slow
WATCHED = "its operations are being traced or counted"  # by who asks for torch's, so no warning


class SlowerPath(UserWarning):
    """A fused block leaves a call to torch."""


class FusedBlock(nn.Module):
    """An inverted residual that runs as one kernel where that is right and faster.

    Its children are those of the block that it replaces, so names and state dict stay. Results are
    those of inference: no gradient flows through the kernel. Where a call is not for the kernel
    (training, other numbers than float32, gradients, an empty batch), the torch layers run, and a
    `SlowerPath` warning says so once for each reason.

    Parameters
    ----------
    plain : Module
        The block.
    found : Found
    entry : Entry
        Where choices are recorded.
    threads : int
        Most threads to use.
    measure : bool
        Whether the first call with a new shape times the kernel against torch's layers, as they are
        and passed through `torch.jit.optimize_for_inference`; else the kernel is taken.
    """

    def __init__(
        self, plain: nn.Module, found: Found, entry: Entry, threads: int = 1, measure: bool = True
    ) -> None:
        super().__init__()
        for name, child in plain.named_children():
            self.add_module(name, child)
        self.training = plain.training
        self.entry, self.threads, self.measure = entry, threads, measure
        self._plain = (plain,)  # in a tuple, so that its children are not registered twice
        self._found = found
        self._forget()

    def forward(self, x: Tensor) -> Tensor:
        """The block of an image [batch, C, H, W].

        Raises
        ------
        ValueError
            Where the input is not an image with the channels of the block.
        """
        block = self._found.block
        if x.ndim != 4 or x.shape[1] != block.inputs:
            raise ValueError(
                f"an input of shape {list(x.shape)}, not [batch, {block.inputs}, H, W]"
            )
        detour = self._detour(x)
        if detour:
            if detour not in (*self.entry.detours, WATCHED):
                warnings.warn(
                    f"{self.entry.name} runs by torch: {detour}", SlowerPath, stacklevel=2
                )
            self.entry.detours[detour] = self.entry.detours.get(detour, 0) + 1
            return self._torch(x)
        if not self._is_current():
            self._forget()
        shape = tuple(x.shape)
        if shape not in self._runs:
            self._runs[shape] = self._ready(x)
        return self._runs[shape](x)

    def _torch(self, x: Tensor) -> Tensor:
        result: Tensor = self._plain[0](x)
        return result

    def _detour(self, x: Tensor) -> str:
        """Why this call is not for the kernel; empty where it is."""
        if self.training:
            return "it is in training mode"
        if x.dtype != torch.float32:
            return f"the input is {x.dtype}, the kernel is for float32"
        if x.device.type == "meta":
            return WATCHED
        if x.device.type != "cpu":
            return f"the input is on {x.device}, the kernel is for the CPU"
        if x.numel() == 0:
            return "the input is empty"
        if torch.is_grad_enabled() and x.requires_grad:
            return "the input asks for gradients"
        if torch.jit.is_tracing() or torch.compiler.is_compiling():  # type: ignore[attr-defined,no-untyped-call]
            return WATCHED
        if type(x) is not Tensor or is_in_torch_dispatch_mode():
            return WATCHED
        return ""

    def _forget(self) -> None:
        """Drop the packed weights: they are packed anew from what stands in the layers now."""
        self._runs: dict[tuple[int, ...], Call] = {}
        self._places: Any = self._found.places()
        self._versions = sum(tensor._version for _, _, tensor in self._places)

    def _is_current(self) -> bool:
        """Whether no weight was replaced or written to since it was packed."""
        versions = 0
        for owner, name, tensor in self._places:
            if owner[name] is not tensor:
                return False
            versions += tensor._version
        return versions == self._versions

    def _apply(self, *arguments: Any, **options: Any) -> Self:
        """As in any module, which puts other numbers into the same tensors."""
        super()._apply(*arguments, **options)  # type: ignore[no-untyped-call]
        self._forget()
        return self

    def _ready(self, x: Tensor) -> Call:
        """What runs images of this shape from now on; recorded."""
        shape = tuple(x.shape)
        try:
            plans = self._plans(*shape)
        except UnsuitableBlock as error:
            self.entry.choices[shape] = Choice(TORCH, str(error))
            return self._torch
        calls: dict[str, Call] = {FUSED: plans[max(plans)][0]}
        threads, times = max(plans), {}
        runs, why = FUSED, "not measured"
        if self.measure:
            optimised = self._optimised(x)
            calls[TORCH] = self._torch
            if optimised is not None:
                calls[OPTIMISED] = optimised
            entrants = {key: call for key, call in calls.items() if key != FUSED}
            entrants |= {str(threads): call for threads, (call, _) in plans.items()}
            times = self._times(entrants, x)
            threads = min(plans, key=lambda threads: times[str(threads)])
            calls[FUSED], times[FUSED] = plans[threads][0], times[str(threads)]
            runs = min(calls, key=times.__getitem__)
            told = {FUSED: "as one kernel", TORCH: "by torch", OPTIMISED: "optimised by torch"}
            why = ", ".join(f"{times[key]:.3f} ms {told[key]}" for key in told if key in calls)
        _, chosen = plans[threads]
        where = f" on {threads} threads" if threads > 1 else ""
        self.entry.choices[shape] = Choice(
            runs, f"{why}{where}; {chosen.tile}", chosen.tile, threads,
            chosen.seconds * len(x) * 1e3, times.get(FUSED), times.get(TORCH),
            times.get(OPTIMISED), chosen.reason,
        )  # fmt: skip
        return calls[runs]

    def _plans(self, batch: int, _: int, height: int, width: int) -> dict[int, tuple[Call, Chosen]]:
        """The kernel on one thread, and on as many as there may be, with their tiles."""
        block, weights = self._found.block, self._found.weights()
        plans: dict[int, tuple[Call, Chosen]] = {}
        for threads in sorted({1, self.threads}):
            chosen = choose(block, height, width, -(-threads // batch))
            if batch * chosen.tile.blocks < threads:
                continue  # a gate, or few rows: there is no work for so many
            plan = Plan(block, weights, height, width, chosen.tile, threads)
            plans[threads] = partial(_run, plan), chosen
        return plans

    def _optimised(self, x: Tensor) -> Call | None:
        """Torch's layers as it makes them faster for inference, or None where it cannot."""
        try:
            with torch.no_grad(), warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of tracing, which newer versions discourage
                traced = torch.jit.trace(self._plain[0], x)  # type: ignore[no-untyped-call]
                made: Call = torch.jit.optimize_for_inference(torch.jit.freeze(traced))
                for _ in range(SPECIALISING):
                    made(x)
        except RuntimeError:
            return None
        return made

    def _times(self, calls: Mapping[str, Call], x: Tensor) -> dict[str, float]:
        """Milliseconds of each, by alternating rounds."""
        # Time of this thread tells nothing of what others do for it.
        alone = self.threads == torch.get_num_threads() == 1
        clock = thread_time if alone else perf_counter
        contestants = {name: partial(call, x) for name, call in calls.items()}
        with torch.no_grad():
            return timing.medians(timing.alternating(contestants, ROUNDS, clock))

    def __getstate__(self) -> dict[str, Any]:
        """Without plans, which hold addresses and compiled code and are made anew."""
        return {**self.__dict__, "_runs": {}, "_places": []}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)  # type: ignore[no-untyped-call]
        self._forget()

    def extra_repr(self) -> str:
        return f"fused: {self._found.block}"


def _run(plan: Plan, x: Tensor) -> Tensor:
    """The plan on an image, which is copied where its channels are not last in memory."""
    x = x.contiguous(memory_format=torch.channels_last)
    batch = x.shape[0]
    rows, columns, outputs = plan.out_shape
    result = torch.empty(
        (batch, outputs, rows, columns), memory_format=torch.channels_last, dtype=torch.float32
    )
    plan.run_at(x.data_ptr(), result.data_ptr(), batch)
    return result
