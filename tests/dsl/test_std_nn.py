"""The reference lists every op of `std.nn` with the arguments and defaults of its text."""

from __future__ import annotations

import re
from pathlib import Path

from archwright.dsl import nodes
from archwright.dsl.load import standard

PAGE = Path(__file__).parents[2] / "docs" / "language.md"
WIDTHS = ("weight_bits", "act_bits")


def section() -> str:
    text = PAGE.read_text()
    return text[text.index("### `std.nn`") : text.index("### `std.cpu`")]


def ops() -> dict[str, nodes.Op]:
    names = standard("std.nn").names
    return {name: item for name, item in names.items() if isinstance(item, nodes.Op)}


def arguments(op: nodes.Op) -> dict[str, str]:
    """Value formals with the text of their defaults, without the widths of numbers."""
    return {
        f.name.text: "" if f.default is None else f.default.span.text
        for f in op.formals
        if not isinstance(f.kind, nodes.Tensor) and f.name.text not in WIDTHS
    }


def test_the_tables_of_ops() -> None:
    rows = re.findall(r"^\| `(\w+)` \| `?.*?(?:\[|any).*\|$", section(), re.MULTILINE)
    assert set(ops()) <= set(rows)
    for line in section().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        op = ops().get(cells[0].strip("`"))
        if op is None or "[" not in cells[1]:
            continue
        listed = cells[3] if op.builtin else cells[2]
        found = dict((*part.split(" = ", 1), "")[:2] for part in re.findall("`(.*?)`", listed))
        declared = arguments(op)
        others = re.search("the others of `(\\w+)`", listed)
        if others is not None:
            found.pop(others.group(1))
            missing = {n: d for n, d in arguments(ops()[others.group(1)]).items() if n in declared}
            found = {**missing, **found}
        assert found == declared, op.name.text


def test_the_table_of_enums() -> None:
    for name, item in standard("std.nn").names.items():
        if isinstance(item, nodes.Enum):
            members = " ".join(member.text for member in item.members)
            assert f"| `{name}` | `{members}` |" in section()
