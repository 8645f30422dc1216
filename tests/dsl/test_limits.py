"""Each limit refuses at its own size, and says its name and how to raise it."""

from __future__ import annotations

from pathlib import Path

import pytest

from archwright.dsl.diagnostics import ArchError, Diagnostic
from archwright.dsl.limits import CHAIN, VARIABLE, Limits
from archwright.dsl.load import load, loads


def told(text: str, folder: Path | None = None, **limits: int) -> Diagnostic:
    with pytest.raises(ArchError) as caught:
        loads(f"arch 1\n{text}", folder=folder, limits=limits)
    return caught.value.diagnostics[0]


@pytest.mark.parametrize(
    ("slug", "limit", "value", "text"),
    [
        ("file-too-large", "file", 20, "let width = 64 + 64 + 64"),
        ("number-too-long", "digits", 5, "let a = 123_456"),
        ("too-deep", "nesting", 3, "let a = ((((1))))"),
        ("too-deep", "nesting", 3, "let a = not not not not true"),
        ("too-many-imports", "imports", 2, "import std.cpu as a\nimport std.cpu as b"),
    ],
)
def test_a_limit_is_told_by_its_name(slug: str, limit: str, value: int, text: str) -> None:
    found = told(text, **{limit: value})
    assert found.slug == slug
    assert any(f"--limit {limit}=" in note for note in found.notes)
    assert loads(f"arch 1\n{text}", limits={limit: 1000})


def test_a_long_chain_of_imports(tmp_path: Path) -> None:
    for i in range(CHAIN + 2):
        text = f'arch 1\nimport "{i + 1}.arch" as next\n' if i <= CHAIN else "arch 1\n"
        (tmp_path / f"{i}.arch").write_text(text)
    with pytest.raises(ArchError) as caught:
        load(tmp_path / "0.arch")
    assert caught.value.diagnostics[0].slug == "too-many-imports"
    assert load(tmp_path / "3.arch")


def test_files_that_import_each_other_twice_do_not_multiply(tmp_path: Path) -> None:
    for i in range(30):
        text = "".join(f'import "{i + 1}.arch" as {alias}\n' for alias in "ab") if i < 29 else ""
        (tmp_path / f"{i}.arch").write_text(f"arch 1\n{text}")
    with pytest.raises(ArchError) as caught:
        load(tmp_path / "0.arch")
    assert {d.slug for d in caught.value.diagnostics} == {"too-many-imports"}


def test_as_deep_as_can_be(tmp_path: Path) -> None:
    text = f"let a = {'(' * 999}1{')' * 999}"
    assert told(text).slug == "too-deep"
    assert loads(f"arch 1\n{text}", limits={"nesting": 1000})


def test_the_variable_sets_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "digits=3, nesting=5")
    assert Limits.of() == Limits(digits=3, nesting=5)
    assert Limits.of({"digits": 7}) == Limits(digits=7, nesting=5)
    assert told("let a = 1234").slug == "number-too-long"


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"row": 1}, "there is no limit `row`"),
        ({"rows": 0}, "takes a whole number from 1 on"),
        ({"rows": "many"}, "takes a whole number from 1 on"),
        ({"nesting": 10_000}, "can be 1_000 at most"),
    ],
)
def test_limits_that_are_none(limits: dict[str, int], message: str) -> None:
    with pytest.raises(ArchError, match=message) as caught:
        loads("arch 1", limits=limits)
    assert caught.value.diagnostics[0].slug == "bad-value"
