"""Claims show their value and their band, alone or as a table, and fail when they do not hold."""

import json

import numpy as np
import pytest

from course_utils.checks import claim, claim_table
from course_utils.checks.claims import number


@pytest.mark.parametrize(
    ("value", "bounds", "line"),
    [
        (0.0213, {"at_least": 0.01}, "0.0213 (at least 0.01)"),
        (0.95, {"at_most": 0.95}, "0.950 (at most 0.95)"),
        (2, {"at_least": 1, "at_most": 3}, "2 (at least 1 and at most 3)"),
        ([0.3, 0.1], {"at_least": 0.1}, "lowest 0.100 (at least 0.1)"),
        ([0.3, 0.1], {"at_most": 0.4}, "highest 0.300 (at most 0.4)"),
        ([0.3, 0.1], {"at_least": 0, "at_most": 1}, "0.100 to 0.300 (at least 0 and at most 1)"),
        (61_706, {"equals": 61_706}, "61,706 (expected 61,706)"),
        ([5, 4], {"equals": [5, 4]}, "5, 4 (expected 5, 4)"),
        (1.01, {"equals": 1, "within": 0.02}, "1.010 (expected 1 ± 0.02)"),
        (np.full(3, 2e-7), {"equals": 0, "within": 1e-5},
         "largest difference 2.0e-07 (expected 0 ± 1e-05)"),
        (np.ones(25), {"equals": np.ones(25)}, "all 25 (as expected)"),
        (np.zeros((3, 3)), {"equals": 0}, "all 9 (expected 0)"),
        (np.bool_(True), {}, "yes"),
    ],
)  # fmt: skip
def test_a_claim_that_holds_prints_its_value_and_its_band(value, bounds, line, capsys):
    claim("accuracy", value, **bounds)
    assert capsys.readouterr().out == f"✓ accuracy: {line}\n"


@pytest.mark.parametrize(
    ("value", "bounds", "line"),
    [
        (0.94, {"at_least": 0.95}, "0.940 (at least 0.95)"),
        (0.96, {"at_most": 0.95}, "0.960 (at most 0.95)"),
        ([0.1, 0.3], {"at_least": 0.1, "at_most": 0.2}, "0.100 to 0.300 (at least 0.1 and"),
        ([], {"at_least": 0}, "no values (at least 0)"),
        (np.nan, {"at_least": 0}, "nan (at least 0)"),
        ([0.1, np.nan], {"at_most": 1}, "highest nan (at most 1)"),
        (np.nan, {"equals": 0}, "nan (expected 0)"),
        (1.03, {"equals": 1, "within": 0.02}, "1.030 (expected 1 ± 0.02)"),
        (np.ones(9), {"equals": [*np.ones(8), 2]}, "1 of 9 differ (as expected)"),
        (np.ones(3), {"equals": np.ones((3, 1))}, "shape (3,) (expected shape (3, 1))"),
        (False, {}, "no (yes)"),
    ],
)
def test_a_claim_that_does_not_hold_raises_with_the_measurement(value, bounds, line):
    with pytest.raises(AssertionError) as caught:
        claim("accuracy", value, **bounds)
    assert str(caught.value).startswith(f"claim does not hold: accuracy: {line}")
    assert f"measured {value}" in str(caught.value)


def test_a_claim_without_bounds_needs_a_bool():
    with pytest.raises(TypeError, match=r"claim\('accuracy', …\) got float: pass at_least="):
        claim("accuracy", 0.9)


def test_a_table_aligns_name_value_and_band(capsys):
    with claim_table():
        claim("clean accuracy", 0.859, at_least=0.8)
        claim("after twenty steps", [0.001, 0.02], at_most=0.1)
    assert capsys.readouterr().out.splitlines() == [
        "                            measured  asserted",
        "✓ clean accuracy               0.859  at least 0.8",
        "✓ after twenty steps  highest 0.0200  at most 0.1",
    ]
    claim("and alone again", 1, equals=1)
    assert capsys.readouterr().out == "✓ and alone again: 1 (expected 1)\n"


def test_a_claim_that_falls_inside_a_table_shows_the_others_and_raises(capsys):
    def table():
        with claim_table():
            claim("first", 1, equals=1)
            claim("second", 2, equals=1)

    with pytest.raises(AssertionError, match="second: 2"):
        table()
    assert "✓ first" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3, "3"), (25_636_712, "25,636,712"), (np.int64(-2), "-2"),
        (0.0, "0.0"), (1.0, "1.000"), (0.9996, "1.000"), (2.1945, "2.195"), (20.64, "20.64"),
        (622.62, "622.6"), (12_345.6, "12,345.6"), (-0.0123, "-0.0123"), (0.00123, "0.00123"),
        (3.14e-7, "3.1e-07"), (float("nan"), "nan"), (float("-inf"), "-inf"),
        (np.float32(0.5), "0.500"), (1e300, f"{1e300:,.1f}"),
    ],
)  # fmt: skip
def test_decimals_are_told_from_whole_numbers(value, text):
    assert number(value) == text


def test_with_a_record_claims_are_written_down_and_stop_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("COURSE_CLAIMS", str(tmp_path / "claims"))
    claim("falls", 0.5, at_least=0.75)
    claim("holds", [1, 2], at_least=1, at_most=4)
    claim("is true", True)
    entries = [json.loads(line) for line in (tmp_path / "claims").read_text().splitlines()]
    assert entries == [
        {"claim": "falls", "band": "at least 0.75", "sides": [[0.5, -0.25]], "holds": False},
        {"claim": "holds", "band": "at least 1 and at most 4", "sides": [[1, 0], [2, 2]],
         "holds": True},
        {"claim": "is true", "band": "yes", "sides": [], "holds": True},
    ]  # fmt: skip
    assert capsys.readouterr().out.startswith("✗ falls: 0.500 (at least 0.75)\n✓ holds")
