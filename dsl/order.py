"""The order in which declarations can be understood, and those that are defined by themselves."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping

from . import nodes
from .diagnostics import Label
from .names import declared
from .report import Report
from .spec import Target, Use
from .walk import walk

Graph = dict[nodes.Node, dict[nodes.Node, nodes.Node]]


def dependencies(values: Mapping[str, nodes.Node], uses: Mapping[nodes.Node, Use]) -> Graph:
    """For each declaration (and each `let` in an op) the ones it uses, each with a place of use."""
    graph: Graph = {value: {} for value in values.values()}
    for value in values.values():
        if isinstance(value, nodes.Op):
            graph.update({let: {} for let in walk(value) if isinstance(let, nodes.Let)})
    for node, edges in graph.items():
        for inner in walk(node):
            use = uses.get(inner)
            if isinstance(use, Target) and use.owner is None and use.node in graph:
                edges.setdefault(use.node, inner)
        if isinstance(node, nodes.Hardware) and node.base is not None and len(node.base) == 1:
            base = values.get(node.base[0].text)
            if base is not None:
                edges.setdefault(base, node.base[0])
    return graph


def components(graph: Graph) -> list[list[nodes.Node]]:
    """Strongly connected components, those used by others first.

    The algorithm of R. Tarjan, *Depth-first search and linear graph algorithms* (1972), with a list
    in place of recursion.
    """
    number: dict[nodes.Node, int] = {}
    low: dict[nodes.Node, int] = {}
    stack: list[nodes.Node] = []
    waiting: set[nodes.Node] = set()
    result: list[list[nodes.Node]] = []
    for root in graph:
        if root in number:
            continue
        number[root] = low[root] = len(number)
        stack.append(root)
        waiting.add(root)
        path = [(root, iter(graph[root]))]
        while path:
            node, edges = path[-1]
            for other in edges:
                if other not in number:
                    number[other] = low[other] = len(number)
                    stack.append(other)
                    waiting.add(other)
                    path.append((other, iter(graph[other])))
                    break
                if other in waiting:
                    low[node] = min(low[node], number[other])
            else:
                path.pop()
                if path:
                    low[path[-1][0]] = min(low[path[-1][0]], low[node])
                if low[node] == number[node]:
                    component = []
                    while True:
                        member = stack.pop()
                        waiting.discard(member)
                        component.append(member)
                        if member is node:
                            break
                    result.append(component)
    return result


def cycle(graph: Graph, component: Iterable[nodes.Node]) -> list[nodes.Node]:
    """A shortest way from the first declaration of a component back to itself."""
    members = set(component)
    first = min(members, key=lambda node: node.span.start)
    origin: dict[nodes.Node, nodes.Node] = {}
    todo = deque([first])
    while todo:
        node = todo.popleft()
        for other in graph[node]:
            if other is first:
                way = [node]
                while way[-1] is not first:
                    way.append(origin[way[-1]])
                return way[::-1]
            if other in members and other not in origin:
                origin[other] = node
                todo.append(other)
    raise ValueError("the component has no cycle")


def ordered(
    values: Mapping[str, nodes.Node], uses: Mapping[nodes.Node, Use], report: Report
) -> tuple[list[nodes.Node], set[nodes.Node]]:
    """All declarations, the used before the users, and those on a cycle, which are reported."""
    graph = dependencies(values, uses)
    order: list[nodes.Node] = []
    broken: set[nodes.Node] = set()
    top = set(values.values())
    for component in components(graph):
        order += component
        first = component[0]
        if len(component) == 1 and first in top and recurs(first, uses):
            continue  # its members may read one another; unrolling finds one that reads itself
        if len(component) > 1 or first in graph[first]:
            broken |= set(component)
            _recursive(graph, cycle(graph, component), report)
    return order, broken


def recurs(node: nodes.Node, uses: Mapping[nodes.Node, Use]) -> bool:
    """Whether a `let` is a family whose value, but nothing else in it, reads its own members."""
    if not isinstance(node, nodes.Let) or not node.binders:
        return False
    apart = [*node.binders, *([] if node.guard is None else [node.guard])]
    return _reads(node.value, node, uses) and not any(_reads(part, node, uses) for part in apart)


def _reads(part: nodes.Node, target: nodes.Node, uses: Mapping[nodes.Node, Use]) -> bool:
    found = (uses.get(inner) for inner in walk(part))
    return any(isinstance(use, Target) and use.node is target for use in found)


def _recursive(graph: Graph, way: list[nodes.Node], report: Report) -> None:
    first = declared(way[0])
    steps = " -> ".join([declared(node).text for node in (*way, way[0])])
    labels = [
        Label(graph[node][after].span, f"`{declared(node).text}` uses `{declared(after).text}`")
        for node, after in zip(way, (*way[1:], way[0]), strict=True)
    ]
    report.add(
        "recursive-definition",
        f"`{first.text}` is defined by way of itself: {steps}",
        first.span,
        labels=labels,
    )
