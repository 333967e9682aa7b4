"""The builder tries each exercise on its own check before a student does."""

import pytest

from course_utils.authoring import sources, trials
from course_utils.authoring.sources import SourceError
from course_utils.checks import judging


@pytest.fixture
def path(checkout):
    return checkout / "notebooks" / "src" / "01_toy_exercises.py"


def test_a_sound_exercise_is_accepted(path):
    trials.refuse_bad(path)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("return x * sqrt(4)", "return x / sqrt(4)", "'halve_doubled' reads 'right' instead of"),
        (
            'x / 2 / factor": "That is half of the half."',
            'x * factor": "That is twice as much."',
            "no input tells 'halve_doubled' and 'x / factor → x * factor' apart",
        ),
        (
            "x / 2 / factor",
            "x * factor",
            "'x / factor → x * factor' reads 'That is twice as much.' instead of its message",
        ),
        ("random.uniform(1, 9, size=5)", "[0.0]", "'halve_doubled' reads 'right' instead of"),
        (
            "# %% wrong",
            "def judge(got, x):\n    assert got > x, 'Too small.'\n\n\n# %% wrong",
            "its own solution is refused: Too small.",
        ),
    ],
)
def test_an_unsound_exercise_is_refused(path, old, new, message):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(SourceError) as caught:
        trials.refuse_bad(path)
    assert f"01_toy_exercises.py: 01-halve: {message}" in str(caught.value)


def test_what_a_judge_says_may_hold_what_it_saw(path):
    judge = "def judge(got, x):\n    assert got <= x, f'You return {got}. That is twice as much.'\n"
    judge += "    assert got != x / 4, f'{got}?'\n"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("# %% wrong", f"{judge}\n\n# %% wrong", 1), encoding="utf-8")
    trials.refuse_bad(path)
    (exercise,) = sources.exercises(path)
    trial = judging.Trial(trials.load(path, exercise), 0)
    reads = [trials.said(trial.verdict(program)) for _, program in trial.exercise.wrong]
    assert reads[0].startswith("You return ")
    assert reads[0].endswith(". That is twice as much.")
    assert reads[1] == "That is half of the half."
