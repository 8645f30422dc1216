"""`archwright explain-error`."""

from __future__ import annotations

from archwright.dsl.slugs import SLUGS

from .command import Command


def test_a_page(command: Command) -> None:
    outcome = command("explain-error", "unit-mismatch")
    assert outcome.code == 0
    for words in ("unit-mismatch: ", "wrong:", "told:", "right:", "--> spec.arch:3:15"):
        assert words in outcome.out
    data = command("explain-error", "unit-mismatch", "--json").json
    assert data["slug"] == "unit-mismatch"
    assert [block["role"] for block in data["blocks"]] == ["wrong", "told", "right"]


def test_the_list(command: Command) -> None:
    outcome = command("explain-error")
    assert outcome.code == 0
    assert [line.split()[0] for line in outcome.out.splitlines()] == sorted(SLUGS)
    assert command("explain-error", "--json").json == SLUGS


def test_an_unknown_slug(command: Command) -> None:
    outcome = command("explain-error", "unit-missmatch")
    assert outcome.code == 2
    assert "did you mean" in outcome.err and "unit-mismatch" in outcome.err
