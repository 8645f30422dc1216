"""Files, folders, imports and their ways of going wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from archwright.dsl.diagnostics import ArchError, Diagnostic
from archwright.dsl.load import load, loads
from archwright.dsl.types import DomainType, EnumType


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("arch 1\n" + text, encoding="utf-8")
    return path


def errors(path: Path, *, trust_paths: bool = False) -> tuple[Diagnostic, ...]:
    with pytest.raises(ArchError) as caught:
        load(path, trust_paths=trust_paths)
    return caught.value.diagnostics


def test_a_file_and_what_it_imports(tmp_path: Path) -> None:
    write(tmp_path, "parts/inner.arch", "enum Act { relu }\nparam n: 1 .. 9 = 3\nlet twice = 2 * n")
    top = write(
        tmp_path,
        "top.arch",
        'import "parts/inner.arch" as a with { n = 4 }\n'
        'import "parts/inner.arch" as b\n'
        "let total = a.twice + b.twice",
    )
    spec = load(top)
    assert spec.path == top.resolve()
    assert spec.folder == tmp_path
    assert spec.imports["a"] is spec.imports["b"]
    assert spec.imports["a"].folder == tmp_path / "parts"
    inner = spec.imports["a"]
    enum = inner.types[inner.names["Act"]]
    assert isinstance(enum, DomainType)
    assert isinstance(enum.member, EnumType)
    assert enum.member.id == inner.enum_id("Act") == f"{inner.path}:Act"


def test_imports_are_relative_to_the_file_that_names_them(tmp_path: Path) -> None:
    write(tmp_path, "a/deep.arch", "let x = 1")
    write(tmp_path, "a/middle.arch", 'import "deep.arch" as d\nlet y = d.x')
    top = write(tmp_path, "top.arch", 'import "a/middle.arch" as m\nlet z = m.y')
    assert load(top).imports["m"].imports["d"].module.endswith("a/deep.arch")


def test_nothing_outside_the_folder_unless_trusted(tmp_path: Path) -> None:
    write(tmp_path, "secret.arch", "let x = 1")
    inside = tmp_path / "project"
    inside.mkdir()
    (inside / "link.arch").symlink_to(tmp_path / "secret.arch")
    for name in ("../secret.arch", str(tmp_path / "secret.arch"), "link.arch"):
        top = write(inside, "top.arch", f'import "{name}" as s\nlet y = s.x')
        assert [d.slug for d in errors(top)] == ["path-outside"]
        assert load(top, trust_paths=True).imports["s"].names.keys() == {"x"}


def test_errors_of_an_import_are_told_in_its_own_text_and_once(tmp_path: Path) -> None:
    write(tmp_path, "wrong.arch", "let x = 1 B + 1 s\nlet y = 2")
    top = write(
        tmp_path,
        "top.arch",
        'import "wrong.arch" as a\nimport "wrong.arch" as b\nlet z = a.y + b.nothing + missing',
    )
    found = errors(top)
    assert [d.slug for d in found] == ["unit-mismatch", "unknown-name"]
    assert found[0].span is not None
    assert found[0].span.source.name.endswith("wrong.arch")


def test_cycles_are_told_with_the_chain(tmp_path: Path) -> None:
    write(tmp_path, "a.arch", 'import "b.arch" as b')
    write(tmp_path, "b.arch", 'import "c.arch" as c')
    write(tmp_path, "c.arch", 'import "a.arch" as a')
    (diagnostic,) = errors(tmp_path / "a.arch")
    assert diagnostic.slug == "import-cycle"
    assert "a.arch -> b.arch -> c.arch -> a.arch" in diagnostic.message


def test_files_that_are_no_specs(tmp_path: Path) -> None:
    (tmp_path / "bytes.arch").write_bytes(b"arch 1\n\xff\xfe")
    assert [d.slug for d in errors(tmp_path / "bytes.arch")] == ["not-text"]
    assert [d.slug for d in errors(tmp_path / "absent.arch")] == ["file-not-found"]
    top = write(tmp_path, "top.arch", 'import "bytes.arch" as b\nimport "." as folder')
    assert [d.slug for d in errors(top)] == ["not-text", "not-text"]
    assert all(d.span is not None for d in errors(top))


def test_text_without_a_folder_imports_from_the_library_only(tmp_path: Path) -> None:
    assert loads("arch 1\nimport std.nn as nn").imports.keys() == {"nn"}
    with pytest.raises(ArchError) as caught:
        loads('arch 1\nimport "x.arch" as x')
    assert caught.value.diagnostics[0].slug == "file-not-found"
    write(tmp_path, "x.arch", "let y = 1")
    assert loads('arch 1\nimport "x.arch" as x\nlet z = x.y', folder=tmp_path).imports.keys() == {
        "x"
    }


def test_line_ends_and_marks_do_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "windows.arch"
    path.write_bytes(b"\xef\xbb\xbfarch 1\r\nlet x = 1 +\r\n  y\r\n")
    (diagnostic,) = errors(path)
    assert diagnostic.span is not None
    assert (diagnostic.span.line, diagnostic.span.column) == (3, 3)
