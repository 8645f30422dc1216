"""The driver: random texts for some minutes, each finding kept as a file.

    nice python -m tests.fuzz --minutes 30 --seed 1 --keep findings

A text may take ten seconds of processor time and four GiB; every hundred texts run in a process
of their own. What was found is written to the folder as `<seed>-<number>.arch` with the traceback
beside it. The same seed tries the same texts.
"""

from __future__ import annotations

import argparse
import faulthandler
import os
import pickle
import random
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path
from types import FrameType

from .attempt import attempt
from .corpus import Seed, draw, seeds

SECONDS = 10.0  # of processor time for one text
HUNG = 120  # seconds after which a process that does not even answer signals is given up
MEMORY = 4 << 30
BATCH = 100


class TooSlow(BaseException):
    """A text took too long; no `except Exception` may hide it."""


def main() -> None:
    """Fuzz until the time is over, then tell what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, default=Path("fuzz-findings"))
    options = parser.parse_args()
    outcomes: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        known = seeds(Path(folder))
        for seed in known:  # compiles the solver, which takes longer than a text may
            (seed.folder / "fuzzed.arch").write_text(seed.text, encoding="utf-8")
            outcomes[attempt(seed.folder / "fuzzed.arch")] += 1
        print(f"{len(known)} specs to start from", flush=True)
        ends = time.monotonic() + 60 * options.minutes
        batch = 0
        while time.monotonic() < ends:
            outcomes += _forked(known, f"{options.seed}-{batch}", options.keep, Path(folder))
            batch += 1
    total = outcomes.total()
    print(f"{total} texts, {outcomes['FINDING']} findings")
    for outcome, times in outcomes.most_common():
        print(f"{times:8} {outcome}")
    sys.exit(outcomes["FINDING"] > 0)


def _forked(known: list[Seed], name: str, keep: Path, folder: Path) -> Counter[str]:
    """One batch in a process of its own."""
    told = folder / "outcomes"
    told.unlink(missing_ok=True)
    child = os.fork()
    if child == 0:
        status = 1
        try:
            _batch(known, name, keep, told)
            status = 0
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    outcomes: Counter[str] = pickle.loads(told.read_bytes()) if told.exists() else Counter()
    if status:
        print(f"{name}: the process ended with {status}; its last text is kept", flush=True)
        outcomes["FINDING"] += 1
    return outcomes


def _batch(known: list[Seed], name: str, keep: Path, told: Path) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.signal(signal.SIGPROF, _too_slow)
    chance = random.Random(name)
    outcomes: Counter[str] = Counter()
    for number in range(BATCH):
        folder, data = draw(known, chance)
        file = folder / "fuzzed.arch"
        file.write_bytes(data)
        kept = keep / f"{name}-{number}.arch"
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(data)  # taken away again, unless the process dies on it
        faulthandler.dump_traceback_later(HUNG, exit=True)
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        try:
            outcomes[attempt(file)] += 1
            signal.setitimer(signal.ITIMER_PROF, 0)
            kept.unlink()
        except BaseException as error:
            signal.setitimer(signal.ITIMER_PROF, 0)
            outcomes["FINDING"] += 1
            kept.with_suffix(".txt").write_text(f"{folder.name}\n{traceback.format_exc()}")
            print(f"{kept}: {type(error).__name__}: {str(error)[:100]}", flush=True)
        told.write_bytes(pickle.dumps(outcomes))
    faulthandler.cancel_dump_traceback_later()


def _too_slow(number: int, frame: FrameType | None) -> None:
    raise TooSlow(f"more than {SECONDS:.0f} s")


if __name__ == "__main__":
    main()
