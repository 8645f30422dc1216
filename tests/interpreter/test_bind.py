"""Binding: what Python may pass, and what is said when it does not fit."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from archwright.dsl.diagnostics import ArchError, Diagnostic
from archwright.dsl.load import load, loads
from archwright.dsl.slugs import SLUGS
from archwright.dsl.units import parse_quantity
from archwright.interpreter.bind import bind
from archwright.interpreter.bound import Bound, Deferred
from archwright.interpreter.evaluate import Evaluation

PARAMETERS = """
enum Float { bf16, fp16 }
param frame: 50 ms .. 2 s step 50 ms = 400 ms
param batch: {8, 16, 32} = 8
param share: 0 .. 1 step 0.25 = 0.5
param dtype: Float = bf16
param fused: bool = false
param half:  1 .. batch / 2 = batch / 4
let used = frame / 1 s + batch + share + half + (if fused and dtype == fp16 then 1 else 0)
"""


def bound(text: str, parameters: dict[str, object] | None = None, **inputs: object) -> Bound:
    return bind(loads("arch 1\n" + text), parameters or {}, **inputs)  # type: ignore[arg-type]


def mistakes(
    text: str, parameters: dict[str, object] | None = None, **inputs: object
) -> list[Diagnostic]:
    with pytest.raises(ArchError) as caught:
        bound(text, parameters, **inputs)
    assert {d.slug for d in caught.value.diagnostics} <= SLUGS.keys()
    return list(caught.value.diagnostics)


def mistake(text: str, parameters: dict[str, object] | None = None, **inputs: object) -> Diagnostic:
    (only,) = mistakes(text, parameters, **inputs)
    return only


# ------------------------------------------------------------------------------------- parameters


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("frame", "250 ms", Fraction(1, 4)),
        ("frame", parse_quantity("1 s"), 1),
        ("batch", 16, 16),
        ("batch", "16", 16),
        ("batch", np.int64(32), 32),
        ("share", 0.25, Fraction(1, 4)),
        ("share", Decimal("0.75"), Fraction(3, 4)),
        ("share", Fraction(1, 2), Fraction(1, 2)),
        ("share", "1", 1),
        ("fused", True, True),
        ("fused", "true", True),
        ("fused", np.bool_(False), False),
    ],
)
def test_values_from_python(name: str, raw: object, value: object) -> None:
    assert bound(PARAMETERS, {name: raw}).parameters[name] == value


def test_enumerators_by_name() -> None:
    for raw in ("fp16", "Float.fp16", bound(PARAMETERS, {"dtype": "fp16"}).parameters["dtype"]):
        assert str(bound(PARAMETERS, {"dtype": raw}).parameters["dtype"]) == "fp16"


def test_domains_and_defaults_use_other_parameters() -> None:
    assert bound(PARAMETERS).parameters["half"] == 2
    assert bound(PARAMETERS, {"batch": 32}).parameters["half"] == 8
    told = mistake(PARAMETERS, {"half": 5})
    assert told.message == "`half` cannot be 5: its domain is 1 .. batch / 2"
    assert [f.text for f in told.fixes] == ["`half = 4`, which is the nearest"]


@pytest.mark.parametrize(
    ("parameters", "slug", "message", "fix"),
    [
        ({"frame": "2100 ms"}, "out-of-domain",
         "`frame` cannot be 2.1 s: its domain is 50 ms .. 2 s step 50 ms",
         "`frame = 2 s`, which is the nearest"),
        ({"frame": "260 ms"}, "out-of-domain",
         "`frame` cannot be 260 ms: its domain is 50 ms .. 2 s step 50 ms",
         "`frame = 250 ms`, which is the nearest"),
        ({"batch": 20}, "out-of-domain",
         "`batch` cannot be 20: its domain is {8, 16, 32}", "`batch = 16`, which is the nearest"),
        ({"frame": 250}, "unit-mismatch",
         "`frame` is measured in seconds; 250 has no unit", None),
        ({"frame": "3 KiB"}, "unit-mismatch",
         "`frame` is measured in seconds, 3 KiB in bytes", None),
        ({"batch": "8 ms"}, "unit-mismatch", "`batch` is a plain number; 8 ms has a unit", None),
        ({"batch": "ten"}, "bad-value", "`batch`: `ten` is no quantity; expected a number and "
         "perhaps a unit, such as `250 ms`", None),
        ({"batch": True}, "bad-value", "`batch` is a number; True is not", None),
        ({"batch": None}, "bad-value", "`batch` is a number; None is not", None),
        ({"share": float("nan")}, "bad-value", "`share` is a number; nan is not", None),
        ({"fused": 1}, "bad-value", "`fused` is true or false; 1 is not", None),
        ({"dtype": "fp61"}, "bad-value", "`dtype` is one of bf16, fp16; 'fp61' is not",
         "did you mean `dtype = fp16`?"),
        ({"bacth": 8}, "unknown-parameter", "the spec has no parameter called `bacth`",
         "did you mean `batch`?"),
    ],
)  # fmt: skip
def test_parameters_that_do_not_fit(
    parameters: dict[str, object], slug: str, message: str, fix: str | None
) -> None:
    told = mistake(PARAMETERS, parameters)
    assert (told.slug, told.message) == (slug, message)
    assert [f.text for f in told.fixes] == ([] if fix is None else [fix])


def test_all_mistakes_are_told_at_once() -> None:
    told = mistakes(PARAMETERS, {"batch": 20, "frame": 3, "other": 1})
    assert {d.slug for d in told} == {"out-of-domain", "unit-mismatch", "unknown-parameter"}


def test_a_parameter_without_default_must_be_bound() -> None:
    text = "param n: 1 .. 4\nlet m = n"
    told = mistake(text)
    assert (told.slug, told.span is not None) == ("missing-parameter", True)
    assert bound(text, {"n": 3}).parameters == {"n": 3}


def test_an_exact_of_parameters_is_told_when_bound() -> None:
    text = "param n: 1 .. 9 = 4\nlet half = exact(n / 2)"
    assert bound(text).parameters["n"] == 4
    told = mistake(text, {"n": 7})
    assert told.slug == "uneven-division"
    assert told.message == "`exact(n / 2)` is 7/2, which is not whole"


# ---------------------------------------------------------------------------------------- imports


def test_imports_with_constants_and_with_choices(tmp_path: Path) -> None:
    (tmp_path / "inner.arch").write_text(
        "arch 1\nparam a: 1 .. 8 = 1\nparam b: {2, 4} = 2\nspace s { x: 1 .. 3 }\n"
        "let total = a + b + x\nrequire small: total <= 6\n"
    )
    text = (
        'arch 1\nimport "inner.arch" as t with {{ a = {a}, b = wide }}\n'
        "param p: 1 .. 9 = 3\nspace s {{ wide: {{2, 4, 6}} }}\nmaximize t.total as total\n"
    )

    def outer(a: str) -> Bound:
        return bind(loads(text.format(a=a), folder=tmp_path))

    found = outer("p + 1")
    assert found.imports["t"].parameters["a"] == 4
    assert isinstance(found.imports["t"].parameters["b"], Deferred)
    assert found.imports["t"].outer is found
    choices = {"wide": Fraction(2), "t.x": Fraction(1)}
    assert Evaluation(found, choices).goal("total") == 4 + 2 + 1
    assert [str(c) for c in Evaluation(found, choices).holds("t.small")] == ["t.small"]
    assert not Evaluation(found, {"wide": Fraction(6), "t.x": Fraction(1)}).structure_ok()
    with pytest.raises(ArchError, match="`a` cannot be 9"):
        outer("p * 3")
    again = bind(loads(text.format(a="1"), folder=tmp_path), {"p": 5})
    assert again.parameters["p"] == 5


def test_parameters_of_imports_by_dotted_name() -> None:
    text = "import std.nn as nn\nnetwork n(x: tensor[1, 2, 2]) { return nn.conv(x, out = 1) }\n"
    found = bound(text, {"nn.weight_bits": 8})
    assert found.imports["nn"].parameters["weight_bits"] == 8
    assert mistake(text, {"nn.weight_bit": 8}).slug == "unknown-parameter"


# --------------------------------------------------------------------------------------- hardware

GPU = """
import std.gpu as gpu
hardware card is gpu.h100 { memory = 90 GB }
let sms = card.sms
let ridge = card.ridge * 1 B / 1 FLOP
let memory = card.memory
"""


def test_records_inherit_override_and_derive() -> None:
    card = bound(GPU).records["card"]
    assert card["sms"] == 132
    assert card["memory"] == 90 * 10**9 * 8
    assert card["smem_usable"] == Fraction(232_448 * 8) / Fraction(1024, 1000)
    assert card["ridge"] == Fraction(9894 * 10**11, 3350 * 10**9 * 8)
    assert list(card)[:3] == ["sms", "clock", "warp"]


@pytest.mark.parametrize("name", ["std.gpu.h200", "gpu.h200"])
def test_a_record_replaced_by_name(name: str) -> None:
    card = bound(GPU, {"card": name}).records["card"]
    assert card["memory"] == 141 * 10**9 * 8
    assert card["ridge"] == Fraction(9894 * 10**11, 4800 * 10**9 * 8)
    assert mistake(GPU, {"card": "std.gpu.h201"}).fixes[0].text == "did you mean `std.gpu.h200`?"


def test_a_record_replaced_by_an_importer(tmp_path: Path) -> None:
    (tmp_path / "inner.arch").write_text("arch 1" + GPU)
    text = (
        'arch 1\nimport std.gpu as gpu\nimport "inner.arch" as t with { card = gpu.h200 }\n'
        "let memory = t.memory\n"
    )
    found = bind(loads(text, folder=tmp_path))
    assert Evaluation(found, {}).value("memory") == 141 * 10**9 * 8


HOST = """
import std.cpu as cpu
hardware host is cpu.Cpu given
let room = host.usable_l2
let speed = host.l2 / host.bw_l2
"""


def test_given_records() -> None:
    fields: dict[str, object] = {
        "l2": "1280 KiB", "bw_l2": parse_quantity("64 GB/s"), "cores": 8, "clock": 3_000_000_000,
    }  # fmt: skip
    host = bound(HOST, hardware={"host": fields}).records["host"]
    assert host["usable_l2"] == 640 * 1024 * 8
    assert host["clock"] == 3 * 10**9
    assert "l3" not in host and "peak" not in host


@pytest.mark.parametrize(
    ("hardware", "slug", "message"),
    [
        (
            {},
            "missing-hardware",
            "the record `host` is `given` from outside, and nothing was given",
        ),
        ({"hots": {}}, "unknown-record", "the spec has no record called `hots`"),
        ({"host": {"l2": "1 MiB"}}, "missing-field", "the record `host` has no value for `bw_l2`"),
        ({"host": {"l2": "1 ms", "bw_l2": "1 GB/s"}}, "unit-mismatch",
         "`host.l2` is measured in bytes, 1 ms in seconds"),
        ({"host": {"L2": "1 MiB"}}, "unknown-field", "the spec has no field called `L2`"),
        ({"host": 3}, "bad-value",
         "the record `host` needs a mapping from fields to values, not int"),
    ],
)  # fmt: skip
def test_hardware_that_does_not_fit(hardware: dict[str, object], slug: str, message: str) -> None:
    told = mistakes(HOST, hardware=hardware)
    assert (slug, message) in [(d.slug, d.message) for d in told]


def test_a_bare_number_is_shown_with_the_unit_it_lacks() -> None:
    (told,) = mistakes(HOST, hardware={"host": {"l2": "3", "bw_l2": "1 GB/s"}})
    assert told.message == "`host.l2` is measured in bytes; 3 has no unit"
    assert told.notes == ('write the unit, for instance "3 B"',)


def test_a_record_that_a_module_does_not_have() -> None:
    told = mistake("import std.gpu as gpu\nhardware card is gpu.h100 {}",
                   {"card": "std.gpu.h20"})  # fmt: skip
    assert told.slug == "unknown-record"
    assert told.message == "std.gpu has no record called `h20` that can stand for `card`"
    assert [f.text for f in told.fixes] == ["did you mean `std.gpu.h200`?"]


def test_tables_and_hardware_come_by_name() -> None:
    for inputs in ({"tables": [1, 2]}, {"hardware": "std.gpu.h100"}):
        with pytest.raises(TypeError, match="map names to data, as in"):
            bound(HOST, **inputs)


def test_every_spec_binds() -> None:
    for path in sorted((Path(__file__).parent.parent / "specs").glob("*.arch")):
        assert bind(load(path)).spec.source.name == str(path)
