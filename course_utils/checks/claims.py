"""Assert what a run gives, and print a line that is the same on every machine."""

import numpy as np


def claim(what, value, *, at_least=None, at_most=None, equals=None, within=0.0):
    """Assert that a measured value keeps to stated bounds and print the claim, not the value.

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
    bounds, holds = [], True
    if at_least is not None:
        bounds.append(f"at least {at_least:g}")
        holds &= bool(np.all(np.asarray(value) >= at_least))
    if at_most is not None:
        bounds.append(f"at most {at_most:g}")
        holds &= bool(np.all(np.asarray(value) <= at_most))
    if equals is not None:
        shown = f"{equals:g}" if np.ndim(equals) == 0 else "the expected values"
        bounds.append(f"equal to {shown}" + (f" within {within:g}" if within else ""))
        got, expected = np.asarray(value, dtype=float), np.asarray(equals, dtype=float)
        same_shape = got.shape == expected.shape or expected.ndim == 0
        holds &= same_shape and bool(np.all(np.abs(got - expected) <= within))
    if not bounds:
        if not isinstance(value, bool | np.bool_):
            raise TypeError(
                f"claim({what!r}, …) got {type(value).__name__}: pass at_least=, at_most= or "
                "equals=, or a bool"
            )
        holds = bool(value)
    text = " ".join([what, " and ".join(bounds)]).strip()
    if not holds:
        raise AssertionError(f"claim does not hold: {text}; measured {value}")
    print(f"✓ {text}")
