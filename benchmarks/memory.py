"""Peak memory of listing a space, beside other solvers.

    python -m benchmarks.memory --driver peers.py --instances FOLDER [NAME ...]

Each listing runs in a process of its own under this interpreter. The driver is a program that holds
a class for each other solver in `ADAPTERS` and loads an instance with `load`; the instances are
those that ask for all solutions. Shown is the peak resident size when the list is complete, and
beside it what that is more than after imports; in MiB, as a table in Markdown. Linux only, where
`ru_maxrss` counts KiB.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

OURS = "archwright"
IMPORTS = "imports"
OTHERS = {"python_constraint2": "constraint", "choco": "pychoco"}


def peak() -> float:
    """The largest resident size of this process so far, MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def listed_by_us(path: Path) -> tuple[float, int]:
    """Peak after imports and the number of rows.

    A small space is listed without the compiled engines, whose import counts only if it happened.
    """
    import instances

    from archwright.solvers import questions

    before = peak()
    rows = len(questions.solutions(instances.load(path).problem))
    return before if "numba" not in sys.modules else 0.0, rows


def compiler_imported() -> float:
    """Peak after importing the compiled engines as well."""
    import instances  # noqa: F401

    from archwright.solvers import nest, questions, search  # noqa: F401
    from archwright.solvers.nest import graph  # noqa: F401

    return peak()


def listed_by(name: str, driver: Path, path: Path) -> tuple[float, int]:
    """The same for another solver of the driver."""
    found = importlib.util.spec_from_file_location("driver", driver)
    assert found is not None and found.loader is not None
    module: Any = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    importlib.import_module(OTHERS[name])
    before = peak()
    adapter = module.ADAPTERS[name](module.load(path))
    answer = adapter.task("all", 60) if hasattr(adapter, "task") else None
    answer = answer or adapter.solve(adapter.cons, None, 60, "all")
    return before, len(answer["sols"]) if answer["status"] == "ok" else -1


def measured(name: str, driver: Path, path: Path, limit: float) -> dict[str, float] | None:
    """Rows and MiB of one listing in a new process; None if it takes longer than the limit."""
    command = [sys.executable, "-m", "benchmarks.memory", "--one", name]
    command += ["--driver", str(driver), str(path)]
    try:
        run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=limit)
    except subprocess.TimeoutExpired:
        return None
    return json.loads(run.stdout.splitlines()[-1]) if run.returncode == 0 else None


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--driver", type=Path, required=True)
    parser.add_argument("--instances", type=Path, default=Path(__file__).parent / "instances")
    parser.add_argument("--limit", type=float, default=60.0, help="seconds for each listing")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("names", nargs="*", help="beginnings of names; A and T without any")
    options = parser.parse_args()
    if options.one == IMPORTS:
        print("\n" + json.dumps({"imports": compiler_imported()}))
        return
    if options.one:
        path = Path(options.names[0])
        ours = options.one == OURS
        before, rows = listed_by_us(path) if ours else listed_by(options.one, options.driver, path)
        print("\n" + json.dumps({"imports": before, "peak": peak(), "rows": rows}))
        return
    columns = [OURS, *OTHERS]
    base = measured(IMPORTS, options.driver, options.driver, options.limit)
    assert base is not None
    print("| listed | rows |" + "".join(f" {c} MiB | listing |" for c in columns))
    print("|---|---:|" + "---:|" * 2 * len(columns))
    for path in sorted(options.instances.glob("*.json")):
        wanted = path.stem.startswith(tuple(options.names) or ("A", "T"))
        if not wanted or json.loads(path.read_text())["task"] != "all":
            continue
        found = [measured(name, options.driver, path, options.limit) for name in columns]
        cells = []
        for one in found:
            if one is None or one["rows"] < 0:
                cells += ["none", "-"]
            else:
                imports = one["imports"] or base["imports"]
                cells += [f"{one['peak']:.0f}", f"{one['peak'] - imports:.1f}"]
        listed = f"{found[0]['rows']:,}" if found[0] else "-"
        print(f"| {path.stem} | {listed} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
