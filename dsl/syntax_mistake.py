"""What is known at the place where a text stops making sense."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from .diagnostics import Diagnostic, Edit, Fix, Label
from .source import Source, Span

if TYPE_CHECKING:
    from collections.abc import Iterable

    import lark
    from lark.exceptions import UnexpectedInput

# fmt: off
ITEMS = (
    "import", "param", "let", "fn", "enum", "table", "schema", "hardware", "op", "network",
    "space", "require", "prefer", "optimize", "minimize", "maximize", "expect",
)
# fmt: on
LONGEST = 30  # characters of a token repeated in a message
OPENERS = {"(": ")", "[": "]", "{": "}"}
CLOSERS = {closer: opener for opener, closer in OPENERS.items()}

_TOKEN = re.compile(
    r"""(?P<space>\s+|\#[^\n]*)
      | (?P<string>"(?:\\.|[^"\\\n])*"?)
      | (?P<number>[0-9][0-9_]*(?:\.[0-9]+)?)
      | (?P<word>[^\W\d]\w*)
      | (?P<symbol>->|\.\.|==|!=|<=|>=|.)""",
    re.VERBOSE | re.DOTALL,
)


class Token(NamedTuple):
    """A token, independent of what may stand where it stands."""

    text: str
    start: int
    end: int
    kind: str

    @property
    def shown(self) -> str:
        """The text as it may stand in a message: not too long, nothing that moves the cursor."""
        text = self.text if len(self.text) <= LONGEST else self.text[: LONGEST - 1] + "…"
        return "".join(c if c.isprintable() else "\ufffd" for c in text)

    @property
    def ends_operand(self) -> bool:
        """Whether an operand may end with it."""
        return self.kind in ("string", "number", "word") or self.text in (")", "]", "}")


NOTHING = Token("", 0, 0, "end")


def tokens(text: str, start: int, end: int) -> list[Token]:
    """Cut a text into tokens; quantities come as a number and words."""
    found = []
    for match in _TOKEN.finditer(text, start, end):
        if match.lastgroup != "space":
            found.append(Token(match.group(), *match.span(), match.lastgroup or "symbol"))
    return found


@dataclass(frozen=True)
class Mistake:
    """The first token that cannot stand where it stands, and what surrounds it.

    Attributes
    ----------
    accepts : frozenset of str
        What could stand there: `=`, `let`, and NAME, NUMBER, QUANTITY, STRING, CMP, END.
    stack : tuple of Token
        Keywords and symbols of the constructs that are open here, outermost first.
    before, after : tuple of Token
        All tokens on both sides.
    quantity : bool
        Whether the token before was read as a number with its unit.
    """

    source: Source
    found: Token
    accepts: frozenset[str]
    stack: tuple[Token, ...]
    before: tuple[Token, ...]
    after: tuple[Token, ...]
    quantity: bool

    @property
    def previous(self) -> Token:
        """The token before."""
        return self.before[-1] if self.before else NOTHING

    @property
    def next(self) -> Token:
        """The token behind."""
        return self.after[0] if self.after else NOTHING

    @property
    def at_end(self) -> bool:
        """Whether the text ended too early."""
        return self.found.kind == "end"

    @cached_property
    def opener(self) -> Token | None:
        """The innermost bracket that is open here."""
        closed = 0
        for token in reversed(self.stack):
            if token.text in CLOSERS:
                closed += 1
            elif token.text in OPENERS:
                if not closed:
                    return token
                closed -= 1
        return None

    @cached_property
    def item(self) -> str:
        """The keyword of the item this stands in, or an empty string."""
        return self._keywords[0] if self._keywords else ""

    @cached_property
    def owner(self) -> str:
        """The innermost keyword: of the item, or of a `require` or `let` inside an op."""
        return self._keywords[-1] if self._keywords else ""

    @cached_property
    def _keywords(self) -> list[str]:
        words = [token for token in self.stack if token.text in ITEMS]
        if self.after_operand and words and words[-1] == self.previous:
            words.pop()  # a name that looks like a keyword
        return [token.text for token in words]

    @property
    def after_operand(self) -> bool:
        """Whether an operator could stand here."""
        return "CMP" in self.accepts or "*" in self.accepts or "+" in self.accepts

    @property
    def wants_operand(self) -> bool:
        """Whether an expression could begin here."""
        return "NUMBER" in self.accepts and "(" in self.accepts

    @property
    def starts_item(self) -> bool:
        """Whether the next item could begin here."""
        return "END" in self.accepts and "require" in self.accepts

    @property
    def glued(self) -> bool:
        """Whether nothing stands between this token and the one before."""
        return self.before != () and self.previous.end == self.found.start

    @property
    def same_line(self) -> bool:
        """Whether the token before is on the same line."""
        return "\n" not in self.source.text[self.previous.end : self.found.start]

    @cached_property
    def pair(self) -> str:
        """This token with the one before where they touch, else alone."""
        return self.previous.text + self.found.text if self.glued else self.found.text

    def span(self, first: Token | None = None, last: Token | None = None) -> Span:
        """The range of this token, or from one token to another."""
        start, end = (first or self.found), (last or self.found)
        return Span(self.source, start.start, end.end)

    @property
    def _default_span(self) -> Span:
        if self.at_end and self.before:  # behind the last token, not on an empty line
            return Span(self.source, self.previous.end, self.previous.end)
        return self.span()

    def leads(self, token: Token) -> bool:
        """Whether a token is the first of its line."""
        line = self.source.text.rfind("\n", 0, token.start) + 1
        return not self.source.text[line : token.start].strip()

    def write(
        self,
        replacement: str,
        first: Token | None = None,
        last: Token | None = None,
        *,
        text: str = "",
        safe: bool = False,
    ) -> Fix:
        """The fix that puts something in the place of this token, or of some from one to another.

        A word is kept apart from words beside it.
        """
        span = self.span(first, last)
        whole = self.source.text
        if replacement and _wordy(whole[span.start - 1 : span.start], replacement[0]):
            replacement = f" {replacement}"
        if replacement and _wordy(replacement[-1], whole[span.end : span.end + 1]):
            replacement = f"{replacement} "
        return Fix(text or f"write `{replacement.strip()}`", safe, Edit(span, replacement))

    def insert(self, text: str, before: int, said: str, *, safe: bool = False) -> Fix:
        """The fix that puts something before an offset of the text."""
        return Fix(said, safe, Edit(Span(self.source, before, before), text))

    def text(self, first: Token, last: Token) -> str:
        """The source from one token to another."""
        return self.source.text[first.start : last.end]

    def rest_is(self, text: str) -> bool:
        """Whether the source goes on with this text."""
        return self.source.text.startswith(text, self.found.start)

    def error(
        self,
        slug: str,
        message: str,
        span: Span | None = None,
        label: str = "",
        *,
        labels: Iterable[tuple[Token, str]] = (),
        notes: Iterable[str] = (),
        fixes: Iterable[Fix] = (),
    ) -> Diagnostic:
        """A diagnostic at this token unless told otherwise."""
        return Diagnostic(
            slug,
            message,
            span or self._default_span,
            label,
            labels=tuple(Label(self.span(token, token), text) for token, text in labels),
            notes=tuple(notes),
            fixes=tuple(fixes),
        )


def place(error: UnexpectedInput, end: int) -> int:
    """Where the token begins that the parser could not take."""
    from lark.exceptions import UnexpectedToken

    at: int | None = error.pos_in_stream
    if isinstance(error, UnexpectedToken):
        at = end if error.token.type == "$END" else error.token.start_pos
    return end if at is None else at


def examine(
    error: UnexpectedInput,
    machine: lark.Lark,
    rule: str,
    source: Source,
    start: int,
    at: int,
    end: int,
) -> Mistake:
    """Collect what the parser knows at `at`, between `start` and `end`.

    An LALR parser closes constructs before it notices that the next token fits none of them, so
    the text before the mistake is parsed once more to see all that could have followed.
    """
    import lark
    from lark.exceptions import LarkError

    cut = tokens(source.text, start, end)
    before = tuple(token for token in cut if token.end <= at)
    rest = [token for token in cut if token.end > at]
    found, *after = rest or [Token("", end, end, "end")]
    if found.kind == "word":
        at = found.start  # a letter beyond ASCII: the whole word is in the way
    elif found.start < at:
        found = Token(source.text[at : found.end], at, found.end, "symbol")
    state: Any = error.interactive_parser
    try:
        replay = machine.parse_interactive(lark.TextSlice(source.text, start, at), start=rule)
        replay.exhaust_lexer()
        state = replay
    except LarkError:  # the cut itself changed how a word is read
        pass
    values = state.parser_state.value_stack
    return Mistake(
        source,
        found,
        frozenset(_spell(name, machine) for name in state.accepts()),
        tuple(_open(values)),
        before,
        tuple(after),
        quantity=getattr(values[-1] if values else None, "type", "") == "QUANTITY",
    )


def _wordy(left: str, right: str) -> bool:
    """Whether two characters would run together."""
    return all(c.isalnum() or c == "_" for c in (left, right)) and bool(left and right)


def _spell(name: str, machine: lark.Lark) -> str:
    """A terminal as it is written, or its name where it stands for many texts."""
    if name == "$END":
        return "END"
    if name in ("_STEP", "_AS", "_BECAUSE"):
        return name[1:].lower()
    pattern = machine.get_terminal(name).pattern
    return str(pattern.value) if pattern.type == "str" else name


def _open(values: list[Any]) -> list[Token]:
    """Keywords and symbols on the parser's stack that wait for their construct to end."""
    found = []
    for value in values:
        if hasattr(value, "start_pos"):
            kind = "word" if str(value).isidentifier() else "symbol"
            found.append(Token(str(value), value.start_pos, value.end_pos, kind))
    return found
