"""The state of one lowering: the problem, what is demanded so far, and how mistakes are told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from threading import RLock
from typing import TYPE_CHECKING, NoReturn

from archwright.dsl import nodes
from archwright.dsl.diagnostics import ArchError, Diagnostic, Fix, Label
from archwright.dsl.diagnostics import Value as Shown
from archwright.dsl.source import Span
from archwright.solvers.expressions import Expr
from archwright.solvers.problem import Problem

from ..bound import Bound, index_text
from ..origin import Origin
from .compact import Compact
from .logic import Logic, Truth
from .numbers import NUMBERS, Arithmetic, ManyDenominators, Number, TooLong
from .reach import Reach
from .refuting import refuted
from .scope import Module, Scope
from .values import Count, Lowered, Slot

if TYPE_CHECKING:
    from .choices import Member
    from .definitions import Definition


@dataclass(frozen=True, slots=True)
class Post:
    """A condition to be posted, with its origin."""

    condition: Truth
    origin: Origin


@dataclass(frozen=True, slots=True)
class Step:
    """What one statement has demanded and stated, and how much it unrolled."""

    posts: list[Post]
    stated: list[tuple[Origin, Scope]]
    turns: int
    networks: int


class Lowering:
    """Everything that the parts of the lowering share.

    Attributes
    ----------
    posts : list of Post
        What is demanded so far; a trial collects its own.
    demanded : list
        What `let`s demand, which no trial takes back: the definition and a Post.
    stated : list
        Every instance of every `require`, also of what always holds: its origin, and the scope of
        its body.
    steps : dict
        What each statement of the text has demanded and stated.
    lock : RLock
        Held by whoever lowers anything.
    root : Module
        The spec itself.
    """

    def __init__(self, bound: Bound) -> None:
        from .expressions import HANDLERS  # which import this file

        self._handlers = HANDLERS
        self.problem = Problem()
        self.logic = Logic(self.problem)
        self.reach = Reach(self.problem, self.logic)
        self.compact = Compact(self.problem, self.reach)
        self.numbers = Arithmetic(self.problem, self.compact, bound.spec.limits.bits)
        self.posts: list[Post] = []
        self.doubts: list[Truth] | None = None  # of the comparisons of a claim that is read
        self.demanded: list[tuple[Definition, Post]] = []
        self.stated: list[tuple[Origin, Scope]] = []
        self.steps: dict[object, Step] = {}
        self.members: list[Member] = []
        self.networks = 0
        self.readers: dict[nodes.Node, set[nodes.Node]] = {}
        self.lock = RLock()
        self.root = Module(bound)
        self.limits = bound.spec.limits
        self.turns = 0
        self.expansions: dict[tuple[object, ...], tuple[Lowered, list[Post], object]] = {}

    # --------------------------------------------------------------------------- demanded things

    @contextmanager
    def trial(self) -> Iterator[list[Post]]:
        """Collect what is demanded inside; it counts only if the caller takes it over."""
        outer, self.posts = self.posts, []
        try:
            yield self.posts
        finally:
            self.posts = outer

    def step(self, key: object, run: Callable[[], object]) -> None:
        """Do what a statement asks for, or what it did before under the same key."""
        if key not in self.steps:
            stated, turns, networks = self.stated, self.turns, self.networks
            self.stated = []
            try:
                with self.trial() as posts:
                    run()
                self.steps[key] = Step(
                    posts, self.stated, self.turns - turns, self.networks - networks
                )
            finally:
                self.stated, self.turns = stated, turns
        done = self.steps[key]
        self.posts.extend(done.posts)
        self.stated.extend(done.stated)
        self.turns += done.turns

    def structure(
        self, condition: Truth, path: Truth, key: str, node: nodes.Node, scope: Scope
    ) -> None:
        """Demand a condition under a path, as structure."""
        demanded = self.logic.implies(path, self.logic.known(condition, path))
        if demanded is not True:
            origin = Origin(None, key, node, node.span, dict(scope.loops))
            self.posts.append(Post(demanded, origin))

    def named(self, condition: Truth, path: Truth, origin: Origin) -> None:
        """Demand a condition under a path and a name."""
        demanded = self.logic.implies(path, condition)
        if demanded is not True:
            self.posts.append(Post(demanded, origin))

    def follows(self, condition: Truth, path: Truth) -> bool:
        """Whether the words of the path or the values of a few choices show a condition."""
        settled = self.logic.known(condition, path)
        if isinstance(settled, bool):
            return settled
        return bool(self.reach.always(settled, path))

    def proves(self, condition: Truth, path: Truth) -> bool:
        """As `follows`, and where there is too much to enumerate, by propagation."""
        settled = self.logic.known(condition, path)
        if isinstance(settled, bool):
            return settled
        proved = self.reach.always(settled, path)
        return refuted(self.problem, settled, path) if proved is None else proved

    def turn(self, node: nodes.Node | None, terms: int = 1) -> None:
        """Count unrolled terms, or one round that a condition leaves out."""
        self.turns += terms
        if self.turns > self.limits.terms:
            raise ArchError(
                Diagnostic(
                    "too-large-unrolling",
                    f"this spec unrolls to more than {self.limits.terms:_} terms",
                    None if node is None else node.span,
                    label="the limit is reached here",
                    notes=(
                        "loops, sums, families, functions and calls of ops count together",
                        self.limits.note("terms"),
                    ),
                    fixes=(Fix("shrink the ranges that are multiplied here"),),
                )
            )

    # -------------------------------------------------------------------------------- evaluation

    def value(self, node: nodes.Expr, scope: Scope) -> Lowered:
        """What an expression stands for."""
        try:
            return self._handlers[type(node)](self, node, scope)
        except TooLong:
            self.fail(
                "too-wide",
                f"this number has more than {self.limits.bits:_} binary digits",
                node,
                scope,
                notes=(self.limits.note("bits"),),
            )

    def number(self, node: nodes.Expr, scope: Scope) -> Number:
        """An expression that is a number."""
        value = self.value(node, scope)
        if isinstance(value, NUMBERS):
            return value
        return self.as_number(value, node)

    def as_number(self, value: Lowered, node: nodes.Node) -> Number:
        """A value that is a number."""
        if isinstance(value, NUMBERS):
            return value
        if isinstance(value, Count):
            return self._tally(value.present)
        if isinstance(value, Slot):
            return self._tally(value.count.present[: value.place])
        raise self.confused(node, "a number")

    def truth(self, node: nodes.Expr, scope: Scope) -> Truth:
        """An expression that is a truth value, as far as the path settles it."""
        value = self.value(node, scope)
        if isinstance(value, bool):
            return value
        if isinstance(value, Expr):
            return self.logic.known(value, scope.path)
        raise self.confused(node, "a truth value")

    def static(self, node: nodes.Expr, scope: Scope, what: str) -> Fraction:
        """A number that may not depend on choices."""
        number = self.number(node, scope)
        if isinstance(number, Fraction):
            return number
        self.fail(
            "not-static",
            f"{what} may not depend on choices",
            node,
            scope,
            label="this depends on a choice",
        )

    def _tally(self, conditions: tuple[Truth, ...]) -> Number:
        known = sum(c for c in conditions if isinstance(c, bool))
        open_ones = [c for c in conditions if not isinstance(c, bool)]
        return self.numbers.term(Fraction(1), self.problem.sum([*open_ones, known]))

    # ---------------------------------------------------------------------------------- mistakes

    def fail(
        self,
        slug: str,
        message: str,
        node: nodes.Node | Span,
        scope: Scope,
        *,
        label: str = "",
        labels: tuple[Label, ...] = (),
        values: tuple[Shown, ...] = (),
        notes: tuple[str, ...] = (),
        fixes: tuple[Fix, ...] = (),
    ) -> NoReturn:
        """Tell a mistake, with the loop variables around it."""
        loops = tuple(Shown(name, index_text(value)) for name, value in scope.loops)
        span = node if isinstance(node, Span) else node.span
        raise ArchError(
            Diagnostic(
                slug,
                message,
                span,
                label=label,
                labels=labels,
                values=(*loops, *values),
                notes=notes,
                fixes=fixes,
            )
        )

    def many_denominators(
        self, error: ManyDenominators, node: nodes.Node, scope: Scope
    ) -> NoReturn:
        """Tell that two symbolic denominators meet."""
        first, second = (self.problem.text(e.node) for e in (error.first, error.second))
        self.fail(
            "many-denominators",
            f"two different denominators meet here, `{first}` and `{second}`",
            node,
            scope,
            fixes=(Fix("state the rounding of each part with floor(), ceil() or exact()"),),
        )

    def confused(self, node: nodes.Node, wanted: str) -> TypeError:
        """The checker let something through that has no meaning: a bug, not a user's mistake."""
        return TypeError(f"{node.span}: {wanted} is needed here")
