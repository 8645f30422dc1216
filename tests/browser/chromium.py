"""Headless Chromium that reaches this machine alone, and remembers what went wrong in a page."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Told by the page of the notebook itself, not by a view.
NOISE = re.compile(r"favicon|source map|\[vite\]", re.IGNORECASE)

# Every change of a page's text, elements and what decides how they look is noted with its time.
WATCH = """where => {
  const LOOKS = ["class", "d", "style", "disabled", "aria-checked", "aria-disabled"];
  const seen = (window.__seen = { first: 0, last: 0, began: 0 });
  const note = (all) => {
    const within = ({ target }) =>
      (target.closest ? target : target.parentElement)?.closest(where);
    if (!all.some(within)) return;
    seen.last = performance.now();
    seen.first ||= seen.last;
  };
  seen.observer = new MutationObserver(note);
  seen.observer.observe(document.body, { subtree: true, childList: true, characterData: true,
    attributes: true, attributeFilter: LOOKS });
  const begin = () => { if (!seen.began) seen.began = performance.now(); };
  for (const kind of ["pointerdown", "keydown"]) {
    document.addEventListener(kind, begin, { capture: true, once: true });
  }
}"""
QUIET = """quiet => window.__seen.first && performance.now() - window.__seen.last > quiet"""
TIMES = """() => {
  const seen = window.__seen;
  seen.observer.disconnect();
  return [seen.first - seen.began, seen.last - seen.began];
}"""


def executable() -> str | None:
    """Where a Chromium is installed; the variable `ARCHWRIGHT_CHROMIUM` names another one."""
    named = os.environ.get("ARCHWRIGHT_CHROMIUM")
    return named or next(filter(None, map(shutil.which, NAMES)), None)


def missing() -> str:
    """Why no page can be opened here; empty where one can."""
    for package in ("playwright", "jupyterlab", "anywidget"):
        if find_spec(package) is None:
            return f"the package {package} is not installed (extra dev)"
    return "" if executable() else "there is no Chromium on the path"


@dataclass
class Watched:
    """An open page and what it did that it should not.

    Attributes
    ----------
    page : playwright.sync_api.Page
    outside : list of str
        Requests to other hosts; none was let through.
    errors : list of str
        Errors on the console and exceptions of scripts.
    """

    page: Any
    outside: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def latency(self, where: str, quiet: float = 300.0, seconds: float = 20.0) -> Latency:
        """Times from the next press of a key or pointer to changes under `where` (CSS)."""
        return Latency(self.page, where, quiet, seconds)


class Latency:
    """Used with `with`: what is done inside is timed, until nothing changed for a while.

    Attributes
    ----------
    first, last : float
        Milliseconds from the press to the first and to the last change.
    """

    first = last = float("nan")

    def __init__(self, page: Any, where: str, quiet: float, seconds: float) -> None:
        self._page, self._where, self._quiet, self._seconds = page, where, quiet, seconds

    def __enter__(self) -> Latency:
        self._page.evaluate(WATCH, self._where)
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if kind is None:
            self._page.wait_for_function(QUIET, arg=self._quiet, timeout=self._seconds * 1000)
            self.first, self.last = self._page.evaluate(TIMES)


@contextmanager
def opened(
    base: str,
    profile: Path,
    *,
    size: tuple[int, int] = (1280, 900),
    dark: bool = False,
    scale: float = 1.0,
    seconds: float = 30.0,
) -> Iterator[Watched]:
    """A page that may ask `base` alone; whatever else it asks for is refused and remembered."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            str(profile),
            executable_path=executable(),
            headless=True,
            args=FLAGS,
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if dark else "light",
            device_scale_factor=scale,
        )
        try:
            watched = Watched(context.pages[0] if context.pages else context.new_page())
            watched.page.set_default_timeout(seconds * 1000)

            def gate(route: Any) -> None:
                url = route.request.url
                if url.startswith((base, "data:", "blob:")):
                    route.continue_()
                else:
                    watched.outside.append(url)
                    route.abort()

            def said(message: Any) -> None:
                if message.type == "error" and not NOISE.search(message.text):
                    watched.errors.append(message.text[:500])

            def joined(socket: Any) -> None:
                if not socket.url.startswith(base.replace("http", "ws", 1)):
                    watched.outside.append(socket.url)

            context.route("**/*", gate)
            watched.page.on("console", said)
            watched.page.on("pageerror", lambda error: watched.errors.append(str(error)[:500]))
            watched.page.on("websocket", joined)
            yield watched
        finally:
            context.close()
