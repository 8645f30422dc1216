"""The progress line: goals with their names and units, never the solver's own numbers."""

from __future__ import annotations

import io

import archwright as aw
from archwright.asking import ProgressLine
from archwright.solvers.control import Progress


def test_goals_are_shown_as_quantities() -> None:
    bound = aw.loads("""arch 1
        space s { rows: 1 .. 8 }
        optimize lex { maximize rows * 4 KiB as size  minimize rows / 2 as half }
    """).bind()
    stream = io.StringIO()
    line = ProgressLine(stream, after=0, goals=bound._goal_texts)
    line(Progress("proving the optimum", 3.0, 1200, incumbent=(3, 3), bound=(8,)))
    size, half = bound._goal_texts((3, 3))
    assert size.startswith("size ") and size.endswith("B")
    assert half.startswith("half ")
    written = stream.getvalue().strip()
    assert written.startswith("proving the optimum · 3 s · 1_200 nodes · best size ")
    assert f"best {size}, {half} · bound size " in written
