"""A machine in the fields of `std.cpu.Cpu`: asked where it tells, measured where it does not."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType

from .. import cache
from . import processor

FOLDER = "machines"
VERSION = 1  # of what is measured, and how
BITS = 8  # per byte
KIB = 1024
STEADY = 0.85  # a footprint fits a cache while it is read at this share of the cache's rate
SHARES = (Fraction(1, 2), Fraction(5, 8), Fraction(3, 4), Fraction(7, 8), Fraction(1))
LARGEST_BUFFER = 128 * KIB * KIB
FIELDS = {  # unit in which a field is printed, and its size in base units
    "cores": ("", 1),
    "clock": ("GHz", 10**9),
    "vector_bits": ("bit", 1),
    "vector_registers": ("", 1),
    "fma_units": ("", 1),
    "l1d": ("KiB", KIB * BITS),
    "l2": ("KiB", KIB * BITS),
    "usable_l2": ("KiB", KIB * BITS),
    "l3": ("KiB", KIB * BITS),
    "bw_l1": ("GB/s", 10**9 * BITS),
    "bw_l2": ("GB/s", 10**9 * BITS),
    "bw_l3": ("GB/s", 10**9 * BITS),
    "bw_memory": ("GB/s", 10**9 * BITS),
    "peak": ("GFLOP/s", 10**9),
}


_unkept: dict[Path, Machine] = {}  # what this process measured and could not write


@dataclass(frozen=True)
class Machine(Mapping[str, Fraction | int]):
    """The fields of a `std.cpu.Cpu` record in base units (bit, cycle, s, FLOP).

    Parameters
    ----------
    name : str
    fields : mapping
    sources : mapping
        For every field: `system`, `measured`, or what was assumed.
    """

    name: str
    fields: Mapping[str, Fraction | int]
    sources: Mapping[str, str] = field(repr=False)

    def __getitem__(self, name: str) -> Fraction | int:
        return self.fields[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.fields)

    def __len__(self) -> int:
        return len(self.fields)


def probe(*, refresh: bool = False) -> Machine:
    """Describe this machine; about two seconds the first time, then remembered per machine.

    Parameters
    ----------
    refresh : bool
        Measure again.

    Returns
    -------
    Machine
        A mapping from every field of `std.cpu.Cpu` to a number in base units.
    """
    path = cache.folder(FOLDER) / f"{_key()}.json"
    if not refresh:
        known = _recall(path) or _unkept.get(path)
        if known is not None:
            return known
    print("measuring this machine (about 2 s, once) ...", file=sys.stderr, flush=True)
    machine = _measure()
    if cache.keep(path, _remember(machine)):
        _unkept.pop(path, None)
    else:
        _unkept[path] = machine
    return machine


def as_arch(machine: Mapping[str, Fraction | int]) -> str:
    """A spec that describes the machine, ready to be saved and imported."""
    name = getattr(machine, "name", "a machine")
    sources: Mapping[str, str] = getattr(machine, "sources", {})
    lines = ["arch 1", f"# {name}", "import std.cpu as cpu", "", "hardware host is cpu.Cpu {"]
    longest = max(map(len, FIELDS))
    for entry, (unit, size) in FIELDS.items():
        number = _decimal(Fraction(machine[entry]) / size)
        value = f"{number} {unit}".strip()
        comment = f"  # {sources[entry]}" if entry in sources else ""
        lines.append(f"  {entry:<{longest}} = {value:<12}{comment}".rstrip())
    return "\n".join([*lines, "}"])


# -------------------------------------------------------------------------------------- measuring


def _measure() -> Machine:
    """Ask and measure. Rates are rounded to two figures, so that noise decides nothing."""
    from . import rates

    registers, cores, caches = processor.registers(), processor.cores(), processor.caches()
    sizes = {level: size for level, (size, _) in caches.items()}
    fields: dict[str, Fraction | int] = {}
    sources: dict[str, str] = {}

    def put(name: str, value: Fraction | int, source: str) -> None:
        fields[name] = value
        sources[name] = source

    put("cores", cores, "system")
    clock = _round(rates.clock(), 10**8)
    put("clock", clock, "measured")
    put("vector_bits", registers.bits, registers.source)
    put("vector_registers", registers.count, registers.source)
    peak = rates.peak()
    units = round(peak / (2 * registers.lanes * clock))
    put("fma_units", min(4, max(1, units)), "measured")
    for level, (size, source) in caches.items():
        put(level, size * BITS, source)
    half = _rate_of_l2(sizes)
    usable = max(
        share
        for share in SHARES
        if share == SHARES[0] or rates.read_rate(int(sizes["l2"] * share), 0.08) >= STEADY * half
    )
    put("usable_l2", int(sizes["l2"] * usable) * BITS, "measured")
    put("bw_l1", _gigabytes(rates.read_rate(sizes["l1d"] // 2, 0.15)), "measured")
    put("bw_l2", _gigabytes(half), "measured")
    beyond = min(max(2 * sizes["l2"], sizes["l3"] // 4), max(sizes["l3"] // 2, sizes["l2"]))
    put("bw_l3", _gigabytes(rates.read_rate(beyond, 0.15)), "measured")
    far = min(4 * sizes["l3"], LARGEST_BUFFER) // cores
    put("bw_memory", _gigabytes(rates.read_rate(far, 0.2, threads=cores)), "measured")
    put("peak", _round(peak, 10**9), "measured")
    ordered = {name: fields[name] for name in FIELDS}
    return Machine(processor.name(), MappingProxyType(ordered), MappingProxyType(sources))


def _rate_of_l2(sizes: Mapping[str, int]) -> float:
    from . import rates

    return rates.read_rate(max(sizes["l2"] // 2, 2 * sizes["l1d"]), 0.15)


def _round(number: float, step: int) -> int:
    return max(1, round(number / step)) * step


def _gigabytes(rate: float) -> int:
    """Bits per second, to two figures of GB/s."""
    whole = max(1.0, rate / 1e9)
    step = 10 ** max(0, len(str(int(whole))) - 2)
    return _round(whole, step) * 10**9 * BITS


def _decimal(number: Fraction) -> str:
    """A number as a spec writes it: exact, without a fraction line."""
    if number.denominator == 1:
        return f"{number.numerator}"
    places = 1
    while (number * 10**places).denominator != 1:
        places += 1
        if places > 12:
            raise ValueError(f"{number} has no short decimal form")
    digits = f"{int(number * 10**places):0{places + 1}d}"
    return f"{digits[:-places]}.{digits[-places:]}"


# ------------------------------------------------------------------------------------ remembering


def _key() -> str:
    parts = [VERSION, processor.name(), processor.registers(), processor.cores()]
    parts.append(sorted(processor.caches().items()))
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def _remember(machine: Machine) -> str:
    fields = {name: str(Fraction(value)) for name, value in machine.fields.items()}
    return json.dumps(
        {"name": machine.name, "fields": fields, "sources": dict(machine.sources)}, indent=2
    )


def _recall(path: Path) -> Machine | None:
    """A machine from its file; None where that is missing or damaged: it is measured again."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        fields = {name: Fraction(told["fields"][name]) for name in FIELDS}
        sources = {name: str(told["sources"][name]) for name in FIELDS}
        name = str(told["name"])
    except (OSError, ValueError, KeyError, TypeError, ZeroDivisionError):
        return None
    if min(fields.values()) <= 0:
        return None
    return Machine(name, MappingProxyType(fields), MappingProxyType(sources))
