"""Try an exercise's solution and wrong answers on its own check, before a student does."""

from course_utils.authoring import sources
from course_utils.authoring.sources import SourceError
from course_utils.checks import judging

SEEDS = range(3)


def load(path, exercise):
    """Return an exercise of a source as a `judging.Exercise`.

    Args:
        path: path of the exercise source.
        exercise: sources.Exercise.
    """
    cells = sources.read_cells(path)
    marks = {"exercise", *sources.PARTS}
    plain = [c.source for c in cells if c.cell_type == "code" and not marks & set(c.metadata)]
    context = "\n".join(map(sources.definitions, plain))
    wrong = tuple((one.message, one.code) for one in exercise.wrong_answers)
    return judging.load(exercise.name, context, exercise.answer, exercise.check, wrong)


def said(found):
    """Return what a verdict tells the student: "" when right, else its message."""
    return "" if found is None else str(found[0])


def is_named(exercise, reads, message):
    """Tell whether what a student reads is a message; a judge may put what it saw around it."""
    return reads == message or (exercise.judge is not None and message in reads)


def refuse_bad(path):
    """Raise what is wrong with the checks of an exercise source.

    Args:
        path: path of the exercise source.

    Raises:
        SourceError: a check refuses its own solution, does not name a wrong answer, or no input
            tells two wrong answers apart.
    """
    for exercise in sources.exercises(path):
        one, where = load(path, exercise), f"{path.name}: {exercise.name}"
        trials = [judging.Trial(one, seed) for seed in SEEDS]
        for trial in trials:
            if problem := said(trial.verdict(one.solution, trial.expected)):
                raise SourceError(f"{where}: its own solution is refused: {problem}")
            for number, wrong in enumerate(exercise.wrong_answers):
                message, program = one.wrong[number]
                reads = said(trial.verdict(program, trial.wrong[number]))
                if not is_named(trial.exercise, reads, message):
                    raise SourceError(
                        f"{where}: {wrong.name!r} reads {reads or 'right'!r} instead of "
                        "its message; does no input tell it apart?"
                    )
        refuse_twins(trials, exercise, where)


def refuse_twins(trials, exercise, where):
    """Raise SourceError where two wrong answers give the same on every input of every trial.

    Args:
        trials: list of `judging.Trial`.
        exercise: sources.Exercise.
        where: str, what the message begins with.
    """
    for i, one in enumerate(exercise.wrong_answers):
        for k, other in enumerate(exercise.wrong_answers[:i]):
            alike = (
                judging.same(answer, twin, trial.exercise.tolerance)
                and answer.changed == twin.changed
                for trial in trials
                for answer, twin in zip(trial.wrong[i], trial.wrong[k], strict=True)
            )
            with judging.silent():
                twins = all(alike)
            if twins:
                raise SourceError(f"{where}: no input tells {other.name!r} and {one.name!r} apart")
