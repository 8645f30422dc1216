"""A person at a notebook: turns knobs, reads why, picks a point, cancels, loads the page again."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from .chromium import Watched, missing, opened
from .lab import Lab, Sheet, notebook

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(missing()), reason=f"no browser test: {missing()}"),
]

EXPLORER, FRONT, SOLVE = 1, 2, 3
CELLS = (
    """import archwright as aw
vision = aw.load("tests/specs/mcu_vision.arch").bind()""",
    """x = vision.explore()
x""",
    """front = aw.loads('''arch 1
space s { a: 1 .. 6  b: 1 .. 6 }
require fits: a * b <= 20
optimize pareto { minimize (a * b + a) * 1 ms as time  maximize a + 2 * b as gain }
''').bind().pareto()
front.chart()""",
    """answer = aw.loads('''arch 1
space s { x[i in 1 .. 16]: 1 .. 90 }
require apart: alldifferent(x[i] for i in 1 .. 16)
require step for i in 1 .. 15: (x[i] * 3 * x[i + 1]) % 11 != 5
minimize sum(x[i] * x[i + 1] * (i % 5 + 1) for i in 1 .. 15) as cost
''').bind().solve(progress=True)""",
)


@pytest.fixture(scope="module")
def opened_sheet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sheet, Watched]]:
    folder = tmp_path_factory.mktemp("lab")
    home = Path(__file__).parents[2]
    with (
        Lab(folder, notebook(*CELLS), home) as lab,
        opened(lab.base, folder / "profile") as watched,
    ):
        sheet = Sheet(lab, watched)
        for cell in range(SOLVE):
            sheet.start(cell)
        sheet.idle()
        yield sheet, watched


@pytest.fixture
def sheet(opened_sheet: tuple[Sheet, Watched]) -> Sheet:
    return opened_sheet[0]


def settled(sheet: Sheet) -> None:
    """Until the explorer has decided everything."""
    sheet.ask("x.session.wait(20)")
    sheet.page.wait_for_timeout(300)


def greyed(sheet: Sheet) -> set[tuple[str, str]]:
    """Choice and value of everything that is struck through in the explorer."""
    values = (
        sheet.cell(EXPLORER)
        .locator("button.aw-x-v[data-choice]")
        .evaluate_all(
            """all => all
          .filter((n) => getComputedStyle(n).textDecorationLine.includes("line-through"))
          .map((n) => [n.dataset.choice, n.dataset.value])"""
        )
    )
    return {(choice, value) for choice, value in values}


def test_a_slider_greys_values_out_and_says_why(sheet: Sheet) -> None:
    explorer = sheet.cell(EXPLORER)
    settled(sheet)
    before = greyed(sheet)
    row = explorer.locator(".widget-hslider", has_text="reserved_sram")
    row.locator(".noUi-handle").press("End")
    sheet.idle()
    settled(sheet)
    assert "128 KiB" in sheet.ask("x.session.code")
    assert greyed(sheet) - before == {("res", "160"), ("res", "176")}
    explorer.locator('button[data-choice="res"][data-value="176"]').hover()
    why = explorer.locator(".aw-x-why:visible")
    why.wait_for()
    assert "sram" in why.inner_text()
    assert "the widest layer keeps" in why.inner_text()


def test_a_click_fixes_and_undo_releases(sheet: Sheet) -> None:
    explorer = sheet.cell(EXPLORER)
    value = explorer.locator('button[data-choice="scale"]:not(.aw-x-x)').first
    value.click()
    explorer.locator('button[data-choice="scale"][aria-checked="true"]').wait_for()
    shown = value.get_attribute("data-value")
    assert sheet.ask("x.session.snapshot.state.fixed['scale']") == shown
    explorer.get_by_role("button", name="Undo").click()
    explorer.locator('button[data-choice="scale"][aria-checked="true"]').wait_for(state="detached")
    assert sheet.ask("dict(x.session.snapshot.state.fixed)") == "{}"


def test_a_point_of_the_front_is_selected_in_python(sheet: Sheet) -> None:
    plot = sheet.cell(FRONT).locator(".aw-plot").first
    plot.scroll_into_view_if_needed()
    assert sheet.ask("front.selected_index") == "None"
    sheet.page.evaluate("() => {}")
    plot.focus()
    plot.press("End")
    sheet.idle()
    last = int(sheet.ask("len(front)")) - 1
    assert sheet.ask("front.selected_index") == str(last)
    ring = plot.locator("circle.aw-ring").bounding_box()  # where that point is
    sheet.ask("front.select(None)")
    plot.locator("circle.aw-ring").wait_for(state="detached")
    sheet.page.mouse.click(ring["x"] + ring["width"] / 2, ring["y"] + ring["height"] / 2)
    plot.locator("circle.aw-ring").wait_for()
    sheet.idle()
    assert sheet.ask("front.selected_index") == str(last)
    assert sheet.ask("front.selected.goals == front[len(front) - 1].goals") == "True"


def test_cancel_ends_a_solve_with_the_best_so_far(sheet: Sheet) -> None:
    sheet.start(SOLVE)
    cancel = sheet.cell(SOLVE).get_by_role("button", name="Cancel")
    cancel.wait_for()
    sheet.page.wait_for_timeout(1000)
    began = time.monotonic()
    cancel.click()
    sheet.idle()
    print(f"the cell ended {time.monotonic() - began:.1f} s after the click")
    assert sheet.ask("answer.status") in ("feasible", "unknown")
    assert "cancelled" in sheet.cell(SOLVE).inner_text()


def test_a_page_that_is_loaded_again_shows_the_same(sheet: Sheet) -> None:
    settled(sheet)
    before, number = greyed(sheet), sheet.ask("x.session.snapshot.number")
    sheet.save()
    sheet.open()
    sheet.cell(EXPLORER).locator("button.aw-x-v").first.wait_for()
    sheet.cell(FRONT).locator("circle.aw-ring").first.wait_for()
    assert greyed(sheet) == before
    assert number in sheet.cell(EXPLORER).inner_text()


def test_nothing_left_this_machine_and_nothing_failed(
    opened_sheet: tuple[Sheet, Watched],
) -> None:
    assert opened_sheet[1].outside == []
    assert opened_sheet[1].errors == []
