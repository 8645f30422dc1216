"""The explorer's state: every step, what is greyed and why, and that nothing shown is wrong."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

import archwright as aw
from archwright.notebooks.explorer.session import Session
from archwright.notebooks.explorer.snapshot import IMPOSSIBLE, Snapshot, large, spans_of

SPECS = Path(__file__).parents[1] / "specs"
TEXT = """arch 1
param room: 1 .. 100 = 20
param slow: 5 ms .. 100 ms = 30 ms
space s {
  n:    1 .. 9
  m:    1 .. 9
  deep: bool
  k[i in 1 .. 2]: 1 .. 4 when deep
}
require fits: n * m <= room
  because "{n} by {m} is <b>over</b> {room}"
require even: deep implies k[1] + k[2] == 5
maximize n + m as size
"""


def session(text: str = TEXT, **options: Any) -> Session:
    made = Session(aw.loads(text).bind(), **options)
    assert made.wait(60)
    return made


def left(now: Snapshot, key: str) -> list[str]:
    """The values of a choice that are not grey."""
    place = now.layout.places[key]
    control, marks = now.layout.choices[place], now.choices[place].marks
    return [control.text(p) for p, mark in enumerate(marks) if mark != IMPOSSIBLE]


def test_a_click_answers_at_once_and_exactly_after_a_moment() -> None:
    shown = session()
    now = shown.fix("n", 7)
    assert left(now, "m") == ["1", "2"] and now.choices[now.layout.places["n"]].fixed == 6
    assert shown.wait(60)
    now = shown.snapshot
    assert now.exact and now.count == shown.bound.count() == 2 * (1 + 4)
    assert now.best is not None and now.best.goals == (("size", "9"),) and now.best.proved
    assert now.busy == "" and not now.infeasible


def test_other_values_of_a_fixed_choice_are_those_it_alone_could_have() -> None:
    shown = session()
    shown.fix("n", 4)
    now = shown.fix("m", 5)
    assert left(now, "n") == ["1", "2", "3", "4"]
    assert left(now, "m") == ["1", "2", "3", "4", "5"]
    assert shown.wait(60)
    assert left(shown.snapshot, "n") == ["1", "2", "3", "4"]


@pytest.mark.parametrize("name", ["darts_cell", "mcu_vision", "mixed_precision", "pipeline"])
def test_grey_is_never_wrong_and_in_the_end_exact(name: str) -> None:
    bound = aw.load(SPECS / f"{name}.arch").bind()
    shown = Session(bound)
    seen: list[Snapshot] = []
    shown.on_change(seen.append)
    choices = dict(list(bound.solve(progress=False).choices.items())[::3])
    for key, value in choices.items():
        shown.fix(key, value)
    assert shown.wait(60)
    truth = bound.domains(choices)
    for now in [*seen, shown.snapshot]:
        if dict(now.state.fixed) == choices:
            for key, values in truth.items():
                if key not in choices:
                    assert {str(v).lower() for v in values} <= {v.lower() for v in left(now, key)}
    for key, values in truth.items():
        if key not in choices:
            assert [str(v).lower() for v in values] == [
                v.lower() for v in left(shown.snapshot, key)
            ]
    for key in choices:
        others = {k: v for k, v in choices.items() if k != key}
        alone = bound.domains(others)[key]
        assert [str(v).lower() for v in alone] == [v.lower() for v in left(shown.snapshot, key)]


def test_undo_redo_reset() -> None:
    shown = session()
    shown.fix("n", 7)
    shown.set("room", 30)
    shown.toggle("even")
    assert shown.wait(60)
    assert shown.code == 'p = spec.bind(room=30).fixed({"n": 7}).without("even")'
    for step in ('p = spec.bind(room=30).fixed({"n": 7})', 'p = spec.bind().fixed({"n": 7})'):
        shown.undo()
        assert shown.wait(60) and shown.code == step
    assert left(shown.snapshot, "m") == ["1", "2"]
    shown.redo()
    assert shown.wait(60) and left(shown.snapshot, "m") == ["1", "2", "3", "4"]
    shown.reset()
    assert shown.wait(60) and shown.code == "p = spec.bind()"
    shown.undo()
    assert shown.wait(60) and shown.code == 'p = spec.bind(room=30).fixed({"n": 7})'
    assert shown.snapshot.can_undo and shown.snapshot.can_redo


def test_code_recreates_the_state() -> None:
    shown = session()
    shown.set("slow", "12.5 ms")
    shown.fix("n", 2)
    shown.fix("deep", True)
    shown.toggle("fits")
    assert shown.wait(60)
    spec, space = aw.loads(TEXT), dict[str, Any]()
    exec(shown.code, {"spec": spec}, space)
    assert space["p"].count() == shown.snapshot.count == shown.bound.count() == 9 * 4
    again = Session(spec.bind(slow="12.5 ms"), {"n": 2, "deep": True}, ["fits"])
    assert again.wait(60) and again.code == shown.code


def test_complete_fixes_the_best() -> None:
    shown = session()
    shown.fix("m", 5)
    assert shown.wait(60)
    now = shown.complete()
    assert dict(now.state.fixed) == {"n": 4, "m": 5, "deep": False}
    shown.undo()
    assert dict(shown.snapshot.state.fixed) == {"m": 5}
    shown.fix("m", 6)
    shown.complete(seconds=60)  # asked for before it is known
    assert shown.wait(60)
    assert shown.snapshot.state.fixed["n"] == 3


def test_inputs_that_are_refused_leave_everything_as_it_was() -> None:
    shown = session()
    for name, value, said in [
        ("room", 400, "its domain is 1 .. 100"),
        ("slow", "7 KiB", "measured in seconds"),
        ("slow", "soon", "slow"),
        ("room", "many", "room"),
    ]:
        now = shown.set(name, value)
        assert now.refused is not None and now.refused.name == name
        assert said in now.refused.message
        assert not now.can_undo and shown.code == "p = spec.bind()"
    assert shown.fix("n", 12).refused is not None
    assert shown.fix("nobody", 12).refused is not None
    assert shown.toggle("nothing").refused is not None
    assert shown.place("n", "x") is None and shown.place("n", "3") == 2
    assert shown.fix("n", 3).refused is None


def test_nothing_fits_is_explained_with_repairs_that_apply() -> None:
    shown = session()
    shown.fix("n", 9)
    shown.set("room", 8)
    assert shown.wait(60)
    now = shown.snapshot
    assert now.infeasible and now.count == 0 and now.why is not None
    assert now.why.sentence == "nothing fits: `fits` does not allow it"
    assert now.why.members[0].reason == "9 by 1 .. 9 is <b>over</b> 8"
    buttons = [a for _, actions in now.why.repairs or () for a in actions]
    assert {(a.act, a.name, a.value) for a in buttons} >= {
        ("set", "room", "9"),
        ("toggle", "fits", ""),
        ("fix", "n", "8"),
        ("release", "n", ""),
    }
    for button in buttons:
        shown.apply(button)
        assert shown.wait(60) and not shown.snapshot.infeasible, button
        shown.undo()
        assert shown.wait(60) and shown.snapshot.infeasible


def test_a_repair_also_fixes_what_it_was_asked_for() -> None:
    shown = session()
    shown.fix("n", 7)
    told = shown.explain("m", 5)
    assert told.sentence == "m = 5 is impossible: `fits` does not allow it"
    assert told.short.endswith("fits: 7 by 5 is <b>over</b> 20")
    (change, (action,)), *_ = told.repairs or ()
    assert change == "set room >= 35"
    shown.apply(action, {"m": 5})
    assert shown.wait(60)
    assert shown.code == 'p = spec.bind(room=35).fixed({"n": 7, "m": 5})'
    shown.undo()
    assert shown.code == 'p = spec.bind().fixed({"n": 7})'
    assert shown.explain("m", 2).sentence == "m = 2 is possible"


def test_reasons_come_beside_the_kernel_and_the_newest_wins() -> None:
    shown = session()
    shown.fix("n", 7)
    told: list[str] = []
    done = threading.Event()
    shown.ask_why("m", 5, False, lambda why: told.append(why.sentence))
    shown.ask_why("m", 6, True, lambda why: (told.append(why.sentence), why.repairs and done.set()))
    assert done.wait(60)
    assert told[-1] == "m = 6 is impossible: `fits` does not allow it"


def test_conditional_choices() -> None:
    shown = session()
    now = shown.fix("deep", False)
    assert not now.choices[now.layout.places["k[1]"]].active
    now = shown.undo()
    assert now.choices[now.layout.places["k[1]"]].active
    now = shown.fix("k[1]", 3)  # fixing it makes it a choice
    assert left(now, "deep") == ["true"] and left(now, "k[2]") == ["2"]


def test_a_family_is_fixed_as_a_whole_where_it_is_active() -> None:
    bound = aw.loads(TEXT.replace("== 5", "== 4")).bind()
    shown = Session(bound, {"k": 2})
    assert shown.wait(60)
    assert shown.snapshot.count == bound.count({"k": 2})
    assert left(shown.snapshot, "k[1]") == ["2"] and left(shown.snapshot, "deep") == [
        "false",
        "true",
    ]
    shown.release("k[1]")
    assert shown.wait(60) and shown.snapshot.count == bound.count()


def test_what_does_not_exist_under_a_parameter_is_set_aside() -> None:
    shown = Session(aw.load(SPECS / "pipeline.arch").bind(), {"device[12]": 4})
    shown.set("devices", 3)
    assert shown.wait(60)
    assert shown.snapshot.unwound == ("device[12]",) and shown.snapshot.count
    shown.set("devices", 4)
    assert shown.wait(60)
    assert shown.snapshot.unwound == ()
    assert shown.snapshot.state.fixed == {"device[12]": 4}


def test_long_domains_are_told_by_intervals() -> None:
    shown = session(
        "arch 1\nspace s { a: 1 .. 1_000_000\n b: 1 .. 3 }\nrequire far: a >= 1000 * b\n"
    )
    now = shown.fix("b", 2)
    state = now.choices[now.layout.places["a"]]
    assert state.marks == "" and state.spans == ((1999, 999_999),)
    assert shown.excluded("a", 0) and not shown.excluded("a", 1999)
    assert shown.place("a", "250_000") == 249_999
    assert left(shown.fix("a", 1500), "b") == ["1"]


def test_a_long_question_is_cancelled_and_what_is_known_stays() -> None:
    hard = """arch 1
space s { a: 1 .. 1_000_000
 b: 1 .. 1_000_000
 c: 1 .. 1_000_000
 d: 1 .. 3 }
require odd: (a * b + c) % 7 == 3
"""
    shown = Session(aw.loads(hard).bind())
    shown.fix("d", 2)
    shown.cancel()
    assert shown.wait(20)
    assert shown.snapshot.busy == "" and shown.snapshot.state.fixed == {"d": 2}
    shown.undo()
    shown.cancel()
    assert shown.wait(20)


def test_two_explorers_on_one_spec_do_not_meet() -> None:
    bound = aw.loads(TEXT).bind()
    first, second = Session(bound), Session(bound)
    threads = [
        threading.Thread(target=lambda s=s, n=n: [s.fix("n", n), s.fix("deep", n < 5)])
        for s, n in ((first, 3), (second, 8))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert first.wait(60) and second.wait(60)
    assert first.snapshot.count == bound.count({"n": 3, "deep": True})
    assert second.snapshot.count == bound.count({"n": 8, "deep": False})


def test_many_threads_click_at_once() -> None:
    shown = session()
    threads = [
        threading.Thread(target=lambda i=i: [shown.fix("n", i), shown.undo(), shown.fix("m", 1)])
        for i in range(1, 9)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert shown.wait(60)
    assert shown.snapshot.count == shown.bound.count()


def test_a_file_that_changed_is_told(tmp_path: Path) -> None:
    file = tmp_path / "s.arch"
    file.write_text(TEXT)
    shown = Session(aw.load(file).bind())
    assert shown.wait(60) and not shown.snapshot.changed_on_disk
    file.write_text(TEXT.replace("1 .. 9", "1 .. 5"))
    now = shown.fix("n", 9)
    assert now.changed_on_disk and now.choices[now.layout.places["n"]].fixed == 8


def test_a_parameter_that_leaves_no_lowering_is_taken_back(tmp_path: Path) -> None:
    text = "arch 1\nparam n: 1 .. 9 = 6\nspace s { a: divisors(n - 3) }\n"
    shown = session(text)
    shown.set("n", 3)
    assert shown.wait(60)
    now = shown.snapshot
    assert now.refused is not None and now.refused.name == "n"
    assert shown.code == "p = spec.bind()" and not now.can_redo
    shown.set("n", 9)
    assert shown.wait(60) and shown.snapshot.count == 4


def test_numbers_and_intervals() -> None:
    assert large(7440174) == "7 440 174"
    assert large(17195588619657660482) == "1.719e19"
    assert large(9_999 * 10**15) == "9.999e18"
    assert list(spans_of("xoopxxo")) == [(1, 3), (6, 6)]


GIVEN = """arch 1
table cost(k, fast) -> (time: us, weight) given
param cap: 1 us .. 100 us step 1 us = 20 us
space s { k: {1, 3, 5}
 fast: bool }
require ok: cost[k, fast].time <= cap because "takes {cost[k, fast].time}"
minimize cost[k, fast].weight as weight
"""
ROWS = [
    {"k": k, "fast": fast, "time": f"{4 * k + 3 * (not fast)} us", "weight": 10 - k}
    for k in (1, 3, 5)
    for fast in (True, False)
]


def test_given_tables_are_edited_cell_by_cell() -> None:
    spec = aw.loads(GIVEN)
    shown = Session(spec.bind(tables={"cost": ROWS}))
    assert shown.wait(60) and shown.snapshot.count == 5
    now = shown.edit("cost", 0, 2, "0.09 ms")
    assert shown.wait(60)
    now = shown.snapshot
    assert now.count == 4 and str(now.state.tables["cost"][0][2]) == "90 us"
    space = dict[str, Any]()
    exec(shown.code, {"spec": spec}, space)
    assert space["p"].count() == 4
    assert shown.edit("cost", 0, 2, "soon").refused is not None
    assert shown.snapshot.state.tables == now.state.tables
    shown.set("cap", "100 us")
    assert shown.wait(60) and shown.snapshot.count == shown.bound.count() == 6
    shown.edit("cost", 0, 2, "4 us")
    assert shown.wait(60) and shown.snapshot.state.tables == {}
    shown.undo()
    shown.undo()
    shown.undo()
    assert shown.wait(60) and shown.snapshot.count == 5
