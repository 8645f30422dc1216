"""Wrong specs that a language meets in the wild: each gets the slug, the words and the place."""

from __future__ import annotations

from pathlib import Path

import pytest

import archwright as aw
from archwright.dsl.diagnostics import Diagnostic
from archwright.grammar import RESERVED


def told(text: str | bytes, folder: Path, name: str = "spec.arch") -> tuple[Diagnostic, ...]:
    """What is said when the spec is read, checked, bound and compiled; nothing if all is well."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    try:
        _ = aw.load(path).bind().model.lowered
    except aw.ArchError as error:
        assert all(diagnostic.span is not None for diagnostic in error.diagnostics)
        return error.diagnostics
    return ()


def only(text: str | bytes, folder: Path) -> Diagnostic:
    (diagnostic,) = told(text, folder)
    return diagnostic


def test_functions_that_call_each_other(tmp_path: Path) -> None:
    text = "arch 1\nfn f(n) = g(n) + 1\nfn g(n) = 2 * f(n)\nlet a = f(3)\n"
    found = only(text, tmp_path)
    assert found.slug == "recursive-definition"
    assert "f -> g -> f" in found.message
    assert [label.text for label in found.labels] == ["`f` uses `g`", "`g` uses `f`"]


def test_files_that_import_each_other(tmp_path: Path) -> None:
    (tmp_path / "b.arch").write_text('arch 1\nimport "c.arch" as c\n')
    (tmp_path / "c.arch").write_text('arch 1\nimport "spec.arch" as a\n')
    found = only('arch 1\nimport "b.arch" as b\n', tmp_path)
    assert found.slug == "import-cycle"
    assert "spec.arch -> b.arch -> c.arch -> spec.arch" in found.message


@pytest.mark.parametrize("kind", ["import", "table"])
@pytest.mark.parametrize(
    "path", ["../outside.x", "inner/../../outside.x", "{top}/outside.x", "link.x"]
)
def test_a_path_that_leaves_the_folder(tmp_path: Path, kind: str, path: str) -> None:
    inside = tmp_path / "inside"
    (inside / "inner").mkdir(parents=True)
    (tmp_path / "outside.x").write_text("arch 1\n" if kind == "import" else "k,t\n1,2\n")
    (inside / "link.x").symlink_to(tmp_path / "outside.x")
    file = path.format(top=tmp_path)
    text = f'arch 1\nimport "{file}" as other\n'
    if kind == "table":
        text = f'arch 1\ntable t(k) -> (t) from "{file}"\nlet a = t[1].t\n'
    found = only(text, inside)
    assert found.slug == "path-outside"
    assert found.span is not None and found.span.text == f'"{file}"'
    _ = aw.load(inside / "spec.arch", trust_paths=True).bind().model.lowered


def test_a_link_to_itself(tmp_path: Path) -> None:
    (tmp_path / "loop.arch").symlink_to(tmp_path / "loop.arch")
    assert only('arch 1\nimport "loop.arch" as loop\n', tmp_path).slug == "file-unreadable"
    (tmp_path / "rows.csv").symlink_to(tmp_path / "rows.csv")
    text = 'arch 1\ntable t(k) -> (t) from "rows.csv"\nlet a = t[1].t\n'
    assert only(text, tmp_path).slug in ("file-unreadable", "file-not-found")


@pytest.mark.parametrize(
    "line",
    [
        "let a = sum(i * 1 B + 1 s for i in 1 .. n)",
        "require r for i in 1 .. n: i * 1 B <= 1 s",
        "let a[i in 1 .. n] = 1 B + i",
        "let a = if n > 3 then 1 B + 1 s else 1 B",
        "space s { x: 1 .. 3 }\nlet a = sum(x * 1 MAC + 1 FLOP for i in 1 .. 3 where false)",
    ],
)
def test_a_unit_error_where_nothing_ever_runs(tmp_path: Path, line: str) -> None:
    assert (
        only(f"arch 1\nparam n: 0 .. 3 = 0\nlet m = n\n{line}\n", tmp_path).slug == "unit-mismatch"
    )


def test_a_key_given_twice(tmp_path: Path) -> None:
    rows = "table t(k: B, e: bool) -> (t) { 1 KiB, true -> 1  1024 B, true -> 1 }"
    found = only(f"arch 1\n{rows}\n", tmp_path)
    assert found.slug == "duplicate-key" and "1024 B" in found.message
    assert found.labels[0].text == "the first one"
    (tmp_path / "rows.csv").write_text("k,t\n1,2\n3,4\n1,2\n")
    text = (
        'arch 1\ntable t(k) -> (t) from "rows.csv"\nspace s { k: {1, 3} }\nminimize t[k].t as t\n'
    )
    found = only(text, tmp_path)
    assert found.slug == "duplicate-key"
    assert "2" in found.message and "4" in found.message  # the rows as an editor numbers them


@pytest.mark.parametrize(
    "line",
    ["require r: x ^ 40 <= 10 ^ 20", "maximize x ^ 40 * x ^ 40 as w", "let a = 2 ^ 1_000_000"],
)
def test_a_term_beyond_the_solvers_integers(tmp_path: Path, line: str) -> None:
    found = only(f"arch 1\nspace s {{ x: 1 .. 1_000_000 }}\n{line}\n", tmp_path)
    assert found.slug == "too-wide"
    assert "bits" in f"{found.message} {found.notes}"


def test_a_decimal_finer_than_the_cells_of_its_table(tmp_path: Path) -> None:
    """Nothing is rounded to the table's digits: 0.15 keeps 0.1 and loses 0.2."""
    path = tmp_path / "spec.arch"
    path.write_text("""arch 1
table t(k) -> (v) { 1 -> 0.1  2 -> 0.2  3 -> 0.3 }
space s { k: 1 .. 3 }
require fine: t[k].v < 0.2000000001 and t[k].v != 0.1000000001
expect count == 2
expect unsat with { k = 3 }
""")
    report = aw.load(path).test(progress=False)
    assert report.passed == 2 and not report.failed


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("space s { x: 5 .. 1 }", "between 5 and 1"),
        ("param n: 3 .. 1 = 2", "between 3 and 1"),
        ("param n: 5 .. 9 = 5\nspace s { x: n .. 3 }", "no value"),
    ],
)
def test_an_empty_domain(tmp_path: Path, line: str, words: str) -> None:
    found = only(f"arch 1\n{line}\n", tmp_path)
    assert found.slug == "empty-domain"
    assert words in found.message


def test_a_condition_on_a_choice_that_is_off(tmp_path: Path) -> None:
    spec = """arch 1
space s {
  on:    bool
  deep:  1 .. 3 when on
  wide:  1 .. 3 when {}
}}
"""
    text = spec.replace("}}", "}")
    found = only(text.replace("{}", "deep > 1"), tmp_path)
    assert found.slug == "unguarded-read"
    assert found.span is not None and found.span.text == "deep"
    assert found.label == "it is active when on"
    assert told(text.replace("{}", "on and deep > 1"), tmp_path) == ()


@pytest.mark.parametrize("bracket", ["(", "[", "{", "max("])
@pytest.mark.parametrize("closed", [False, True])
def test_ten_thousand_brackets(tmp_path: Path, bracket: str, closed: bool) -> None:
    closer = {"(": ")", "[": "]", "{": "}"}[bracket[-1]]
    text = "arch 1\nlet a = " + bracket * 10_000 + "1" + closer * 10_000 * closed
    found = only(text, tmp_path)
    assert found.slug == "too-deep" and "256" in found.message


def test_zero_bytes(tmp_path: Path) -> None:
    found = only(b"arch 1\nlet a = 1\0\n", tmp_path)
    assert found.slug == "not-text"
    assert found.span is not None and (found.span.line, found.span.column) == (2, 10)


def test_a_byte_order_mark_and_windows_lines(tmp_path: Path) -> None:
    assert told(b"\xef\xbb\xbfarch 1\r\nlet a = 1\r\n", tmp_path) == ()
    found = only(b"\xef\xbb\xbfarch 1\r\nlet a = 1\r\nlet b = c\r\n", tmp_path)
    assert found.slug == "unknown-name"
    assert found.span is not None and (found.span.line, found.span.column) == (3, 9)


@pytest.mark.parametrize("word", sorted(RESERVED))
def test_reserved_words(tmp_path: Path, word: str) -> None:
    found = told(f"arch 1\nspace s {{ {word}: 1 .. 3 }}\n", tmp_path)
    assert found[0].slug == "reserved-word"
    assert f"`{word}`" in found[0].message


@pytest.mark.parametrize(
    ("literal", "meant"),
    [
        ("5 secs", ["5 s"]),
        ("3 KB", ["3 kB", "3 KiB"]),
        ("3 kb", ["3 kB", "3 KiB"]),
        ("10 Mbits", ["10 Mbit"]),
        ("2 mhz", ["2 MHz"]),
        ("4 gflops", ["4 GFLOP"]),
        ("4 Gbps", ["4 Gbit/s"]),
        ("4 KBytes", ["4 kB", "4 KiB"]),
    ],
)
def test_units_are_a_closed_list(tmp_path: Path, literal: str, meant: list[str]) -> None:
    found = only(f"arch 1\nlet a = {literal}\n", tmp_path)
    assert found.slug == "unknown-unit"
    guessed = [fix.text for fix in found.fixes]
    assert all(f"did you mean `{text}`?" in guessed for text in meant)
    assert told("arch 1\nlet a = 10 Mbit/s + 3 kB / 2 s\n", tmp_path) == ()


def test_a_remainder_beside_a_product(tmp_path: Path) -> None:
    found = only("arch 1\nlet a = 7 % 3 * 2\n", tmp_path)
    assert found.slug == "bracket-remainder"
    for fix in found.fixes:
        assert fix.edit is not None
        assert told(fix.edit.applied(), tmp_path) == ()


def test_a_function_is_told_of_once(tmp_path: Path) -> None:
    """What follows from one mistake is not told again."""
    text = "arch 1\nlet a = b + 1\nlet c = a * 2\nlet d = c - a\nrequire r: d < c\n"
    assert [d.slug for d in told(text, tmp_path)] == ["unknown-name"]
