"""How soon each engine and question comes back once it is cancelled: worst of several moments."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.solvers.test_cancel import ASKED, cancelled

MOMENTS = (0.05, 0.2, 0.5, 1.0, 2.0)


def main() -> None:
    """Print a line for each question."""
    for name in ASKED:
        cancelled(name, 0.05)  # compile
        waits = [cancelled(name, moment)[1] for moment in MOMENTS]
        each = " ".join(f"{wait * 1000:.0f}" for wait in waits)
        print(f"{name:20} {max(waits) * 1000:7.0f} ms  {each}", flush=True)


if __name__ == "__main__":
    main()
