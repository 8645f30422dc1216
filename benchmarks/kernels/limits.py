"""What no kernel on this machine can pass: arithmetic, weights and tensors of a recurrent layer."""

from __future__ import annotations

from archwright.kernels.cells.standard import CELLS
from archwright.kernels.machine.probe import probe

BITS, SINGLE, LEVELS = 8, 4, (("l1d", "bw_l1"), ("l2", "bw_l2"), ("l3", "bw_l3"))


def rate(size: float) -> float:
    """Bytes a second at which one core reads again what is of that size."""
    machine = probe()
    for holds, bandwidth in LEVELS:
        if holds in machine and size * BITS <= float(machine[holds]):
            return float(machine[bandwidth]) / BITS
    return float(machine["bw_memory"]) / BITS


def floor(
    cell: str, batch: int, steps: int, heads: int, units: int, *, weight: int = SINGLE
) -> float:
    """Milliseconds below which a layer's states cannot be had.

    The longest of: multiply-adds at the peak; the weights of one head at every step, from the
    cache that holds them; pre-activations and states, once, at the rate of the last cache.

    Parameters
    ----------
    weight : int
        Bytes of one recurrent weight.
    """
    kind, machine = CELLS[cell], probe()
    products = len(kind.recurring) * heads * units**2
    head = len(kind.recurring) * units**2 * weight
    numbers = (len(kind.given) + len(kind.states)) * heads * units * batch * steps
    arithmetic = 2 * products * batch * steps / float(machine["peak"])
    weights = products * weight * steps / rate(head)
    tensors = numbers * SINGLE / (float(machine["bw_l3"]) / BITS)
    return 1e3 * max(arithmetic, weights, tensors)


def training_floor(cell: str, batch: int, steps: int, heads: int, units: int) -> float:
    """Milliseconds below which a step of training cannot be.

    Multiply-adds are those of the states, of their gradients and of the weights' gradient; weights
    are read at every step of both passes; tensors are pre-activations, states, what arrives at
    these, and gradients of pre-activations, each once.
    """
    kind, machine = CELLS[cell], probe()
    products = len(kind.recurring) * heads * units**2
    head = len(kind.recurring) * units**2 * SINGLE
    numbers = 2 * (len(kind.given) + len(kind.states)) * heads * units * batch * steps
    arithmetic = 6 * products * batch * steps / float(machine["peak"])
    weights = 2 * products * SINGLE * steps / rate(head)
    tensors = numbers * SINGLE / (float(machine["bw_l3"]) / BITS)
    return 1e3 * max(arithmetic, weights, tensors)
