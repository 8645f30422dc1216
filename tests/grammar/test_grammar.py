"""The grammar: free of conflicts, reads every spec of the house, admits its words as names."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from archwright.dsl import nodes
from archwright.dsl.parse import parse
from archwright.dsl.parser import build
from archwright.dsl.reading import read
from archwright.dsl.source import Source
from archwright.dsl.units import KINDS, SI, UNITS
from archwright.grammar import RESERVED, rules

ROOT = Path(__file__).parents[2]
SPECS = sorted(
    [*(ROOT / "tests" / "specs").rglob("*.arch"), *(ROOT / "dsl" / "std").glob("*.arch")]
)

SOFT = sorted(
    set(re.findall(r'"([a-z]+)"', rules().partition("_word:")[2].partition("MINUS")[0]))
    | {"step", "as", "because"}
)

ENTRIES = {
    "param": "param {w}: 1 .. 8 = 4",
    "let": "let {w} = 1 let b = {w} + {w}[1] - {w}.{w} * {w}(3)",
    "family": "let {w}[{w} in 1 .. 3] = 2 * {w}",
    "fn": "fn {w}({w}) = {w}",
    "enum": "enum {w} {{ {w}, other }}",
    "table": "table {w}({w}, k: {w}) -> ({w}: us, z) {{ {w}, 1 -> 2, {w}.{w} }}",
    "schema": "schema {w} {{ a: 1 = 2 {w}: B = {w} c: {w} }}",
    "hardware": "hardware {w} is {w}.{w} {{ a = 3 {w} = {w} b = 2 }}",
    "space": "space {w} {{ a: 1 .. 3 {w}: {w} {w}[{w} in {w}]: {{{w}}} when {w} }}",
    "after range": "space s {{ a: 1 .. 3 {w}: 1 .. 3 step 2 {w}[i in 1 .. 2]: bool }}",
    "import": 'import {w}.{w} as {w} with {{ {w} = {w} }} import "x.arch" as {w}',
    "op": "op {w}({w}: tensor[{w}], k: {w} = {w}) -> tensor[{w}] builtin {{ let {w} = {w} }}",
    "network": "network {w}({w}) {{ {w} = {w}({w}, {w} = {w}) as {w}[{w}] return {w} }}",
    "statements": "network n(x) {{ y = x {w} = y {w}[1] = {w} for {w} in {w} {{ {w} = y }} }}",
    "require": 'require {w} for {w} in {w} where {w}: {w} because "{{{w}}}"',
    "prefer": "prefer {w} for {w} in {w} weight {w}: {w}",
    "goal": "maximize {w} as {w} optimize lex {{ minimize {w} as {w} maximize {w} }}",
    "expect": "expect unsat by {w}, {w}.{w} with {{ {w}[{w}] = {w} }} without {w}",
    "claims": "expect best {w} == {w} expect value {w} expect domain {w}[1] is {{{w}}}",
    "comprehension": "let s = sum({w} for {w} in {w} where {w} else {w})",
}


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_every_spec_parses(path: Path) -> None:
    tree = parse(read(path))
    assert tree.items and tree.version == 1


def test_no_conflicts_and_no_colliding_terminals() -> None:
    pytest.importorskip("interegular")
    build(strict=True)


def test_words_are_the_documented_ones() -> None:
    assert len(SOFT) == 39
    assert not RESERVED & set(SOFT)
    quoted = set(re.findall(r'"([a-z]+)"', rules()))
    assert quoted | {"step", "as", "because"} == set(SOFT) | RESERVED


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("word", SOFT)
def test_soft_keywords_are_names(word: str, entry: str) -> None:
    text = "arch 1 " + ENTRIES[entry].format(w=word)
    names = [ident for ident in _idents(parse(Source("t", text))) if ident.text == word]
    assert names, text
    assert all(ident.span.text == word for ident in names)


def _idents(root: nodes.Node) -> list[nodes.Ident | nodes.Name]:
    from archwright.dsl.walk import walk

    return [node for node in walk(root) if isinstance(node, nodes.Ident | nodes.Name)]


def test_a_keyword_is_a_whole_word() -> None:
    """`1 .. 8 stepping` must not be read as `1 .. 8 step ping`."""
    tree = parse(Source("t", "arch 1 space s { a: 1 .. 8 stepping: 1 .. 3 whenever: bool }"))
    space = tree.items[0]
    assert isinstance(space, nodes.Space)
    assert [choice.name.text for choice in space.choices] == ["a", "stepping", "whenever"]


def test_grammar_and_table_know_the_same_units() -> None:
    pattern = re.compile(build().get_terminal("QUANTITY").pattern.to_regexp())
    prefixes = ["", *(p for p in SI if p), *(p + "i" for p in "kKMGT"), "P", "K", "c"]
    stems = [name for kind in KINDS for name in kind.names]
    stems += ["b", "Bit", "bits", "mac", "hz", "S", "j", "w", "Cycle", "sec", "h", "min", "MACS"]
    for prefix, stem in itertools.product(prefixes, stems):
        word = prefix + stem
        assert (pattern.fullmatch(f"3 {word}") is not None) == (word in UNITS), word
    for above, below in itertools.product(UNITS, UNITS):
        assert pattern.fullmatch(f"3.5{above}/{below}")
    assert not pattern.fullmatch("3 1/s") and not pattern.fullmatch("3 B/s/s")
