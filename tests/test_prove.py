"""Evidence: runs are repeated with other seeds and numerics, and thin claims are named."""

import asyncio
import csv
import json
import os

import pytest

from course_utils.authoring import build, prove, sources
from course_utils.authoring.prove import Setting
from course_utils.errors import CourseError

LESSON = """\
# %% [markdown]
# # 01 Toy

# %%
import os
import numpy as np
from course_utils.checks import claim, claim_table

# %%
def own(seed=0):
    return np.random.default_rng(seed).normal()

# %%
claim("own function", own(seed=3), at_least=-100)
claim("two (or more): seeds", [np.random.default_rng(s).normal() for s in (0, [1, 2])], at_most=90)
claim("count", 3, equals=3)
claim("true", True)
with claim_table():
    claim("thin", np.random.default_rng(0).uniform(), at_least=0, at_most=1)
    claim("threads", int(os.environ.get("OMP_NUM_THREADS", "7")), at_most=100)
"""
RUNS = [Setting("seed 0"), Setting("seed 1", 1), Setting("one", 0, {"OMP_NUM_THREADS": "1"})]
NAMES = ["own function", "two (or more): seeds", "count", "true", "thin", "threads"]


@pytest.fixture
def lesson(checkout):
    path = checkout / "notebooks" / "src" / "01_toy.py"
    path.write_text(LESSON, encoding="utf-8")
    return path


def proven(lesson, runs=RUNS):
    proofs = prove.plan([lesson], lesson.parents[2], runs)
    asyncio.run(prove.run_all(proofs, jobs=2))
    return proofs


def test_runs_differ_in_seeds_and_numerics_and_agree_in_claims(lesson):
    rows = {row.claim: row for row in prove.rows(proven(lesson))}
    assert list(rows) == NAMES
    assert [row.band for row in rows.values()][2:4] == ["expected 3", "yes"]
    for name in ("own function", "two (or more): seeds", "thin"):
        first, moved, one_thread = rows[name].values
        assert first == one_thread != moved
    assert rows["threads"].values == ["7", "7", "1"]
    assert rows["true"].values == ["holds"] * 3


def test_the_seed_of_the_first_run_is_the_lessons_own(lesson):
    import numpy as np

    (row, *_) = prove.rows(proven(lesson))
    assert row.values[0] == f"{np.random.default_rng(3).normal():.6g}"
    assert row.values[1] == f"{np.random.default_rng(103).normal():.6g}"


def test_margin_is_the_distance_to_the_band_in_spreads():
    def entry(value, slack, holds=True):
        return {"claim": "c", "band": "b", "sides": [[value, slack]], "holds": holds}

    row = prove._row(entry(0.5, 0.3), entry(0.4, 0.2), entry(0.9, 0.7))
    assert (row.lowest, row.highest) == ("0.4", "0.9")
    assert row.margin == pytest.approx(0.2 / 0.5)
    assert prove._row(entry(0.5, 0.1), entry(0.5, 0.1)).margin == float("inf")
    assert prove._row(entry(0.5, 0.1), entry(0.3, -0.1, holds=False)).margin == -1
    exact = {"claim": "c", "band": "b", "sides": [], "holds": True}
    assert prove._row(exact, exact | {"holds": False}).margin == -1


def test_a_stopped_proof_goes_on_and_a_changed_lesson_starts_again(lesson, monkeypatch):
    proofs = proven(lesson, RUNS[:2])
    run = []

    async def note(proof):
        run.append(proof.setting.name)
        return await original(proof)

    original = prove._run
    monkeypatch.setattr(prove, "_run", note)
    asyncio.run(prove.run_all(proofs))
    assert run == []
    proofs[1].path.write_text("{")  # killed while it wrote
    asyncio.run(prove.run_all(proofs))
    assert run == ["seed 1"]
    lesson.write_text(LESSON.replace("at_most=90", "at_most=91"), encoding="utf-8")
    proven(lesson, RUNS[:2])
    assert run == ["seed 1", "seed 0", "seed 1"]


def test_a_lesson_that_stops_is_named_with_its_last_lines(lesson):
    lesson.write_text(LESSON.replace('claim("true", True)', "1 / 0"), encoding="utf-8")
    with pytest.raises(CourseError, match=r"(?s)01_toy.py stopped \(seed 0\).*ZeroDivisionError"):
        proven(lesson, RUNS[:1])


def test_words_that_depend_on_the_run_are_refused(lesson):
    text = LESSON.replace('"count"', 'f"count {own():.3f}"')
    lesson.write_text(text, encoding="utf-8")
    with pytest.raises(CourseError, match=r"in the run 'seed 1': count .*words must not depend"):
        prove.rows(proven(lesson))


@pytest.fixture
def evidence(lesson, monkeypatch):
    """The toy lesson, built and with a table of eight runs."""
    root = lesson.parents[2]
    monkeypatch.setattr(build, "targets", lambda lesson, root: {
        root / "notebooks" / "01_toy.ipynb": sources.lesson_notebook(lesson)})  # fmt: skip
    build.build(lesson, root)
    runs = [Setting(f"run {n}") for n in range(8)]
    proofs = prove.plan([lesson], root, runs)
    asyncio.run(prove.run_all(proofs[:1]))
    for proof in proofs[1:]:  # the same result, under the other settings' keys
        kept = json.loads(proofs[0].path.read_bytes()) | {"key": proof.key}
        proof.path.write_text(json.dumps(kept), encoding="utf-8")
    prove.write_table(lesson, proofs, root)
    return lesson, root


def edit(root, old, new):
    path = prove.table_path(root / "notebooks" / "src" / "01_toy.py", root)
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_claims_of_the_stored_notebook_match_the_table(evidence):
    assert [what for what, _ in prove.printed_claims(*evidence)] == NAMES
    assert prove.problems(*evidence) == []


@pytest.mark.parametrize(
    ("old", "new", "messages"),
    [
        ("at most 90", "at most 80", ["no evidence for “two (or more): seeds” (at most 90)",
                                      "no longer claims “two (or more): seeds” (at most 80)"]),
        ("thin,", "thick,", ["no evidence for “thin”", "no longer claims “thick”"]),
        ("no spread", "0.31", ["“own function” has a margin of 0.31 spreads"]),
        ("no spread", "-1.00", ["“own function” has a margin of -1.00 spreads"]),
        (",run 7", "", ["fewer than 8 runs"]),
    ],
)  # fmt: skip
def test_a_table_that_differs_is_named(evidence, old, new, messages):
    edit(evidence[1], old, new)
    if old == ",run 7":
        path = prove.table_path(*evidence)
        rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
        path.write_text("\n".join(",".join(f'"{c}"' for c in row[:12]) for row in rows))
    lines = prove.problems(*evidence)
    for message in messages:
        assert any(message in line for line in lines), lines
    assert len(lines) == len(messages)


def test_a_missing_table_is_named(evidence):
    prove.table_path(*evidence).unlink()
    (line,) = prove.problems(*evidence)
    assert line == "notebooks/evidence/01_toy.csv is missing: run `course prove 01`"


def test_every_setting_reaches_its_library():
    """An unknown name would be ignored in silence, and two runs be the same."""
    import subprocess
    import sys

    settings = prove.settings()
    assert len({setting.name for setting in settings}) == len(settings) >= prove.MIN_RUNS
    (blas,) = [s for s in settings if "OPENBLAS_CORETYPE" in s.environment]
    code = "import numpy, threadpoolctl; print(threadpoolctl.threadpool_info()[0]['architecture'])"
    environment = os.environ | blas.environment
    found = subprocess.check_output([sys.executable, "-c", code], env=environment, text=True)
    assert found.strip() == blas.environment["OPENBLAS_CORETYPE"]


@pytest.mark.parametrize("lesson", sources.lesson_sources(), ids=lambda path: path.stem)
def test_the_claims_of_a_lesson_stand_on_evidence(lesson):
    assert prove.problems(lesson) == []
