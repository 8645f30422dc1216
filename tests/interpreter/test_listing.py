"""Lists for families: what they fix, how many entries they need, and how Python writes them."""

from __future__ import annotations

import numpy as np
import pytest

from archwright.dsl.diagnostics import ArchError
from archwright.dsl.load import loads
from archwright.interpreter.bind import bind
from archwright.interpreter.brute import BruteForce
from archwright.interpreter.expect import run
from archwright.interpreter.model_asker import ModelAsker
from archwright.interpreter.questions import Model
from archwright.solvers.control import Control

SPEC = """arch 1
enum Op { none, skip, conv }
param rows: 2 .. 4 = 3
space s {
  on[i in 2 .. rows]:                    bool
  op[i in 1 .. rows, j in 1 .. i - 1]:   Op when on[i]
  size[b in {8, 4}]:                     64 B .. 256 B step 64 B
}
maximize count(on[i] for i in 2 .. rows) as rows_on
"""


def lines(*claims: str) -> list[str]:
    """What model and enumeration say of some claims; both must agree."""
    spec = loads(SPEC + "\n".join(claims))
    found = [run(spec, lambda bound: ModelAsker(Model(bound), Control())), run(spec, BruteForce)]
    texts = [[r.found for r in results] for results in found]
    assert texts[0] == texts[1]
    assert [r.ok for r in found[0]] == [r.ok for r in found[1]]
    return texts[0]


def test_members_in_order_of_declaration() -> None:
    assert lines(
        "expect value size[8] == 64 B and size[4] == 192 B with { size = [64 B, 192 B] }",
        "expect count == 16 * (1 + 3) with { on = [_, false] }",
        "expect count == 16 with { on = [true, false], op = [[skip], [_, _]] }",
        "expect count == 16 * 9 with { on = [true, true], op = [[skip], [_, _]] }",
        "expect count == 16 * 3 with { op = [[skip], [conv, _]] }",
    ) == ["true in every solution", "count == 64", "count == 16", "count == 144", "count == 48"]


def test_a_listed_member_is_active() -> None:
    assert lines("expect unsat with { on = [false, true], op = [[skip], [skip, skip]] }") == [
        "unsat"
    ]


def test_the_members_follow_the_parameters() -> None:
    assert lines("expect sat with { rows = 2, on = [true], op = [[conv]] }") == ["sat"]


@pytest.mark.parametrize(
    ("fixed", "message"),
    [
        ("on = [true]", "`on` has 2 members, and this lists 1"),
        ("on = [true, true, true]", "`on` has 2 members, and this lists 3"),
        ("rows = 4, on = [true, true]", "`on` has 3 members, and this lists 2"),
        ("op = [skip, skip]", "`op[2]` has 1 member, and this is no list"),
        ("op = [[skip], [skip]]", "`op[3]` has 2 members, and this lists 1"),
        ("op = [[skip]]", "`op` has 2 lists of members, and this lists 1"),
        ("on = [[true], true]", "`on[2]` takes one value, no list"),
    ],
)
def test_another_length(fixed: str, message: str) -> None:
    assert lines(f"expect sat with {{ {fixed} }}") == [f"wrong-length: {message}"]


@pytest.mark.parametrize(
    "listed",
    [
        [["skip"], ["conv", None]],
        (["skip"], ("conv", "_")),
        "[[skip], [conv, _]]",
        np.array([["skip"], ["conv", "_"]], dtype=object),
    ],
)
def test_lists_from_python(listed: object) -> None:
    p = Model(bind(loads(SPEC)))
    assert p.count(choices={"op": listed}) == 48
    assert p.count(choices={"op": listed, "size": ["64 B", None]}) == 12


def test_wrong_lists_from_python() -> None:
    p = Model(bind(loads(SPEC)))
    with pytest.raises(ArchError, match="wrong-length: `on` has 2 members, and this lists 3"):
        p.count(choices={"on": [True, True, False]})
    with pytest.raises(ArchError, match=r"`size\[4\]` cannot be 96 B"):
        p.count(choices={"size": [None, "96 B"]})
    with pytest.raises(ArchError, match="bad-value"):
        p.count(choices={"size[8]": ["64 B"]})


def test_a_slip_in_the_name_of_a_value() -> None:
    p = Model(bind(loads("arch 1\nenum Op { skip, conv }\nspace s { op: Op }")))
    with pytest.raises(ArchError, match=r"`op` cannot be cnov(.|\n)*did you mean `op = conv`"):
        p.count(choices={"op": "cnov"})
