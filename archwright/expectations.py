"""The `expect` lines of a spec one by one, as a test runner wants them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from archwright.dsl import nodes
from archwright.dsl.diagnostics import ArchError
from archwright.dsl.load import load
from archwright.interpreter import expect
from archwright.interpreter.binder import Inputs
from archwright.interpreter.model_asker import ModelAsker
from archwright.interpreter.questions import Model
from archwright.solvers.control import Control

from . import text
from .given import fill


@dataclass(frozen=True)
class Expectation:
    """One line: where it stands, and the claim with its conditions in one line of text."""

    line: int
    claim: str
    node: nodes.Expect


class Expectations:
    """The `expect` lines of a file; what several of them bind is bound once.

    Raises
    ------
    ArchError
        With every mistake of the spec.
    """

    def __init__(self, path: Path, *, trust_paths: bool = False) -> None:
        self.spec = load(path, trust_paths=trust_paths)
        self._trust_paths = trust_paths

    @cached_property
    def _runner(self) -> expect.Runner:
        """Made when the first line is run, since a `given` processor is probed for it."""
        inputs = Inputs({}, None, fill(self.spec, {}), self._trust_paths)
        return expect.Runner(self.spec, lambda bound: ModelAsker(Model(bound), Control()), inputs)

    @property
    def lines(self) -> list[Expectation]:
        """All lines, in order of the text."""
        return [
            Expectation(node.span.line, _one_line(node), node) for node in expect.lines(self.spec)
        ]

    def failure(self, line: Expectation, time_limit: float | None = None) -> str | None:
        """What is wrong with a claim, in a few lines of text; None where it holds."""
        try:
            _, asker, chosen, without = self._runner.question(line.node)
        except ArchError as error:
            return f"expected  {line.claim}\n{error}"
        assert isinstance(asker, ModelAsker)
        asker.control = Control(time_limit=time_limit)  # without `asking`: Ctrl-C ends the tests
        result = self._runner.run(line.node)
        if result.ok:
            return None
        found = f"no answer: {result.skipped}" if result.skipped else result.found
        told = [f"expected  {line.claim}", f"found     {found}"]
        told += [str(ArchError([d])) for d in result.diagnostics]
        if found == "unsat":
            conflict = asker.explain(chosen, without)
            told += [] if conflict is None else [text.conflict(conflict)]
        return "\n".join(told)


def _one_line(node: nodes.Expect) -> str:
    return " ".join(node.span.text.split()).removeprefix("expect").strip()
