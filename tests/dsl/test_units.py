"""Units, dimensions and the texts of quantities."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archwright.dsl.diagnostics import ArchError
from archwright.dsl.units import (
    CYCLE,
    ENERGY,
    FLOP,
    INFORMATION,
    MAC,
    PLAIN,
    TIME,
    UNITS,
    Dimension,
    Quantity,
    axis_scale,
    find_unit,
    format_alike,
    format_number,
    format_quantity,
    parse_quantity,
    similar_units,
    unit,
)


@pytest.mark.parametrize(
    ("text", "factor", "dimension"),
    [
        ("B", 8, INFORMATION),
        ("bit", 1, INFORMATION),
        ("KiB", 8 * 1024, INFORMATION),
        ("kB", 8000, INFORMATION),
        ("Tibit", 2**40, INFORMATION),
        ("MMACs", 10**6, MAC),
        ("GFLOP", 10**9, FLOP),
        ("Hz", 1, CYCLE / TIME),
        ("cycle/s", 1, CYCLE / TIME),
        ("MHz", 10**6, CYCLE / TIME),
        ("us", Fraction(1, 10**6), TIME),
        ("mW", Fraction(1, 1000), ENERGY / TIME),
        ("J/s", 1, ENERGY / TIME),
        ("GB/s", 8 * 10**9, INFORMATION / TIME),
        ("TFLOP/s", 10**12, FLOP / TIME),
        ("MAC/cycle", 1, MAC / CYCLE),
        ("FLOP/B", Fraction(1, 8), FLOP / INFORMATION),
        ("1/s", 1, PLAIN / TIME),
        ("1", 1, PLAIN),
        ("B/B", 1, PLAIN),
        ("s/cycle", 1, TIME / CYCLE),
    ],
)
def test_units(text: str, factor: Fraction, dimension: Dimension) -> None:
    assert unit(text) == (factor, dimension)


@pytest.mark.parametrize(
    "text", ["", "kb", "Kb", "KB", "m", "B/", "/s", "2", "B/s/s", "1/1", "sec"]
)
def test_unknown_units(text: str) -> None:
    assert find_unit(text) is None
    with pytest.raises(ArchError) as caught:
        unit(text)
    assert caught.value.diagnostics[0].slug == "unknown-unit"


def test_unknown_unit_suggests() -> None:
    with pytest.raises(ArchError, match=r"did you mean `kB`"):
        unit("kb")


def test_dimensions() -> None:
    assert (MAC / MAC).plain and not MAC.plain
    assert INFORMATION**2 / INFORMATION == INFORMATION
    texts = {
        PLAIN: "1",
        INFORMATION: "B",
        CYCLE / TIME: "Hz",
        ENERGY / TIME: "W",
        MAC / CYCLE: "MAC/cycle",
        PLAIN / TIME: "1/s",
        TIME**2: "s^2",
        ENERGY * TIME: "s*J",
        MAC / TIME / ENERGY: "MAC/s/J",
    }
    for dimension, text in texts.items():
        assert str(dimension) == text
    assert PLAIN.words == "a plain number"
    assert (INFORMATION.words, MAC.words) == ("bytes", "multiply-accumulates")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("320 KiB", "320 KiB"),
        ("5120 B", "5 KiB"),
        ("884736 B", "864 KiB"),
        ("433664 B", "423.5 KiB"),
        ("80 GB", "80 GB"),
        ("1000 B", "1 kB"),
        ("81265665 B", "81_265_665 B"),
        ("12 bit", "12 bit"),
        ("16 bit", "2 B"),
        ("351817376 MAC", "351_817_376 MAC"),
        ("50 MMAC", "50 MMAC"),
        ("9891 us", "9.891 ms"),
        ("92397 us", "92.397 ms"),
        ("23 us", "23 us"),
        ("0.023 ms", "23 us"),
        ("8172.864 us", "8.172864 ms"),
        ("400 ms", "400 ms"),
        ("1500 ms", "1.5 s"),
        ("1410 MHz", "1.41 GHz"),
        ("989.4 TFLOP/s", "989.4 TFLOP/s"),
        ("3350 GB/s", "3.35 TB/s"),
        ("2 MAC/cycle", "2 MAC/cycle"),
        ("67 1/s", "67 1/s"),
        ("0 KiB", "0 B"),
        ("-3 KiB", "-3 KiB"),
        ("30 cycles", "30 cycle"),
        ("4096", "4096"),
        ("1_000_000", "1_000_000"),
        ("0.125", "0.125"),
    ],
)
def test_texts(written: str, shown: str) -> None:
    assert str(parse_quantity(written)) == shown


def test_texts_of_ratios() -> None:
    assert format_quantity(Fraction(1, 3), TIME) == "~333.333 ms"
    assert format_quantity(Fraction(10**7, 3), MAC) == "~3.33333 MMAC"
    assert format_number(Fraction(2, 3)) == "2/3"
    assert format_number(Fraction(768, 5)) == "153.6"
    assert format_number(Fraction(10**40, 3)) == "~3.33333e39"
    assert format_number(Fraction(-1, 3 * 10**20)) == "~-3.33333e-21"
    assert format_number(Fraction(2_999_999_999, 1_000_000_007)) == "~3"


bases = st.sampled_from([PLAIN, INFORMATION, MAC, TIME, ENERGY / TIME, INFORMATION / TIME])


@given(st.fractions(max_denominator=10**9), bases)
def test_texts_are_exact_or_marked(value: Fraction, dimension: Dimension) -> None:
    text = format_quantity(value, dimension)
    number, _, name = text.partition(" ")
    factor, read = unit(name or "1")
    assert read == dimension
    shown = Fraction(number.lstrip("~").replace("_", "")) * factor
    if number.startswith("~"):
        assert abs(shown - value) <= abs(value) / 10**5
    else:
        assert shown == value
    assert len(number) <= 28 or "." not in number


@given(st.integers(-(10**12), 10**12), st.sampled_from(sorted(UNITS)))
def test_literals_come_back(value: int, name: str) -> None:
    quantity = parse_quantity(f"{value} {name}")
    assert quantity.to(name) == value
    assert parse_quantity(str(quantity)) == quantity


def test_values_below_one_another_share_a_unit() -> None:
    sizes = [Fraction(8 * n) for n in (403_648, 468_160, 1_074_368)]
    assert format_alike(sizes, INFORMATION) == ["403_648 B", "468_160 B", "1_074_368 B"]
    assert format_alike([Fraction(12), Fraction(8)], INFORMATION) == ["12 bit", "8 bit"]
    assert format_alike([Fraction(3, 2), Fraction(2)], TIME) == ["1.5 s", "2.0 s"]
    assert format_alike([Fraction(1, 3), Fraction(2)], TIME) == ["~333.333 ms", "2 s"]
    assert format_alike([], TIME) == []


def test_quantities_compare_and_convert() -> None:
    kib = parse_quantity("1 KiB")
    assert kib == parse_quantity("1024 B") == parse_quantity("8192bit")
    assert hash(kib) == hash(parse_quantity("1024 B"))
    assert kib > parse_quantity("1 kB") and kib >= 0 and kib != 1024
    assert int(kib) == 1024 and float(kib) == 1024.0 and kib.natural == 1024
    assert Quantity(Fraction(3)) == 3 and hash(Quantity(Fraction(3))) == hash(3)
    assert int(parse_quantity("2 s")) == 2
    with pytest.raises(ValueError, match="whole number of B"):
        int(parse_quantity("12 bit"))
    with pytest.raises(ValueError, match="whole number of s"):
        int(parse_quantity("250 ms"))
    with pytest.raises(TypeError):
        assert kib < parse_quantity("1 s")
    with pytest.raises(TypeError):
        assert kib < 5
    with pytest.raises(ArchError, match="measured in bytes"):
        kib.to("ms")


@pytest.mark.parametrize(
    ("written", "data"),
    [
        ("5 KiB", {"value": 5120, "unit": "B"}),
        ("9.891 ms", {"value": 9.891, "unit": "ms"}),
        ("2000 ms", {"value": 2, "unit": "s"}),
        ("12 bit", {"value": 12, "unit": "bit"}),
        ("64 GB/s", {"value": 64_000_000_000, "unit": "B/s"}),
        ("12345678901234567890", 12345678901234567890),
        ("0.5", 0.5),
    ],
)
def test_json(written: str, data: object) -> None:
    found = parse_quantity(written).to_json()
    assert found == data
    value = found["value"] if isinstance(found, dict) else found
    assert isinstance(value, int) or value != int(value)


@pytest.mark.parametrize("text", ["", "ms", "1e3 B", "3 4", "0x10", "½", "1..2 B", "nan", "٣ B"])
def test_no_quantities(text: str) -> None:
    with pytest.raises(ArchError) as caught:
        parse_quantity(text)
    assert caught.value.diagnostics[0].slug in ("not-a-quantity", "unknown-unit")


def test_bytes_and_bits_a_second_differ_by_their_letter() -> None:
    assert similar_units("GBps") == ["GB/s"]
    assert similar_units("Gbps") == ["Gbit/s"]


@pytest.mark.parametrize(
    ("values", "name"),
    [
        (["1 ms", "30 ms"], "ms"),
        (["300 us", "2 s"], "s"),
        (["0 s"], "s"),
        (["50_096 B"], "KiB"),
        (["3 B", "900 B"], "B"),
        (["342_282_368 MAC"], "MMAC"),
        (["64 GB/s"], "GB/s"),
        (["12"], ""),
    ],
)
def test_an_axis_has_one_unit(values: list[str], name: str) -> None:
    amounts = [parse_quantity(value) for value in values]
    assert axis_scale([a.value for a in amounts], amounts[0].dimension).name == name
