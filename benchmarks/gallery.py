"""How long the gallery's figures take: nothing compiled, a new process, a warm process.

    python benchmarks/gallery.py [--rounds 5]

Each question is asked in a process of its own with an empty cache folder (cold), again with the
cache filled (new), and several times within one process (warm, the median; the spec is bound and
lowered anew each time). Import, reading and checking the spec count in cold and new.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TILING, PHONE = "gallery/flashrnn/h100.arch", "gallery/single_path_nas/pixel1.arch"


def _spilled(p: Any) -> str:
    return str(p.solve().goals["spilled"])


def _why(p: Any) -> str:
    return ", ".join(p.explain().constraints)


Case = tuple[str, dict[str, object], Callable[[Any], object]]
CASES: dict[str, Case] = {
    "h100 best": (TILING, {}, _spilled),
    "h100 best, hidden 2048, 1 head": (TILING, {"hidden": 2048, "heads": 1}, _spilled),
    "h100 why not, hidden 8192, 1 head": (TILING, {"hidden": 8192, "heads": 1}, _why),
    "h100 count": (TILING, {}, lambda p: p.count()),
    "pixel1 count, no limit": (PHONE, {}, lambda p: p.count(without=["within_deadline"])),
    "pixel1 count, 80 ms": (PHONE, {}, lambda p: p.count()),
    "pixel1 best, 80 ms": (PHONE, {}, lambda p: str(p.solve().goals["capacity"])),
    "pixel1 count, 80 ms and 300 MMAC": (PHONE, {"mac_budget": "300 MMAC"}, lambda p: p.count()),
}


def ask(name: str) -> str:
    """One question, from text to answer."""
    import archwright as aw

    path, parameters, question = CASES[name]
    return str(question(aw.load(ROOT / path).bind(**parameters)))


def in_new_process(name: str, cache: str) -> tuple[float, str]:
    """Seconds and answer of a question in a process of its own."""
    environment = os.environ | {"ARCHWRIGHT_CACHE": cache, "XDG_CACHE_HOME": cache}
    started = time.perf_counter()
    run = subprocess.run(
        [sys.executable, __file__, "--ask", name],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return time.perf_counter() - started, json.loads(run.stdout)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--ask", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.ask:
        print(json.dumps(ask(options.ask)))
        return
    print(f"{'question':36} {'answer':34} {'cold s':>7} {'new s':>7} {'warm s':>7}")
    for name in CASES:
        with tempfile.TemporaryDirectory() as cache:
            cold, answer = in_new_process(name, cache)
            new, again = in_new_process(name, cache)
        times = []
        for _ in range(options.rounds + 1):
            started = time.perf_counter()
            same = ask(name)
            times.append(time.perf_counter() - started)
        if not answer == again == same:
            raise SystemExit(f"{name}: {answer}, {again}, {same}")
        warm = statistics.median(times[1:])
        print(f"{name:36} {answer:34} {cold:7.2f} {new:7.2f} {warm:7.3f}", flush=True)


if __name__ == "__main__":
    main()
