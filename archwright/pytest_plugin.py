"""A pytest plugin: every `expect` line of every `.arch` file is a test.

It is registered when archwright is installed, and imports nothing but pytest until a spec is found.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .expectations import Expectation, Expectations


def pytest_addoption(parser: pytest.Parser) -> None:
    """Register the options of the command line and of the configuration file."""
    group = parser.getgroup("archwright", "expect lines of .arch files")
    group.addoption("--no-arch", action="store_true", help="collect no expect lines of .arch files")
    group.addoption(
        "--arch-time-limit",
        type=float,
        default=None,
        metavar="SECONDS",
        help="for each expect line; one that has no answer then fails",
    )
    parser.addini("arch_ignore", "patterns of .arch files that are no tests", "args", [])


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker by which the lines are selected."""
    config.addinivalue_line("markers", "arch: an expect line of an .arch file")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Take an `.arch` file, unless the options leave it out."""
    config = parent.config
    if file_path.suffix != ".arch" or config.getoption("no_arch"):
        return None
    try:
        inside = file_path.relative_to(config.rootpath)
    except ValueError:
        inside = file_path
    if any(inside.match(pattern) or _below(inside, pattern) for pattern in _ignored(config)):
        return None
    return ArchFile.from_parent(parent, path=file_path)


def _ignored(config: pytest.Config) -> list[str]:
    patterns: list[str] = config.getini("arch_ignore")
    return patterns


def _below(path: Path, folder: str) -> bool:
    return any(parent.match(folder) for parent in path.parents if parent.name)


class ArchFile(pytest.File):
    """A spec."""

    def collect(self) -> Iterator[pytest.Item]:
        """One item for each `expect` line; one that says what is wrong if the spec has errors."""
        from archwright.dsl.diagnostics import ArchError

        from .expectations import Expectations

        try:
            lines = Expectations(self.path)
        except ArchError as error:
            yield BrokenSpec.from_parent(self, name="spec", told=str(error))
            return
        for line in lines.lines:
            name = f"line {line.line}: {line.claim}"
            yield ExpectLine.from_parent(self, name=name, lines=lines, line=line)


class Wrong(Exception):
    """A test that fails; the message says all there is to say."""


class ArchItem(pytest.Item):
    """A test whose failure is shown as text, without a traceback."""

    def __init__(self, *, at: int = 1, **rest: Any) -> None:
        super().__init__(**rest)
        self.at = at
        self.add_marker("arch")

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        """The message alone, if the spec is to blame."""
        if isinstance(excinfo.value, Wrong):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """The place in the spec."""
        return self.path, self.at - 1, self.name


class ExpectLine(ArchItem):
    """An `expect` line."""

    def __init__(self, *, lines: Expectations, line: Expectation, **rest: Any) -> None:
        super().__init__(at=line.line, **rest)
        self.lines, self.line = lines, line

    def runtest(self) -> None:
        """Fail where the claim does not hold."""
        told = self.lines.failure(self.line, self.config.getoption("arch_time_limit"))
        if told is not None:
            raise Wrong(f"{self.path.name}:{self.line.line}\n{told}")


class BrokenSpec(ArchItem):
    """A spec that cannot be checked."""

    def __init__(self, *, told: str, **rest: Any) -> None:
        super().__init__(**rest)
        self.told = told

    def runtest(self) -> None:
        """Show what is wrong with the spec."""
        raise Wrong(self.told)
