"""Tables: inline, from CSV and netCDF, from Python; and everything that can be wrong with them."""

from __future__ import annotations

import time
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given as given_by_hypothesis
from hypothesis import strategies as st

from archwright.dsl.diagnostics import ArchError, Diagnostic
from archwright.dsl.load import loads
from archwright.interpreter.bind import bind
from archwright.interpreter.bound import BoundTable
from archwright.interpreter.questions import Model
from archwright.interpreter.table_cells import Form, read_column
from archwright.interpreter.table_columns import Finder, whole

FILE = """arch 1
enum Kind { conv, pool }
table t(n, kind: Kind, big) -> (time: us, loss) from "t.csv"
space s { n: {1, 2}  big: bool }
let time = t[n, conv, big].time
"""
GIVEN = FILE.replace('from "t.csv"', "given")
CSV = """n, kind ,note,big,time,loss
1,conv,x,true,12,0.125
2,conv,"a, b",false,-3.5,1e-3
"""
ROWS = {(1, "conv", True): (Fraction(12, 10**6), Fraction(1, 8)),
        (2, "conv", False): (Fraction(-35, 10**7), Fraction(1, 1000))}  # fmt: skip


def read(tmp_path: Path, csv: str | bytes, text: str = FILE, **inputs: object) -> BoundTable:
    data = csv if isinstance(csv, bytes) else csv.encode()
    (tmp_path / "t.csv").write_bytes(data)
    return bind(loads(text, folder=tmp_path), **inputs).tables["t"]  # type: ignore[arg-type]


def plain(table: BoundTable) -> dict[tuple[object, ...], object]:
    return {(int(k[0]), str(k[1]), k[2]): v for k, v in table.rows.items()}  # type: ignore[arg-type]


def mistake(tmp_path: Path, csv: str | bytes, text: str = FILE, **inputs: object) -> Diagnostic:
    with pytest.raises(ArchError) as caught:
        read(tmp_path, csv, text, **inputs)
    (only,) = caught.value.diagnostics
    return only


def test_csv_by_header(tmp_path: Path) -> None:
    table = read(tmp_path, CSV)
    assert plain(table) == ROWS
    assert (table.key_names, table.value_names, table.partial) == (
        ("n", "kind", "big"), ("time", "loss"), False,
    )  # fmt: skip


def test_csv_with_mark_carriage_returns_and_blank_lines(tmp_path: Path) -> None:
    text = "\ufeff" + CSV.replace("\n", "\r\n") + "\r\n\r\n"
    assert plain(read(tmp_path, text)) == ROWS


@pytest.mark.parametrize(
    ("csv", "slug", "message"),
    [
        (CSV.replace("12", "fast"), "bad-cell",
         "row 2 of `t.csv`, column `time` of table `t` is `fast`; expected a number"),
        (CSV.replace("-3.5", ""), "bad-cell",
         "row 3 of `t.csv`, column `time` of table `t` is empty; expected a number"),
        (CSV.replace("2,conv", "2,lstm"), "bad-cell",
         "row 3 of `t.csv`, column `kind` of table `t` is `lstm`; expected one of conv, pool"),
        (CSV.replace("false", "7"), "bad-cell", "row 3 of `t.csv`, column `big` of table `t` is "
         "`7`; expected numbers only, or only true and false"),
        (CSV + "\n1,pool,x\n", "bad-cell",
         "row 5 of `t.csv` has 3 cells; table `t` needs column 6, `loss`"),
        (CSV + "1,conv,y,true,9,9\n", "duplicate-key",
         "table `t` has the key (n 1, kind conv, big true) twice, in row 2 of `t.csv` "
         "and row 4 of `t.csv`"),
        (CSV.replace("loss", "error"), "missing-column",
         "`t.csv` has no column `loss`, which table `t` declares"),
        ("", "missing-column", "`t.csv` has no column `n`, which table `t` declares"),
        (b"n,kind\n\xff\xfe", "not-text",
         "the file `t.csv` cannot be read: byte 7 is no UTF-8"),
        (CSV.encode("utf-16"), "not-text",
         "the file `t.csv` cannot be read: it is UTF-16; save it as UTF-8"),
        (CSV + '1,"conv', "not-text",
         "the file `t.csv` cannot be read: unexpected end of data"),
        (CSV.replace("12", "12 KiB"), "unit-mismatch", "row 2 of `t.csv`, column `time` of table "
         "`t` is `12 KiB`, but the column is declared in `us`"),
        (CSV.replace("12", "12 fortnight"), "unit-mismatch", "row 2 of `t.csv`, column `time` of "
         "table `t` is `12 fortnight`, but the column is declared in `us`"),
        (CSV.replace(",", ";"), "not-a-table",
         "`t.csv` has `;` between its cells; expected commas"),
        (CSV.replace("time", "time [KiB]"), "unit-mismatch",
         "column `time` of `t.csv` is in `KiB`; table `t` declares it in `us`"),
        (CSV.replace("loss", "loss (nats)"), "unit-mismatch", "column `loss` of `t.csv` is in "
         "`nats`, which is no unit of the language; table `t` declares it as a plain number"),
        (CSV.replace("kind", "kind [us]"), "unit-mismatch", "column `kind` of `t.csv` is in `us`; "
         "table `t` declares it to hold one of conv, pool"),
        (CSV.replace("note", "loss"), "not-a-table", "`t.csv` has 2 columns called `loss`"),
        (CSV.replace("12", "1e999"), "bad-cell",
         "row 2 of `t.csv`, column `time` of table `t` is `1e999`; expected a number"),
        (CSV.replace("12", "inf"), "bad-cell",
         "row 2 of `t.csv`, column `time` of table `t` is `inf`; expected a number"),
    ],
)  # fmt: skip
def test_files_that_do_not_fit(tmp_path: Path, csv: str | bytes, slug: str, message: str) -> None:
    told = mistake(tmp_path, csv)
    assert (told.slug, told.message) == (slug, message)
    assert told.span is not None


@pytest.mark.parametrize("note", ["x", '"x, y"', '"two\nlines"'])
def test_units_of_headers_and_cells_are_converted_exactly(tmp_path: Path, note: str) -> None:
    text = (
        CSV.replace("time", "time [ms]").replace("e,12,", "e,0.012,").replace("-3.5", "-3.5 us")
    ).replace("x", note)
    assert plain(read(tmp_path, text)) == ROWS


def test_blank_lines_cells_in_quotes_and_single_columns(tmp_path: Path) -> None:
    assert plain(read(tmp_path, CSV.replace("\n2", "\n\n\n2"))) == ROWS
    assert plain(read(tmp_path, CSV.replace("e,12", 'e,"12"'))) == ROWS
    told = mistake(tmp_path, CSV.replace("\n2", "\n\n\n2").replace("-3.5", "-"))
    assert told.message.startswith("row 5 of `t.csv`, column `time` of table `t` is `-`")
    assert len(read(tmp_path, CSV.splitlines()[0]).rows) == 0


def test_links_out_of_the_folder_and_large_files_are_refused(
    tmp_path: Path,
) -> None:
    (tmp_path / "secret.csv").write_text(CSV)
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "t.csv").symlink_to(tmp_path / "secret.csv")
    with pytest.raises(ArchError, match="path-outside"):
        bind(loads(FILE, folder=inner))
    (tmp_path / "t.csv").write_text(CSV)
    with pytest.raises(ArchError, match=r"file-too-large(.|\n)*--limit data="):
        bind(loads(FILE, folder=tmp_path, limits={"data": 10}))


NUMBERS = st.from_regex(r"[-+]?([0-9]{1,20}(\.[0-9]{0,20})?|\.[0-9]{1,9})(e[-+]?[0-9]{1,2})?",
                        fullmatch=True)  # fmt: skip


@given_by_hypothesis(st.lists(NUMBERS, min_size=1, max_size=30))
def test_texts_are_exact_numbers(cells: list[str]) -> None:
    factor = Fraction(3, 7)
    column = read_column(Form("x", "number", factor=factor), cells)
    assert [column.value(i) for i in range(len(cells))] == [Fraction(c) * factor for c in cells]


@pytest.mark.parametrize("kind", ["float64", "float32", "float16"])
def test_floats_are_the_decimals_that_they_print_as(kind: str) -> None:
    numpy = pytest.importorskip("numpy")
    drawn = numpy.random.default_rng(0)
    floats = [*drawn.random(200), *drawn.integers(-9999, 9999, 200) / 1000, 0.1, 1e-7, -0.0, 60000]
    column = read_column(Form("x", "number"), numpy.array(floats, kind))
    for row, number in enumerate(numpy.array(floats, kind)):
        assert column.value(row) == Fraction(str(number))


@given_by_hypothesis(st.lists(st.tuples(*[st.integers(-3, 3) | st.integers()] * 3), max_size=20))
def test_rows_are_found_by_some_of_their_keys(rows: list[tuple[int, ...]]) -> None:
    columns = [whole([row[i] for row in rows]) for i in range(3)]
    for places in ((0,), (2, 1), (0, 1, 2)):
        finder = Finder([columns[i] for i in places])
        parts = [tuple(row[i] for i in places) for row in rows]
        for part in [*parts, tuple([99] * len(places))]:
            expected = [i for i, other in enumerate(parts) if other == part]
            assert finder.rows(part).tolist() == expected
        later = [i for i, part in enumerate(parts) if part in parts[:i]]
        first = None if not later else (parts.index(parts[later[0]]), later[0])
        assert finder.repeated() == first


def test_files_that_are_not_there(tmp_path: Path) -> None:
    told = mistake(tmp_path, CSV, FILE.replace("t.csv", "u.csv"))
    assert (told.slug, told.message) == ("file-not-found", "the file `u.csv` does not exist")
    told = mistake(tmp_path, CSV, FILE.replace("t.csv", "../t.csv"))
    assert told.slug == "path-outside"
    (tmp_path / "inner").mkdir()
    (tmp_path / "t.csv").write_text(CSV)
    spec = loads(FILE.replace("t.csv", "../t.csv"), folder=tmp_path / "inner")
    assert plain(bind(spec, trust_paths=True).tables["t"]) == ROWS
    with pytest.raises(ArchError, match="this text lies in no folder"):
        bind(loads(FILE))


def test_a_spreadsheet_is_no_csv(tmp_path: Path) -> None:
    (tmp_path / "t.XLSX").write_bytes(b"PK")
    told = mistake(tmp_path, CSV, FILE.replace("t.csv", "t.XLSX"))
    assert (told.slug, told.message) == (
        "not-a-table",
        "the file `t.XLSX` is a spreadsheet; tables are read from CSV, netCDF, zarr and parquet",
    )


def test_many_rows_read_quickly_and_too_many_are_refused_quickly(tmp_path: Path) -> None:
    text = """arch 1
    table t(a, b) -> (time: us) from "t.csv"
    space s { a: 1 .. 1000 }
    minimize t[a, 1].time as time
    """
    rows = "".join(f"{a},{b},{a * b}\n" for a in range(1, 1001) for b in range(1, 501))
    start = time.process_time()
    assert len(read(tmp_path, "a,b,time\n" + rows, text).rows) == 500_000
    assert time.process_time() - start < 5
    start = time.process_time()
    told = mistake(tmp_path, "a,b,time\n" + "1,2,3\n" * 10_000_000, text)
    assert (told.slug, told.message) == (
        "too-many-rows",
        "`t.csv` has more than 2_000_000 rows, the most that table `t` may have",
    )
    assert time.process_time() - start < 2


# ----------------------------------------------------------------------------------------- inline


def test_inline_cells() -> None:
    text = """arch 1
    enum Kind { conv, pool }
    table t(n: KiB, kind) -> (time: us, on, x) {
      1, conv -> 2.5, true, -3
      2, pool -> 3 ms, false, 0.5
    }
    space s { n: {1, 2} }
    let time = t[n * 1 KiB, conv].time
    """
    rows = bind(loads(text)).tables["t"].rows
    assert [(k[0], str(k[1]), v) for k, v in rows.items()] == [
        (8192, "conv", (Fraction(25, 10**7), True, -3)),
        (16384, "pool", (Fraction(3, 1000), False, Fraction(1, 2))),
    ]


# ------------------------------------------------------------------------------------ from Python


def given(data: object) -> dict[tuple[object, ...], object]:
    return plain(bind(loads(GIVEN), tables={"t": data}).tables["t"])


def test_given_by_python() -> None:
    pandas = pytest.importorskip("pandas")
    columns = {
        "n": [1, 2], "kind": ["conv", "conv"], "big": [True, False],
        "time": [12, -3.5], "loss": [0.125, "0.001"], "other": [0, 0],
    }  # fmt: skip
    assert given(columns) == ROWS
    assert given(pandas.DataFrame(columns)) == ROWS
    frame = pandas.DataFrame(columns)
    assert given(frame.set_index(["n", "kind"])) == ROWS
    assert given(frame.astype({"kind": "category", "n": "Int64"})) == ROWS
    assert given(frame.drop(columns="time").assign(**{"time [ms]": [0.012, -0.0035]})) == ROWS
    frame["time"] /= 1000
    frame.attrs["units"] = {"time": "ms"}
    assert given(frame) == ROWS
    frame.attrs["units"] = {"tme": "ms"}
    with pytest.raises(ArchError, match="`tme`, which is no column; did you mean `time`"):
        given(frame)
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    assert given(rows) == ROWS
    assert given({(1, "conv", True): (12, 0.125), (2, "conv", False): (-3.5, 0.001)}) == ROWS
    assert given({(1, "conv", True): {"time": 12, "loss": 0.125},
                  (2, "conv", False): {"time": -3.5, "loss": 0.001}}) == ROWS  # fmt: skip


@pytest.mark.parametrize(
    ("data", "slug", "message"),
    [
        (7, "not-a-table", "the data given for `t` is no table of (n, kind, big) to (time, loss)"),
        ([1, 2], "not-a-table",
         "the data given for `t` is no table of (n, kind, big) to (time, loss)"),
        ({(1, "conv"): 3}, "not-a-table", "the data given for `t` is no table of (n, kind, big) to "
         "(time, loss): the entry (1, 'conv') has the wrong length"),
        ({"n": [1], "kind": []}, "missing-column",
         "the data given for `t` has no column `big`, which table `t` declares"),
        ({(1, "conv", True): ("x", 1)}, "bad-cell",
         "row 1 of the data given for `t`, column `time` of table `t` is `x`; expected a number"),
    ],
)  # fmt: skip
def test_data_that_does_not_fit(data: object, slug: str, message: str) -> None:
    with pytest.raises(ArchError) as caught:
        given(data)
    (only,) = caught.value.diagnostics
    assert (only.slug, only.message) == (slug, message)


def test_nothing_given_and_given_to_nothing() -> None:
    with pytest.raises(ArchError, match="missing-table: the table `t` is `given` from outside"):
        bind(loads(GIVEN))
    with pytest.raises(ArchError, match="unknown-table: the spec has no table called `u`"):
        bind(loads(GIVEN), tables={"t": {}, "u": {}})


def test_any_table_may_be_replaced(tmp_path: Path) -> None:
    table = read(tmp_path, CSV, tables={"t": {(1, "pool", True): (5, 1)}})
    assert list(plain(table)) == [(1, "pool", True)]


# ------------------------------------------------------------------------------------------ arrays

ARRAY = """arch 1
table t(res, k) -> (time: us) given
space s { res: {96, 128} }
let time = t[res, 3].time
"""


def test_datasets_have_keys_as_dimensions_and_state_their_units(tmp_path: Path) -> None:
    xarray = pytest.importorskip("xarray")
    data = xarray.Dataset(
        {"time": (("k", "res"), [[0.5, 1.0], [2.0, float("nan")]], {"units": "ms"})},
        coords={"k": [3, 5], "res": [96, 128]},
    )
    expected = {(96, 3): (Fraction(5, 10**4),), (128, 3): (Fraction(1, 1000),),
                (96, 5): (Fraction(2, 1000),)}  # fmt: skip
    assert bind(loads(ARRAY), tables={"t": data}).tables["t"].rows == expected
    data["time"].attrs["units"] = "KiB"
    with pytest.raises(ArchError, match="unit-mismatch: column `time` of the data given"):
        bind(loads(ARRAY), tables={"t": data})
    with pytest.raises(ArchError, match="missing-column"):
        bind(loads(ARRAY), tables={"t": data.rename(time="latency")})
    pytest.importorskip("netCDF4")
    data["time"].attrs["units"] = "ms"
    data.to_netcdf(tmp_path / "t.nc")
    text = ARRAY.replace("given", 'from "t.nc"')
    assert bind(loads(text, folder=tmp_path)).tables["t"].rows == expected
    (tmp_path / "t.nc").write_bytes(b"no such thing")
    with pytest.raises(ArchError, match=r"not-text: the file `t\.nc` .*: it is no netCDF file \("):
        bind(loads(text, folder=tmp_path))


@pytest.mark.parametrize("kind", ["datetime64[ns]", "timedelta64[ns]"])
def test_dates_and_decoded_durations_are_no_numbers(tmp_path: Path, kind: str) -> None:
    """`tolist` would make nanoseconds of them, and those bare numbers in the column's unit."""
    xarray = pytest.importorskip("xarray")
    numpy = pytest.importorskip("numpy")
    times = numpy.array([[3, 4]]).astype(kind)
    data = xarray.Dataset({"time": (("k", "res"), times)}, coords={"k": [3], "res": [96, 128]})
    with pytest.raises(ArchError, match=r"bad-cell: the entry .*; expected a number"):
        bind(loads(ARRAY), tables={"t": data})
    pytest.importorskip("netCDF4")
    data.to_netcdf(tmp_path / "t.nc")  # with units such as `days since 1970-01-01`
    with pytest.raises(ArchError, match=r"unit-mismatch: .*no unit of the language"):
        bind(loads(ARRAY.replace("given", 'from "t.nc"'), folder=tmp_path))


def test_series_arrays_and_records() -> None:
    numpy, pandas = pytest.importorskip("numpy"), pytest.importorskip("pandas")
    expected = {(96, 3): (Fraction(1, 2 * 10**6),), (128, 5): (Fraction(2, 10**6),)}
    frame = pandas.DataFrame({"res": [96, 128], "k": [3, 5], "time": [0.5, 2]})
    series = frame.set_index(["res", "k"])["time"]
    for data in (
        series,
        series.rename(None),
        frame.to_records(index=False),
        numpy.array([(96, 3, 0.5), (128, 5, 2)], [("res", "i2"), ("k", "u8"), ("time", "f4")]),
        pytest.importorskip("xarray").Dataset.from_dataframe(frame),
        series.to_xarray(),
        series.to_xarray().rename(None),
    ):
        assert bind(loads(ARRAY), tables={"t": data}).tables["t"].rows == expected


def test_what_frames_and_datasets_lack_is_told_by_row() -> None:
    pandas, xarray = pytest.importorskip("pandas"), pytest.importorskip("xarray")

    def told(data: object) -> str:
        with pytest.raises(ArchError) as caught:
            bind(loads(ARRAY), tables={"t": data})
        (only,) = caught.value.diagnostics
        return f"{only.slug}: {only.message}"

    frame = pandas.DataFrame({"res": [96, 128], "k": [3, 5], "time": [0.5, None]})
    where = "row 2 of the data given for `t`"
    assert told(frame) == (
        f"bad-cell: {where}, column `time` of table `t` is empty; expected a number"
    )
    assert told(frame.assign(time=[1, float("inf")])) == (
        f"bad-cell: {where}, column `time` of table `t` is `inf`; expected a number"
    )
    assert told(frame.assign(k=["a", "3 us"], time=1)).startswith("bad-cell: row 1 of")
    assert told(frame.assign(k=[3, "3 us"], time=1)) == (
        f"unit-mismatch: {where}, column `k` of table `t` is `3 us`, "
        "but the column is declared as a plain number"
    )
    grid = xarray.Dataset({"time": (("res", "k"), [["x"]])}, {"res": [96], "k": [3]})
    assert told(grid) == "bad-cell: the entry (res 96, k 3) of the data given for `t`, column " \
        "`time` of table `t` is `x`; expected a number"  # fmt: skip
    nameless = xarray.Dataset({"time": (("res", "i"), [[1, 2]])}, {"res": [96], "k": 3})
    assert told(nameless) == "missing-column: the data given for `t` has no column `k`, which " \
        "table `t` declares"  # fmt: skip


def test_parquet_where_its_packages_are(tmp_path: Path) -> None:
    text = ARRAY.replace("given", 'from "t.parquet"')
    (tmp_path / "t.parquet").write_bytes(b"")
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        why = "parquet needs the package pyarrow, which is not installed"
        with pytest.raises(ArchError, match=f"not-text: the file `t.parquet` .*: {why}"):
            bind(loads(text, folder=tmp_path))
    else:
        import pandas

        frame = pandas.DataFrame({"res": [96], "k": [3], "time": [0.5]})
        frame.to_parquet(tmp_path / "t.parquet")
        rows = bind(loads(text, folder=tmp_path)).tables["t"].rows
        assert rows == {(96, 3): (Fraction(1, 2 * 10**6),)}


def test_a_large_table_is_lowered_as_it_is_evaluated(tmp_path: Path) -> None:
    numpy = pytest.importorskip("numpy")
    text = """arch 1
    table t(a, b) -> (time: us, fine: bool) given
    space s { a: 1 .. 100  b: 1 .. 100 }
    require ok: t[a, b].fine
    minimize t[a, b].time + t[7, b].time as time
    """
    drawn = numpy.random.default_rng(0)
    a, b = numpy.divmod(numpy.arange(10_000), 100)
    times, fine = drawn.integers(1, 10**6, 10_000) / 8, drawn.random(10_000) < 0.5
    data = {"a": a + 1, "b": b + 1, "time": times, "fine": fine}
    bound = bind(loads(text), tables={"t": data})
    total = times + numpy.tile(times[600:700], 100)
    answer = Model(bound).solve()
    assert answer.goals["time"].value * 10**6 == Fraction(total[fine].min())
    assert Model(bound).count() == fine.sum()
    some = {name: column[times > 1000] for name, column in data.items()}
    with pytest.raises(ArchError, match="missing-row") as caught:
        Model(bind(loads(text), tables={"t": some})).count()
    (only,) = caught.value.diagnostics
    gone = numpy.flatnonzero(times <= 1000)
    assert only.notes[0].startswith(f"{len(gone)} of 10000 needed rows are missing")
    assert f"(a {a[gone[0]] + 1}, b {b[gone[0]] + 1})" in only.message
    partial = loads(text.replace("given", "given partial"))
    there = fine & (times > 1000) & numpy.isin(b, b[(a == 6) & (times > 1000)])
    assert Model(bind(partial, tables={"t": some})).count() == there.sum()


def test_the_limit_counts_for_python_too() -> None:
    rows = {"res": [1, 2, 3, 4], "k": [1] * 4, "time": [0] * 4}
    with pytest.raises(ArchError, match=r"too-many-rows(.|\n)*--limit rows="):
        bind(loads(ARRAY, limits={"rows": 3}), tables={"t": rows})
