"""A fused block as a torch module, with the torch layers that it stands for inside."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from time import perf_counter, thread_time
from typing import Any, Self

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import is_in_torch_dispatch_mode

from .. import timing
from .block import UnsuitableBlock
from .choose import choose
from .plan import Plan
from .recognise import Found
from .report import FUSED, TORCH, Choice, Entry

ROUNDS = 5
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
        Whether the first call with a new shape times the kernel against torch; else the kernel is
        taken.
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
        if shape not in self._plans:
            self._plans[shape] = self._ready(x)
        plan = self._plans[shape]
        return self._torch(x) if plan is None else _run(plan, x)

    def _torch(self, x: Tensor) -> Tensor:
        result: Tensor = self._plain[0](x)
        return result

    def _detour(self, x: Tensor) -> str:
        """Why this call is not for the kernel; empty where it is."""
        if self.training:
            return "it is in training mode"
        if x.dtype != torch.float32:
            return f"the input is {x.dtype}, the kernel is for float32"
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
        self._plans: dict[tuple[int, ...], Plan | None] = {}
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

    def _ready(self, x: Tensor) -> Plan | None:
        """The plan for images of this shape, or None where torch is to run them; both recorded."""
        shape = tuple(x.shape)
        batch, _, height, width = shape
        try:
            weights = self._found.weights()
            candidates = {}
            for threads in sorted({1, self.threads}):
                chosen = choose(self._found.block, height, width, -(-threads // batch))
                plan = Plan(self._found.block, weights, height, width, chosen.tile, threads)
                candidates[threads] = (plan, chosen)
        except UnsuitableBlock as error:
            self.entry.choices[shape] = Choice(TORCH, str(error))
            return None
        choice: dict[str, Any] = {}
        runs, threads = FUSED, max(candidates)
        why = "not measured"
        if self.measure:
            contestants: dict[str, Callable[[], object]] = {
                str(t): lambda plan=plan: _run(plan, x)  # type: ignore[misc]
                for t, (plan, _) in candidates.items()
            }
            contestants[TORCH] = lambda: self._torch(x)
            # Time of this thread tells nothing of what others do for it.
            alone = self.threads == torch.get_num_threads() == 1
            clock = thread_time if alone else perf_counter
            with torch.no_grad():
                times = timing.medians(timing.alternating(contestants, ROUNDS, clock))
            by_torch = times.pop(TORCH)
            threads = int(min(times, key=times.__getitem__))
            fused = times[str(threads)]
            runs = FUSED if fused <= by_torch else TORCH
            choice = {"fused_ms": fused, "torch_ms": by_torch}
            why = f"{fused:.3f} ms as one kernel, {by_torch:.3f} ms by torch"
        plan, chosen = candidates[threads]
        where = f" on {threads} threads" if threads > 1 else ""
        self.entry.choices[shape] = Choice(
            runs, f"{why}{where}; {chosen.tile}", chosen.tile, threads,
            chosen.seconds * batch * 1e3, reason=chosen.reason, **choice,
        )  # fmt: skip
        return plan if runs == FUSED else None

    def __getstate__(self) -> dict[str, Any]:
        """Without plans, which hold addresses and compiled code and are made anew."""
        return {**self.__dict__, "_plans": {}, "_places": []}

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
