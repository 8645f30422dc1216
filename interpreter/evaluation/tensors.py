"""Tensors of a concrete network."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Tensor:
    """One tensor: its number in the network, in order of writing, and its shape."""

    number: int
    shape: tuple[int, ...]
