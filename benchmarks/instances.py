"""Reads a neutral instance (JSON, conditions as Python expressions) into a `Problem`."""

from __future__ import annotations

import ast
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archwright.solvers.expressions import Expr
from archwright.solvers.problem import Problem, Table

HERE = Path(__file__).resolve().parent / "instances"


@dataclass(frozen=True)
class Case:
    """A stated problem, what is asked of it, and the known answer."""

    name: str
    task: str
    problem: Problem
    expected: dict[str, Any]


def names() -> list[str]:
    """The instances kept beside this file."""
    return sorted(p.stem for p in HERE.glob("*.json"))


def load(name: str | Path) -> Case:
    """One instance by name or path."""
    path = name if isinstance(name, Path) else HERE / f"{name}.json"
    data = json.loads(path.read_text())
    return Case(data["name"], data["task"], state(parse(data)), data["expected"])


@dataclass(frozen=True)
class Parsed:
    """The texts of an instance as syntax trees; stating them is what is timed."""

    domains: dict[str, Any]
    lists: dict[str, list[int]]
    constraints: list[ast.expr]
    goals: list[tuple[str, ast.expr]]
    front: bool


def parse(data: dict[str, Any]) -> Parsed:
    """Read the conditions and goals of an instance."""
    objective = data.get("objective") or {}
    goals = objective.get("pareto", [objective] if objective else [])
    return Parsed(
        data["vars"],
        data.get("tables", {}),
        [_tree(text) for text in data["constraints"]],
        [(sense, _tree(text)) for goal in goals for sense, text in goal.items()],
        "pareto" in objective,
    )


def state(parsed: Parsed) -> Problem:
    """The instance in the solver's own terms."""
    return _Statement(parsed).problem


class _Statement:
    """Turns the parts of one instance into expressions."""

    def __init__(self, parsed: Parsed) -> None:
        self.problem = problem = Problem()
        self.lists = parsed.lists
        self.tables: dict[str, Table] = {}
        self.variables = {n: problem.integer(n, _domain(d)) for n, d in parsed.domains.items()}
        for i, condition in enumerate(parsed.constraints):
            problem.require(self.value(condition), f"c{i}")
        problem.front = parsed.front
        for i, (sense, tree) in enumerate(parsed.goals):
            value = self.value(tree)
            (problem.minimize if sense == "min" else problem.maximize)(value, f"g{i}")

    def value(self, node: ast.expr) -> Any:
        """A number or an expression."""
        problem = self.problem
        match node:
            case ast.Constant(value=value):
                return int(value)
            case ast.Name(id=name):
                return self.variables[name]
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return problem.negation(self.value(operand))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -self.value(operand)
            case ast.BoolOp(op=op, values=values):
                parts = [self.value(v) for v in values]
                join = problem.conjunction if isinstance(op, ast.And) else problem.disjunction
                return join(parts)
            case ast.BinOp(left=left, op=op, right=right):
                return _arithmetic(op, self.value(left), self.value(right))
            case ast.Compare():
                return self.comparison(node)
            case ast.Subscript(value=ast.Name(id=name), slice=index):
                return self.element(name, self.value(index))
            case ast.Call(func=ast.Name(id=name), args=args):
                return self.call(name, [self.value(a) for a in args])
        raise ValueError(f"not understood: {ast.unparse(node)}")

    def comparison(self, node: ast.Compare) -> Any:
        parts = []
        left = node.left
        for op, right in zip(node.ops, node.comparators, strict=True):
            parts.append(self.compared(op, left, right))
            left = right
        return parts[0] if len(parts) == 1 else self.problem.conjunction(parts)

    def compared(self, op: ast.cmpop, left: ast.expr, right: ast.expr) -> Any:
        if (
            isinstance(op, ast.Eq)
            and isinstance(left, ast.BinOp)
            and isinstance(left.op, ast.Mod)
            and isinstance(right, ast.Constant)
            and right.value == 0
        ):
            return self.problem.divides(self.value(left.right), self.value(left.left))
        a = self.problem.sum([self.value(left)])
        b = self.value(right)
        match op:
            case ast.Eq():
                return a == b
            case ast.NotEq():
                return a != b
            case ast.LtE():
                return a <= b
            case ast.Lt():
                return a < b
            case ast.GtE():
                return a >= b
            case ast.Gt():
                return a > b
        raise ValueError(f"not understood: {ast.dump(op)}")

    def element(self, name: str, index: Any) -> Any:
        values = self.lists[name]
        if not isinstance(index, Expr):
            return values[index]
        if name not in self.tables:
            self.tables[name] = self.problem.table({(i,): (v,) for i, v in enumerate(values)})
        return self.problem.lookup(self.tables[name], [index])

    def call(self, name: str, args: list[Any]) -> Any:
        problem = self.problem
        match name:
            case "min":
                return problem.minimum(args)
            case "max":
                return problem.maximum(args)
            case "abs":
                return problem.absolute(args[0])
            case "implies":
                return problem.disjunction([problem.negation(args[0]), args[1]])
            case "alldifferent":
                return problem.all_different(args)
        raise ValueError(f"no function {name}")


def _tree(text: str) -> ast.expr:
    return ast.parse(text.strip(), mode="eval").body


def _arithmetic(op: ast.operator, a: Any, b: Any) -> Any:
    match op:
        case ast.Add():
            return a + b
        case ast.Sub():
            return a - b
        case ast.Mult():
            return a * b
        case ast.FloorDiv():
            return a // b
        case ast.Mod():
            return a % b
        case ast.Pow():
            return a**b
    raise ValueError(f"not understood: {ast.dump(op)}")


def _domain(data: Any) -> range | list[int]:
    if isinstance(data, list):
        return range(data[0], data[1] + 1)
    if "values" in data:
        return list(data["values"])
    first, last, step = data["range"]
    return range(first, last + 1, step)
