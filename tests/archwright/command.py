"""Run the command line in this process."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from archwright.cli import main


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Command:
    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.monkeypatch, self.capsys = monkeypatch, capsys

    def __call__(self, *arguments: object) -> Outcome:
        self.monkeypatch.setattr("sys.argv", ["archwright", *map(str, arguments)])
        with pytest.raises(SystemExit) as leaving:
            main()
        captured = self.capsys.readouterr()
        code = leaving.value.code
        assert "Traceback" not in captured.out + captured.err
        return Outcome(code if isinstance(code, int) else 1, captured.out, captured.err)
