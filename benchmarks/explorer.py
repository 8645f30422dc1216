"""How long the explorer waits, on the specs of the tests.

    python benchmarks/explorer.py

Milliseconds of processor time with compiled engines loaded, the least of three. *cold*: the spec is
bound anew, and this is its first question; *click*: one more choice is fixed, which nothing was
asked about before (the least of three clicks). *bind* is bind and lowering, *change* the same after
one parameter changed. A question that takes longer than `LIMIT` is a dash.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import archwright as aw
from archwright.solvers.control import Stopped

SPECS = Path(__file__).parents[1] / "tests" / "specs"
CHANGES: dict[str, dict[str, Any]] = {
    "darts_cell": {"width": 20},
    "flashrnn_h100": {"batch": 32},
    "joint_rnn": {},  # has no parameter
    "mcu_vision": {"frame": "450 ms"},
    "mixed_precision": {"size_budget": "80 KiB"},
    "ofa_mobile": {"deadline": "31 ms"},
    "pipeline": {"memory": "41 GiB"},
}
LIMIT = 2.0  # seconds
QUESTIONS: dict[str, Callable[[aw.Bound], object]] = {
    "propagated": lambda p: p.domains(exact=False, progress=False),
    "exact": lambda p: p.domains(time_limit=LIMIT, progress=False),
    "count": lambda p: p.count(time_limit=LIMIT, progress=False),
    "complete": lambda p: p.solve(time_limit=LIMIT, progress=False),
}
RUNS = 3


def timed(question: Callable[[], object]) -> float | None:
    """Milliseconds of processor time; None if it was stopped."""
    began = time.process_time()
    try:
        answer = question()
    except Stopped:
        return None
    proved = getattr(answer, "status", "optimal") != "unknown"
    return 1000 * (time.process_time() - began) if proved else None


def least(times: list[float | None]) -> str:
    """The least of some times."""
    known = [t for t in times if t is not None]
    return f"{min(known):.1f}" if known else "-"


def lowered(p: aw.Bound) -> aw.Bound:
    """The spec, lowered."""
    p.model.lowered  # noqa: B018
    return p


def main() -> None:
    """Print the tables."""
    columns = [f"{name} {when}" for name in QUESTIONS for when in ("cold", "click")]
    print("| spec | bind | change |", " | ".join(columns), "|")
    print("|---" * (3 + len(columns)) + "|")
    for name, change in CHANGES.items():
        spec = aw.load(SPECS / f"{name}.arch")
        p = lowered(spec.bind())
        for ask in QUESTIONS.values():
            timed(lambda: ask(p))  # noqa: B023
        choices = list(p.solve(time_limit=LIMIT, progress=False).choices.items())
        clicks = choices[:: max(1, len(choices) // RUNS)][:RUNS]
        row = [
            least([timed(lambda: lowered(spec.bind())) for _ in range(RUNS)]),  # noqa: B023
            least([timed(lambda: lowered(p.changed(**change))) for _ in range(RUNS)]),  # noqa: B023
        ]
        for ask in QUESTIONS.values():
            cold = [lowered(spec.bind()) for _ in range(RUNS)]
            row.append(least([timed(lambda: ask(q)) for q in cold]))  # noqa: B023
            near = [p.fixed({key: value}) for key, value in clicks]
            row.append(least([timed(lambda: ask(q)) for q in near]))  # noqa: B023
        print("|", " | ".join([name, *row]), "|", flush=True)


if __name__ == "__main__":
    main()
