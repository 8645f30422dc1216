"""Figures kept part by part, so that a long run can be pieced together from short ones."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

import torch

from archwright.kernels import cache
from archwright.kernels.machine import processor

ROOT = Path(__file__).parents[2]
Figures: TypeAlias = dict[str, Any]


class Kept:
    """The figures of one part, in a file of their own.

    Those of another machine, torch or code are not taken; a damaged file counts as none.

    Parameters
    ----------
    folder : Path
    part : str
    reads : iterable of str
        The files and folders whose code decides the figures.
    fresh : bool
        Whether everything is to be measured anew.
    """

    def __init__(self, folder: Path, part: str, reads: Iterable[str], fresh: bool = False) -> None:
        self.path = folder / f"{part}.json"
        self.setting = {
            "machine": processor.name(),
            "torch": str(torch.__version__),
            "code": fingerprint(reads),
        }
        self.items: dict[str, Figures] = {}
        if not fresh:
            self._read()

    def _read(self) -> None:
        try:
            told = json.loads(self.path.read_text(encoding="utf-8"))
            if told["setting"] == self.setting:
                self.items = dict(told["items"])
        except (OSError, ValueError, KeyError, TypeError):
            self.items = {}

    def measured(self, name: str, rounds: int, work: Callable[[], Mapping[str, Any]]) -> bool:
        """Measure an item unless it is there with as many rounds; whether that was done."""
        if self.items.get(name, {}).get("rounds", 0) >= rounds:
            return False
        load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
        figures = dict(work())
        now = datetime.now(UTC).isoformat(timespec="minutes")
        self.items[name] = figures | {"rounds": rounds, "date": now, "load": round(load, 2)}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        told = {"setting": self.setting, "items": self.items}
        cache.write(self.path, json.dumps(told, indent=1) + "\n")
        return True


def fingerprint(reads: Iterable[str]) -> str:
    """What stands in Python files and specs, in few characters."""
    digest = hashlib.sha256()
    for name in reads:
        path = ROOT / name
        some = [path] if path.is_file() else sorted([*path.rglob("*.py"), *path.rglob("*.arch")])
        for file in some:
            digest.update(file.relative_to(ROOT).as_posix().encode() + file.read_bytes())
    return digest.hexdigest()[:16]
