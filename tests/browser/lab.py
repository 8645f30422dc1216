"""A JupyterLab server for one notebook, and its page as a person uses it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from .chromium import Watched

HOST = "127.0.0.1"
SETTINGS: dict[str, dict[str, object]] = {
    # Every cell stays in the page, whether it can be seen or not.
    "@jupyterlab/notebook-extension/tracker": {"windowingMode": "none"},
    "@jupyterlab/apputils-extension/notification": {
        "checkForUpdates": False,
        "doNotDisturbMode": True,
        "fetchNews": "false",
    },
    "@jupyterlab/docmanager-extension/plugin": {"autosave": False},
}
STATUS = """() => {
  const panel = window.jupyterapp?.shell.currentWidget;
  return panel?.sessionContext?.session?.kernel?.status ?? null;
}"""
RUN = """() => {
  window.__ran = null;
  window.jupyterapp.commands.execute("notebook:run-all-cells")
    .then(() => (window.__ran = "done"), (error) => (window.__ran = String(error)));
}"""
RUN_ONE = """index => {
  window.jupyterapp.shell.currentWidget.content.activeCellIndex = index;
  window.jupyterapp.shell.currentWidget.content.deselectAll();
  window.jupyterapp.commands.execute("notebook:run-cell");
}"""
ERRORS = """() => window.jupyterapp.shell.currentWidget.content.widgets.flatMap((cell) =>
  cell.model.type === "code" ? cell.model.outputs.toJSON().filter((o) => o.output_type === "error")
    .map((o) => `${o.ename}: ${o.evalue}`) : [])"""
ASK = """code => {
  const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
  const asked = kernel.requestExecute({ code, store_history: false });
  let told = "";
  asked.onIOPub = ({ header, content }) => {
    if (header.msg_type === "stream") told += content.text;
    if (header.msg_type === "error") told += content.evalue;
  };
  return asked.done.then(() => told);
}"""


def notebook(*cells: str) -> dict[str, Any]:
    """A notebook of code cells."""
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {},
        "cells": [
            {
                "cell_type": "code",
                "id": f"cell-{place}",
                "metadata": {},
                "execution_count": None,
                "outputs": [],
                "source": source,
            }
            for place, source in enumerate(cells)
        ],
    }


class Lab:
    """JupyterLab on this machine with settings of its own, in a folder that is given.

    Parameters
    ----------
    folder : Path
        An empty folder for everything that the server writes.
    sheet : dict
        The notebook; its kernel is the interpreter that runs this.
    home : Path
        The working folder of the kernel.
    """

    def __init__(self, folder: Path, sheet: dict[str, Any], home: Path) -> None:
        self._folder, self._home = folder, home
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            self.base = f"http://{HOST}:{probe.getsockname()[1]}"
        kernel = {"name": "tested", "display_name": "tested", "language": "python"}
        metadata = {**sheet["metadata"], "kernelspec": kernel}
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        files = {
            "root/sheet.ipynb": {**sheet, "metadata": metadata},
            "data/kernels/tested/kernel.json": {**kernel, "argv": argv},
        } | {f"settings/{name}.jupyterlab-settings": told for name, told in SETTINGS.items()}
        for name, content in files.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(content), encoding="utf-8")

    def __enter__(self) -> Lab:
        names = {
            "JUPYTER_PATH": "data",
            "JUPYTER_DATA_DIR": "data",
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_RUNTIME_DIR": "runtime",
            "JUPYTERLAB_SETTINGS_DIR": "settings",
            "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
            "IPYTHONDIR": "ipython",
        }
        options = [
            f"--ServerApp.ip={HOST}",
            f"--ServerApp.port={self.base.rpartition(':')[2]}",
            "--ServerApp.port_retries=0",
            "--IdentityProvider.token=",
            "--ServerApp.disable_check_xsrf=True",
            f"--ServerApp.root_dir={self._folder / 'root'}",
            f"--MappingKernelManager.root_dir={self._home}",
            "--LabApp.expose_app_in_browser=True",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
            "--LabApp.news_url=None",
        ]
        self._log = (self._folder / "lab.log").open("w+b")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", *options],
            env={**os.environ, **{name: str(self._folder / at) for name, at in names.items()}},
            stdout=self._log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        end = time.monotonic() + 60
        while time.monotonic() < end and self._process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.base}/api/status", timeout=2):
                    return self
            except OSError:
                time.sleep(0.1)
        said = (self._folder / "lab.log").read_text(errors="replace")[-2000:]
        self.__exit__()
        raise RuntimeError(f"JupyterLab did not come up:\n{said}")

    def __exit__(self, *told: object) -> None:
        for _ in range(2):  # the server ends its kernels, too
            if self._process.poll() is None:
                self._process.send_signal(signal.SIGTERM)
                try:
                    self._process.wait(8)
                except subprocess.TimeoutExpired:
                    continue
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._log.close()


class Sheet:
    """The page of the notebook."""

    def __init__(self, lab: Lab, watched: Watched) -> None:
        self.page, self._lab = watched.page, lab
        self.open()

    def open(self) -> None:
        """Load the page, anew if it is there already."""
        self.page.goto(f"{self._lab.base}/doc/tree/sheet.ipynb", wait_until="domcontentloaded")
        self.page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
        self.idle()

    def save(self) -> None:
        """Write the notebook with its outputs."""
        self.page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")

    def run(self, seconds: float = 90) -> None:
        """Run every cell.

        Raises
        ------
        AssertionError
            If a cell raises.
        """
        self.page.evaluate(RUN)
        self.page.wait_for_function("window.__ran !== null", timeout=seconds * 1000)
        self.idle()
        assert self.page.evaluate(ERRORS) == []

    def start(self, cell: int) -> None:
        """Run one cell and do not wait for it."""
        self.page.evaluate(RUN_ONE, cell)

    def ask(self, code: str) -> str:
        """What Python prints for an expression."""
        told: str = self.page.evaluate(ASK, f"print({code})")
        return told.strip()

    def idle(self, seconds: float = 60) -> None:
        """Wait until the kernel has nothing to do.

        Raises
        ------
        TimeoutError
        """
        end, since = time.monotonic() + seconds, 0.0
        while time.monotonic() < end:
            if self.page.evaluate(STATUS) != "idle":
                since = 0.0
            elif not since:
                since = time.monotonic()
            elif time.monotonic() - since > 0.3:
                return
            self.page.wait_for_timeout(50)
        raise TimeoutError(f"the kernel was not idle after {seconds:.0f} s")

    def cell(self, index: int) -> Any:
        """The outputs of a cell."""
        return self.page.locator(".jp-Notebook .jp-Cell").nth(index).locator(".jp-Cell-outputArea")

    def picture(self, file: Path, cell: int) -> None:
        """Write a picture of what a cell shows, whole, without its prompt."""
        output = self.cell(cell).locator(".jp-OutputArea-output").first
        size = self.page.viewport_size
        tall = int(output.bounding_box()["height"]) + 200  # of nothing that scrolls
        self.page.set_viewport_size({"width": size["width"], "height": max(size["height"], tall)})
        output.scroll_into_view_if_needed()
        box, room = output.bounding_box(), 12
        clip = {"x": box["x"] - room, "y": box["y"] - room / 2}
        clip |= {"width": box["width"] + 2 * room, "height": box["height"] + room}
        self.page.screenshot(path=str(file), animations="disabled", clip=clip)
        self.page.set_viewport_size(size)
