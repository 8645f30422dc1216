"""What can stop an evaluation."""

from __future__ import annotations

from archwright.dsl import nodes
from archwright.dsl.source import Span


class Broken(Exception):
    """The structure of the spec does not hold: a failed `exact`, a missing row, a wrong shape.

    Attributes
    ----------
    why : str
        One sentence with the values.
    span : Span
        Where in the text.
    values : tuple of (nodes.Name, str)
        Names that it was computed from, each with its value as the spec would write it.
    labels : tuple of (Span, str)
        Further places, each with a remark.
    slug : str
        What it is called where nothing was chosen yet, so that it is a mistake of the user.
    """

    def __init__(
        self,
        why: str,
        span: Span,
        values: tuple[tuple[nodes.Name, str], ...] = (),
        *,
        slug: str,
        labels: tuple[tuple[Span, str], ...] = (),
    ) -> None:
        super().__init__(f"{span}: {why}")
        self.why, self.span, self.values, self.slug = why, span, values, slug
        self.labels = labels


class Unread(Exception):
    """A choice was read that has no value: it is inactive, or not yet chosen.

    The checker proves that a full assignment never raises this.
    """

    def __init__(self, key: str) -> None:
        super().__init__(f"the choice {key} was read, but it has no value")
        self.key = key


class EvaluationError(RuntimeError):
    """The evaluator met what the checker should have refused: a bug here, not a user's mistake."""


class Undefined(EvaluationError):
    """Something that has no value: a quotient by 0, a logarithm of 0, a member that does not exist.

    Where it depends on choices the lowering has refused it; binding meets it among constants, and
    then it is a mistake of the user.

    Attributes
    ----------
    slug : str
    why : str
        One sentence with the values.
    span : Span
        Where in the text.
    limit : str
        The limit that was met, if it was one.
    """

    def __init__(self, slug: str, why: str, span: Span, limit: str = "") -> None:
        super().__init__(f"{span}: {why}")
        self.slug, self.why, self.span, self.limit = slug, why, span, limit
