"""The solver as one more peer of a driver that times several solvers on the neutral instances.

The driver loads this file, provides `Adapter`, and calls `task` for every instance; what is timed
is stating the problem in `archwright.solvers` and answering it, as for the others.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import instances

from archwright.solvers import Control, Instance, questions


class Archwright(Adapter):  # type: ignore[name-defined,misc]  # noqa: F821 (given by the driver)
    """One instance, parsed; `task` states and answers it."""

    def __init__(self, inst: dict[str, Any]) -> None:
        super().__init__(inst)
        self.parsed = instances.parse(inst)

    def task(self, task: str, timeout: float) -> dict[str, Any]:
        """Answer in the driver's words, with the seconds of stating and of solving."""
        start = time.perf_counter()
        problem = instances.state(self.parsed)
        stated = time.perf_counter()
        instance = Instance.ask(problem, control=Control(time_limit=timeout))
        result: dict[str, Any] = {"status": "ok"}
        rows = None
        match task:
            case "first" | "opt":  # what the others give first is any solution, too
                found = questions.solve(instance, any_solution=task == "first")
                if found.values is None:
                    result["status"] = "unsat" if str(found.status) == "infeasible" else "timeout"
                elif task == "opt" and str(found.status) != "optimal":
                    result["status"] = "timeout"
                else:
                    result["sol"] = tuple(found.values)
            case "all":
                rows = questions.solutions(instance)
                result["count"] = len(rows)
            case "count":
                result["count"] = questions.count(instance)
            case "pareto":
                result["front"] = [point.goals for point in questions.front(instance).points]
            case "mus":
                why = questions.conflict(instance)
                result["mus"] = sorted(int(g[1:]) for g in why.groups) if why else []
        result["t_build"], result["t_solve"] = stated - start, time.perf_counter() - stated
        if rows is not None:
            result["sols"] = list(map(tuple, rows.tolist()))
        return result


ADAPTERS = {"archwright": Archwright}
