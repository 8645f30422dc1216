"""Each slug has a page: its wrong example is told just that, with a place; the right one passes."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

import archwright as aw
from archwright.dsl.diagnostics import ArchError, Diagnostic
from archwright.dsl.explanations import Page, page
from archwright.dsl.slugs import SLUGS
from archwright.interpreter.blame import always_false

FOLDER = Path(__file__).parents[2] / "dsl" / "pages"
TORCH = importlib.util.find_spec("torch") is not None
CLOSED = r"(?=\n```$)"


def set_up(shown: Page, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the folder that the examples of a page stand in."""
    monkeypatch.chdir(folder)
    for block in shown.blocks:
        if block.role.startswith("as "):
            file = folder / block.role[3:]
            file.parent.mkdir(exist_ok=True)
            file.write_text(block.text, encoding="utf-8")
        elif block.role == "before":
            exec(block.text, {})


def outcome(shown: Page, role: str, monkeypatch: pytest.MonkeyPatch) -> tuple[Diagnostic, ...]:
    """What is said of an example."""
    text, code = shown.block(role, "arch"), shown.block(role, "python")
    if code is None and (code := shown.block(f"{role} without torch", "python")) is not None:
        find = importlib.util.find_spec
        monkeypatch.setattr(
            importlib.util, "find_spec", lambda n, *r: None if n == "torch" else find(n)
        )
    assert text is not None
    Path("spec.arch").write_text(text, encoding="utf-8")
    try:
        spec = aw.load("spec.arch")
        if code is not None:
            exec(code, {"spec": spec})
        elif not spec.warnings:
            return always_false(spec.bind().model.lowered)
    except ArchError as error:
        return error.diagnostics
    return tuple(spec.warnings)


def test_the_pages_are_those_of_the_slugs() -> None:
    assert {file.stem for file in FOLDER.glob("*.md")} == SLUGS.keys()


@pytest.mark.parametrize("slug", SLUGS)
def test_page(
    slug: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    shown = page(slug)
    if not TORCH and any("aw.build" in block.text for block in shown.blocks):
        pytest.skip("building needs torch")
    set_up(shown, tmp_path, monkeypatch)
    found = outcome(shown, "wrong", monkeypatch)
    assert {diagnostic.slug for diagnostic in found} == {slug}
    assert all(diagnostic.span is not None for diagnostic in found)
    told = _anywhere(str(ArchError(found)))
    if request.config.getoption("--update-golden"):
        _rewrite(FOLDER / f"{slug}.md", told)
    else:
        assert shown.block("told") == f"{told}\n"
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    assert outcome(shown, "right", monkeypatch) == ()


def _anywhere(told: str) -> str:
    """What is told, with the memory of another machine in place of this one's."""
    return re.sub(r"this machine has [\d_.]+ GiB", "this machine has 16 GiB", told)


def _rewrite(file: Path, told: str) -> None:
    """Put what is told behind the wrong example."""
    text = re.sub(
        r"```text told\n.*?^```\n\n?", "", file.read_text(encoding="utf-8"), flags=re.M | re.S
    )
    *_, last = re.finditer(r"^```\w+ wrong[^\n]*\n.*?^```\n", text, re.M | re.S)
    file.write_text(
        f"{text[: last.end()]}\n```text told\n{told}\n```\n{text[last.end() :]}", encoding="utf-8"
    )


def test_pages_explain() -> None:
    for slug in SLUGS:
        shown = page(slug)
        assert len(shown.text) > 40
        assert max(len(line) for line in shown.text.splitlines()) <= 120
        assert str(shown).startswith(f"{slug}: ")


@pytest.mark.parametrize("slug", SLUGS)
def test_a_page_is_short(slug: str) -> None:
    blocks = page(slug).blocks
    roles = [block.role for block in blocks]
    assert roles.count("told") == 1
    assert sum(block.text.count("\n") for block in blocks if block.role in ("wrong", "right")) < 40


def test_an_unknown_slug_suggests_one() -> None:
    with pytest.raises(KeyError, match="did you mean `unit-mismatch`"):
        page("unit-missmatch")
