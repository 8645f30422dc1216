"""Where `gpu_rnn.py` runs: a CUDA card, or a processor and Triton's interpreter to try the script.

Both have the same methods, so that everything but these few lines runs without a card too.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
import triton
import triton.language as tl

Work = Callable[[], object]
MEETINGS, PATIENCE = 1024, 2**20


@triton.jit(do_not_specialize=["parts", "meetings", "patience"])
def _meet(counter, parts, meetings, patience):  # type: ignore[no-untyped-def]
    """Programs that wait for each other as a team of the kernels does, and do nothing else."""
    for turn in tl.range(0, meetings):
        tl.debug_barrier()
        tl.atomic_add(counter, 1, sem="release", scope="gpu")
        wanted = parts * (turn + 1)
        seen = tl.atomic_add(counter, 0, sem="acquire", scope="gpu")
        while (seen < wanted) & (patience >= 0):
            patience -= 1
            seen = tl.atomic_add(counter, 0, sem="acquire", scope="gpu")
        tl.debug_barrier()


class Card:
    """The CUDA device that is here."""

    name, dry, rounds = "cuda", False, 7
    copied, cubed, meetings = 2**30, 8192, MEETINGS  # sizes of what the ceilings move

    def __init__(self) -> None:
        found = torch.cuda.get_device_properties(0)
        self.device, self.programs = found.name, found.multi_processor_count
        self.capability = found.major * 10 + found.minor

    def clocks(self) -> str:
        """What the driver says of itself and its clocks."""
        fields = "name,driver_version,clocks.sm,clocks.mem,temperature.gpu"
        asked = ["nvidia-smi", f"--query-gpu={fields}", "--format=csv,noheader"]
        try:
            return subprocess.run(asked, capture_output=True, text=True, timeout=20).stdout.strip()
        except (OSError, subprocess.SubprocessError) as reason:
            return f"nvidia-smi: {reason}"

    def seconds(self, work: Work, calls: int, warm: int = 3) -> float:
        """Of one call, between two events."""
        for _ in range(warm):
            work()
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))  # type: ignore[no-untyped-call]
        start.record()
        for _ in range(calls):
            work()
        end.record()
        end.synchronize()
        return float(start.elapsed_time(end)) / 1e3 / calls

    def recorded(self, work: Work) -> Work:
        """The same launches, recorded once and replayed without Python."""
        stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        with torch.cuda.stream(stream), torch.inference_mode():
            work()
        torch.cuda.synchronize()
        graph = torch.cuda.CUDAGraph()
        with torch.inference_mode(), torch.cuda.graph(graph):
            work()
        return graph.replay

    def settle(self) -> None:
        """Wait for everything, and give unused memory back."""
        torch.cuda.synchronize()
        torch.cuda.empty_cache()


class Dry:
    """A processor in the card's place: times are no findings."""

    name, dry, rounds = "cpu", True, 1
    copied, cubed, meetings = 2**12, 16, 2
    device, programs, capability = "Triton's interpreter", 132, 90

    def clocks(self) -> str:
        return "a dry run: no card, times are no findings"

    def seconds(self, work: Work, calls: int, warm: int = 1) -> float:
        begun = time.perf_counter()
        for _ in range(calls):
            work()
        return (time.perf_counter() - begun) / calls

    def recorded(self, work: Work) -> Work:
        return work

    def settle(self) -> None:
        pass


def ceilings(at: Card | Dry) -> dict[str, float]:
    """What the device can do at most, each by the plainest program that asks for it.

    Bytes a second of a copy; operations a second of products in bf16 and in fp32 as tf32x3 needs
    them (three in tf32); seconds from launch to launch, from host to result, and of one meeting of
    16, 48 and all programs.
    """
    target, source = (torch.randn(at.copied, device=at.name) for _ in range(2))
    copied = at.seconds(partial(target.copy_, source), 5)
    told = {"copy_TB_s": 2 * source.nbytes / copied / 1e12}
    del target, source
    operations = 2 * at.cubed**3
    for name, kind in (("bf16", torch.bfloat16), ("tf32", torch.float32)):
        x, y = (torch.randn(at.cubed, at.cubed, device=at.name, dtype=kind) for _ in range(2))
        torch.backends.cuda.matmul.allow_tf32 = name == "tf32"
        told[f"{name}_TFLOP_s"] = operations / at.seconds(partial(torch.mm, x, y), 10) / 1e12
        torch.backends.cuda.matmul.allow_tf32 = False
    one = torch.zeros(1, device=at.name)
    told["launch_us"] = at.seconds(one.zero_, 1000 if not at.dry else 2) * 1e6
    begun = time.perf_counter()
    for _ in range(100):
        one.zero_()
        one.item()
    told["round_trip_us"] = (time.perf_counter() - begun) / 100 * 1e6
    for parts in (16, 48, at.programs):
        told[f"meeting_{parts}_us"] = meeting(at, parts) * 1e6
    at.settle()
    return told


def meeting(at: Card | Dry, parts: int) -> float:
    """Seconds that so many programs take to meet once, those of the launch taken off."""
    counter = torch.zeros(1, dtype=torch.int32, device=at.name)
    options: dict[str, Any] = {} if at.dry else {"launch_cooperative_grid": True}

    def met(times: int) -> None:
        counter.zero_()
        _meet[(1 if at.dry else parts,)](
            counter, 1 if at.dry else parts, times, PATIENCE, num_warps=4, **options
        )

    long, short = (at.seconds(partial(met, times), 3) for times in (at.meetings, 1))
    return (long - short) / (at.meetings - 1)
