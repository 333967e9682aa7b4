import json
import os
import platform
import random
import re
import shutil
from hashlib import sha256
from pathlib import Path

import pytest

from course_utils.authoring import ROOT, workspace
from course_utils.authoring.workspace import refresh, reset
from course_utils.errors import CourseError

NAME = "01_toy.ipynb"


def notebook(*texts, outputs=(), count=None, more=()):
    """Return a notebook's file: a cell a text, those that begin with # are Markdown."""
    cells = []
    for text in texts:
        cell = {"cell_type": "markdown", "id": "a", "metadata": {}, "source": [text]}
        if not text.startswith("#"):
            cell |= {"cell_type": "code", "outputs": list(outputs), "execution_count": count}
        cells.append(cell)
    metadata = {"language_info": workspace.LANGUAGE}
    content = {"cells": [*cells, *more], "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return (json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


PRINTED = {"name": "stdout", "output_type": "stream", "text": ["2\n"]}


def run(*texts, **more):
    """Return the file of a notebook that was executed."""
    return notebook(*texts, outputs=[PRINTED], count=1, **more)


@pytest.fixture
def root(tmp_path):
    (tmp_path / "notebooks" / "exercises").mkdir(parents=True)
    publish(tmp_path, "v1")
    publish(tmp_path, "e1", f"exercises/{NAME}")
    publish(tmp_path, "other", "02_more.ipynb")
    return tmp_path


def publish(root, text, name=NAME):
    content = json.loads(run(text))
    content["metadata"]["language_info"] = {"name": "python"}  # as they are stored
    (root / "notebooks" / name).write_text(json.dumps(content))


def kinds(events):
    return [(event.kind, event.path) for event in events]


def names(root):
    return {p.relative_to(root / "work").as_posix() for p in (root / "work").rglob("*.ipynb")}


def test_copies_are_made_once(root):
    assert kinds(refresh(root)) == [
        ("new", NAME), ("new", "02_more.ipynb"), ("new", f"exercises/{NAME}"),
    ]  # fmt: skip
    assert refresh(root) == []
    assert (root / "work" / NAME).read_bytes() == notebook("v1")


def test_untouched_copy_is_updated_even_after_many_versions(root):
    for version in ("v1", "v2", "v3"):
        publish(root, version)
        refresh(root)
    publish(root, "v4")
    assert kinds(refresh(root)) == [("updated", NAME)]
    assert (root / "work" / NAME).read_bytes() == notebook("v4")


def test_copies_have_no_outputs_and_nothing_that_jupyterlab_would_add(root):
    refresh(root)
    copy = json.loads((root / "work" / NAME).read_bytes())
    (cell,) = copy["cells"]
    assert (cell["outputs"], cell["execution_count"]) == ([], None)
    assert copy["metadata"]["language_info"]["version"] == platform.python_version()


EMPTY = json.loads(notebook(""))["cells"]


@pytest.mark.parametrize(
    "mine",
    [
        run("v1"),
        run("v1", more=EMPTY),
        json.dumps(json.loads(run("v1"))).encode(),
        run("v1").replace(b'"language_info"', b'"kernelspec"'),
        run("v1").replace(b'"metadata": {}', b'"metadata": {"collapsed": true}'),
    ],
    ids=["run", "an empty cell", "other JSON", "metadata", "metadata of a cell"],
)
def test_a_copy_that_was_only_opened_and_run_is_untouched(root, mine):
    refresh(root)
    assert (root / "work" / NAME).read_bytes() != mine
    (root / "work" / NAME).write_bytes(mine)
    assert refresh(root) == []
    assert (root / "work" / NAME).read_bytes() == mine  # outputs stay until there is news
    publish(root, "v2")
    assert kinds(refresh(root)) == [("updated", NAME)]
    assert (root / "work" / NAME).read_bytes() == notebook("v2")


@pytest.mark.parametrize(
    "mine",
    [
        notebook("v1 "),
        notebook("v1", "# v1"),
        notebook(more=[{"cell_type": "markdown", "source": ["v1"]}]),
        notebook("x", "v1"),
        notebook(),
        notebook("v1", more=[{"cell_type": "markdown", "source": "", "attachments": {"a": {}}}]),
        b"{",
    ],
    ids=["edited", "added", "kind", "order", "deleted", "attachment", "damaged"],
)
def test_a_copy_with_other_cells_is_the_students(root, mine):
    publish(root, "v1")
    refresh(root)
    (root / "work" / NAME).write_bytes(mine)
    publish(root, "v2")
    assert kinds(refresh(root)) == [("offered", "01_toy.new.ipynb")]
    assert (root / "work" / NAME).read_bytes() == mine


def test_reset_of_a_copy_that_was_run_keeps_no_twin(root):
    refresh(root)
    (root / "work" / NAME).write_bytes(run("v1"))
    assert kinds(reset(root, "1")) == [("new", NAME), ("clean", f"exercises/{NAME}")]
    assert (root / "work" / NAME).read_bytes() == notebook("v1")
    assert names(root) == {NAME, "02_more.ipynb", f"exercises/{NAME}"}


@pytest.mark.parametrize("published", ["v1", "v2"])
@pytest.mark.parametrize(
    ("mine", "kind"),
    [(None, "updated"), (run("v1", more=EMPTY), "opened"), (run("mine"), "offered")],
)
def test_copies_made_before_outputs_were_left_out(root, mine, kind, published):
    """Then, a copy was the file in notebooks/, and the state held the sha256 of that file."""
    before = (root / "notebooks" / NAME).read_bytes()
    state = {"delivered": {NAME: [sha256(before).hexdigest()]}}
    (root / "work").mkdir()
    (root / "work" / workspace.STATE).write_text(json.dumps(state))
    (root / "work" / NAME).write_bytes(mine or before)
    publish(root, published)
    events = [event for event in kinds(refresh(root)) if event[1].startswith("01")]
    if kind == "updated":
        assert events == [("updated", NAME)]
        assert (root / "work" / NAME).read_bytes() == notebook(published)
    elif published == "v1":  # no newer version has arrived
        assert events == []
        assert (root / "work" / NAME).read_bytes() == mine
    else:
        assert events == [("offered", "01_toy.new.ipynb")]
    publish(root, "v3")
    expected = ("offered", "01_toy.new.ipynb")
    if kind == "updated" or (kind == "opened" and published == "v1"):
        expected = ("updated", NAME)
    assert kinds(refresh(root)) == [expected]


def test_links_to_data_lead_to_the_data_card_in_work(root):
    card = root / "data" / "make"
    card.mkdir(parents=True)
    (root / "data" / "README.md").write_text("A card.")
    (root / "data" / "big.npz").write_bytes(b"0")
    (card / "digits.py").write_text("print()")
    text = "# [card](../data/README.md) and [script](../data/make/digits.py), not [](../data.md)"
    publish(root, text)
    publish(root, "# [card](../../data/README.md)", f"exercises/{NAME}")
    assert {kind for kind, _ in kinds(refresh(root))} == {"new"}
    source = json.loads((root / "work" / NAME).read_bytes())["cells"][0]["source"]
    assert source == [text.replace("](../data/", "](data/")]
    source = json.loads((root / "work" / "exercises" / NAME).read_bytes())["cells"][0]["source"]
    assert source == ["# [card](../data/README.md)"]
    assert (root / "work" / "data" / "README.md").read_text() == "A card."
    assert (root / "work" / "data" / "make" / "digits.py").exists()
    assert not (root / "work" / "data" / "big.npz").exists()
    (root / "work" / NAME).write_bytes(run(text))  # as copies were before: untouched all the same
    publish(root, "v2")
    (root / "data" / "README.md").write_text("Another card.")
    assert kinds(refresh(root)) == [("updated", NAME)]
    assert (root / "work" / "data" / "README.md").read_text() == "Another card."


def test_a_file_of_the_data_card_that_the_student_changed_stays(root):
    (root / "data").mkdir()
    (root / "data" / "README.md").write_text("A card.")
    refresh(root)
    (root / "work" / "data" / "README.md").write_text("My notes.")
    assert refresh(root) == []
    (root / "data" / "README.md").write_text("Another card.")
    assert kinds(refresh(root)) == [("offered", "data/README.new.md")]
    assert (root / "work" / "data" / "README.md").read_text() == "My notes."
    assert [event.path for event in reset(root, "01")] == [NAME, f"exercises/{NAME}"]


def test_every_link_in_the_students_folder_leads_somewhere(tmp_path):
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    shutil.copytree(ROOT / "data", tmp_path / "data", ignore=shutil.ignore_patterns("*.npz"))
    refresh(tmp_path)
    work, missing, seen = tmp_path / "work", [], 0
    for path in [*work.rglob("*.ipynb"), work / "data" / "README.md"]:
        texts = [path.read_text(encoding="utf-8")]
        if path.suffix == ".ipynb":
            cells = json.loads(texts[0])["cells"]
            texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
        for link in re.findall(r"\]\(([^)\s#:]+)\)", "".join(texts)):
            target, seen = Path(os.path.normpath(path.parent / link)), seen + 1
            if not target.is_relative_to(work) or not target.exists():
                missing.append(f"{path.relative_to(work)}: {link}")
    assert missing == []
    assert seen > 50


def test_touched_copy_stays_and_each_version_is_offered_once(root):
    refresh(root)
    (root / "work" / NAME).write_bytes(b"mine")
    assert refresh(root) == []
    publish(root, "v2")
    assert kinds(refresh(root)) == [("offered", "01_toy.new.ipynb")]
    assert refresh(root) == []
    publish(root, "v3")
    assert kinds(refresh(root)) == [("offered", "01_toy.new.ipynb")]
    (root / "work" / "01_toy.new.ipynb").write_bytes(b"mine too")
    publish(root, "v4")
    assert kinds(refresh(root)) == [("offered", "01_toy.new-2.ipynb")]
    (root / "work" / "01_toy.new-2.ipynb").unlink()
    assert refresh(root) == []
    assert (root / "work" / NAME).read_bytes() == b"mine"
    assert (root / "work" / "01_toy.new.ipynb").read_bytes() == b"mine too"


def test_taking_the_newer_version_makes_the_copy_untouched_again(root):
    refresh(root)
    (root / "work" / NAME).write_bytes(b"mine")
    publish(root, "v2")
    refresh(root)
    os.replace(root / "work" / "01_toy.new.ipynb", root / "work" / NAME)
    publish(root, "v3")
    assert kinds(refresh(root)) == [("updated", NAME)]


def test_deleted_and_renamed_copies_come_back(root):
    refresh(root)
    (root / "work" / NAME).write_bytes(b"mine")
    (root / "work" / NAME).rename(root / "work" / "attempt.ipynb")
    assert kinds(refresh(root)) == [("new", NAME)]
    assert (root / "work" / "attempt.ipynb").read_bytes() == b"mine"


def test_a_file_that_happens_to_have_the_name_is_the_students(root):
    (root / "work" / "01_toy.new.ipynb").mkdir(parents=True)
    (root / "work" / NAME).write_bytes(b"mine")
    assert ("offered", "01_toy.new-2.ipynb") in kinds(refresh(root))
    assert (root / "work" / NAME).read_bytes() == b"mine"


@pytest.mark.parametrize(
    "content",
    [None, b"", b"{", b"[]", b'{"delivered": 1}', b'{"delivered": {"01_toy.ipynb": 3}}'],
)
def test_lost_state_costs_nothing(root, content):
    refresh(root)
    (root / "work" / "02_more.ipynb").write_bytes(b"mine")
    state = root / "work" / workspace.STATE
    state.unlink() if content is None else state.write_bytes(content)
    assert kinds(refresh(root)) == [("offered", "02_more.new.ipynb")]
    publish(root, "v2")
    assert kinds(refresh(root)) == [("updated", NAME)]
    assert (root / "work" / "02_more.ipynb").read_bytes() == b"mine"


def test_vanished_lesson_is_announced_once_and_may_return(root):
    refresh(root)
    (root / "notebooks" / NAME).unlink()
    assert kinds(refresh(root)) == [("gone", NAME)]
    assert refresh(root) == []
    publish(root, "v2")
    assert kinds(refresh(root)) == [("updated", NAME)]


def test_reset_keeps_what_is_the_students_even_twice_in_a_second(root):
    refresh(root)
    for text in (b"first", b"second"):
        (root / "work" / NAME).write_bytes(text)
        events = reset(root, 1)
        assert [event.kind for event in events] == ["kept", "new", "clean"]
        assert (root / "work" / NAME).read_bytes() == notebook("v1")
        assert (root / "work" / events[0].path).read_bytes() == text
    assert len([n for n in names(root) if "mine" in n]) == 2
    assert all(set(n).isdisjoint('<>:"\\|?*') for n in names(root))


def test_same_second_does_not_collide(root, monkeypatch):
    monkeypatch.setattr(workspace, "datetime", Frozen)
    refresh(root)
    for text in (b"first", b"second", b"third"):
        (root / "work" / NAME).write_bytes(text)
        reset(root, "01")
    found = {(root / "work" / n).read_bytes() for n in names(root)}
    assert {b"first", b"second", b"third"} <= found


class Frozen:
    now = staticmethod(lambda: Frozen())

    def __format__(self, spec):
        return "2026-01-01-000000"


def test_reset_makes_missing_copies_and_leaves_other_lessons(root):
    refresh(root)
    (root / "work" / NAME).unlink()
    (root / "work" / "02_more.ipynb").write_bytes(b"mine")
    assert kinds(reset(root, "01")) == [("new", NAME), ("clean", f"exercises/{NAME}")]
    assert (root / "work" / "02_more.ipynb").read_bytes() == b"mine"


def test_unknown_lesson_lists_those_there_are(root):
    for number in ("7", "x", ""):
        with pytest.raises(CourseError, match="choose from 01, 02"):
            reset(root, number)


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"cells": 1}', b"\xff"])
def test_damaged_upstream_notebook_changes_nothing(root, content):
    (root / "notebooks" / "02_more.ipynb").write_bytes(content)
    with pytest.raises(CourseError, match=r"02_more\.ipynb .*copy notebooks from"):
        refresh(root)
    assert not (root / "work").exists()


def test_no_notebooks_at_all(tmp_path):
    with pytest.raises(CourseError, match="copy notebooks from"):
        refresh(tmp_path)


@pytest.mark.parametrize("name", ["work", "work/exercises"])
def test_file_where_a_folder_should_be(root, name):
    path = root / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"mine")
    with pytest.raises(CourseError, match=rf"cannot write {name} \(it is not a folder\)") as error:
        refresh(root)
    assert "\n" not in str(error.value)
    assert path.read_bytes() == b"mine"


def test_folder_that_refuses_is_named(root, monkeypatch):
    def refuse(*args, dir, **kwargs):
        raise PermissionError(13, "Permission denied", str(dir / ".01_toy.ipynb-abc"))

    monkeypatch.setattr("tempfile.mkstemp", refuse)
    with pytest.raises(CourseError, match=r"cannot write work \(Permission denied\)"):
        refresh(root)


@pytest.mark.skipif(os.name == "nt", reason="symbolic links need a privilege on Windows")
def test_linked_work_folder(root, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (root / "work").symlink_to(elsewhere)
    refresh(root)
    assert (elsewhere / NAME).exists()
    assert (root / "work").is_symlink()
    elsewhere.rename(elsewhere.with_name("moved"))
    with pytest.raises(CourseError, match="cannot write work"):
        refresh(root)


def act(rng, root, students, token):
    """Let the student do one thing; keep `students` (path → bytes last saved there) true."""
    work = root / "work"
    ours = sorted(p for p in work.rglob("*.ipynb") if p.is_file())
    fixed = [work / n for n in (NAME, "01_toy.new.ipynb", f"exercises/{NAME}", "attempt.ipynb")]
    path = rng.choice([*ours, *fixed])
    path.parent.mkdir(parents=True, exist_ok=True)
    deed = rng.choice(["save", "save", "run", "delete", "rename", "lose state"])
    if deed == "save":
        path.write_bytes(token)
        students[path] = token
    elif deed == "delete" and path.exists():
        path.unlink()
        students.pop(path, None)
    elif deed == "run" and path.exists():
        cells = json.loads(path.read_bytes())["cells"]
        for cell in cells:
            cell["outputs"] = [PRINTED]
        path.write_bytes(notebook(more=cells))
        if path in students:
            students[path] = path.read_bytes()
    elif deed == "rename" and path.exists():
        target = rng.choice(fixed)
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(path, target)
        moved = students.pop(path, None)
        students.pop(target, None)
        if moved is not None:
            students[target] = moved
    elif deed == "lose state":
        (work / workspace.STATE).unlink(missing_ok=True)


@pytest.mark.parametrize("seed", range(60))
def test_no_sequence_of_events_loses_what_a_student_saved(root, seed, monkeypatch):
    rng, students = random.Random(seed), {}
    replace, rename = os.replace, os.rename
    (root / "work").mkdir()
    for step in range(40):
        deed = rng.choice(["student", "student", "publish", "refresh", "refresh", "reset"])
        if deed == "student":
            act(rng, root, students, notebook(f"student {step}"))
        elif deed == "publish":
            publish(root, rng.choice(["v1", f"v{step}"]), rng.choice([NAME, f"exercises/{NAME}"]))
        else:
            left = [rng.choice([0, 1, 2, 3, 99, 99, 99])]

            def crash(function, left=left):
                def perhaps(*args):
                    if left[0] == 0:
                        raise OSError(5, "crash")
                    left[0] -= 1
                    return function(*args)

                return perhaps

            with monkeypatch.context() as patch:
                patch.setattr(os, "replace", crash(replace))
                patch.setattr(os, "rename", crash(rename))
                try:
                    refresh(root) if deed == "refresh" else reset(root, "01")
                except CourseError as error:
                    assert "crash" in str(error)  # noqa: PT017
            # What reset moved aside is at another path now.
            moved = {
                path: b for path, b in students.items() if path.exists() and path.read_bytes() == b
            }
            found = {p: p.read_bytes() for p in (root / "work").rglob("*") if p.is_file()}
            lost = set(students.values()) - set(found.values())
            assert not lost, (step, deed)
            students = {p: b for p, b in found.items() if b in students.values()}
            assert moved.items() <= students.items()
    assert not [p for p in (root / "work").rglob(".*-*") if p.is_file()]  # no temporary file left
    publish(root, "last")
    refresh(root)
    assert refresh(root) == []
    assert notebook("last") in {p.read_bytes() for p in (root / "work").rglob("*.ipynb")}
