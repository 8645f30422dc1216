"""What a torch module allocates at once, traced by torch's own profiler."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.profiler import ProfilerActivity, profile


def peak(module: nn.Module, inputs: Sequence[Tensor]) -> int:
    """The most bytes on the processor that one call holds, beyond inputs and parameters.

    Tensors between the layers, the result, and what operators ask for as room to work in count;
    what they take past torch's allocator does not.
    """
    with torch.no_grad():
        module(*inputs)  # kernels are chosen and packed at the first call
        with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as trace:
            module(*inputs)
    assert trace.profiler is not None and trace.profiler.kineto_results is not None
    events = [e for e in trace.profiler.kineto_results.events() if e.name() == "[memory]"]
    held = most = 0
    for event in sorted(events, key=lambda e: e.start_ns()):
        held += event.nbytes()
        most = max(most, held)
    return most
