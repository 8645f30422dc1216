"""A cell as one line of text, so that a generated module can hold it."""

from __future__ import annotations

import json

from .cell import Cell, Gate, State
from .expression import Expression, node, ordered


def write(cell: Cell) -> str:
    """The cell as JSON: its gates, its states, and the nodes of its step in order."""
    nodes = ordered(cell.update)
    place = {x: i for i, x in enumerate(nodes)}
    return json.dumps(
        {
            "name": cell.name,
            "gates": [[g.name, g.given, g.recurs] for g in cell.gates],
            "states": [[s.name, s.start, s.normaliser] for s in cell.states],
            "nodes": [[x.op, [place[a] for a in x.arguments], x.payload] for x in nodes],
            "update": [place[x] for x in cell.update],
        }
    )


def read(text: str) -> Cell:
    """The cell that `write` wrote."""
    told = json.loads(text)
    nodes: list[Expression] = []
    for op, arguments, payload in told["nodes"]:
        nodes.append(node(op, *(nodes[i] for i in arguments), payload=payload))
    return Cell(
        told["name"],
        tuple(Gate(*gate) for gate in told["gates"]),
        tuple(State(*state) for state in told["states"]),
        tuple(nodes[i] for i in told["update"]),
    )
