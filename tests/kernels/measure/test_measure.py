"""Layers timed in place: the whole way, on networks so small that it takes a second."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

import archwright as aw
from archwright.kernels.measure import cover as cover_module
from archwright.kernels.measure import in_place, table
from archwright.kernels.measure.cover import key
from archwright.kernels.measure.measure import _Share
from archwright.solvers.control import Control, Stopped

torch = pytest.importorskip("torch")
pytest.importorskip("netCDF4")

SPACE = """
arch 1
import std.nn as nn
space s {
  k[b in 1 .. 3]: {1, 3}
}
network net(x: tensor[3, 8, 8]) {
  x = nn.conv(x, out = 4, stride = 2) as stem
  for b in 1 .. 3 { x = nn.conv(x, out = 4, k = k[b]) as block[b] }
  return x
}
"""
READER = """
arch 1
import "space.arch" as net
table block(b, k) -> (block_time: us) from "space.nc"
table once(batch) -> (rest_time: us) from "space.nc"
let time = once[1].rest_time + sum(block[b, net.k[b]].block_time for b in 1 .. 3)
minimize time as time
"""


@pytest.fixture
def space(tmp_path: Path) -> aw.Bound:
    (tmp_path / "space.arch").write_text(SPACE)
    return aw.load(tmp_path / "space.arch").bind()


def test_a_table_is_read_by_the_next_spec(space: aw.Bound, tmp_path: Path) -> None:
    found = aw.measure(space, tmp_path / "space.nc", rounds=3, held_out=2)
    assert found.complete and (found.timed, found.reused) == (3, 0)
    assert found.options["block_time"].dims == ("b", "k")
    (tmp_path / "here.arch").write_text(READER)
    answer = aw.load(tmp_path / "here.arch").bind().solve()
    assert answer.architecture is not None
    times = {k: layer.time for k, layer in found.table.layers.items()}
    leaves = answer.architecture.networks["net.net"].leaves
    exact = float(answer.goals["time"].natural) * 1e6  # type: ignore[union-attr]
    assert exact == pytest.approx(sum(times[key(leaf)] for leaf in leaves), abs=0.3)


def test_times_of_leaves_add_up_to_the_network(space: aw.Bound) -> None:
    a = space.solve().architecture
    assert a is not None
    *_, (times,) = in_place.time_networks([a.networks["net"]], 3)
    assert len(times.whole) == len(times.leaves) == 3
    assert all(len(row) == 4 and min(row) >= 0 for row in times.leaves)


def test_what_is_there_is_not_timed_again(space: aw.Bound, tmp_path: Path) -> None:
    path = tmp_path / "space.nc"
    first = aw.measure(space, path, rounds=2, choices={"k": 3})
    again = aw.measure(space, path, rounds=2)
    assert (first.timed, again.timed, again.reused) == (2, 1, 2)
    kept = set(first.table.layers)
    assert all(again.table.layers[k] == first.table.layers[k] for k in kept)
    more = aw.measure(space, path, rounds=30)
    assert more.timed == 3  # those with fewer repeats are timed again


def test_what_was_timed_before_a_stop_is_kept(
    space: aw.Bound, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, rounds = tmp_path / "space.nc", []
    whole = in_place._leaves

    def interrupted(*given: object) -> list[float]:
        if len(rounds) == 3:
            import signal

            signal.raise_signal(signal.SIGINT)
        rounds.append(1)
        return whole(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(in_place, "_leaves", interrupted)
    found = aw.measure(space, path, rounds=50)
    assert not found.complete and "the same command goes on" in found.notes[-1]
    assert 0 < table.read(path).layers[next(iter(found.table.layers))].repeats < 50
    monkeypatch.undo()
    assert aw.measure(space, path, rounds=2).complete


def test_numbers_that_make_no_sense_are_told(space: aw.Bound) -> None:
    with pytest.raises(ValueError, match="rounds is 0"):
        aw.measure(space, rounds=0)
    with pytest.raises(ValueError, match="held_out is -1"):
        aw.measure(space, held_out=-1)


def test_torch_that_is_missing_is_told(space: aw.Bound, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(aw.ArchError, match="measuring `net` needs torch"):
        aw.measure(space)


def test_layers_that_nothing_builds_are_told() -> None:
    text = "arch 1\nop odd(x: tensor[N]) -> tensor[N] { let macs = N * 1 MAC }\n"
    text += "network net(x: tensor[4]) { return odd(x) }"
    with pytest.raises(aw.ArchError) as told:
        aw.measure(aw.loads(text).bind())
    assert told.value.diagnostics[0].slug == "no-builder"


ENDLESS = """
import archwright as aw
aw.measure(aw.load("space.arch").bind(), "space.nc", rounds=1_000_000, progress=False)
"""


@pytest.mark.slow
def test_after_a_kill_the_same_goes_on(space: aw.Bound, tmp_path: Path) -> None:
    path = tmp_path / "space.nc"
    worker = subprocess.Popen([sys.executable, "-c", ENDLESS], cwd=tmp_path)
    try:
        for _ in range(600):
            time.sleep(0.1)
            if path.exists() and table.read(path).layers:
                break
        with pytest.raises(table.WrongTable, match="another process measures"):
            aw.measure(space, path, rounds=2)
    finally:
        worker.kill()
        worker.wait()
    before = table.read(path).layers
    found = aw.measure(space, path, rounds=1)
    assert (found.timed, found.reused) == (0, 3) and found.table.layers == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["space.arch", "space.nc"]


def test_a_time_limit_leaves_what_there_was_time_for(
    space: aw.Bound, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped while it looks for layers, it times those found and says what is missing."""
    monkeypatch.setattr(cover_module, "_draw", lambda instance: [])
    whole, asked = cover_module._with, []

    def slow(*given: object) -> object:
        asked.append(1)
        if len(asked) > 1:
            raise Stopped("stopped while looking for layers")
        return whole(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(cover_module, "_with", slow)
    found = aw.measure(space, tmp_path / "space.nc", rounds=2)
    assert not found.complete and found.timed == 2
    assert "forms of layers were not looked for" in found.notes[0]


def test_looking_for_layers_takes_half_of_the_time_at_most() -> None:
    whole = Control(time_limit=1000)
    part = _Share(whole=whole, share=0.5)
    assert not part.stopped
    whole.started -= 600
    assert part.stopped and not whole.stopped
    whole.cancel()
    assert whole.stopped and part.stopped
