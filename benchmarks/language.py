"""From text to problem: how long each spec takes, and how that grows with the text.

    python benchmarks/language.py [--rounds 9] [--lines 10000]

Processor time of this process, the least of several rounds, warm: parser tables, the standard
library and whatever else is kept between two loads are there already. *check* reads, parses and
checks a file; *lower* binds it again and makes the integer problem. Goals, on one quiet core:
100 ms and 50 ms for each spec of the tests, 5 s for ten thousand lines, a second to read a table
of a million rows. *cold* is the processor time of a new process from its start to the end of
`archwright check`.
"""

from __future__ import annotations

import argparse
import gc
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import archwright as aw
from archwright.dsl.diagnostics import ArchError
from archwright.interpreter.lower import lower

ROOT = Path(__file__).resolve().parent.parent
CHECK, LOWER, LONG = 100.0, 50.0, 5_000.0  # milliseconds


def params(n: int) -> Iterator[str]:
    """Parameters, `let`s, choices and constraints, each of them read a few lines on."""
    yield "arch 1"
    for i in range(n // 4):
        yield f"param p{i}: 1 .. 100 = {i % 100 + 1}"
        yield f"space s{i} {{ x{i}: 1 .. 8 }}"
        yield f"let a{i} = p{i} * x{i} + {f'x{i - 1}' if i else 1}"
        yield f"require r{i}: a{i} <= {10 * (i % 100 + 1)}"


def chain(n: int) -> Iterator[str]:
    """Each `let` reads the one above it."""
    yield "arch 1"
    yield "space s { x: 1 .. 8 }"
    yield "let a0 = x"
    for i in range(1, n - 3):
        yield f"let a{i} = max(a{i - 1}, {i % 7})"
    yield f"maximize a{n - 4} as last"


def prefix_sums(n: int) -> Iterator[str]:
    """Running totals over choices of their own."""
    yield "arch 1"
    yield f"space s {{ x[i in 0 .. {n}]: 1 .. 8 }}"
    yield "let t0 = x[0]"
    for i in range(1, n - 4):
        yield f"let t{i} = t{i - 1} + x[{i}]"
    yield f"require all_of_it: t{n - 5} <= {4 * n}"
    yield f"minimize t{n - 5} as total"


def table(n: int) -> Iterator[str]:
    """One large table, looked up by two choices."""
    yield "arch 1"
    yield "table t(a, b) -> (time: us, room: KiB) {"
    for i in range(n - 8):
        yield f"  {i // 100}, {i % 100} -> {i * 37 % 1000}, {i * 13 % 64}"
    yield "} partial"
    yield f"space s {{ a: 0 .. {n // 100}  b: 0 .. 99 }}"
    yield "require fits: t[a, b].room <= 32 KiB"
    yield "minimize t[a, b].time as time"


def network(n: int) -> Iterator[str]:
    """One network, a layer a line, with a choice for every tenth."""
    yield "arch 1"
    yield "import std.nn as nn"
    yield f"space s {{ w[i in 0 .. {n // 10}]: {{8, 16}} }}"
    yield "network net(x: tensor[3, 32, 32]) {"
    for i in range(n - 9):
        yield f"  x = nn.conv(x, out = w[{i // 10}], k = {1 + 2 * (i % 2)}) as c[{i}]"
    yield "  return x"
    yield "}"
    yield "let macs = sum(l.macs for l in net.layers)"
    yield "maximize macs as macs"


def long_sum(n: int) -> Iterator[str]:
    """One sum over as many lines."""
    yield "arch 1"
    yield f"space s {{ x[i in 0 .. {n}]: 1 .. 8 }}"
    yield "let total = x[0]"
    for i in range(1, n - 5):
        yield f"  + {i % 5 + 1} * x[{i}]"
    yield f"require small: total <= {6 * n}"
    yield "minimize total as total"


def tests(n: int) -> Iterator[str]:
    """A short spec with a long list of claims and functions."""
    yield "arch 1"
    yield "space s { x: 1 .. 8 }"
    for i in range(n // 2 - 2):
        yield f"fn f{i}(v) = v * {i % 9} + {f'f{i - 1}(1)' if i % 50 else 1}"
        yield f"expect value f{i}(2) >= 0"


GENERATED: dict[str, Callable[[int], Iterator[str]]] = {
    "items": params,
    "a chain of lets": chain,
    "running totals": prefix_sums,
    "a table": table,
    "a network": network,
    "a long sum": long_sum,
    "functions and claims": tests,
}


def least(question: Callable[[], object], rounds: int) -> float:
    """The least processor time of some rounds, in milliseconds."""
    times = []
    for _ in range(rounds):
        started = time.process_time()
        question()
        times.append(time.process_time() - started)
    return 1e3 * min(times)


def again(spec: aw.Spec) -> None:
    """What happens each time that an input of a widget changes."""
    lower(spec.bind().model.bound)


def specs(rounds: int) -> None:
    """The specs of the tests, for which the goals are, and those of the gallery."""
    own = sorted(ROOT.glob("tests/specs/*.arch"))
    print(f"{'spec':44} {'check ms':>9} {'lower ms':>9}   goals: {CHECK:.0f} and {LOWER:.0f}")
    for path in [*own, *sorted(ROOT.glob("gallery/*/*.arch"))]:
        spec = aw.load(path)
        check = least(partial(aw.load, path), rounds)
        try:
            bound = least(partial(again, spec), rounds)
        except ArchError as error:
            told = f"{error.diagnostics[0].slug:>9}"  # an input that only its user has
        else:
            missed = path in own and (check > CHECK or bound > LOWER)
            told = f"{bound:9.1f}" + ("   over" if missed else "")
        print(f"{path.relative_to(ROOT)!s:44} {check:9.1f} {told}", flush=True)


def generated(lines: int) -> None:
    """Long texts, once as long as asked and once half as long: linear time doubles."""
    print(
        f"\n{'generated':24} {'lines':>6} {'check ms':>9} {'lower ms':>9} {'growth':>7}   goal: 5 s"
    )
    for name, write in GENERATED.items():
        totals = []
        for n in (lines // 2, lines):
            text = "\n".join(write(n))
            gc.collect()  # what the text before left is not counted here
            started = time.process_time()
            spec = aw.loads(text)
            checked = time.process_time()
            lower(spec.bind().model.bound)
            ended = time.process_time()
            totals.append(1e3 * (ended - started))
        check, low = 1e3 * (checked - started), 1e3 * (ended - checked)
        over = "   over" if totals[-1] > LONG else ""
        growth = totals[1] / totals[0]
        print(f"{name:24} {n:6} {check:9.0f} {low:9.0f} {growth:7.2f}{over}", flush=True)


TABLE = """arch 1
table t(a, b) -> (time: us) SOURCE
space s { a: 1 .. 1000  b: 1 .. 1000 }
require near: a + b <= 700
minimize t[a, b].time as time
"""


def tables(rounds: int) -> None:
    """A million rows from each source: read, lowered, solved."""
    import numpy as np
    import pandas as pd

    a, b = np.divmod(np.arange(1_000_000), 1000)
    drawn = np.random.default_rng(0)
    frame = pd.DataFrame({"a": a + 1, "b": b + 1, "time": drawn.integers(1, 10**8, 10**6) / 1000})
    grid = frame.set_index(["a", "b"]).to_xarray()
    given = {"frame": frame, "frame, 17 digits": frame.assign(time=drawn.random(10**6)),
             "dataset": grid, "lists": {k: frame[k].tolist() for k in frame}}  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        frame.to_csv(Path(folder, "t.csv"), index=False)
        grid.to_netcdf(Path(folder, "t.nc"))
        sources = {name: ("given", {"t": data}) for name, data in given.items()}
        sources |= {name: (f'from "{name}"', {}) for name in ("t.csv", "t.nc")}
        print(f"\n{'a million rows':24} {'read ms':>9} {'lower ms':>9} {'solve ms':>9}   goal: 1 s")
        for name, (source, data) in sources.items():
            spec = aw.loads(TABLE.replace("SOURCE", source), folder=folder)
            read = least(partial(spec.bind, tables=data), min(rounds, 3))
            bound = spec.bind(tables=data)
            try:
                low = least(partial(lower, bound.model.bound), 1)
                solved = least(partial(bound.solve, progress=False), 1)
            except ArchError as error:  # numbers finer than the solver counts
                print(f"{name:24} {read:9.0f} {error.diagnostics[0].slug:>9}", flush=True)
            else:
                print(f"{name:24} {read:9.0f} {low:9.0f} {solved:9.0f}", flush=True)


def cold() -> None:
    """A new process, without and with the parser's tables on disk."""
    spec = ROOT / "tests/specs/ofa_mobile.arch"
    command = [sys.executable, "-m", "archwright", "check", str(spec)]
    with tempfile.TemporaryDirectory() as cache:
        for what in ("nothing cached", "parser cached"):
            times = []
            for _ in range(1 if what.startswith("nothing") else 5):
                before = resource.getrusage(resource.RUSAGE_CHILDREN)
                subprocess.run(
                    command,
                    env={"ARCHWRIGHT_CACHE": cache, "PATH": "", "HOME": cache},
                    check=True,
                    capture_output=True,
                )
                after = resource.getrusage(resource.RUSAGE_CHILDREN)
                times.append(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
            print(f"cold check, {what:16} {1e3 * min(times):6.0f} ms", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--lines", type=int, default=10_000)
    parser.add_argument("--only", choices=("specs", "generated", "tables", "cold"))
    options = parser.parse_args()
    if options.only in (None, "specs"):
        specs(options.rounds)
    if options.only in (None, "generated"):
        generated(options.lines)
    if options.only in (None, "tables"):
        tables(options.rounds)
    if options.only in (None, "cold"):
        cold()


if __name__ == "__main__":
    main()
