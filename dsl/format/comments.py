"""Where the comments and line ends of a text are: what its tokens do not tell."""

from __future__ import annotations

import re

from .documents import Comment, Word

_STRING_OR_COMMENTS = re.compile(r'"(?:\\.|[^"\\\n])*"|(?P<run>#[^\n]*(?:\s*#[^\n]*)*\s*)')
_COMMENT = re.compile(r"#[^\n]*")


class Trivia:
    """What stands before each token of a text that was parsed.

    Parameters
    ----------
    text : str
        With single newlines as line ends.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._runs = {
            match.end(): match.start()
            for match in _STRING_OR_COMMENTS.finditer(text)
            if match.group("run") is not None
        }

    def word(self, at: int, text: str) -> Word:
        """Make the token that begins at an offset; the end of the text counts as one."""
        run = self._runs.get(at)
        if run is None:
            ends = self._line_ends(at)
            return Word(text, [], ends > 1, ends > 0)
        comments = self._comments(run, at)
        blank = self._line_ends(at) > 1
        return Word(text, comments, blank, True)

    def _line_ends(self, at: int) -> int:
        """How many line ends, two at most, are in the space before an offset."""
        count = 0
        while at and self.text[at - 1].isspace() and count < 2:
            at -= 1
            count += self.text[at] == "\n"
        return count

    def _comments(self, start: int, end: int) -> list[Comment]:
        found: list[Comment] = []
        column = -1  # of a comment behind something, while others go on below it
        for match in _COMMENT.finditer(self.text, start, end):
            begin = match.start()
            line = self.text.rfind("\n", 0, begin) + 1
            behind = not found and not self.text[line:begin].isspace() and line < begin
            blank = self._line_ends(begin) > 1
            under = not behind and not blank and begin - line == column
            if behind:
                column = begin - line
            elif not under:
                column = -1
            found.append(Comment(match.group().rstrip(), behind, under, blank))
        return found


def comments(text: str) -> list[str]:
    """List the comments of a text in order, without the space behind them."""
    return [
        comment.group().rstrip()
        for match in _STRING_OR_COMMENTS.finditer(text)
        if match.group("run") is not None
        for comment in _COMMENT.finditer(match.group())
    ]
