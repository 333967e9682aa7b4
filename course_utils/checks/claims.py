"""Assert what a run gives, and print the measured value beside the band that it keeps to."""

import contextlib
import json
import math
import os

import numpy as np

# `course prove` names a file here: claims are then written down, and none of them stops the run.
RECORD = "COURSE_CLAIMS"

_table = None  # the rows of the table that is being collected, or None


def claim(what, value, *, at_least=None, at_most=None, equals=None, within=0.0):
    """Assert that a measured value keeps to stated bounds, and print both.

    `claim("CNN − MLP, test accuracy", gap, at_least=0.01)` prints
    `✓ CNN − MLP, test accuracy: 0.021 (at least 0.01)`. Of an array it shows what decides: the
    lowest value, the highest, or the largest difference.

    Args:
        what: str, the claim's subject, such as "test accuracy".
        value: a number or array; every element is held to the bounds. Without any bound, a bool.
        at_least: number, lower bound (inclusive).
        at_most: number, upper bound (inclusive).
        equals: number or array that `value` must equal, up to `within`.
        within: number, largest absolute difference from `equals`.

    Raises:
        AssertionError: the claim does not hold; the message gives the measured value. NaN never
            holds.
        TypeError: there is neither a bound nor a bool to judge.
    """
    if equals is not None:
        shown, band, sides, holds = _judge_equal(value, equals, within)
    elif at_least is not None or at_most is not None:
        shown, band, sides, holds = _judge_bounds(value, at_least, at_most)
    elif isinstance(value, bool | np.bool_):
        shown, band, sides, holds = "yes" if value else "no", "yes", [], bool(value)
    else:
        raise TypeError(
            f"claim({what!r}, …) got {type(value).__name__}: pass at_least=, at_most= or "
            "equals=, or a bool"
        )
    if path := os.environ.get(RECORD):
        _record(path, {"claim": what, "band": band, "sides": sides, "holds": holds})
    elif not holds:
        raise AssertionError(f"claim does not hold: {what}: {shown} ({band}); measured {value}")
    sign = "✓" if holds else "✗"
    if _table is not None:
        _table.append((f"{sign} {what}", shown, band))
    else:
        print(f"{sign} {what}: {shown}" + (f" ({band})" if band != "yes" else ""))


@contextlib.contextmanager
def claim_table():
    """Print the claims made inside as one table: name, measured, asserted.

    Example:
        with claim_table():
            claim("clean accuracy", clean, at_least=0.8)
            claim("accuracy under attack", attacked, at_most=0.1)
    """
    global _table
    _table = []
    try:
        yield
    finally:
        rows, _table = _table, None
        if rows:
            names, values, _ = zip(("", "measured", ""), *rows, strict=True)
            width, value_width = max(map(len, names)), max(map(len, values))
            print(f"{'':{width}}  {'measured':>{value_width}}  asserted")
            for name, shown, band in rows:
                print(f"{name:{width}}  {shown:>{value_width}}  {band}")


def number(value):
    """Return a number as text (str): a whole one with commas, any other with a decimal point.

    A decimal has three or four digits that count, and an exponent below 0.001; whoever compares
    two runs can so tell what was counted from what was measured.
    """
    if isinstance(value, int | np.integer):
        return f"{value:,}"
    value, size = float(value), abs(float(value))
    if not math.isfinite(value):
        return str(value)
    if size == 0:
        return "0.0"
    if size < 1e-3:
        return f"{value:.1e}"
    digits = 3 if size >= 0.1 else 4 if size >= 0.01 else 5
    return f"{value:,.{1 if size >= 100 else 2 if size >= 10 else digits}f}"


def _judge_bounds(value, at_least, at_most):
    """Return (text, band, sides, whether it holds) of a value between bounds."""
    values = np.asarray(value)
    bands, sides, extremes = [], [], []
    for bound, words, decide, sign in (
        (at_least, "at least", np.min, 1),
        (at_most, "at most", np.max, -1),
    ):
        if bound is None:
            continue
        bands.append(f"{words} {_bound(bound)}")
        if values.size:
            extreme = decide(values)  # nan, when there is one
            extremes.append(number(extreme))
            sides.append([float(extreme), sign * (float(extreme) - bound)])
    holds = bool(sides) and all(slack >= 0 for _, slack in sides)
    if not values.size:
        shown = "no values"
    elif values.ndim == 0:
        shown = number(values[()])
    elif len(extremes) == 2:
        shown = " to ".join(extremes)
    else:
        shown = f"{'highest' if at_least is None else 'lowest'} {extremes[0]}"
    return shown, " and ".join(bands), sides, holds


def _judge_equal(value, equals, within):
    """Return (text, band, sides, whether it holds) of a value that is expected."""
    got, expected = np.asarray(value), np.asarray(equals)
    if got.shape != expected.shape and expected.ndim:
        return f"shape {got.shape}", f"expected shape {expected.shape}", [], False
    difference = np.abs(got.astype(float) - expected.astype(float)).max(initial=0)
    holds = bool(difference <= within)
    if within:
        tolerance = f" ± {_bound(within)}"
        slack = float(within - difference)
        if got.ndim == 0:
            shown, sides = number(got[()]), [[float(got), slack]]
        else:
            shown, sides = f"largest difference {number(difference)}", [[float(difference), slack]]
    else:
        tolerance, sides = "", []
        if got.size <= 6:
            shown = ", ".join(map(number, got.ravel()))
        elif holds:
            shown = f"all {got.size:,}"
        else:
            shown = f"{np.sum(got != expected):,} of {got.size:,} differ"
    if expected.size > 6:
        return shown, f"as expected{tolerance}", sides, holds
    wanted = ", ".join(map(_bound, expected.ravel()))
    return shown, f"expected {wanted}{tolerance}", sides, holds


def _bound(value):
    """Return a bound as it is written in the lesson, as text."""
    if float(value).is_integer() and abs(value) >= 1000:
        return f"{int(value):,}"
    return f"{value:g}"


def _record(path, entry):
    with open(path, "a", encoding="utf-8") as file:
        file.write(json.dumps(entry, ensure_ascii=False) + "\n")
