"""What a spec is told when it meets its inputs and when it is compiled: one wrong one each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

import archwright as aw
from archwright.dsl.slugs import SLUGS

FOLDER = Path(__file__).parent / "golden_told"
WRONG = sorted(FOLDER.glob("*.bad"))


@pytest.mark.parametrize("path", WRONG, ids=lambda path: path.stem)
def test_wrong_spec(path: Path, golden: Callable[[str, str], None]) -> None:
    spec = aw.load(path)
    with pytest.raises(aw.ArchError) as caught:
        _ = spec.bind().model.lowered
    found = caught.value.diagnostics
    assert found[0].slug == path.stem
    assert {d.slug for d in found} <= SLUGS.keys()
    assert all(d.span is not None for d in found)
    golden(f"told/{path.stem}.txt", str(caught.value).replace(f"{FOLDER}/", ""))


INPUTS = """
arch 1
schema Card { memory: B }
param room: 1 KiB .. 64 KiB = 8 KiB
hardware card is Card given
table time(k, wide: bool) -> (t: us) given
space s { k: {3, 5} }
require fits: k * 1 KiB <= room and k * 1 B <= card.memory
minimize time[k, true].t as t
"""
ROWS = [{"k": k, "wide": wide, "t": 20} for k in (3, 5) for wide in (False, True)]
CARD = {"card": {"memory": "8 GiB"}}

GIVEN: dict[str, Mapping[str, object]] = {
    "bad-value": {"room": True},
    "out-of-domain": {"room": "65 KiB"},
    "unit-mismatch": {"room": "8 ms"},
    "unknown-parameter": {"rom": "8 KiB"},
    "unknown-record": {"hardware": {**CARD, "crd": {"memory": "8 GiB"}}},
    "unknown-field": {"hardware": {"card": {"memmory": "8 GiB"}}},
    "unknown-table": {"tables": {"time": ROWS, "times": ROWS}},
    "not-a-table": {"tables": {"time": 3}},
    "missing-column": {"tables": {"time": [{"k": 3, "t": 20}]}},
    "bad-cell": {"tables": {"time": [*ROWS[1:], {"k": 3, "wide": 2, "t": 20}]}},
    "duplicate-key": {"tables": {"time": [*ROWS, ROWS[0]]}},
    "missing-row": {"tables": {"time": ROWS[:2]}},
}


@pytest.mark.parametrize("slug", GIVEN)
def test_wrong_input(slug: str, golden: Callable[[str, str], None]) -> None:
    given = {"tables": {"time": ROWS}, "hardware": CARD, **GIVEN[slug]}
    spec = aw.loads(INPUTS, name="tile.arch")
    with pytest.raises(aw.ArchError) as caught:
        _ = spec.bind(**given).model.lowered
    assert [d.slug for d in caught.value.diagnostics] == [slug]
    golden(f"given/{slug}.txt", str(caught.value))
