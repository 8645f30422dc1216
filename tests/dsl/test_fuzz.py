"""Mutated specs: whatever is written, there is an answer or a diagnostic, and soon."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from archwright.dsl.diagnostics import ArchError
from archwright.dsl.load import loads
from archwright.dsl.slugs import SLUGS
from archwright.dsl.syntax_mistake import Token, tokens
from archwright.interpreter.bind import bind
from archwright.interpreter.lower import lower

ROOT = Path(__file__).parents[2]
SPECS = [
    *sorted((ROOT / "tests/specs").glob("*.arch")),
    *sorted((ROOT / "gallery").glob("*/*.arch")),
]
LITERALS = ("0", "-1", "2", "0.5", "10_000_000_000", "true", "1 KiB", "3 ms", "2 MAC", "(1 / 3)")
OPERATORS = ("+", "-", "*", "/", "%", "^", "<", "==", "..", "and", "or", "implies", "divides")


def mutated(text: str, chance: random.Random) -> str:
    """A text with one to three tokens left out, doubled, exchanged or replaced."""
    for _ in range(chance.choice((1, 1, 2, 3))):
        found = tokens(text, 0, len(text))[2:]  # the header stays
        if not found:
            return text
        way = chance.randrange(6)
        kind = chance.choice(("number", "word", "symbol"))
        alike = [token for token in found if token.kind == kind] or found
        numbers = [token for token in found if token.kind == "number"] or found
        operators = [token for token in found if token.text in OPERATORS] or found
        token = chance.choice(found)
        if way == 0:
            text = _put(text, token, "")
        elif way == 1:
            text = _put(text, token, f"{token.text} {token.text}")
        elif way == 2:
            text = _put(text, chance.choice(numbers), chance.choice(LITERALS))
        elif way == 3:
            text = _put(text, chance.choice(operators), chance.choice(OPERATORS))
        else:
            text = _put(text, chance.choice(alike), chance.choice(alike).text)
    return text


def _put(text: str, token: Token, new: str) -> str:
    return f"{text[: token.start]}{new}{text[token.end :]}"


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_mutated_specs_are_read_or_told(path: Path) -> None:
    chance = random.Random(path.stem)
    text = path.read_text(encoding="utf-8")
    for _ in range(40):
        wrong = mutated(text, chance)
        try:
            lower(bind(loads(wrong, name=path.name, folder=path.parent)))
        except ArchError as error:
            assert {d.slug for d in error.diagnostics} <= SLUGS.keys()
            assert str(error)


def test_a_column_has_a_unit_or_an_enum() -> None:
    for column in ("time: time", "time: k", "k: cost"):
        table = f"table cost(a) -> ({column}) {{ 1 -> 2 }}"
        text = f"arch 1\n{table}\nspace s {{ k: 1 .. 2 }}\nlet time = k"
        with pytest.raises(ArchError) as caught:
            loads(text)
        assert caught.value.diagnostics[0].slug == "unknown-unit"
