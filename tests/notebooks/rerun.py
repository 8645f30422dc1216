"""Runs the notebooks again and stores what they show: without widgets, their state, or times.

    python tests/notebooks/rerun.py [01_first_answer.ipynb ...]

What is stored of a live view is its still faces, which every viewer can show. A notebook that
raises stays as it was.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[2] / "notebooks"
VIEW = "application/vnd.jupyter.widget-view+json"


def rerun(file: Path) -> None:
    """Run one notebook in its folder, and write it."""
    sheet = nbformat.read(file, as_version=4)
    NotebookClient(
        sheet,
        timeout=300,
        resources={"metadata": {"path": str(file.parent)}},
        record_timing=False,
        store_widget_state=False,
    ).execute()
    for cell in sheet.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(VIEW, None)
    sheet.metadata.pop("widgets", None)
    sheet.metadata["language_info"] = {"name": "python"}
    nbformat.validate(sheet)
    file.write_text(nbformat.writes(sheet, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    named = [FOLDER / name for name in sys.argv[1:]]
    for path in named or sorted(FOLDER.glob("*.ipynb")):
        began = time.monotonic()
        rerun(path)
        size = path.stat().st_size / 1000
        print(f"{path.name}: {time.monotonic() - began:.0f} s, {size:.0f} kB", flush=True)
