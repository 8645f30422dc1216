"""What this machine says of itself: name, cores, vector registers, caches. Nothing is measured."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from ..vector_ir import host_features, machine, processor

KIB = 1024
SYSFS = Path("/sys/devices/system/cpu")
CPUINFO = Path("/proc/cpuinfo")
ASSUMED = {"l1d": 32 * KIB, "l2": 256 * KIB, "l3": 8 * 1024 * KIB}  # small: a tile still fits
UNITS = {"": 1, "K": KIB, "M": KIB**2, "G": KIB**3}


@dataclass(frozen=True)
class Registers:
    """Vector registers as the compiler may use them.

    Parameters
    ----------
    bits : int
        Width of one; 32 stands for plain loops over single numbers.
    count : int
    source : str
    """

    bits: int
    count: int
    source: str

    @property
    def lanes(self) -> int:
        """Single-precision numbers in one."""
        return self.bits // 32


def registers() -> Registers:
    """The widest vectors that are fast here."""
    features, family = host_features(), machine()
    if "avx512f" in features:
        return Registers(512, 32, "AVX-512")
    if {"avx2", "fma"} <= features:
        return Registers(256, 16, "AVX2")
    if family in {"aarch64", "arm64"}:
        return Registers(128, 32, "NEON")
    if family == "x86_64":
        return Registers(128, 16, "SSE2")
    return Registers(32, 16, f"assumed for {family}")


def cores() -> int:
    """Processors that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1


def name() -> str:
    """The model, as the system and the compiler name it."""
    told = ""
    try:
        found = re.search(r"^model name\s*:\s*(.+)$", CPUINFO.read_text(), re.MULTILINE)
        told = found[1].strip() if found else ""
    except OSError:
        pass
    told = told or platform.processor() or machine()
    return f"{told} ({processor()})"


def caches(root: Path = SYSFS) -> dict[str, tuple[int, str]]:
    """Bytes of `l1d`, `l2` and `l3` as seen by one core, each with where the number is from."""
    found = _from_sysfs(root) or _from_sysctl()
    result = {level: (size, "system") for level, size in found.items()}
    for level, size in ASSUMED.items():
        result.setdefault(level, (size, "assumed"))
    if "l3" not in found and "l2" in found:  # the second level is the last one
        result["l3"] = (found["l2"], "the second level is the last")
    return result


def _from_sysfs(root: Path) -> dict[str, int]:
    sizes: dict[str, int] = {}
    try:
        first = min(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0
        for index in sorted((root / f"cpu{first}" / "cache").glob("index*")):
            level = (index / "level").read_text().strip()
            kind = (index / "type").read_text().strip()
            size = re.fullmatch(r"(\d+)([KMG]?)", (index / "size").read_text().strip())
            if kind == "Instruction" or size is None or level not in "123":
                continue
            sizes["l1d" if level == "1" else f"l{level}"] = int(size[1]) * UNITS[size[2]]
    except OSError:
        return {}
    return sizes


def _from_sysctl() -> dict[str, int]:
    if sys.platform != "darwin":
        return {}
    sizes: dict[str, int] = {}
    for level, key in (("l1d", "hw.perflevel0.l1dcachesize"), ("l2", "hw.perflevel0.l2cachesize")):
        answer = subprocess.run(["sysctl", "-n", key], capture_output=True, text=True, check=False)
        if answer.returncode == 0 and answer.stdout.strip().isdigit():
            sizes[level] = int(answer.stdout)
    return sizes
