"""How soon views answer: in the kernel, and from a click to the last change in the page.

    python -m benchmarks.views [--side kernel] [--clicks 30] [--only "explorer.*mobile"]

*Answer* is the time from a message of the page to new data, *decided* until the explorer knows
whether each value is possible, how many solutions there are and the best of them. With Chromium,
*first* and *last* are the times from the click to the first and to the last change in the page;
nothing changes for `QUIET` ms after the last. Milliseconds by the clock: median / 95th percentile.
"""

from __future__ import annotations

import argparse
import random
import re
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import archwright as aw
from tests.browser import chromium
from tests.browser.lab import Lab, Sheet, notebook

ROOT = Path(__file__).parents[1]
SPECS = (
    "darts_cell",
    "flashrnn_h100",
    "joint_rnn",
    "mcu_vision",
    "mixed_precision",
    "ofa_mobile",
    "pipeline",
)
FRONTS = {
    "mixed_precision": "tests/specs/mixed_precision.arch",
    "single_path_nas": "gallery/single_path_nas/front.arch",
}
DRAWN = ("darts_cell", "mcu_vision", "ofa_mobile")
DECIDED = 2.0  # seconds after which the next click comes anyway
QUIET = 400.0  # milliseconds without a change
AGAIN = 5  # clicks after which the explorer is reset

LATE = 1e9  # milliseconds of what was not decided in time
Times = list[float]
Row = tuple[str, str, dict[str, Times]]


def figures(times: Times) -> str:
    """Median and 95th percentile; `late` where that was not known within `DECIDED` seconds."""
    if not times:
        return "–"
    most = sorted(times)[min(len(times) - 1, int(0.95 * len(times)))]
    middle = statistics.median(times)
    return " / ".join("late" if t >= LATE else f"{t:.0f}" for t in (middle, most))


def timed(work: Callable[[], object]) -> float:
    """Milliseconds by the clock."""
    began = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - began)


# ---------------------------------------------------------------------------------- the kernel


def explorer(name: str, clicks: int) -> dict[str, Times]:
    """Values fixed by chance, of those that are possible."""
    found: dict[str, Times] = {"answer": [], "decided": []}
    view = aw.load(ROOT / f"tests/specs/{name}.arch").bind().explore()
    view.session.wait(DECIDED)
    chance = random.Random(name)
    for number in range(clicks):
        if number % AGAIN == 0:
            view.receive({"kind": "reset"})
            view.session.wait(DECIDED)
        now = view.session.snapshot
        places = range(len(now.layout.choices))
        free = [i for i in places if now.layout.choices[i].key not in now.state.fixed]
        if not free:
            continue
        place = chance.choice(free)
        control = now.layout.choices[place]
        open_values = [
            at for at in range(min(control.size, 500)) if not view.session.excluded(control.key, at)
        ]
        if not open_values:
            continue
        message = {"kind": "fix", "choice": place, "place": chance.choice(open_values)}
        began = time.perf_counter()
        found["answer"].append(timed(lambda: view.receive(message)))  # noqa: B023
        if view.session.wait(DECIDED):
            found["decided"].append(1000 * (time.perf_counter() - began))
        else:
            found["decided"].append(LATE)
            view.session.cancel()
    return found


def front(path: str, clicks: int) -> tuple[Times, Times]:
    """Points selected, and ranges brushed."""
    points = aw.load(ROOT / path).bind().pareto()
    chart = points.chart()
    chance = random.Random(path)
    goal = chart.chart.x
    numbers = sorted(chart.chart.table.axis(goal).numbers)
    selected, brushed = [], []
    for _ in range(clicks):
        select = {"kind": "select", "index": chance.randrange(len(points))}
        selected.append(timed(lambda: chart.receive(select)))  # noqa: B023
        brush = {"kind": "brush", "ranges": {goal: sorted(chance.sample(numbers, 2))}}
        brushed.append(timed(lambda: chart.receive(brush)))  # noqa: B023
    return selected, brushed


def drawing(name: str, clicks: int) -> Times:
    """The blocks of a drawing by something else, in turn."""
    answer = aw.load(ROOT / f"tests/specs/{name}.arch").bind().solve()
    assert answer.architecture is not None
    view = answer.architecture.draw()
    scales = ("bytes", "params", "macs")
    return [
        timed(lambda: view.receive({"kind": "scale", "scale": scales[i % 3]}))  # noqa: B023
        for i in range(clicks)
    ]


def kernel_side(clicks: int, only: str) -> Iterator[Row]:
    """Every view, as its messages are answered."""
    for name in SPECS:
        if re.search(only, f"explorer, fix {name}"):
            yield "explorer, fix", name, explorer(name, clicks)
    for name, path in FRONTS.items():
        if re.search(only, f"front {name}"):
            selected, brushed = front(path, clicks)
            yield "front, select", name, {"answer": selected}
            yield "front, brush", name, {"answer": brushed}
    for name in DRAWN:
        if re.search(only, f"drawing, scale {name}"):
            yield "drawing, scale", name, {"answer": drawing(name, clicks)}


# ------------------------------------------------------------------------------------ the page


def pressed(sheet: Sheet, watched: chromium.Watched, cell: int, target: Any) -> tuple[float, float]:
    """Click, and wait until nothing changes."""
    target.scroll_into_view_if_needed()
    sheet.page.wait_for_timeout(100)
    with watched.latency(".jp-OutputArea-output", QUIET) as latency:
        target.click()
    return latency.first, latency.last


def page_side(clicks: int, only: str) -> Iterator[Row]:
    """Every view, as its page changes."""
    shown: list[tuple[str, str, str]] = [
        ("explorer, fix", name, f'x = aw.load("tests/specs/{name}.arch").bind().explore()\nx')
        for name in SPECS
    ]
    shown += [
        ("front, select", name, f'f = aw.load("{path}").bind().pareto()\nf.chart()')
        for name, path in FRONTS.items()
    ]
    shown += [
        (
            "drawing, scale",
            name,
            f'aw.load("tests/specs/{name}.arch").bind().solve().architecture.draw()',
        )
        for name in DRAWN
    ]
    for view, name, code in shown:
        if not re.search(only, f"{view} {name}"):
            continue
        with tempfile.TemporaryDirectory() as scratch:
            told = notebook("import archwright as aw", code)
            with (
                Lab(Path(scratch), told, ROOT) as lab,
                chromium.opened(lab.base, Path(scratch) / "profile") as watched,
            ):
                sheet = Sheet(lab, watched)
                sheet.run()
                yield view, name, clicked(sheet, watched, view, clicks)


def clicked(sheet: Sheet, watched: chromium.Watched, view: str, clicks: int) -> dict[str, Times]:
    """Clicks on what can be clicked, by chance."""
    chance = random.Random(view)
    cell = sheet.cell(1)
    times = []
    for number in range(clicks):
        if view.startswith("explorer"):
            if number % AGAIN == 0:
                sheet.ask("x.session.reset()")
            sheet.ask(f"x.session.wait({DECIDED})")
            sheet.page.wait_for_timeout(200)
            free = cell.locator(
                ".aw-x-choices button.aw-x-v[data-choice]:not(.aw-x-x, .aw-x-fixed):visible"
            )
            if not free.count():
                sheet.ask("x.session.reset()")
                continue
            target = free.nth(chance.randrange(free.count()))
            times.append(pressed(sheet, watched, 1, target))
        elif view.startswith("front"):
            plot = cell.locator(".aw-plot").first
            plot.focus()
            with watched.latency(".jp-OutputArea-output", QUIET) as latency:
                plot.press("ArrowRight")
            times.append((latency.first, latency.last))
        else:
            target = cell.get_by_role("button", name=("bytes", "params", "macs")[number % 3])
            times.append(pressed(sheet, watched, 1, target.first))
    return {"first": [first for first, _ in times], "last": [last for _, last in times]}


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--side", choices=("kernel", "page", "both"), default="both")
    parser.add_argument("--clicks", type=int, default=30)
    parser.add_argument("--only", default="", help="a pattern of view and spec")
    given = parser.parse_args()
    sides = []
    if given.side != "page":
        sides.append((kernel_side, ("answer", "decided")))
    if given.side != "kernel" and chromium.missing():
        print(f"no pages: {chromium.missing()}")
    elif given.side != "kernel":
        sides.append((page_side, ("first", "last")))
    for side, columns in sides:
        print("\n| view | spec | clicks |", " | ".join(columns), "|")
        print("|---" * (3 + len(columns)) + "|")
        for view, name, found in side(given.clicks, given.only):
            count = len(next(iter(found.values())))
            cells = [figures(found.get(column, [])) for column in columns]
            print("|", " | ".join([view, name, str(count), *cells]), "|", flush=True)


if __name__ == "__main__":
    main()
