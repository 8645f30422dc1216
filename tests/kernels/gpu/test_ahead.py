"""What compiled programs do where only a card would show it: the order of memory, and offsets."""

from __future__ import annotations

import re

import pytest

from archwright.kernels.cells.standard import GRU, LSTM
from archwright.kernels.gpu.source import Form, module
from archwright.kernels.gpu.tile import GpuTile

RESIDENT, ANEW = GpuTile(16, 16, 64, 4), GpuTile(16, 16, 64, 4, 3, False)
EVENT = re.compile(
    r"(?P<acquire>ld\.global\.gpu\.acquire|ld\.acquire\.gpu|atom\.global\.gpu\.acquire)"
    r"|(?P<release>(?:red|atom)\.global\.gpu\.release)"
    r"|(?P<barrier>bar\.sync|barrier\.sync)"
    r"|(?P<shared>ld\.global\.cg|cp\.async\.c[ag])"
    r"|(?P<store>st\.global)"
)


def events(ptx: str, kernel: str) -> list[str]:
    """The lines of a kernel that order memory, in the order of the text."""
    body = ptx[ptx.index(f".entry {kernel}") :]
    return [found.lastgroup or "" for found in EVENT.finditer(body[: body.index(".section")])]


@pytest.mark.parametrize("capability", [80, 90])
@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("tile", [RESIDENT, ANEW], ids=["resident", "anew"])
def test_what_a_team_exchanges_is_ordered(tile: GpuTile, backward: bool, capability: int) -> None:
    pytest.importorskip("triton", reason="needs Triton: pip install 'archwright[gpu]'")
    from archwright.kernels.gpu.ahead import compile_ahead

    taken = compile_ahead(LSTM, tile, 256, backward=backward, capability=capability)
    found = events(taken.ptx, "backward" if backward else "forward")
    # written by all threads, then a barrier, and only then the counter, with release
    (release,) = [i for i, event in enumerate(found) if event == "release"]
    written = max(i for i, event in enumerate(found[:release]) if event == "store")
    assert "barrier" in found[written:release]
    # every look at the counter acquires, and a barrier stands before and after it: no thread can
    # miss what another saw, nor read before it
    looks = [i for i, event in enumerate(found) if event == "acquire"]
    assert len(looks) == 2
    for look in looks:
        assert found[look - 1] == found[look + 1] == "barrier"
    # what others wrote is read past the first level of cache, which does not know of it
    assert "shared" in found
    assert "ld.volatile" not in taken.ptx


@pytest.mark.parametrize("form", [Form(3, True), Form(0, True)], ids=str)
@pytest.mark.parametrize("cell", [LSTM, GRU], ids=str)
def test_what_a_team_exchanges_may_be_larger_than_32_bits_reach(cell, form) -> None:  # type: ignore[no-untyped-def]
    text = module(cell, form)
    rows = "row = rows.to(tl.int64)[:, None]"
    assert text.count(rows) == text.count("own = (head * rows_padded + row) *") == 2
    assert text.count("turn = heads * rows_padded.to(tl.int64) *") == 2
