"""What counts as plain code in a lesson, and what the lint says of folded code."""

import math

import pytest
from nbformat import v4

from course_utils.authoring import plainness

PLAIN = """\
import numpy as np

model = keras.Sequential(
    [
        layers.Input(shape=(28, 28)),
        layers.Flatten(),
        layers.Dense(100, activation="relu"),
        layers.Dense(10),
    ]
)
errors = []
for learning_rate in learning_rates:
    error = train(learning_rate)
    errors.append(error)
total = sum(error * 2 for error in errors)
train_error, test_error = evaluate(model)
left, right = right, left
"""


def test_plain_code_has_no_problems_but_its_share_of_comprehensions():
    (problem,) = plainness.problems([PLAIN])
    assert problem.startswith("8.3 comprehensions per 100 statements, at most 4: write a loop")
    assert plainness.problems([PLAIN.replace("sum(error * 2 for error in errors)", "0")]) == []


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (
            "if (n := len(x)) > 3:\n    pass",
            "a walrus `:=`: assign on a line of its own: 'if (n :=",
        ),
        (
            "a, b = (f(x) for x in y)",
            "a comprehension is unpacked: one line for each name: 'a, b =",
        ),
        ("a, b = 1, 2", "several assignments in one: one line for each name: 'a, b = 1, 2'"),
        ("first, *rest = x", "a starred name: take the entries by index or slice: 'first, *rest"),
        ("z = [[f(a) for a in b] for b in c]", "a nested comprehension: write the loops: 'z ="),
        ("z = [f(a) for b in c for a in b]", "a nested comprehension: write the loops: 'z = [f(a)"),
        ("table = {'a': lambda x: 2}", "functions without a name in a dict: define them"),
        ("f = lambda x, i=i: i", "a lambda with a default value: define a function: 'f = lambda"),
        ("model.fit = lambda x: 0", "a method is replaced by a lambda: define a function and call"),
        ("x = 1\nx = 'one'", "`x` was a number and becomes a string: a name keeps its meaning"),
        ("def x():\n    y()\nx = []", "`x` was a function and becomes a list: a name keeps its"),
        ("n = keras.Model(a)\nn = Adam(1)", "`n` was a Model and becomes a Adam: a name keeps"),
        ("import x\nfor i in a:\n    x = {}", "`x` was an import and becomes a dict: a name keeps"),
        (
            f"x = {'a' * 90}",
            "94 characters, at most 88: name a part of it on a line of its own: 'x",
        ),
        ("x = " + " + ".join("abcdefghijklmno"), "61 syntax nodes in one statement, at most 45"),
    ],
)
def test_folded_code_is_quoted_with_what_to_do(code, message):
    found = plainness.problems([code])
    assert any(problem.startswith(message) for problem in found), found


@pytest.mark.parametrize(
    "code",
    [
        "x = 1\nx = 2",
        "x = f()\nx = g()",
        "x = None\nx = []",
        "def f():\n    x = 1\ndef g():\n    x = 'one'",
        "f = sorted(names, key=lambda name: name.lower())",
    ],
)
def test_what_is_plain_enough_is_not_found(code):
    assert plainness.measure([code]).problems == []


def test_a_docstring_is_text_and_no_code():
    code = f'def f():\n    """Add.\n\n    {"long " * 30}\n    """\n    return 1\n'
    assert plainness.measure([code]).lines == [8, 12]
    assert plainness.measure([code]).problems == []


def test_a_bracket_with_one_entry_a_line_counts_entry_by_entry():
    folded = "model = Sequential([Input(shape=(28, 28)), Flatten(), Dense(100), Dense(10)])"
    unfolded = (
        "model = Sequential(\n  [\n    Input(shape=(28, 28)),\n    Flatten(),\n    Dense(100),"
    )
    unfolded += "\n    Dense(10),\n  ]\n)"
    assert max(plainness.measure([unfolded]).nodes) < max(plainness.measure([folded]).nodes) / 2


def test_medians_and_ninetieths_are_held_to_their_limits():
    long = "first_value = second_value(third_value, fourth_value)[fifth_value + 1]\n"
    found = plainness.problems([10 * long])
    assert found == [
        "syntax nodes a statement: the median is 17, at most 13",
        "characters a line: the median is 70, at most 45",
    ]


def test_reading_minutes_count_words_and_lines_but_nothing_aside():
    cells = [
        v4.new_markdown_cell("## Look\n" + "word " * 398),
        v4.new_code_cell("x = 1\n\ny = 2\n" * 15),
        v4.new_markdown_cell("## Going further: more\n" + "word " * 999),
        v4.new_code_cell("x = 1\n" * 99),
        v4.new_markdown_cell("### more of it"),
        v4.new_markdown_cell("## Recap"),
    ]
    assert math.isclose(plainness.reading_minutes(cells), 402 / 200 + 30 * 4 / 60)
