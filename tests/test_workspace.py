import json
import os
import random

import pytest

from course_utils.authoring import workspace
from course_utils.authoring.workspace import refresh, reset
from course_utils.errors import CourseError

NAME = "01_toy.ipynb"


def notebook(text):
    return json.dumps({"cells": [text]}).encode()


@pytest.fixture
def root(tmp_path):
    (tmp_path / "notebooks" / "exercises").mkdir(parents=True)
    publish(tmp_path, "v1")
    publish(tmp_path, "e1", f"exercises/{NAME}")
    publish(tmp_path, "other", "02_more.ipynb")
    return tmp_path


def publish(root, text, name=NAME):
    (root / "notebooks" / name).write_bytes(notebook(text))


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
    with pytest.raises(CourseError, match=r"02_more\.ipynb .*git checkout -- notebooks"):
        refresh(root)
    assert not (root / "work").exists()


def test_no_notebooks_at_all(tmp_path):
    with pytest.raises(CourseError, match="git checkout -- notebooks"):
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
    deed = rng.choice(["save", "save", "delete", "rename", "lose state"])
    if deed == "save":
        path.write_bytes(token)
        students[path] = token
    elif deed == "delete" and path.exists():
        path.unlink()
        students.pop(path, None)
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
            act(rng, root, students, f"student {step}".encode())
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
