"""How long the explorer waits: solve and domains after one change, on the specs of the tests.

    python benchmarks/explorer.py

Processor time in milliseconds, the least of some runs: everything anew (bind, lower, solve,
domains), the same question again on the same bound spec, with one choice fixed, and with one
parameter changed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import archwright as aw

SPECS = Path(__file__).parents[1] / "tests" / "specs"
CHANGES: dict[str, dict[str, Any]] = {
    "flashrnn_h100": {"batch": 32},
    "mcu_vision": {"frame": "450 ms"},
    "mixed_precision": {"size_budget": "80 KiB"},
    "ofa_mobile": {"deadline": "31 ms"},
    "pipeline": {"memory": "41 GiB"},
    "darts_cell": {"width": 20},
}


def least(question: Callable[[], object], runs: int = 3) -> float:
    """Milliseconds of processor time."""
    found = []
    for _ in range(runs):
        began = time.process_time()
        question()
        found.append(time.process_time() - began)
    return 1000 * min(found)


def look(p: aw.Bound, choices: dict[str, object] | None = None) -> None:
    """What the explorer shows after a change."""
    p.solve(choices, progress=False)
    p.domains(choices, progress=False)


def main() -> None:
    """Print the table."""
    print(f"{'spec':16} {'anew':>8} {'again':>8} {'one choice':>11} {'one parameter':>14}")
    for name, parameters in CHANGES.items():
        spec = aw.load(SPECS / f"{name}.arch")
        p = spec.bind()
        look(p)  # compiled engines are loaded
        key, value = list(p.solve(progress=False).choices.items())[-1]
        times = [
            least(lambda: look(spec.bind())),  # noqa: B023
            least(lambda: look(p)),  # noqa: B023
            least(lambda: look(p, {key: value})),  # noqa: B023
            least(lambda: look(spec.bind(**parameters))),  # noqa: B023
        ]
        print(f"{name:16} {times[0]:8.1f} {times[1]:8.1f} {times[2]:11.1f} {times[3]:14.1f}")


if __name__ == "__main__":
    main()
