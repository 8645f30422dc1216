"""Fair timing: rounds that alternate over the contestants, and the median of the rounds."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

SAMPLE = 0.01  # seconds that one sample should at least take
MOST_CALLS = 200


def alternating(
    contestants: Mapping[str, Callable[[], object]],
    repeats: int = 7,
    clock: Callable[[], float] = time.thread_time,
) -> dict[str, list[float]]:
    """Seconds a call of every contestant, one sample a round.

    Drift of the machine hits all of them alike, and each gets every place in the order.

    Parameters
    ----------
    contestants : mapping
        Calls without arguments, by name.
    repeats : int
        Rounds.
    clock : callable
        The time of this thread alone, so that a busy neighbour on the core does not count; pass
        `time.perf_counter` where a contestant uses several threads.
    """
    calls = {}
    for name, work in contestants.items():
        work()
        started = clock()
        work()
        calls[name] = int(min(MOST_CALLS, max(1, SAMPLE / max(clock() - started, 1e-7))))
    samples: dict[str, list[float]] = {name: [] for name in contestants}
    names = list(contestants)
    for repeat in range(repeats):
        turn = repeat % len(names) if names else 0
        for name in names[turn:] + names[:turn]:
            work = contestants[name]
            started = clock()
            for _ in range(calls[name]):
                work()
            samples[name].append((clock() - started) / calls[name])
    return samples


def medians(samples: Mapping[str, list[float]]) -> dict[str, float]:
    """The median of each contestant's samples, in milliseconds."""
    return {name: statistics.median(values) * 1e3 for name, values in samples.items()}


@contextmanager
def one_torch_thread() -> Iterator[None]:
    """Let torch use one thread inside, and as many as before afterwards."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
