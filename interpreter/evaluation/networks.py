"""Networks executed concretely: every active call of an op, with its tensors and costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from archwright.dsl import nodes
from archwright.dsl.source import Span

from .domains import Steps, compile_binders
from .failures import Broken, EvaluationError, Unread
from .formals import Formals
from .frames import Frame, Run, Thunk, World, remember
from .instance import Instance
from .left_out import LeftOut
from .schedule import live_elements
from .scope import LocalLet, Scope
from .sizes import go_round
from .statements import Statement, compile_statements
from .tensors import Tensor


class Trace:
    """What one run of a network did.

    Attributes
    ----------
    shapes : list
        The shape of each tensor, inputs first.
    leaves : list of Call
        In order of the text.
    """

    def __init__(self) -> None:
        self.shapes: list[tuple[int, ...]] = []
        self.leaves: list[Call] = []
        self._live: list[int] | None = None

    def tensor(self, shape: tuple[int, ...]) -> Tensor:
        """A new tensor."""
        self.shapes.append(shape)
        return Tensor(len(self.shapes) - 1, shape)

    def live(self, leaf: int) -> int:
        """The elements alive while a leaf runs; the run must be over."""
        if self._live is None:
            self._live = live_elements(self.shapes, self.leaves)
        return self._live[leaf]


class Call:
    """One active call of an op or network.

    Attributes
    ----------
    label, path : str
        `project`, and with the calls around it `block[2, 1].project`; both empty for the network.
    parts : list of Call
        The calls inside; none in a leaf.
    later : list
        The `let`s of its blocks, each with the steps through its members and the frame of a round.
    inputs : tuple of Tensor
    output : Tensor or None
    position : int
        Which leaf of the network it is; -1 for a composite.
    span : Span
        The call in the text; for the network itself its name.
    left_out : list of LeftOut
        What choices kept out of the statements of a network; empty in ops.
    """

    __slots__ = (
        "frame",
        "inputs",
        "label",
        "later",
        "left_out",
        "operation",
        "output",
        "parts",
        "path",
        "position",
        "span",
        "trace",
    )

    def __init__(
        self, operation: Operation, label: str, path: str, trace: Trace, span: Span
    ) -> None:
        self.operation, self.label, self.path, self.trace = operation, label, path, trace
        self.span = span
        self.frame: Frame | None = None
        self.parts: list[Call] = []
        self.later: list[tuple[LocalLet, Steps, Frame]] = []
        self.left_out: list[LeftOut] = []
        self.inputs: tuple[Tensor, ...] = ()
        self.output: Tensor | None = None
        self.position = -1

    @property
    def leaf(self) -> bool:
        """Whether it is a leaf."""
        return self.position >= 0

    def walk(self) -> Iterator[Call]:
        """This call and all inside it."""
        yield self
        for part in self.parts:
            yield from part.walk()

    def read(self, name: str) -> Any:
        """A `let` of the op; None if it has none of that name."""
        let = self.operation.lets.get(name)
        assert self.frame is not None
        return None if let is None or let.let.binders else let.read(self.frame)

    def cost(self, name: str) -> Any:
        """`l.name`: a leaf's own value or 0; a composite's own or the sum over its parts."""
        if name == "live":
            return self.live()
        value = self.read(name)
        if value is not None:
            return value
        return sum(part.cost(name) for part in self.parts)

    def live(self) -> int:
        """The elements alive while it runs: the most over its leaves."""
        if self.position >= 0:
            return self.trace.live(self.position)
        return max((part.live() for part in self.parts), default=0)


class Operation:
    """An op or network of one instance, compiled."""

    def __init__(self, instance: Instance, op: nodes.Op) -> None:
        self.instance, self.op, self.name = instance, op, op.name.text
        self.formals = Formals(op, instance.scope)
        self.scope = self.formals.scope
        lets = [s for s in op.body if isinstance(s, nodes.Let)]
        self.lets: dict[str, LocalLet] = {}
        # The lets see one another, so their scope is completed before any of them is compiled.
        for let in lets:
            self.lets[let.name.text] = LocalLet(let, self.scope)
            self.scope.locals[let.name.text] = self.lets[let.name.text]
        self.requires = [s for s in op.body if isinstance(s, nodes.Require)]
        self.result = None if op.result is None else self.formals.shape(op.result)
        self._body: Statement | None = None
        self._steps_of: dict[Any, Any] = {}

    @property
    def body(self) -> Statement:
        """The statements, compiled when first run."""
        if self._body is None:
            self._body = compile_statements(self.op.body, self.scope)
        return self._body

    def call(
        self,
        parent: Call,
        world: World,
        tensors: dict[str, Any],
        values: dict[str, Any],
        label: str,
        span: Span,
    ) -> Tensor:
        """Execute a call inside another one and return its tensor."""
        go_round(world, self.op, len(self.op.formals) + len(self.op.body))
        path = f"{parent.path}.{label}" if parent.path else label
        call = Call(self, label, path, parent.trace, span)
        parent.parts.append(call)
        frame = call.frame = Frame(world, {}, call)
        call.inputs = self.formals.enter(frame, tensors, values)
        if self.op.leaf:
            if self.result is None:
                raise EvaluationError(f"{self.op.span}: a leaf without a shape")
            call.output = call.trace.tensor(self.result(frame))
            call.position = len(call.trace.leaves)
            call.trace.leaves.append(call)
            return call.output
        return self.finish(call)

    def finish(self, call: Call) -> Tensor:
        """Run the statements of a composite whose formals are bound."""
        frame = call.frame
        assert frame is not None
        output = self.body(frame)
        if output is None:
            raise EvaluationError(f"{self.op.span}: nothing is returned")
        if self.result is not None:
            declared = self.result(frame)
            if declared != output.shape:
                raise Broken(
                    f"`{self.name}` returns {shape_text(output.shape)}, "
                    f"declared is {shape_text(declared)}",
                    self.op.span,
                    slug="shape-mismatch",
                )
        call.output = output
        return output

    def arguments(self, call: Call) -> dict[str, Any]:
        """Every value argument of a call, defaults included."""
        assert call.frame is not None
        found = {}
        for formal in self.formals.values:
            value = call.frame.values[formal.name]
            found[formal.name.text] = value.force() if isinstance(value, Thunk) else value
        return found

    def check(self, call: Call, inactive: Callable[[str], bool] = lambda key: False) -> None:
        """Work out every `let` of a call, so that whatever it demands is demanded.

        One without a guard has no value where it reads an inactive choice, as `inactive` tells.
        """
        assert call.frame is not None
        frame, lets = call.frame, self.lets.values()
        own = [(let, self._steps(let.let, let.let.guard)[0], frame) for let in lets]
        for let, steps, here in (*own, *call.later):
            frame = Frame(here.world, dict(here.values), call)
            slots = [b.name for b in let.let.binders]
            for _ in steps(frame):
                try:
                    let.read(here, tuple(frame.values[s] for s in slots))
                except Unread as unread:
                    if let.let.guard is not None or not inactive(unread.key):
                        raise

    def require(self, node: nodes.Require) -> tuple[Steps, Run]:
        """The steps through the binders of a `require` of this op, and its body."""
        steps, scope = self._steps(node, node.where)
        if (node, "body") not in self._steps_of:
            self._steps_of[node, "body"] = scope.expression(node.body)
        return steps, self._steps_of[node, "body"]

    def work_out(self, call: Call) -> None:
        """Work out all that is left for later in a call: arguments, `let`s and `require`s."""
        assert call.frame is not None
        self.arguments(call)
        self.check(call)
        frame = Frame(call.frame.world, dict(call.frame.values), call)
        for node in self.requires:
            steps, body = self.require(node)
            for _ in steps(frame):
                body(frame)

    def _steps(
        self, node: nodes.Let | nodes.Require, where: nodes.Expr | None
    ) -> tuple[Steps, Scope]:
        if node not in self._steps_of:
            self._steps_of[node] = compile_binders(node.binders, where, self.scope)
        found: tuple[Steps, Scope] = self._steps_of[node]
        return found


class NetworkRun:
    """One execution of a network."""

    def __init__(self, call: Call, inputs: list[tuple[str, Tensor]]) -> None:
        self.call, self.trace, self.inputs = call, call.trace, inputs


def network_run(operation: Operation, world: World) -> NetworkRun:
    """Execute a network under an assignment; once for each.

    A run serves every assignment if neither its statements nor what is worked out later in its
    calls, such as costs, read a choice.
    """

    def compute() -> NetworkRun:
        before = world.reads
        trace = Trace()
        call = Call(operation, "", "", trace, operation.op.name.span)
        call.frame = Frame(world, {}, call)
        inputs = operation.formals.enter_network(call.frame, trace.tensor)
        call.inputs = tuple(tensor for _, tensor in inputs)
        operation.finish(call)
        if world.reads == before:
            _probe(call, world)
        return NetworkRun(call, inputs)

    run: NetworkRun = remember(operation.instance.known, world, (operation, "run"), compute)
    return run


def _probe(network: Call, world: World) -> None:
    """Work out what a run leaves for later, so that the world counts the choices that this reads.

    Mistakes are told where the values are asked for; with one, the run is for this world only.
    """
    try:
        for call in network.walk():
            call.operation.work_out(call)
    except (Broken, Unread, EvaluationError):
        world.reads += 1


def shape_text(shape: tuple[int, ...]) -> str:
    """A shape for a message."""
    return f"tensor[{', '.join(map(str, shape))}]"
