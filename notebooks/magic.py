"""`%load_ext archwright`: a spec in a cell, questions in a line, completion in both.

`%%arch tile` checks the cell as a spec and calls it `tile`. `%arch solve tile budget=limit` binds
it, a parameter to the notebook's variable `limit`, and asks.
"""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Callable, Mapping
from keyword import iskeyword
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archwright.dsl import nodes
from archwright.dsl.complete import complete
from archwright.dsl.diagnostics import ArchError

if TYPE_CHECKING:
    from IPython.core.completer import CompletionContext, SimpleMatcherResult
    from IPython.core.interactiveshell import InteractiveShell

HEADER = re.compile(r"(\s|#[^\n]*\n)*arch\s+\d")  # a cell may leave the header out
QUESTIONS = (
    "solve", "count", "all", "pareto", "sample", "domains", "explain", "tightness", "explore",
    "test", "bind", "show",
)  # fmt: skip
USAGE = f"%arch QUESTION SPEC [PARAMETER=VALUE ...]; questions are {', '.join(QUESTIONS)}"


class UsageError(ValueError):
    """A line that is no question; shown without a traceback."""


def register(shell: InteractiveShell, loads: Callable[..., Any]) -> None:
    """Register the magics and completion, and show a user's mistakes without tracebacks.

    Parameters
    ----------
    shell : InteractiveShell
    loads : callable
        `archwright.loads`; passed in, since this room does not know the front door.
    """

    def arch(line: str, cell: str | None = None) -> Any:
        """`%%arch name`: check the cell as a spec called `name`; `%arch solve name`: ask it."""
        if cell is None:
            try:
                return ask(line, shell.user_ns)
            except UsageError as error:
                print(error, file=sys.stderr)
                return None
        name = line.strip() or "spec"
        if not name.isidentifier() or iskeyword(name):
            print(f"%%arch {name}: a spec is called by one Python name", file=sys.stderr)
            return None
        text = cell if HEADER.match(cell) else f"arch 1\n{cell}"
        spec = loads(text, name=f"%%arch {name}", folder=Path.cwd())
        shell.user_ns[name] = spec
        return spec

    untyped: Any = shell
    untyped.register_magic_function(arch, "line_cell", "arch")
    untyped.set_custom_exc((ArchError,), show_error)
    matchers = untyped.Completer.custom_matchers
    matchers[:] = [m for m in matchers if getattr(m, "__name__", "") != "arch_matcher"]
    matchers.append(matcher(shell.user_ns))


def ask(line: str, names: Mapping[str, Any]) -> Any:
    """Answer `solve tile budget=limit without=small`: values are variables, else texts.

    Parameters
    ----------
    line : str
        The question, the name of a spec or of a bound one, and inputs. A value that is the name of
        a variable is that variable; `budget` alone takes the variable `budget`. What is no
        parameter is a choice to fix (`"k[1]=3"`); `without` leaves constraints out.
    names : mapping
        The notebook's variables.

    Raises
    ------
    UsageError
        For an unknown question or spec.
    ArchError
        As the question does.
    """
    words = shlex.split(line)
    if len(words) < 2 or words[0] not in QUESTIONS:
        raise UsageError(f"usage: {USAGE}")
    question, name, *rest = words
    target: Any = names.get(name)
    if not hasattr(target, "bind") and not hasattr(target, "fixed"):
        raise UsageError(f"%arch {question} {name}: `{name}` is no spec here\nusage: {USAGE}")
    is_spec = hasattr(target, "bind")
    if is_spec and question in ("test", "show"):
        return target.test() if question == "test" else target
    given, plain, without = _inputs(rest, names)
    parameters = {p: given.pop(p) for p in _parameters(target) if p in given}
    if is_spec:
        bound = target.bind(**parameters)
    else:
        bound = target.changed(**parameters) if parameters else target
    bound = bound.fixed(given) if given else bound
    bound = bound.without(*without) if without else bound
    if question in ("bind", "show"):
        return bound
    return getattr(bound, question)(*plain)


def _inputs(
    rest: list[str], names: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Any], list[str]]:
    """`name=value` as a mapping, words of the question alone, and constraints to leave out."""
    given: dict[str, Any] = {}
    plain: list[Any] = []
    without: list[str] = []
    for word in rest:
        key, sign, value = word.partition("=")
        if key == "without" and sign:
            without += value.split(",")
        elif sign:
            given[key] = names.get(value, value)
        elif word in names:
            given[word] = names[word]
        else:
            plain.append(int(word) if word.isdigit() else word)
    return given, plain, without


def _parameters(target: Any) -> list[str]:
    checked = target.checked if hasattr(target, "checked") else target.model.bound.spec
    return [i.name.text for i in checked.file.items if isinstance(i, nodes.Param)]


def matcher(names: Mapping[str, Any]) -> Callable[[CompletionContext], SimpleMatcherResult]:
    """Completion inside `%%arch` cells and `%arch` lines, for IPython's completer."""
    from IPython.core.completer import SimpleCompletion, context_matcher

    def arch_matcher(context: CompletionContext) -> SimpleMatcherResult:
        """Names, keywords, units and members in a spec; questions and specs in a line."""
        text, place = context.full_text, _place(context)
        words = (
            _in_cell(text, place)
            if text.lstrip().startswith("%%arch")
            else _in_line(text[:place], names)
        )
        found = [SimpleCompletion(word, type=what) for word, what in words]
        begun = re.search(r"\w*$", text[:place])
        return {
            "completions": found,
            "suppress": bool(found),
            "matched_fragment": begun.group() if begun else "",
        }

    decorated: Callable[[CompletionContext], SimpleMatcherResult] = context_matcher()(arch_matcher)
    return decorated


def _place(context: CompletionContext) -> int:
    """Characters before the cursor."""
    lines = context.full_text.split("\n")
    return sum(len(line) + 1 for line in lines[: context.cursor_line]) + context.cursor_position


def _in_cell(text: str, place: int) -> list[tuple[str, str]]:
    first = text.index("\n") + 1 if "\n" in text else len(text)
    if place < first:
        return []
    body = text[first:]
    head = "" if HEADER.match(body) else "arch 1\n"
    return [(c.text, c.what) for c in complete(head + body, len(head) + place - first)]


def _in_line(before: str, names: Mapping[str, Any]) -> list[tuple[str, str]]:
    line = before[before.rfind("\n") + 1 :]
    written = re.match(r"\s*%arch\s+(.*)$", line)
    if written is None:
        return []
    *done, word = re.split(r"\s+", written[1])
    if not done:
        found = [(question, "keyword") for question in QUESTIONS]
    elif len(done) == 1:
        found = [(n, "name") for n, v in names.items() if hasattr(v, "bind") or _is_bound(v)]
    else:
        target = names.get(done[1])
        known = target is not None and (hasattr(target, "bind") or _is_bound(target))
        found = [(f"{p}=", "name") for p in _parameters(target)] if known else []
    return [(text, what) for text, what in found if text.startswith(word)]


def _is_bound(value: Any) -> bool:
    return hasattr(value, "fixed") and hasattr(value, "model")


def show_error(
    shell: Any, kind: type, error: ArchError, traceback: Any, tb_offset: Any = None
) -> list[str]:
    """Show diagnostics instead of a traceback."""
    shell.display_pub.publish({"text/plain": str(error), "text/html": error._repr_html_()})
    return []
