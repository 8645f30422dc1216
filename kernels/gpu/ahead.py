"""Kernels compiled for a card that need not be there, and what they take of it."""

from __future__ import annotations

import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..cells.cell import Cell
from .generate import kernels
from .source import INTEGERS
from .tile import GpuTile

WARP = 32
_USAGE = re.compile(r"REG:(\d+) STACK:(\d+) .*?LOCAL:(\d+)")


@dataclass(frozen=True)
class Resources:
    """What a compiled kernel takes.

    Parameters
    ----------
    registers : int
        Of each thread.
    spilled : int
        Bytes of each thread that found no register.
    shared : int
        Bytes of shared memory.
    threads : int
    ptx : str
        The program, before the assembler.
    """

    registers: int
    spilled: int
    shared: int
    threads: int
    ptx: str

    def __str__(self) -> str:
        return (
            f"{self.threads} threads of {self.registers} registers, {self.spilled} B spilled, "
            f"{self.shared} B shared"
        )


def compile_ahead(
    cell: Cell,
    tile: GpuTile,
    units: int,
    *,
    backward: bool = False,
    weights: str = "bf16",
    precision: str = "tf32x3",
    capability: int = 90,
    save: bool = True,
) -> Resources:
    """Compile one pass down to machine code; no GPU is needed.

    Parameters
    ----------
    units : int
        Of a head.
    weights : str
        bf16, fp16 or fp32.
    capability : int
        CUDA compute capability times ten.
    save : bool
        Whether the forward pass keeps the gates.
    """
    import triton
    import triton.language as tl
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource

    module = kernels(cell, tile, units)
    kernel = module.backward if backward else module.forward
    constants: dict[str, Any] = {
        "ROWS": tile.rows, "UNITS": tile.units, "DEPTH": tile.depth, "PARTS": tile.parts(units),
        "STAGES": tile.stages, "PRECISION": precision, "SAVE": save,
        "OPERAND": {"bf16": tl.bfloat16, "fp16": tl.float16, "fp32": tl.float32}[weights],
    }  # fmt: skip
    types = {"R": weights, "exchange": weights, "arrivals": "i32"}
    signature: dict[str, str] = {}
    attributes: dict[tuple[int, ...], Any] = {}
    for i, name in enumerate(kernel.arg_names):
        if name in constants:
            signature[name] = "constexpr"
            continue
        whole = name == "padded" or (name == "units" and units % 16 == 0)
        if name in INTEGERS:
            signature[name] = "i32"
        else:
            signature[name], whole = "*" + types.get(name, "fp32"), True
        if whole:  # addresses and sizes that a launch would find to be multiples of 16
            attributes[(i,)] = [["tt.divisibility", 16]]
    used = {name: value for name, value in constants.items() if name in kernel.arg_names}
    compiled = triton.compile(
        ASTSource(kernel, signature, used, attributes),
        target=GPUTarget("cuda", capability, WARP),
        options={"num_warps": tile.warps, "num_stages": 1, "enable_fp_fusion": True},
    )
    registers, stack, local = _usage(compiled.asm["cubin"])
    return Resources(
        registers,
        stack + local,
        int(compiled.metadata.shared),
        WARP * tile.warps,
        compiled.asm["ptx"],
    )


def _usage(binary: bytes) -> tuple[int, int, int]:
    """Registers, stack and local bytes of a thread, as told by the tool that comes with Triton."""
    from triton import knobs

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "kernel.cubin"
        path.write_bytes(binary)
        told = subprocess.run(
            [knobs.nvidia.cuobjdump.path, "--dump-resource-usage", str(path)],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    found = _USAGE.search(told)
    if found is None:
        raise RuntimeError(f"no resource usage in: {told[-300:]}")
    return int(found[1]), int(found[2]), int(found[3])
