"""`archwright doc FILE`: all that a spec states, and how large it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from .command import Command

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["mcu_vision", "pipeline", "mixed_precision"])
def test_of_specs(
    command: Command, golden: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(ROOT)
    found = command("doc", f"tests/specs/{name}.arch", "--time-limit", "60")
    assert found.code == 0
    golden(f"doc_{name}.txt", found.out)


ALL = """arch 1
import std.nn as nn with { weight_bits = 8 }
param n: 1 .. 9 = 3
enum Kind { a, b }
fn twice(x) = 2 * x
space s {
  k[i in 1 .. n]: Kind when i < 3
  d: divisors(12)
}
table t(d, kind: Kind) -> (time: us) given partial
hardware card { memory = 3 KiB }
network net(x: tensor[3, 8, 8]) { return nn.conv(x, out = d, k = 3) }
require first for i in 1 .. n where i > 1: t[d, k[1]].time < 5 us because "it is {d}"
prefer small weight 2: d < 4
optimize pareto { minimize d as d  maximize twice(d) }
"""


def test_without_its_inputs_the_text_is_shown(command: Command, tmp_path: Path) -> None:
    (tmp_path / "a.arch").write_text(ALL)
    found = command("doc", str(tmp_path / "a.arch"))
    assert found.code == 0
    assert found.out.splitlines()[1:] == [
        "imports",
        "  nn = std.nn with { weight_bits = 8 }",
        "parameters",
        "  n: 1 .. 9 = 3",
        "choices",
        "  k[i in 1 .. n]: Kind when i < 3",
        "  d: divisors(12)",
        "constraints",
        "  first[i in 1 .. n] where i > 1: t[d, k[1]].time < 5 us",
        "      because it is {d}",
        "preferences",
        "  small weight 2: d < 4",
        "goals (pareto)",
        "  minimize d",
        "  maximize twice(d)",
        "tables",
        "  t(d, kind: Kind) -> (time: us)   # given, partial",
        "hardware",
        "  card",
        "networks",
        "  net(x: tensor[3, 8, 8])",
        "functions",
        "  twice(x) = 2 * x",
        "notes",
        "  sizes are not known: the table `t` is `given` from outside, and nothing was given",
    ]


def test_as_json(command: Command, tmp_path: Path) -> None:
    (tmp_path / "a.arch").write_text(ALL.replace("given", "{ 1, a -> 3 }"))
    found = command("doc", str(tmp_path / "a.arch"), "--json")
    assert found.code == 0
    told = json.loads(found.out)
    assert told["raw_size"] == 2**3 * 6 and told["count"] == 2
    assert told["choices"][0] == {
        "name": "k[i in 1 .. n]", "text": "Kind", "space": "s", "when": "i < 3", "members": 3,
        "values": 2,
    }  # fmt: skip
    (net,) = told["networks"]
    assert net["layers"] == 1 and net["totals"]["weight_bytes"] == {"value": 29, "unit": "B"}
    (card,) = told["hardware"]
    assert card["fields"] == {"memory": {"value": 3072, "unit": "B"}}
    (table,) = told["tables"]
    assert table["rows"] == 1 and table["partial"] is True


def test_a_count_that_takes_too_long_is_left_open(command: Command, tmp_path: Path) -> None:
    (tmp_path / "a.arch").write_text(
        "arch 1 space s { x[i in 1 .. 40]: 1 .. 50 }\n"
        "require a: sum(x[i] * x[41 - i] * x[i] for i in 1 .. 40) % 997 == 13\n"
        "require b: sum(x[i] * (i + 3) for i in 1 .. 40) % 1009 == 77\n"
    )
    found = command("doc", str(tmp_path / "a.arch"), "--time-limit", "0.05")
    assert found.code == 0
    assert "the number of solutions was not known after 0.05 s" in found.out
    assert "combinations of values" in found.out


def test_modules_list_ops_with_formals_and_costs(command: Command) -> None:
    told = command("doc", "std.nn").out
    assert "\nops\n  conv(x: tensor[C, H, W], out: " in told
    assert "      costs area taps macs params" in told
    facts = json.loads(command("doc", "std.nn", "--json").out)
    assert "macs" in next(op for op in facts["ops"] if op["name"] == "conv")["costs"]


NEVER = """arch 1
import std.nn as nn
param side: 1 .. 64 = 32
space s { k: {3, 5} }
network net(x: tensor[3, side, side]) {
  x = nn.conv(x, out = 8, k = k) as stem
  return nn.linear(x, out = 8)
}
require few: k * side <= 100
minimize sum(l.params for l in net.layers) as p
"""


def test_a_spec_that_holds_under_no_choices_says_so(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "never.arch"
    path.write_text(NEVER)
    outcome = command("check", path, "--json")
    assert outcome.code == 0
    (told,) = outcome.json["diagnostics"]
    assert (told["slug"], told["level"], told["line"]) == ("always-false", "warning", 7)
    assert told["labels"][0]["file"] == "std.nn"
    notes = command("doc", path, "--json").json["notes"]
    assert any("linear.pooled" in note for note in notes)
    assert any("without totals" in note for note in notes)


def test_a_spec_that_holds_under_some_choices_is_not_warned_of(
    command: Command, tmp_path: Path
) -> None:
    path = tmp_path / "some.arch"
    path.write_text(NEVER.replace("= 32", "= 1"))
    outcome = command("check", path)
    assert outcome.err == "" and outcome.out.endswith("ok\n")
