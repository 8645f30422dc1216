"""The explorer as a page of its own: a notebook of one cell, shown by Voila on this machine alone.

Everything that Voila reads is in a temporary folder: the notebook, its kernel (the interpreter that
runs this), its settings, and a template that loads nothing from elsewhere. Nothing of the user's
own Jupyter settings is read or written.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Collection, Mapping
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType

NEEDED = ("voila", "anywidget")
HOST = "127.0.0.1"
KERNEL = "archwright"
UP = 60.0  # seconds until a server has to answer
DOWN = 8.0  # seconds until one that was told to end is ended

# Voila's own template, but for the two style sheets that it loads from a host of icon fonts.
TEMPLATE = """\
{%- extends 'voila/templates/lab/index.html.j2' -%}
{%- block notebook_css -%}
{{ super() | replace("https://cdn.jsdelivr.net/npm/", "data:text/css,") }}
{%- endblock notebook_css -%}
"""
# The server, which ends when its input does: with this process, however that ended. SIGINT is set
# anew since a shell may have started this process without it.
SERVER = """\
import os, signal, sys, threading
signal.signal(signal.SIGINT, signal.default_int_handler)
def last():
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=last, daemon=True).start()
from voila.app import main
main()
"""


class NotServed(RuntimeError):
    """The server did not come up; says why."""


def missing() -> list[str]:
    """Packages that are needed and not installed."""
    return [name for name in NEEDED if find_spec(name) is None]


def code(
    path: Path,
    parameters: Mapping[str, str],
    hardware: Mapping[str, str],
    choices: Mapping[str, str],
    without: Collection[str],
    trust_paths: bool = False,
    limits: Mapping[str, str] | None = None,
) -> str:
    """The Python that opens an explorer; every text in it is a literal."""
    return (
        "import archwright as aw\n"
        f"limits = {dict(limits or {})!r}\n"
        f"spec = aw.load({str(path)!r}, trust_paths={trust_paths!r}, limits=limits)\n"
        f"p = spec.bind(hardware={dict(hardware)!r}, **{dict(parameters)!r})\n"
        f"p.fixed({dict(choices)!r}).explore(without={tuple(without)!r})\n"
    )


def notebook(title: str, source: str) -> dict[str, object]:
    """A notebook of one cell."""
    cell: dict[str, object] = {
        "cell_type": "code",
        "id": "explorer",
        "metadata": {},
        "execution_count": None,
        "outputs": [],
        "source": source,
    }
    kernel = {"name": KERNEL, "display_name": KERNEL, "language": "python"}
    metadata = {"kernelspec": kernel, "title": title}
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": [cell]}


def free_port(port: int = 0) -> int:
    """A port that nothing listens on: this one, or any.

    Raises
    ------
    NotServed
        If something listens on it.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError) as error:
            why = getattr(error, "strerror", None) or str(error)
            raise NotServed(f"port {port} of {HOST} cannot be used: {why}") from error
        number: int = probe.getsockname()[1]
        return number


class Server:
    """A Voila server of one notebook, in a folder that goes with it.

    Parameters
    ----------
    title : str
    source : str
        Python of the one cell.
    port : int
    """

    def __init__(self, title: str, source: str, port: int) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="archwright-", ignore_cleanup_errors=True)
        self._home = Path(self._folder.name)
        self._token = secrets.token_hex(16)
        self._base = f"http://{HOST}:{port}/"
        self._process: subprocess.Popen[bytes] | None = None
        sheet = self._home / "page" / "explorer.ipynb"
        files = {
            sheet: json.dumps(notebook(title, source)),
            self._home / "kernels" / KERNEL / "kernel.json": json.dumps(
                {
                    "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
                    "display_name": KERNEL,
                    "language": "python",
                }
            ),
            self._home / "voila" / "templates" / KERNEL / "index.html.j2": TEMPLATE,
            self._home / "voila" / "templates" / KERNEL / "conf.json": '{"base_template": "lab"}',
            self._home / "config" / "voila.json": json.dumps(
                {
                    "Voila": {
                        "ip": HOST,
                        "port": port,
                        "port_retries": 0,
                        "open_browser": False,
                        "token": self._token,
                    },
                    "VoilaConfiguration": {"template": KERNEL, "show_tracebacks": True},
                }
            ),
        }
        for file, content in files.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content, encoding="utf-8")
        self._sheet = sheet

    @property
    def address(self) -> str:
        """Where a browser finds the explorer; the token keeps out other users."""
        return f"{self._base}?token={self._token}"

    def __enter__(self) -> Server:
        paths = [str(self._home), os.environ.get("JUPYTER_PATH", "")]
        environment = {
            **os.environ,
            "JUPYTER_PATH": os.pathsep.join(filter(None, paths)),
            "JUPYTER_CONFIG_DIR": str(self._home / "config"),
            "JUPYTER_NO_CONFIG": "",
            "JUPYTER_RUNTIME_DIR": str(self._home / "runtime"),
            "IPYTHONDIR": str(self._home / "ipython"),
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        }
        self._log = (self._home / "server.log").open("w+b")
        self._process = subprocess.Popen(
            [sys.executable, "-c", SERVER, str(self._sheet)],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is ours: the server is told in its turn
        )
        try:
            self._until(self._is_up)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _until(self, ready: Callable[[], bool]) -> None:
        end = time.monotonic() + UP
        while not ready():
            if self.ended or time.monotonic() > end:
                self._log.seek(0)
                said = self._log.read().decode(errors="replace").strip().splitlines()[-8:]
                how = "ended at once" if self.ended else f"did not answer within {UP:.0f} s"
                raise NotServed("\n".join([f"the server {how}:", *said]))
            time.sleep(0.05)

    def _is_up(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self._base}voila/static/none", timeout=2):
                return True
        except urllib.error.HTTPError:
            return True  # it answers
        except OSError:
            return False

    @property
    def ended(self) -> bool:
        """Whether the server is no longer there."""
        return self._process is None or self._process.poll() is not None

    def wait(self) -> None:
        """Wait until the server ends by itself, or for Ctrl-C.

        Raises
        ------
        KeyboardInterrupt
        """
        while not self.ended:
            time.sleep(0.2)

    def close(self) -> None:
        """End the server, its kernels with it, and remove the folder."""
        process = self._process
        if process is not None:
            assert process.stdin is not None
            process.stdin.close()  # see SERVER
            try:
                process.wait(DOWN)
            except subprocess.TimeoutExpired:
                process.kill()  # a kernel whose parent is gone ends by itself
                process.wait()
            self._log.close()
        self._folder.cleanup()
