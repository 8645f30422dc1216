"""Questions in a process that may take little memory: a part of the answer, or a clear word."""

from __future__ import annotations

import subprocess
import sys

import pytest

SCRIPT = """
import resource, sys
from archwright.solvers import Control, Instance, Stopped, questions as ask
from tests.solvers.test_cancel import budgets, tangled

name, room = sys.argv[1], int(sys.argv[2])
asked = {
    "list": (lambda: tangled(0), ask.solutions),
    "count": (lambda: budgets(0), ask.count),
    "front": (lambda: budgets(3), ask.front),
    "best": (lambda: budgets(1, layers=60), ask.solve),
}
make, question = asked[name]
goals = {"count": 0, "best": 1, "front": 3}
small = budgets(goals[name], layers=6) if name in goals else tangled(0)
try:
    question(Instance.ask(small, control=Control(time_limit=3.0)))  # compiles and imports
except Stopped:
    pass
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (room << 20), resource.RLIM_INFINITY))
try:
    found = question(Instance.ask(make(), control=Control(time_limit=20.0)))
    print("answer", getattr(found, "status", type(found).__name__))
except Stopped as stopped:
    print("stopped", stopped)
"""


@pytest.mark.slow
@pytest.mark.parametrize("room", [16, 96])
@pytest.mark.parametrize("name", ["list", "count", "front", "best"])
def test_little_memory_ends_no_question_with_a_traceback(name: str, room: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, name, str(room)],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "Traceback" not in done.stderr
    assert done.stdout.startswith(("answer", "stopped")), done.stdout
