"""Another machine for the same spec: from Python and on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

import archwright as aw
from archwright.dsl.diagnostics import ArchError

from .command import Command

SPEC = """arch 1
import std.gpu as gpu
hardware card is gpu.h100 {}
space s { gigabytes: 1 .. 200 }
require fits: gigabytes * 1 GB <= card.memory
maximize gigabytes as n
"""
CARDS = """arch 1
import std.gpu as gpu
schema Toy { memory: B }
hardware large is gpu.h100 { memory = 96 GB }
hardware toy is Toy { memory = 3 GB }
"""


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "spec.arch").write_text(SPEC)
    (tmp_path / "cards.arch").write_text(CARDS)
    return tmp_path


REPLACED = [
    ({"card": "std.gpu.h200"}, 141),
    ({"card": "gpu.a100"}, 40),
    ({"card": "{folder}/cards.arch:large"}, 96),
    ({"card.memory": "7 GB"}, 7),
    ({"card": "std.gpu.h200", "card.memory": "12 GB"}, 12),
]


@pytest.mark.parametrize(("hardware", "best"), REPLACED)
def test_in_python_and_on_the_command_line(
    command: Command, files: Path, hardware: dict[str, str], best: int
) -> None:
    hardware = {name: value.format(folder=files) for name, value in hardware.items()}
    spec = aw.load(files / "spec.arch")
    assert spec.bind(hardware=hardware).solve().goals["n"] == best
    options = [
        text for name, value in hardware.items() for text in ("--hardware", f"{name}={value}")
    ]
    found = command("solve", files / "spec.arch", *options, "--json", "-q")
    assert (found.code, found.json["goals"]["n"]) == (0, best)


def test_a_record_by_name_as_a_keyword(files: Path) -> None:
    spec = aw.load(files / "spec.arch")
    assert spec.bind(card="std.gpu.h200").solve().goals["n"] == 141
    assert spec.bind(card=f"{files}/cards.arch:large").solve().goals["n"] == 96
    assert spec.bind(hardware={"card": {"memory": "9 GB"}}).solve().goals["n"] == 9


@pytest.mark.parametrize(
    ("option", "told"),
    [
        ("card=std.gpu.h20", "did you mean `std.gpu.h200`?"),
        ("card=std.mcu.f746", "`std.mcu.f746` is a `Mcu` of std.mcu and cannot stand for `card`"),
        ("card={folder}/cards.arch:larg", "did you mean `large`?"),
        ("card={folder}/cards.arch:toy", "is a `Toy` of"),
        ("card={folder}/card.arch:large", "file-not-found"),
        ("cart=std.gpu.h200", "did you mean `card`?"),
        ("card.memroy=1 GB", "did you mean `memory`?"),
        ("card.memory=1 ms", "`card.memory` is measured in bytes, 1 ms in seconds"),
        ("card", "expected name=value"),
    ],
)
def test_what_does_not_fit_is_wrong_usage(
    command: Command, files: Path, option: str, told: str
) -> None:
    found = command("solve", files / "spec.arch", "--hardware", option.format(folder=files))
    assert found.code == 2
    assert told in " ".join(found.err.replace("│", " ").split())


def test_nothing_is_probed_for_a_record_that_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    def probed() -> dict[str, object]:
        raise AssertionError("this machine was probed")

    monkeypatch.setattr("archwright.given.probe_fields", probed)
    spec = aw.loads(
        "arch 1\nimport std.cpu as cpu\nhardware host is cpu.Cpu given\nlet l2 = host.l2\n"
        "space s { n: 1 .. 2000 }\nrequire r: n * 1 KiB <= l2\nmaximize n as n"
    )
    assert spec.bind(host="std.cpu.avx512").solve().goals["n"] == 1280
    assert spec.bind(hardware={"host": "std.cpu.avx2"}).solve().goals["n"] == 256


def test_a_record_of_another_schema_is_refused_in_python(files: Path) -> None:
    with pytest.raises(ArchError, match=r"which is a `Gpu` of std\.gpu"):
        aw.load(files / "spec.arch").bind(card="std.tpu.v4")
