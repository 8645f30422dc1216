"""The table of blocks of ParetoPipe is that of its networks, cut behind every layer."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

import archwright as aw

FOLDER = Path(__file__).parent.parent / "gallery" / "paretopipe"
NETS = ("mobilenet_v2", "resnet18", "resnet50", "vgg16", "vit_tiny")


@pytest.mark.parametrize("net", NETS)
def test_the_table_of_blocks_is_that_of_the_network(net: str) -> None:
    found = aw.chain(aw.load(FOLDER / "networks.arch").bind(net=net).solve().architecture)
    macs = found["macs"] + found.get("pair_macs", 0)
    bits = 8  # bytes count in bits
    mine = zip(found["layer"], macs, found["weight_bytes"] // bits, found["crossing"], strict=True)
    with (FOLDER / "chains.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["net"] == net]
    columns = ("macs [MAC]", "weights [B]", "outputs")
    assert [(row["layer"], *(int(row[c]) for c in columns)) for row in rows] == [
        tuple(value.item() for value in values) for values in mine
    ]
