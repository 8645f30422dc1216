"""`archwright explore`: the explorer as a page of its own, and how it ends."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from importlib.util import find_spec
from pathlib import Path

import pytest

from .chromium import missing, opened

LACKS = missing() or ("" if find_spec("voila") else "the package voila is not installed")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(LACKS), reason=f"no browser test: {LACKS}"),
]

SPEC = """arch 1
param budget: 1 .. 64 = 30
space tile {
  rows:    1 .. 8
  columns: {4, 8, 16}
}
require registers: rows * columns <= budget
  because "<b>{rows}</b> x {columns} values do not fit into {budget}"
maximize rows * columns as work
"""


def below(pid: int) -> set[int]:
    """Processes that were started by one, and by those."""
    found: set[int] = set()
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, parent = status.parent.name, status.read_text().rpartition(")")[2].split()[1]
        except OSError:
            continue
        if int(parent) == pid:
            found |= {int(name)} | below(int(name))
    return found


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_the_page_shows_the_explorer_and_ends_without_a_trace(how: int, tmp_path: Path) -> None:
    (tmp_path / "tile.arch").write_text(SPEC)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    command = [sys.executable, "-m", "archwright", "explore", "tile.arch", "--no-browser"]
    command += ["-p", "budget=40", "--fix", "rows=4"]
    process = subprocess.Popen(
        command,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(scratch)},
    )
    try:
        assert process.stdout is not None
        address = re.search(r"http://127\.0\.0\.1:\d+/\?token=\w+", process.stdout.readline())
        assert address is not None
        base = address[0].partition("?")[0]
        with urllib.request.urlopen(base) as refused:  # without the token
            assert "/login" in refused.url
        with opened(base, tmp_path / "profile") as watched:
            response = watched.page.goto(address[0])
            assert response.status == 200
            page = watched.page
            chosen = page.locator('button[data-choice="rows"][data-value="4"]')
            chosen.wait_for()
            assert chosen.get_attribute("aria-checked") == "true"
            page.locator('button[data-choice="columns"][data-value="16"].aw-x-x').wait_for()
            page.locator('button[data-choice="columns"][data-value="16"]').hover()
            page.locator(".aw-x-why:visible").wait_for()
            assert "<b>4</b> x 16 values do not fit" in page.locator(".aw-x-why").inner_text()
            chosen.click()
            page.locator('button[data-choice="rows"][aria-checked="true"]').wait_for(
                state="detached"
            )
            assert watched.outside == []
            assert watched.errors == []
        others = below(process.pid)
        assert len(others) >= 2  # the server and its kernel
        process.send_signal(how)
        process.wait(20)
        if how == signal.SIGINT:
            assert process.returncode == 0
            assert list(scratch.glob("archwright-*")) == []
        end = time.monotonic() + 15
        while any(map(alive, others)) and time.monotonic() < end:
            time.sleep(0.1)
        assert not any(map(alive, others))
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
