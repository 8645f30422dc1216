"""Whether a network fits into the memory of this machine, told before or where it does not."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from archwright.dsl.diagnostics import ArchError, Diagnostic
from archwright.interpreter.architecture import Network

SINGLE, DOUBLE = 4, 8  # bytes of a number
LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def need(network: Network, each: int, doing: str) -> None:
    """Refuse what would be killed half-way: parameters for which there is no memory.

    Parameters
    ----------
    each : int
        Bytes that every parameter takes in all its copies.
    doing : str
        What takes them.

    Raises
    ------
    ArchError
        `no-room`.
    """
    parameters = sum(int(leaf.costs.get("params", 0)) for leaf in network.leaves)
    wanted, present = each * parameters, at_hand()
    if wanted > present:
        raise _no_room(
            network,
            f"{doing} `{network.name}` takes {gibibytes(wanted)} for {parameters:_} parameters; "
            f"this machine has {gibibytes(present)} at hand",
        )


@contextmanager
def told(network: Network, doing: str) -> Iterator[None]:
    """Memory that runs out meanwhile becomes a diagnostic.

    Raises
    ------
    ArchError
        `no-room`.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:  # torch raises the latter on a processor
        asked = re.search(r"tried to allocate (\d+) bytes", str(error))
        if not (isinstance(error, MemoryError) or asked or "out of memory" in str(error)):
            raise
        more = f" for {gibibytes(int(asked[1]))} more" if asked else ""
        raise _no_room(
            network,
            f"{doing} `{network.name}` found no memory{more}; "
            f"this machine has {gibibytes(at_hand())} at hand",
        ) from error


def _no_room(network: Network, message: str) -> ArchError:
    notes = (
        "where its sizes are parameters of the spec, a small copy fits: `-p NAME=VALUE`, "
        "in Python `bind(NAME=VALUE)`",
        '`build(…, device="meta")` makes it without memory, to be counted',
    )
    return ArchError(Diagnostic("no-room", message, network.span, "this network", notes=notes))


def at_hand() -> float:
    """Bytes of memory that can be had; infinite where the system does not say."""
    found = [_installed()]
    with suppress(OSError):  # not Linux
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        found += [1024.0 * int(x.split()[1]) for x in lines if x.startswith("MemAvailable:")]
    for limit in LIMITS:
        with suppress(OSError, ValueError):  # there is none, or it is "max"
            found.append(float(Path(limit).read_text(encoding="ascii")))
    return min(found)


def _installed() -> float:
    try:
        return float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (AttributeError, OSError, ValueError):
        return math.inf


def gibibytes(count: float) -> str:
    """`2_500 GiB`, `0.3 GiB`."""
    size = count / 2**30
    return f"{size:_.0f} GiB" if size >= 10 else f"{size:.1f} GiB"
