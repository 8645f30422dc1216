"""The house keeps its shape: imports go one way, files stay small, text stays about the project."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ["grammar", "dsl", "solvers", "interpreter", "kernels", "notebooks", "archwright"]

OURS = {
    "grammar": set(),
    "dsl": {"grammar"},
    "solvers": set(),
    "interpreter": {"grammar", "dsl", "solvers"},
    "kernels": {"grammar", "dsl", "solvers", "interpreter"},
    "notebooks": {"grammar", "dsl", "solvers", "interpreter", "kernels"},
    "archwright": {"grammar", "dsl", "solvers", "interpreter", "kernels", "notebooks"},
}
OUTSIDE = {
    "grammar": {"lark"},
    "dsl": {"lark", "pydantic"},
    "solvers": {"numpy", "numba"},
    "interpreter": {"numpy", "xarray", "pandas"},
    "kernels": {"numpy", "numba", "llvmlite", "torch", "triton", "xarray", "safetensors"},
    "notebooks": {"IPython", "anywidget", "ipywidgets", "pygments", "traitlets"},
    "archwright": {"typer", "click", "rich", "numpy", "xarray", "torch", "IPython", "pytest"}
    | {"lsprotocol", "pygls"},
}
STANDARD = __import__("sys").stdlib_module_names
LINES = 600


def files(room: str) -> list[Path]:
    paths = list((ROOT / room).rglob("*.py"))
    if room == "archwright":  # the links to the other rooms are not its own
        paths = [p for p in paths if p.relative_to(ROOT / room).parts[0] not in ROOMS]
    return sorted(paths)


@pytest.mark.parametrize("room", ROOMS)
def test_imports_follow_the_arrows(room: str) -> None:
    for path in files(room):
        for node in ast.walk(ast.parse(path.read_text())):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [a.name for a in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [f"{node.module}.{a.name}" for a in node.names]
            elif isinstance(node, ast.ImportFrom):
                depth = len(path.relative_to(ROOT / room).parts)
                assert node.level <= depth, f"{path}: a relative import leaves the room"
            for name in names:
                top, *rest = name.split(".")
                if top == "archwright":
                    target = rest[0] if rest and rest[0] in ROOMS else "archwright"
                    assert target == room or target in OURS[room], f"{path} imports {name}"
                else:
                    assert top in STANDARD or top in OUTSIDE[room], f"{path} imports {name}"


@pytest.mark.parametrize("room", [*ROOMS, "tests", "benchmarks"])
def test_files_stay_small(room: str) -> None:
    for path in files(room):
        assert len(path.read_text().splitlines()) <= LINES, f"{path} has over {LINES} lines"


def test_links_lead_to_the_rooms() -> None:
    for room in ROOMS[:-1]:
        link = ROOT / "archwright" / room
        assert link.is_symlink() and link.resolve() == ROOT / room
