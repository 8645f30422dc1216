"""The pytest plugin: which files it takes, what an item is called, how a failure looks."""

from __future__ import annotations

import sys

import pytest

from archwright.dsl.parser import cache_folder

CACHE = str(cache_folder())  # pytester moves the home folder
pytest_plugins = ["pytester"]

GOOD = """arch 1
space s { x: 1 .. 4 }
require small: x <= 3 because "{x} is too much"
maximize x as size
expect count == 3
expect best size == 3
  with { x = 3 }
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("ARCHWRIGHT_CACHE", CACHE)
    monkeypatch.setenv("PYTEST_PLUGINS", "archwright.pytest_plugin")
    return pytester


def spec(pytester: pytest.Pytester, text: str, name: str = "a.arch") -> None:
    path = pytester.path / name
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text(text)


def test_every_line_is_an_item(run: pytest.Pytester) -> None:
    spec(run, GOOD)
    result = run.runpytest("-v")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(
        ["a.arch::line 5: count == 3 PASSED*", "a.arch::line 6: best size == 3 with { x = 3 } P*"]
    )
    run.runpytest("a.arch::line 5: count == 3").assert_outcomes(passed=1)
    run.runpytest("-m", "not arch").assert_outcomes(deselected=2)


def test_a_failure_says_what_was_expected_and_found_and_why(run: pytest.Pytester) -> None:
    spec(run, GOOD + "expect sat with { x = 4 }\nexpect count == 7\n")
    result = run.runpytest()
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(
        [
            "a.arch:8",
            "expected  sat with { x = 4 }",
            "found     unsat",
            "infeasible: this constraint cannot hold",
            "  small *a.arch:3:*",
            "      4 is too much",
            "a.arch:9",
            "expected  count == 7",
            "found     count == 3",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*expectations.py*")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("arch 1\nlet a = 3 MMAC + 2 MFLOP\n", "unit-mismatch: *"),
        ("arch 1\nspace {\n", "missing-name: *"),
    ],
)
def test_a_wrong_spec_is_one_failure(run: pytest.Pytester, text: str, told: str) -> None:
    spec(run, text)
    result = run.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([told, " --> *a.arch:2:*"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_a_line_that_does_not_fit_its_spec(run: pytest.Pytester) -> None:
    inputs = "param n: 1 .. 3 = 2\nparam m: 1 .. n = 2\n"
    spec(run, f"arch 1\n{inputs}space s {{ x: m .. n }}\nexpect sat with {{ n = 1 }}\n")
    result = run.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["expected  sat with { n = 1 }", "out-of-domain: *"])


def test_files_are_left_out_by_pattern_and_by_option(run: pytest.Pytester) -> None:
    spec(run, GOOD)
    spec(run, "arch 1\nspace {\n", "wrong/b.arch")
    spec(run, "arch 1\nspace {\n", "other/deep/c.arch")
    run.runpytest("--no-arch").assert_outcomes()
    run.runpytest().assert_outcomes(passed=2, failed=2)
    (run.path / "pytest.ini").write_text("[pytest]\narch_ignore = wrong other/*/c.arch\n")
    run.runpytest().assert_outcomes(passed=2)


def test_a_time_limit_is_told(run: pytest.Pytester) -> None:
    sums = " + ".join(f"x[{i}] * x[{i + 1}] % {i + 7} * 1" for i in range(1, 40))
    spec(
        run,
        "arch 1\nspace s { x[i in 1 .. 40]: 1 .. 50 }\n"
        + f"require a: ({sums.replace('%', '* 3 +').replace('* 1', '')}) % 1009 == 77\n"
        + "require b: sum(x[i] * x[i] for i in 1 .. 40) % 997 == 13\nexpect count == 7\n",
    )
    result = run.runpytest("--arch-time-limit", "0.05")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["found     no answer: *"])


def test_nothing_is_imported_until_a_spec_is_found(run: pytest.Pytester) -> None:
    run.makepyfile(
        """
        import sys

        def test_lazy():
            heavy = {"numba", "lark", "numpy", "archwright.dsl"} & set(sys.modules)
            assert not heavy
        """
    )
    result = run.run(sys.executable, "-m", "pytest", "-p", "archwright.pytest_plugin")
    result.assert_outcomes(passed=1)


@pytest.mark.slow
def test_it_works_on_several_processes(run: pytest.Pytester) -> None:
    pytest.importorskip("xdist")
    spec(run, GOOD)
    result = run.runpytest_subprocess("-p", "xdist", "-n", "2")
    result.assert_outcomes(passed=2)
