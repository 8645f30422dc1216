"""Every function that the checker knows has its page, and the page says what it must."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from archwright.dsl import infer_calls
from archwright.dsl.builtin_pages import builtin_pages
from archwright.dsl.names import BUILTINS
from archwright.dsl.slugs import SLUGS

PAGE = Path(__file__).parents[2] / "docs" / "builtins.md"


def test_every_function_has_one_page() -> None:
    assert sorted(builtin_pages()) == sorted(BUILTINS)
    assert set(infer_calls.FOLDS) | set(infer_calls.LOGARITHMS) <= set(BUILTINS)


@pytest.mark.parametrize("name", BUILTINS)
def test_a_page_has_signature_units_errors_and_an_example(name: str) -> None:
    page = builtin_pages()[name]
    assert page.startswith(f"`{name}(")
    assert "\n- Units: " in page and "\n- Errors: " in page
    assert f"{name}(" in page.partition("\n    arch 1\n")[2]
    assert ("for i in S" in page) == (name in infer_calls.FOLDS)


def test_errors_of_pages_exist() -> None:
    errors = " ".join(re.findall(r"^- Errors: (.*?)(?=\n\n)", PAGE.read_text(), re.M | re.S))
    assert set(re.findall(r"`([a-z]+(?:-[a-z]+)+)`", errors)) <= set(SLUGS)


def test_the_contents_list_every_function() -> None:
    head = PAGE.read_text(encoding="utf-8").partition("\n## ")[0]
    assert re.findall(r"\]\(#(\w+)\)", head) == re.findall(r"^## (\w+)$", PAGE.read_text(), re.M)


def test_the_packaged_page_is_the_documented_one() -> None:
    assert Path(infer_calls.__file__).with_name("builtins.md").resolve() == PAGE.resolve()
