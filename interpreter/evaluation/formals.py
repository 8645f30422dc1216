"""The formals of an op or network: how arguments are bound, shapes named and domains checked."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from archwright.dsl import nodes

from .arithmetic import whole
from .domains import Domain
from .failures import Broken, EvaluationError, Undefined
from .frames import Frame, Run, Thunk
from .scope import LocalLet, Scope
from .tensors import Tensor


class Formals:
    """The formals of one op.

    Parameters
    ----------
    op : nodes.Op
    outer : Scope
        The file level around it.

    Attributes
    ----------
    scope : Scope
        The scope of the body: formals, shape names and counts.
    tensors, values : list of nodes.Formal
    """

    def __init__(self, op: nodes.Op, outer: Scope) -> None:
        self.op = op
        self.tensors = [f for f in op.formals if isinstance(f.kind, nodes.Tensor)]
        self.values = [f for f in op.formals if not isinstance(f.kind, nodes.Tensor)]
        names: dict[str, Hashable | LocalLet] = {f.name.text: f.name for f in self.values}
        self._counts: dict[nodes.Formal, str] = {}
        declared = outer.instance.spec.names
        known = {
            n for n in declared if isinstance(declared[n], nodes.Param | nodes.Let | nodes.Choice)
        }
        for formal in self.tensors:
            for binder in formal.binders:
                names[binder.name.text] = binder.name
                count = binder.domain.hi if isinstance(binder.domain, nodes.Range) else None
                if isinstance(count, nodes.Name) and count.text not in {*names, *known}:
                    names[count.text] = self._counts[formal] = f"count {count.text}"
        fresh: dict[str, str] = {}
        for formal in self.tensors:
            for dimension in _dimensions(formal):
                base = dimension.base if isinstance(dimension, nodes.Index) else dimension
                if isinstance(base, nodes.Name) and base.text not in {*names, *known}:
                    fresh[base.text] = f"dimension {base.text}"
        self._fresh = fresh
        self._outer, self._declared = outer, {**names, **fresh}
        self.scope = outer.bind(self._declared)
        self._domains: dict[nodes.Formal, Domain] = {}
        self._runs: dict[nodes.Expr, Run] = {}

    # ------------------------------------------------------------------------------ entering

    def enter(
        self, frame: Frame, tensors: dict[str, Any], values: dict[str, Any]
    ) -> tuple[Tensor, ...]:
        """Bind the arguments of a call in its frame and check them; returns the inputs."""
        for formal in self.values:
            name = formal.name.text
            if name in values:
                frame.values[formal.name] = values[name]
            else:
                frame.values[formal.name] = Thunk(self._default(formal), frame)
        inputs: list[Tensor] = []
        for formal in self.tensors:
            given = tensors[formal.name.text]
            frame.values[formal.name.text] = given
            members = list(given.values()) if formal.binders else [given]
            if formal in self._counts:
                frame.values[self._counts[formal]] = len(members)
            inputs.extend(members)
        self._check_shapes(frame)
        for formal in self.values:
            self._check_domain(frame, formal)
        return tuple(inputs)

    def enter_network(
        self, frame: Frame, tensor: Callable[[tuple[int, ...]], Tensor]
    ) -> list[tuple[str, Tensor]]:
        """Make the inputs of a network that stands alone, from the shapes it declares."""
        for formal in self.values:
            frame.values[formal.name] = Thunk(self._default(formal), frame)
        inputs = []
        for formal in self.tensors:
            assert isinstance(formal.kind, nodes.Tensor)
            made = tensor(self.shape(formal.kind)(frame))
            frame.values[formal.name.text] = made
            inputs.append((formal.name.text, made))
        for formal in self.values:
            self._check_domain(frame, formal)
        return inputs

    @property
    def closed(self) -> bool:
        """Whether a network can stand alone: all of its shapes and values are known."""
        return (
            not self._fresh
            and not any(f.binders for f in self.tensors)
            and all(f.default is not None for f in self.values)
        )

    def shape(self, tensor: nodes.Tensor) -> Callable[[Frame], tuple[int, ...]]:
        """What works out a shape in a frame of the op."""
        runs: list[Run] = []

        def compute(frame: Frame) -> tuple[int, ...]:
            if not runs:
                runs.extend(self.scope.expression(d) for d in tensor.dimensions)
            each = zip(runs, tensor.dimensions, strict=True)
            return tuple(_size(run(frame), dimension) for run, dimension in each)

        return compute

    # ------------------------------------------------------------------------------ checking

    def _check_shapes(self, frame: Frame) -> None:
        checks: list[tuple[nodes.Formal, nodes.Expr, Frame, int]] = []
        for formal in self.tensors:
            given = frame.values[formal.name.text]
            for index, member in given.items() if formal.binders else [((), given)]:
                inner = frame
                if index:
                    binders = dict(zip((b.name for b in formal.binders), index, strict=True))
                    inner = Frame(frame.world, {**frame.values, **binders}, frame.call)
                dimensions = _dimensions(formal)
                if len(dimensions) != len(member.shape):
                    raise EvaluationError(f"{formal.span}: a tensor of another rank comes in")
                for dimension, size in zip(dimensions, member.shape, strict=True):
                    if not self._bind(dimension, size, frame, inner):
                        checks.append((formal, dimension, inner, size))
        for formal, dimension, inner, size in checks:
            inner = Frame(frame.world, {**inner.values, **frame.values}, frame.call)
            declared = _size(self._run(dimension)(inner), dimension)
            if declared != size:
                raise Broken(
                    f"`{formal.name}` of `{self.op.name}` has {size} "
                    f"where {dimension.span.text} is {declared}",
                    formal.span if frame.call is None else frame.call.span,
                    slug="shape-mismatch",
                    labels=((formal.span, "declared here"),),
                )

    def _bind(self, dimension: nodes.Expr, size: int, frame: Frame, inner: Frame) -> bool:
        """Bind a shape name at its first use; False where there is something to compare."""
        base = dimension.base if isinstance(dimension, nodes.Index) else dimension
        if not isinstance(base, nodes.Name) or base.text not in self._fresh:
            return False
        slot = self._fresh[base.text]
        if not isinstance(dimension, nodes.Index):
            if slot in frame.values:
                return False
            frame.values[slot] = size
            return True
        family = frame.values.setdefault(slot, {})
        indices = tuple(self._run(i)(inner) for i in dimension.indices)
        if indices in family:
            return False
        family[indices] = size
        return True

    def _check_domain(self, frame: Frame, formal: nodes.Formal) -> None:
        if formal.kind is None:
            return
        assert not isinstance(formal.kind, nodes.Tensor)
        if formal not in self._domains:
            self._domains[formal] = self.scope.domain(formal.kind)
        value = frame.values[formal.name]
        if isinstance(value, Thunk):
            value = value.force()
        if not self._domains[formal].contains(frame, value):
            raise Broken(
                f"`{formal.name}` of `{self.op.name}` is {value}, "
                f"which is not in {formal.kind.span.text}",
                formal.span if frame.call is None else frame.call.span,
                slug="out-of-domain",
                labels=((formal.kind.span, "the values it may have"),),
            )

    def _default(self, formal: nodes.Formal) -> Run:
        if formal.default is None:
            raise EvaluationError(f"{formal.span}: no argument and no default")
        if formal.default not in self._runs:
            # A default sees dimensions and the formals in front of its own, and else the file.
            later = self.values[self.values.index(formal) :]
            hidden = {f.name.text for f in later}
            seen = {n: slot for n, slot in self._declared.items() if n not in hidden}
            self._runs[formal.default] = self._outer.bind(seen).expression(formal.default)
        return self._runs[formal.default]

    def _run(self, node: nodes.Expr) -> Run:
        if node not in self._runs:
            self._runs[node] = self.scope.expression(node)
        return self._runs[node]


def _dimensions(formal: nodes.Formal) -> tuple[nodes.Expr, ...]:
    assert isinstance(formal.kind, nodes.Tensor)
    return formal.kind.dimensions


def _size(value: Any, node: nodes.Node) -> int:
    value = whole(value)
    if not isinstance(value, int):
        why = f"`{node.span.text}` is a size and may not be {value}, which is not whole"
        raise Undefined("uneven-division", why, node.span)
    if value < 1:
        why = f"`{node.span.text}` is a size and may not be {value}, only 1 or more"
        raise Broken(why, node.span, slug="shape-mismatch")
    return value
