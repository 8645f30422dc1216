"""Every face of an answer says how far its logarithms may be off."""

from __future__ import annotations

from pathlib import Path

import archwright as aw

from .command import Command

SPEC = """arch 1
space s {
  a: 1 .. 4
  b: 1 .. 4
}
let size = ln(a) * 3 B
let exact = log2(4) + a
require budget: a + b <= 5
optimize pareto {
  maximize ln(a) as first
  maximize b as second
}
"""


def test_solve(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "spec.arch"
    path.write_text(SPEC)
    found = command("solve", path, "--json", "-q").json
    assert found["errors"] == {"first": 5e-10, "size": {"value": 1.2e-8, "unit": "bit"}}
    text = command("solve", path, "-q").out
    assert "first = 1.386294361 ± 5e-10" in text
    assert "size = 33.271064664 bit ± 2e-8 bit" in text
    assert "exact = 6\n" in text


def test_front(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "spec.arch"
    path.write_text(SPEC)
    assert command("pareto", path, "--json", "-q").json["errors"] == {"first": 5e-10}
    assert "front of 4 points, complete; first ± 5e-10" in command("pareto", path, "-q").out


def test_a_spec_that_decides_nothing_shows_its_values() -> None:
    text = repr(aw.loads("arch 1\nlet x = ln(10)\nlet y = 3").bind().solve())
    assert "x = 2.302585093 ± 5e-10" in text and "y = 3" in text


def test_html() -> None:
    html = aw.loads(SPEC).bind().solve()._repr_html_()
    assert "1.386294361 ± 5e-10" in html and "33.271064664 bit ± 2e-8 bit" in html
