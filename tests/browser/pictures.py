"""Takes the pictures of the documentation: views in JupyterLab, as headless Chromium draws them.

python -m tests.browser.pictures [FOLDER]
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from .chromium import missing, opened
from .lab import Lab, Sheet, notebook

ROOT = Path(__file__).parents[2]
MOST = 150_000  # bytes of a picture
SIZE = (1130, 900)


def explorer(sheet: Sheet, cell: int) -> None:
    """A phone network with a deadline, a resolution and two depths fixed; a grey value says why."""
    sheet.ask("x.session.wait(30)")
    sheet.page.wait_for_timeout(500)
    grey = sheet.cell(cell).locator('button[data-choice="depth[3]"].aw-x-x').first
    grey.hover()
    sheet.cell(cell).locator(".aw-x-why:visible").wait_for()


def front(sheet: Sheet, cell: int) -> None:
    """A range of a front brushed, and a point of it selected."""
    sheet.ask("front.brush(latency=('45 ms', '55 ms'))")
    sheet.ask("front.select(420)")
    sheet.cell(cell).locator("circle.aw-ring").first.wait_for()
    sheet.page.wait_for_timeout(1500)


def still(sheet: Sheet, cell: int) -> None:
    """Nothing is touched."""
    sheet.page.mouse.move(0, 0)
    sheet.page.wait_for_timeout(500)


PICTURES: dict[str, tuple[str, Callable[[Sheet, int], None]]] = {
    "explorer": (
        """x = aw.load("tests/specs/ofa_mobile.arch").bind(deadline="21 ms").fixed(
    {"res": 224, "depth[2]": 4}).explore()
x""",
        explorer,
    ),
    "front": (
        """front = aw.load("gallery/single_path_nas/front.arch").bind().pareto()
front.chart()""",
        front,
    ),
    "conflict": (
        """vision = aw.load("tests/specs/mcu_vision.arch").bind()
vision.explain({"res": 176, "scale": 100, "e": 6}).panel()""",
        still,
    ),
    "drawing": ("""vision.solve().architecture.draw("bytes")""", still),
}


def take(folder: Path) -> None:
    """Write every picture into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        cells = [code for code, _ in PICTURES.values()]
        sheet_json = notebook("import archwright as aw", *cells)
        with (
            Lab(Path(scratch), sheet_json, ROOT) as lab,
            opened(lab.base, Path(scratch) / "profile", size=SIZE, scale=1.5) as watched,
        ):
            sheet = Sheet(lab, watched)
            sheet.run()
            for cell, (name, (_, prepare)) in enumerate(PICTURES.items(), start=1):
                prepare(sheet, cell)
                file = folder / f"{name}.png"
                sheet.picture(file, cell)
                size = file.stat().st_size
                print(f"{file.name} {size:,} bytes{' : too many' if size > MOST else ''}")


if __name__ == "__main__":
    if why := missing():
        sys.exit(f"no pictures: {why}")
    take(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures")
