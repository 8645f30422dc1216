"""What is mutated: the specs of tests, gallery and library, and the examples of the language."""

from __future__ import annotations

import random
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from .generate import item
from .mutate import mutated, mutated_bytes, spliced, words

ROOT = Path(__file__).parents[2]
PLAIN = ("arch 1\nspace s {\n  x: 1 .. 4\n  y: {2, 3}\n  on: bool\n}\nlet a = x * y\n",)


@dataclass(frozen=True)
class Seed:
    """A spec and the folder that it was copied to, with the files that it reads."""

    folder: Path
    text: str


def seeds(top: Path) -> list[Seed]:
    """Copy what is mutated under `top`; random specs can be written there and read their data."""
    found: list[Seed] = []
    for source in (ROOT / "tests/specs", *sorted((ROOT / "gallery").iterdir()), ROOT / "dsl/std"):
        if source.is_dir():
            folder = top / source.name
            shutil.copytree(source, folder, ignore=shutil.ignore_patterns("golden", "__pycache__"))
            found += [Seed(folder, _read(p)) for p in sorted(folder.glob("*.arch"))]
    examples = top / "language"
    examples.mkdir()
    page = (ROOT / "docs/language.md").read_text(encoding="utf-8")
    for kind, text in re.findall(r"```(arch|csv)[^\n]*\n(.*?)```", page, re.DOTALL):
        if kind == "arch" and text.startswith("arch 1"):
            found.append(Seed(examples, text))
    for name, text in re.findall(r"```(?:arch|csv) as (\S+)\n(.*?)```", page, re.DOTALL):
        (examples / name).write_text(text, encoding="utf-8")
    return found + [Seed(examples, text) for text in PLAIN]


def draw(known: list[Seed], chance: random.Random) -> tuple[Path, bytes]:
    """A folder and the bytes of one more spec to try there."""
    seed = chance.choice(known)
    text = seed.text
    match chance.choice((0,) * 12 + (1, 2, 2, 3)):
        case 0:
            return seed.folder, mutated(text, chance).encode()
        case 1:
            return seed.folder, mutated_bytes(text.encode(), chance)
        case 2:
            names = [*words(text), "x", "y", "nn"]
            at = chance.choice([m.start() for m in re.finditer(r"^(?=\S)", text, re.MULTILINE)][1:])
            return seed.folder, f"{text[:at]}{item(names, chance)}\n{text[at:]}".encode()
    return seed.folder, spliced(text, chance.choice(known).text, chance).encode()


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")
