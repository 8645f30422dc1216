"""Diagnostics as text, HTML and JSON."""

from __future__ import annotations

import json
import pickle
import re
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from archwright.dsl.diagnostics import ArchError, Diagnostic, Fix, Label, Value
from archwright.dsl.render_html import html
from archwright.dsl.render_json import as_json
from archwright.dsl.render_text import text
from archwright.dsl.source import Source, Span

MCU = Source(
    "mcu_vision.arch",
    "arch 1\n\nlet peak = 3 B\nlet macs = 5 MAC\n\nspace s { x: 1 .. 3 }\n\n\n"
    "require sram:  macs + reserved_sram <= part.sram\n",
)


def at(source: Source, words: str, after: int = 0) -> Span:
    start = source.text.index(words, after)
    return Span(source, start, start + len(words))


def mismatch() -> Diagnostic:
    require = MCU.text.index("require")
    return Diagnostic(
        "unit-mismatch",
        "this compares bytes with multiply-accumulates",
        at(MCU, "macs", require),
        "MAC",
        labels=(Label(at(MCU, "reserved_sram"), "B"),),
        notes=("`macs` is declared at 4:5; did you mean `peak` (B)?",),
    )


def test_two_ranges_on_a_line(golden: Callable[[str, str], None]) -> None:
    golden("render/two_ranges.txt", text([mismatch()]))


def test_ranges_on_other_lines_and_files(golden: Callable[[str, str], None]) -> None:
    other = Source("std.gpu", "\n" * 99 + "schema Gpu {\n  sms: 1\n}\n")
    diagnostic = Diagnostic(
        "example",
        "several places take part",
        at(MCU, "x: 1 .. 3"),
        "here",
        labels=(
            Label(at(MCU, "let macs"), "declared here"),
            Label(at(other, "sms"), "and the other file"),
            Label(at(MCU, "let peak"), ""),
        ),
        values=(Value("peak", "48 KiB"), Value("macs", "5 MAC")),
        notes=("one line\nand another",),
        fixes=(Fix("write something else", safe=True),),
    )
    golden("render/places.txt", text([diagnostic]))
    golden("render/places.html", html([diagnostic]))


def test_many_ranges_on_a_line(golden: Callable[[str, str], None]) -> None:
    source = Source("t", "aa bb cc dd")
    diagnostic = Diagnostic(
        "example",
        "four at once",
        at(source, "bb"),
        "second",
        labels=tuple(Label(at(source, w), f"the {w}") for w in ("aa", "cc", "dd")),
    )
    golden("render/four.txt", text([diagnostic]))


def test_three_and_a_count() -> None:
    source = Source("t", "a\nb\nc\nd\ne\n")
    warn = Diagnostic("w", "a warning", Span(source, 0, 1), level="warning")
    errors = [Diagnostic("e", f"error {i}", Span(source, 2 * i, 2 * i + 1)) for i in (4, 3, 2, 1)]
    shown = text([warn, *errors])
    assert re.findall(r"^e: error (\d)", shown, re.MULTILINE) == ["1", "2", "3"]
    assert shown.endswith("\n\nand 1 error and 1 warning more")
    assert "warning: w: a warning" in text([warn])
    assert text([]) == html([]) == ""


def test_no_place() -> None:
    lost = Diagnostic("file-not-found", "there is no file `x`", None, notes=("did you mean `y`?",))
    assert text([lost]) == "file-not-found: there is no file `x`\n  = did you mean `y`?"
    (data,) = as_json([lost])
    assert data["file"] is data["line"] is data["end_column"] is None


def carets(source: Source, words: str) -> tuple[str, str]:
    """The shown line up to the carets, and from there on as far as they go, one cell a column."""
    *_, line, marks = text([Diagnostic("e", "m", at(source, words))]).split("\n")
    return line, marks


def test_tabs_and_wide_characters_keep_the_carets_in_place() -> None:
    line, marks = carets(Source("t", "\tlet\tx = bad"), "bad")
    assert marks.index("^") == line.index("bad") and "\t" not in line
    line, marks = carets(Source("t", "# 模型 é\u0301 bad"), "bad")
    wide_columns = 2  # two characters of two columns
    combining = 1
    assert marks.index("^") == line.index("bad") + wide_columns - combining
    line, marks = carets(Source("t", "# 模型"), "模型")
    assert marks.count("^") == 4


def test_control_characters_do_not_reach_the_terminal() -> None:
    source = Source("t", "let \x1b[31m\u202e\x07 = bad")
    line, marks = carets(source, "bad")
    assert not re.search(r"[\x00-\x08\x1b\u202e]", line)
    assert marks.index("^") == line.index("bad")


def test_long_lines_are_cut_around_the_range() -> None:
    source = Source("t", "a" * 1000 + "bad" + "c" * 1000)
    line, marks = carets(source, "bad")
    assert len(line) < 180 and line.count("…") == 2
    assert line[marks.index("^") : marks.rindex("^") + 1] == "bad"


def test_ranges_over_lines_and_at_the_end() -> None:
    source = Source("t", "let x = (a +\n  b)\n")
    _, marks = carets(source, "(a +\n  b)")
    assert marks.count("^") == len("(a +")
    end = Diagnostic("e", "m", Span(source, len(source.text), len(source.text)), "here")
    assert text([end]).endswith("3 |\n  | ^ here")


def test_html_is_escaped_and_without_script() -> None:
    source = Source("<b>.arch", 'let x = "<script>alert(1)</script>" & y')
    diagnostic = Diagnostic("e", "a < b & c", at(source, "<script>"), "<i>")
    page = html([diagnostic])
    assert "<script" not in page and "<b>" not in page and "<i>" not in page
    assert "a &lt; b &amp; c" in page and page == html([diagnostic])
    assert page.startswith("<pre") and page.count("<span") == page.count("</span>")
    assert re.sub(r"<[^>]*>", "", page).replace("&lt;", "<").replace("&gt;", ">").replace(
        "&amp;", "&"
    ).replace("&quot;", '"') == text([diagnostic])


def test_json_has_the_documented_fields() -> None:
    (data,) = as_json([mismatch()])
    assert data == {
        "slug": "unit-mismatch",
        "level": "error",
        "message": "this compares bytes with multiply-accumulates",
        "file": "mcu_vision.arch",
        "line": 9,
        "column": 16,
        "end_line": 9,
        "end_column": 20,
        "label": "MAC",
        "labels": [
            {
                "file": "mcu_vision.arch",
                "line": 9,
                "column": 23,
                "end_line": 9,
                "end_column": 36,
                "text": "B",
            }
        ],
        "values": [],
        "notes": ["`macs` is declared at 4:5; did you mean `peak` (B)?"],
        "fixes": [],
    }
    assert json.loads(json.dumps(data)) == data


def test_errors_show_themselves() -> None:
    error = ArchError(mismatch())
    assert str(error) == text([mismatch()])
    assert error._repr_html_() == html([mismatch()])
    copy = pickle.loads(pickle.dumps(error))
    assert str(copy) == str(error)


@given(st.text(max_size=300), st.data())
def test_any_text_can_be_shown(words: str, data: st.DataObject) -> None:
    source = Source("t", words)
    spans = []
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(words)))
        spans.append(Span(source, start, data.draw(st.integers(start, len(words)))))
    labels = tuple(Label(span, "label") for span in spans[1:])
    diagnostic = Diagnostic("e", "m", spans[0], "here", labels=labels)
    shown = text([diagnostic])
    assert "^" in shown and html([diagnostic]) and as_json([diagnostic])
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", shown)
