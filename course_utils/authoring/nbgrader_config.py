"""nbgrader's settings for a course that `course release` made; settings of your own may follow.

Beyond nbgrader's defaults stands only what would otherwise cost points that a student has earned.
"""

from nbgrader.preprocessors import NbGraderPreprocessor

c = get_config()  # noqa: F821 -- nbgrader provides it
c.Execute.timeout = (
    120  # seconds a cell: importing TensorFlow takes half a minute on a busy machine
)


class CopiesAreNoChecks(NbGraderPreprocessor):
    """Take nbgrader's mark off a check's copy: its remains would stop the grading of everyone."""

    def preprocess_cell(self, cell, resources, index):
        """Return the cell without an empty mark, and the resources."""
        if cell.metadata.get("nbgrader") == {}:
            del cell.metadata["nbgrader"]
        return cell, resources


class NoZeroWithoutCheck(NbGraderPreprocessor):
    """Stop where a check could not be called, which nbgrader would take for a wrong answer."""

    def preprocess_cell(self, cell, resources, index):
        """Return cell and resources; raise RuntimeError for a check that was not there."""
        errors = cell.get("outputs", []) if "nbgrader" in cell.metadata else []
        for error in errors:
            no_check = error.get("evalue") == "name 'check' is not defined"
            if no_check or error.get("ename") in ("ModuleNotFoundError", "UnknownExercise"):
                raise RuntimeError(
                    f"No points are given: {cell.source} could not be called ({error.evalue}). "
                    "Either the kernel python3 lacks the course or its packages, or this "
                    "notebook's first cells are not as they were handed out."
                )
        return cell, resources


c.Autograde.sanitize_preprocessors.insert(2, CopiesAreNoChecks)  # after DeduplicateIds
c.Autograde.autograde_preprocessors.insert(1, NoZeroWithoutCheck)  # after Execute
