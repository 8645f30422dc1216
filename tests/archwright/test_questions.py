"""The questions, in Python and on the command line, on a spec small enough to see through."""

from __future__ import annotations

from pathlib import Path

import pytest

import archwright as aw

from .command import Command

TILE = """arch 1
param budget: 1 B .. 1 KiB = 30 B
enum Order { row_major, column_major }
space tile {
  rows: 1 .. 8
  columns: {4, 8, 16}
  padded: bool
  pad: {1, 2} when padded
  order: Order
}
let bytes = rows * (columns + (if padded then pad else 0)) * 1 B
require registers: bytes <= budget because "{bytes} of {budget}"
require aligned: order == column_major implies padded
optimize lex {
  maximize bytes as used
  minimize rows as rows_used
}
"""


def brute() -> list[tuple[int, int, int, int, int]]:
    found = []
    for rows in range(1, 9):
        for columns in (4, 8, 16):
            for padded in (0, 1):
                for pad in (1, 2) if padded else (0,):
                    for order in (0, 1):
                        if rows * (columns + pad) <= 30 and (not order or padded):
                            found.append((rows, columns, padded, pad, order))
    return found


@pytest.fixture(scope="module")
def p() -> aw.Bound:
    return aw.loads(TILE).bind()


def test_solve_is_proved_and_certified(p: aw.Bound) -> None:
    a = p.solve()
    best = max(r * (c + d) for r, c, _, d, _ in brute())
    assert a.status is aw.Status.OPTIMAL
    assert str(a.goals["used"]) == f"{best} B"
    assert a.goals["rows_used"] == min(r for r, c, _, d, _ in brute() if r * (c + d) == best)
    assert a.architecture is not None and a.architecture.choices == a.choices


def test_inactive_choices_are_absent(p: aw.Bound) -> None:
    a = p.solve({"padded": False})
    assert "pad" not in a.choices
    assert a.choices["padded"] is False


def test_count_and_all_agree_with_brute_force(p: aw.Bound) -> None:
    every = p.all()
    assert p.count() == len(every) == len(brute()) == len(list(every))
    seen = {(s["rows"], s["columns"], int(s["padded"]), s.get("pad", 0), s["order"]) for s in every}
    names = ("row_major", "column_major")
    assert seen == {(r, c, a, d, names[o]) for r, c, a, d, o in brute()}
    assert every.to_numpy().shape == (len(brute()), 5)


def test_arrays_hold_values_in_natural_units() -> None:
    pytest.importorskip("xarray")
    p = aw.loads("""arch 1
enum Kind { a, b }
space s { size: {2 KiB, 6 KiB}  n: {4, 8, 12}  share: {0.5, 1}  kind: Kind  on: bool }
require small: size * n <= 24 KiB
require few: share == 0.5 and not on
""").bind()
    rows = p.all().to_numpy()
    assert rows[:, :3].tolist() == [
        [s * 1024, n, 0.5] for s in (2, 6) for n in (4, 8, 12) if s * n <= 24 for _ in (0, 1)
    ]
    data = p.all({"kind": "b"}).to_xarray()
    assert data["size"].attrs == {"units": "B"}
    assert data["size"].values.tolist() == [2048, 2048, 2048, 6144]
    assert set(data["kind"].values) == {"b"}
    whole = aw.loads("arch 1\nspace s { n: {4, 8} }").bind().all().to_numpy()
    assert whole.dtype == "int64" and whole.tolist() == [[4], [8]]


def test_a_front_as_arrays() -> None:
    pytest.importorskip("xarray")
    p = aw.loads("""arch 1
space s { n: 1 .. 4 }
optimize pareto { minimize n * 1.5 ms as time  maximize n * 2 KiB as size }
""").bind()
    data = p.pareto().to_xarray()
    assert data["time"].attrs == {"units": "s"} and data["size"].attrs == {"units": "B"}
    assert data["time"].values.tolist() == [0.0015, 0.003, 0.0045, 0.006]
    assert data["size"].values.tolist() == [2048, 4096, 6144, 8192]


def test_domains(p: aw.Bound) -> None:
    possible = p.domains({"columns": 16})
    assert possible["rows"] == [1]
    assert possible["columns"] == [16]
    assert p.domains({"padded": False})["pad"] == []


def test_parameters_take_units() -> None:
    assert aw.loads(TILE).bind(budget="0.5 KiB").count() == 8 * 3 * (1 + 2 * 2)


def test_explain(p: aw.Bound) -> None:
    assert p.explain() is None
    conflict = p.explain({"rows": 8, "columns": 16})
    assert conflict is not None
    assert conflict.constraints == ("registers",)
    assert "12:" in str(conflict.ranges[0])
    conflict = p.explain({"padded": False, "order": "column_major"})
    assert conflict is not None and conflict.constraints == ("aligned",)


def test_sample_is_feasible_and_seeded(p: aw.Bound) -> None:
    drawn = p.sample(20, seed=1)
    every = list(p.all())
    assert all(s in every for s in drawn)
    assert drawn == p.sample(20, seed=1)


def test_errors_carry_diagnostics() -> None:
    with pytest.raises(aw.ArchError) as raised:
        aw.loads(TILE.replace("bytes <=", "byte <="))
    assert raised.value.diagnostics[0].slug == "unknown-name"


def test_command_line(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "tile.arch"
    path.write_text(TILE)
    outcome = command("solve", path, "--json", "-p", "budget=40 B", "--fix", "padded=false")
    assert outcome.code == 0
    assert outcome.json["status"] == "optimal"
    assert outcome.json["goals"]["used"] == {"value": 40, "unit": "B"}
    assert command("count", path).out.strip() == str(len(brute()))
    outcome = command("all", path, "--json")
    assert len(outcome.json["rows"]) == outcome.json["count"] == len(brute())
    assert command("domains", path, "--fix", "columns=16").out.startswith("rows: 1\n")
    outcome = command("explain", path, "--fix", "rows=8", "--fix", "columns=16", "--json")
    assert outcome.json["conflict"][0]["name"] == "registers"
    assert command("solve", path, "--fix", "rows=8", "--fix", "columns=16").code == 3
    outcome = command("sample", path, "-n", "3", "--json")
    assert len(outcome.json["rows"]) == 3
    assert "space" not in command("doc", path).err


def test_expect_lines(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "tile.arch"
    path.write_text(TILE + f"expect count == {len(brute())}\nexpect count == 1\n")
    outcome = command("test", path)
    assert outcome.code == 1
    assert "1 passed, 1 failed" in outcome.out
    assert f"found count == {len(brute())}" in outcome.out


GALLERY = Path(__file__).parent.parent.parent / "gallery"
NET = """arch 1
import std.nn as nn
space s { width: {8, 16}  k: {3, 5} }
network net(x: tensor[3, 16, 16]) {
  x = nn.conv(x, out = width, k = k, stride = 2)  as stem
  x = nn.global_pool(x)
  return nn.linear(x, out = 10)
}
let macs = sum(l.macs for l in net.layers)
let params = sum(l.params for l in net.layers)
require small: params <= limit because "{params} parameters"
param limit: 1 .. 10_000 = 900
maximize macs as capacity
"""


def test_run_a_recurrence_on_this_machine(command: Command) -> None:
    pytest.importorskip("torch")
    sizes = [o for n in ("batch=2", "steps=4", "heads=1", "head=16") for o in ("-p", n)]
    outcome = command("run", GALLERY / "flashrnn" / "here.arch", "--json", *sizes)
    assert outcome.code == 0
    assert outcome.json["status"] == "optimal" and outcome.json["executed"]
    assert outcome.json["max_error"] < 3e-6
    assert {"archwright", "eager loop", "nn.LSTM"} == set(outcome.json["times_ms"])
    assert outcome.json["tile"]["rows"] >= 1


def test_build_and_run_a_network(command: Command, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    path = tmp_path / "net.arch"
    path.write_text(NET)
    outcome = command("build", path, "--out", tmp_path / "net.pt", "--json")
    assert outcome.code == 0
    weights = torch.load(tmp_path / "net.pt")
    learned = [w for name, w in weights.items() if "running" not in name and "num_" not in name]
    assert sum(w.numel() for w in learned) == outcome.json["parameters"] <= 900
    outcome = command("run", path, "--json")
    assert outcome.code == 0 and outcome.json["output"] == [1, 10, 1, 1]
    assert command("run", path, "-p", "limit=10").code == 3
    assert command("run", path, "--network", "nat").code == 2


def test_export_a_network(command: Command, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    path = tmp_path / "net.arch"
    path.write_text(NET)
    source, weights = tmp_path / "net.py", tmp_path / "net.pt"
    outcome = command("export", path, "--to", source, "--weights", weights, "--json")
    assert outcome.code == 0
    assert outcome.json["to"] == str(source) and outcome.json["weights"] == str(weights)
    assert "class Net(nn.Module):" in source.read_text() and weights.exists()
    assert command("export", path, "--to", tmp_path / "net.tf").code == 2
    assert command("export", path, "--to", tmp_path / "none" / "net.py").code == 2
    assert command("export", path, "--to", source, "--weights", tmp_path / "net.txt").code == 2
    assert command("export", path, "--to", source, "-p", "limit=10").code == 3


def test_a_stopped_question_keeps_the_best_so_far(command: Command, tmp_path: Path) -> None:
    names = [f"x{i}" for i in range(24)]
    sums = [
        " + ".join(f"{(7 * i * i + 3 * j) % 97 + 1} * {a} * {b}" for i, (a, b) in
                   enumerate(zip(names, names[j + 1 :] + names, strict=False)))
        for j in range(5)
    ]  # fmt: skip
    path = tmp_path / "hard.arch"
    path.write_text(
        "arch 1\nspace s {\n" + "\n".join(f"{n}: 0 .. 9" for n in names) + "\n}\n"
        + "\n".join(f"require r{j}: {s} <= 9000" for j, s in enumerate(sums))
        + "\nmaximize " + " + ".join(f"{5 * i + 3} * {n}" for i, n in enumerate(names)) + " as m\n"
    )  # fmt: skip
    outcome = command("solve", path, "--time-limit", "0.5", "--json", "-q")
    assert outcome.code == 4
    assert outcome.json["status"] == "feasible"
    assert outcome.json["proof"]["bound"][0] > outcome.json["goals"]["m"] > 0
    assert command("count", path, "--time-limit", "0.2", "-q").code == 4
