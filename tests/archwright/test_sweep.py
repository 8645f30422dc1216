"""A sweep is one question for every combination, as a dataset."""

from __future__ import annotations

import numpy as np
import pytest

import archwright as aw

pytest.importorskip("xarray")

TILE = """arch 1
enum Kind { small, large }
schema Card { room: B }
hardware card is Card { room = 64 B }
hardware wide is card { room = 256 B }
param kind: Kind = small
param most: 1 .. 64 = 8
param slack: 0 B .. 64 B = 0 B
space t {
  rows: 1 .. 16
  deep: bool
  more: 2 .. 4 when deep
}
let used = rows * (if kind == large then 16 B else 4 B) + slack
require room: used <= card.room
require few: rows <= most
require needed: rows >= 4
optimize lex {
  maximize used as used
  minimize rows as rows_used
}
"""


def test_every_combination_is_as_asked_alone() -> None:
    spec = aw.loads(TILE)
    data = spec.sweep(kind=["small", "large"], most=range(2, 20, 6), slack="4 B")
    assert data["status"].dims == ("kind", "most")
    assert data["used"].attrs["units"] == "B"
    for kind in ("small", "large"):
        for most in (2, 8, 14):
            here = data.sel(kind=kind, most=most)
            alone = spec.bind(kind=kind, most=most, slack="4 B").solve()
            assert here["status"].item() == str(alone.status)
            if alone.goals:
                assert here["used"].item() == alone.goals["used"].to("B")
                assert here["rows"].item() == alone.choices["rows"]
            else:
                assert np.isnan(here["used"].item())


def test_records_are_swept_over_too() -> None:
    spec = aw.loads(TILE)
    fields = [{"card.room": "64 B"}, {"card.room": "256 B"}]
    alone = [spec.bind(hardware=one, most=64).solve().choices["rows"] for one in fields]
    assert alone == [16, 16]
    data = spec.sweep(
        kind=["small", "large"], hardware={"card.room": "128 B"}, most=np.array([4, 16])
    )
    assert data["rows"].values.tolist() == [[4, 16], [4, 8]]
    cards = aw.loads("""arch 1
import std.gpu as gpu
hardware card is gpu.h100 {}
space s { n: 1 .. 200 }
require few: n <= card.sms
maximize n as n
""").sweep(card=["std.gpu.a100", "std.gpu.h100"])
    assert dict(zip(cards["card"].values, cards["n"].values, strict=True)) == {
        "std.gpu.a100": 108,
        "std.gpu.h100": 132,
    }


def test_choices_and_left_out_constraints_hold_in_each() -> None:
    data = aw.loads(TILE).sweep(most=[5, 9], choices={"deep": True}, without="room")
    assert data["rows"].values.tolist() == [5, 9]
    assert data["more"].values.tolist() == [2, 2]


def test_a_sweep_over_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing is swept over"):
        aw.loads(TILE).sweep(most=4)
    with pytest.raises(ValueError, match="`most` is swept over no values"):
        aw.loads(TILE).sweep(most=[])
    with pytest.raises(aw.ArchError, match="out-of-domain"):
        aw.loads(TILE).sweep(most=[4, 65])
