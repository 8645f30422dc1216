"""The list of slugs is what the source says, and tests show all of them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from archwright.dsl.slugs import SLUGS

ROOT = Path(__file__).parents[2]
FOLDERS = ("grammar", "dsl", "interpreter", "kernels", "notebooks", "archwright")
SLUG = re.compile(r"[a-z]+(-[a-z]+)*")
TOLD = re.compile(r"^(?:\d+:)?(?:warning: )?([a-z]+(?:-[a-z]+)*): ", re.MULTILINE)


def nodes_of(*folders: str) -> list[ast.AST]:
    """Everything in the files of some folders."""
    files = [file for folder in folders for file in sorted((ROOT / folder).rglob("*.py"))]
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in files]
    return [node for tree in trees for node in ast.walk(tree)]


def takers(found: list[ast.AST]) -> dict[str, set[int]]:
    """Functions and classes that take a `slug`, each with the positions of that argument."""
    positions: dict[str, set[int]] = {}
    methods = {id(part) for node in found if isinstance(node, ast.ClassDef) for part in node.body}
    for node in found:
        if isinstance(node, ast.FunctionDef):
            arguments = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
            if "slug" in arguments:
                bound = id(node) in methods  # which is called without its `self`
                positions.setdefault(node.name, set()).add(arguments.index("slug") - bound)
        elif isinstance(node, ast.ClassDef):
            fields = [f.target for f in node.body if isinstance(f, ast.AnnAssign)]
            names = [target.id for target in fields if isinstance(target, ast.Name)]
            for method in node.body:
                if isinstance(method, ast.FunctionDef) and method.name == "__init__":
                    names = [argument.arg for argument in method.args.args[1:]]
            if "slug" in names:
                positions.setdefault(node.name, set()).add(names.index("slug"))
    return positions


def said(found: list[ast.AST]) -> Iterator[str]:
    """Every text that is given as a `slug` to something, or to a name `slug`."""
    positions = takers(found)
    for node in found:
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", None) or getattr(node.func, "id", "")
            for place in positions.get(name, ()):
                yield from texts(node.args[place : place + 1])
            if name in positions:
                yield from texts([k.value for k in node.keywords if k.arg == "slug"])
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name) and target.id == "slug":
                    yield from texts([node.value])
                elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                    for part, value in zip(target.elts, node.value.elts, strict=True):
                        if isinstance(part, ast.Name) and part.id == "slug":
                            yield from texts([value])


def texts(values: list[ast.expr]) -> Iterator[str]:
    """The texts that an expression may be, as far as they look like slugs."""
    for value in values:
        if isinstance(value, ast.IfExp):
            yield from texts([value.body, value.orelse])
        elif isinstance(value, ast.Constant) and SLUG.fullmatch(str(value.value)):
            yield str(value.value)


def test_the_source_says_the_slugs_that_are_listed() -> None:
    assert set(said(nodes_of(*FOLDERS))) == SLUGS.keys()


def test_every_slug_is_told_in_a_test() -> None:
    """In a golden file, beside the grammar, on a page of the documentation, or in a test."""
    told = {
        slug
        for file in (ROOT / "tests").rglob("golden/**/*.txt")
        for slug in TOLD.findall(file.read_text(encoding="utf-8"))
    }
    for file in (ROOT / "grammar" / "errors").glob("*.bad"):
        told.add(file.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# "))
    for file in (ROOT / "docs").glob("*.md"):
        told.update(re.findall(r"^```arch wrong (\S+)", file.read_text(encoding="utf-8"), re.M))
    for node in nodes_of("tests"):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            told.add(node.value.partition(":")[0])
    assert sorted(SLUGS.keys() - told) == []
