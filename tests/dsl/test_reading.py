"""Bytes and files to sources."""

from __future__ import annotations

from pathlib import Path

import pytest

from archwright.dsl.diagnostics import ArchError
from archwright.dsl.limits import Limits
from archwright.dsl.parse import parse
from archwright.dsl.reading import decode, from_text, read


def slug(error: pytest.ExceptionInfo[ArchError]) -> str:
    (diagnostic,) = error.value.diagnostics
    return diagnostic.slug


def test_line_ends_and_byte_order_mark() -> None:
    assert decode(b"\xef\xbb\xbfarch 1\r\nlet x = 3\rlet y = 4\n", "t").text == (
        "arch 1\nlet x = 3\nlet y = 4\n"
    )
    assert from_text("\ufeffarch 1\r\n").text == "arch 1\n"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"arch 1\nlet \xff = 3", "byte 0xff in line 2"),
        (b"arch 1\n\0", "a zero byte"),
        ("arch 1".encode("utf-16"), "UTF-16, expected UTF-8"),
        (b"\xed\xa0\x80", "not UTF-8"),
    ],
)
def test_not_text(data: bytes, message: str) -> None:
    with pytest.raises(ArchError, match=message) as caught:
        decode(data, "t.arch")
    assert slug(caught) == "not-text"


def test_not_text_in_memory() -> None:
    for text in ("arch 1\0", "arch \ud800"):
        with pytest.raises(ArchError) as caught:
            from_text(text)
        assert slug(caught) == "not-text" and str(caught.value)


def test_too_large(tmp_path: Path) -> None:
    file = tmp_path / "big.arch"
    file.write_bytes(b"arch 1\n" + b"#" * Limits().file)
    with pytest.raises(ArchError, match="larger than the 4_194_304 bytes") as caught:
        read(file)
    assert slug(caught) == "file-too-large"
    with pytest.raises(ArchError) as caught:
        from_text("#" * (Limits().file + 1))
    assert slug(caught) == "file-too-large"


def test_missing_file_and_folder(tmp_path: Path) -> None:
    (tmp_path / "vision.arch").write_text("arch 1\n")
    with pytest.raises(ArchError, match=r"did you mean `vision\.arch`") as caught:
        read(tmp_path / "vison.arch")
    assert slug(caught) == "file-not-found"
    with pytest.raises(ArchError, match="folder") as caught:
        read(tmp_path)
    assert slug(caught) == "not-text"
    with pytest.raises(ArchError) as caught:
        read(tmp_path / "vision.arch" / "x.arch")
    assert slug(caught) == "file-not-found"
    with pytest.raises(ArchError) as caught:
        read("a\0b")
    assert slug(caught) == "file-not-found"


def test_reading_and_parsing(tmp_path: Path) -> None:
    file = tmp_path / "a.arch"
    file.write_bytes(b"\xef\xbb\xbfarch 1\r\nlet x = 3 # \xe6\xa8\xa1\r\n")
    source = read(file, "a.arch")
    assert source.name == "a.arch"
    assert parse(source).items[0].span.line == 2
