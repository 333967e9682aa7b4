"""The `course` command: parse, show progress, print; the work is done in authoring/."""

import os
import sys

from course_utils import isolation

try:
    # First of all: what is imported from here on must not be the user's own module of that name.
    isolation.leave_python_path(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    import typer
    from rich.console import Console
    from rich.markup import escape
except ModuleNotFoundError as error:  # a half-finished install must not end in a traceback
    sys.exit(f"course: the package {error.name} is missing; finish the install with `make install`")

from pathlib import Path
from typing import Annotated

from course_utils.authoring import ROOT
from course_utils.errors import CourseError

app = typer.Typer(
    no_args_is_help=True, add_completion=False, rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Work with the course: open it, run it, build it, check it. Start with `course lab`.",
)  # fmt: skip
data_app = typer.Typer(no_args_is_help=True, help="Shipped data, and full-size originals.")
app.add_typer(data_app, name="data")
console = Console(highlight=False)

Numbers = Annotated[
    list[str] | None, typer.Argument(metavar="[NN]…", help="Lesson numbers; all when left out.")
]


@app.command()
def doctor():
    """Check this installation, and say how to mend what is wrong.

    Example: `course doctor`
    """
    from course_utils.authoring.doctor import diagnose, report_block

    signs = {"ok": "[green]✓[/]", "warn": "[yellow]![/]", "fail": "[red]✗[/]"}
    with console.status("Checking…"):
        findings = diagnose(ROOT)
    for finding in findings:
        console.print(f"{signs[finding.status]} {finding.topic}: {escape(finding.message)}")
        if finding.fix:
            console.print(f"    [bold]{escape(finding.fix)}[/]")
    console.print("\nFor a bug report, copy what follows:\n")
    print(report_block(findings))
    if any(finding.status == "fail" for finding in findings):
        raise typer.Exit(1)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def lab(
    context: typer.Context,
    port: Annotated[int | None, typer.Option(help="Port; the first free one by default.")] = None,
    browser: Annotated[bool, typer.Option(help="Open a browser.")] = True,
):
    """Open JupyterLab on your own copies of the notebooks, in work/.

    Copies that you have not touched are brought up to date first; yours are never overwritten.
    Further options go to JupyterLab. Example: `course lab --port 9000`
    """
    from course_utils.authoring import files
    from course_utils.authoring import lab as jupyter

    work = files.output_folder("work", ROOT)
    if work.is_dir() and (found := jupyter.running(work)):
        jupyter.show(found, browser)
        return
    if port is not None:
        jupyter.need_free(port)
    _refresh()
    raise typer.Exit(jupyter.start(work, context.args, port, browser))


@app.command()
def refresh():
    """Bring work/ up to date without opening JupyterLab.

    Example: `course refresh`
    """
    _refresh()


@app.command()
def reset(number: Annotated[str, typer.Argument(metavar="NN", help="A lesson's number.")]):
    """Give back clean copies of a lesson in work/; yours are kept beside them, dated.

    Example: `course reset 01`
    """
    from course_utils.authoring import workspace

    for event in workspace.reset(ROOT, number):
        console.print(escape(event.text))


@app.command()
def run(
    numbers: Numbers = None,
    jobs: Annotated[int, typer.Option("-j", "--jobs", min=1, help="Notebooks at a time.")] = 1,
    cell_seconds: Annotated[int, typer.Option(min=1, help="Time limit of one cell.")] = 120,
):
    """Execute lessons from a clean kernel into build/run/ and report seconds and memory.

    Example: `course run 01 04 -j 2`
    """
    import asyncio

    from rich.live import Live

    from course_utils.authoring import files, kernel, pages
    from course_utils.authoring import run as running

    folder = files.output_folder("build", ROOT) / "run"
    files.need_writable(folder)  # better missed now than after the lessons
    lessons = running.plan(numbers or [])
    kernel.ensure_kernel()
    work = running.run_all(lessons, jobs=jobs, folder=folder, cell_seconds=cell_seconds)
    try:
        with Live(
            console=console, get_renderable=lambda: _run_table(lessons), refresh_per_second=4
        ):
            asyncio.run(work)
    except KeyboardInterrupt:
        where = files.shown(folder, ROOT)
        console.print(f"Stopped. What had ended is in {where}/; no kernel is left.")
        if any(lesson.result for lesson in lessons):
            pages.write(lessons, folder)
        raise typer.Exit(130) from None
    report = files.shown(pages.write(lessons, folder), ROOT)
    console.print(f"\nReport: {escape(report)}", soft_wrap=True)
    failed = [lesson for lesson in lessons if lesson.state == "failed"]
    for lesson in failed:
        print(lesson.result.traceback)
        console.print(f"[red]✗[/] notebooks/{lesson.path.name}, {escape(lesson.result.error)}")
    if failed:
        raise typer.Exit(1)


@app.command()
def build(
    numbers: Numbers = None,
    check: Annotated[bool, typer.Option("--check", help="Only name what is stale.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Execute what is up to date too.")] = False,
):
    """Generate notebooks from notebooks/src; execute those whose code has changed.

    Example: `course build 01`, or `course build --check` before a commit
    """
    from course_utils.authoring import build as building
    from course_utils.authoring import files, kernel, readme, sources

    lessons = sources.select_lessons(numbers or [])
    if check:
        lines = building.stale(lessons)
        for line in lines:
            print(line)
        if lines:
            raise typer.Exit(1)
        console.print(f"[green]✓[/] {len(lessons)} lessons are up to date")
        return
    kernel.ensure_kernel()
    files.need_writable(ROOT / "notebooks", "make it writable")
    written = []
    with _progress() as progress:
        for lesson in lessons:
            task = progress.add_task(lesson.stem, total=None)

            def on_cell(path, done, total, task=task):
                name = path.relative_to(ROOT / "notebooks").as_posix()
                progress.update(task, description=name, completed=done, total=total)

            written += building.build(lesson, force=force, on_cell=on_cell)
            progress.update(task, description=lesson.stem, completed=1, total=1)
    for path in written:
        print(f"wrote {path.relative_to(ROOT).as_posix()}")
    for name in readme.update():
        print(f"wrote {name}")


@app.command()
def prove(
    numbers: Numbers = None,
    jobs: Annotated[int, typer.Option("-j", "--jobs", min=1, help="Processes at a time.")] = 1,
    check: Annotated[
        bool, typer.Option("--check", help="Only compare claims with evidence; run nothing.")
    ] = False,
):
    """Run lessons with other seeds and numerics, and write what their claims measured as a table.

    A stopped proof goes on where it was. Example: `course prove 05 -j 2`
    """
    import asyncio

    from course_utils.authoring import prove as proving
    from course_utils.authoring import sources

    lessons = sources.select_lessons(numbers or [])
    if not check:
        proofs = proving.plan(lessons)
        with _progress() as progress:
            task = progress.add_task("runs", total=len(proofs))

            def on_start(proof):
                label = f"{proof.lesson.name[:2]} {proof.setting.name}"
                progress.update(task, description=label)

            def on_end(proof):
                progress.advance(task)

            work = proving.run_all(proofs, jobs=jobs, on_start=on_start, on_end=on_end)
            try:
                asyncio.run(work)
            except KeyboardInterrupt:
                console.print("Stopped. The next call goes on from here.")
                raise typer.Exit(130) from None
        for lesson in lessons:
            own = [proof for proof in proofs if proof.lesson == lesson]
            found = proving.write_table(lesson, own)
            print(f"wrote {proving.table_path(lesson).relative_to(ROOT).as_posix()}: "
                  f"{len(found)} claims")  # fmt: skip
    lines = [line for lesson in lessons for line in proving.problems(lesson)]
    for line in lines:
        print(line)
    if lines:
        raise typer.Exit(1)
    console.print(f"[green]✓[/] the claims of {len(lessons)} lessons stand on their evidence")


@app.command()
def slides(
    numbers: Numbers = None,
    pdf: Annotated[bool, typer.Option("--pdf", help="Print each deck: a page a slide.")] = False,
    notes: Annotated[
        bool, typer.Option("--notes", help="Print each deck with its speaker notes.")
    ] = False,
    show: Annotated[bool, typer.Option("--open", help="Open what was built.")] = False,
):
    """Build the decks into build/slides/html, a folder that works without a network or a server.

    In a deck, S opens the speaker view and ? lists the keys. Example: `course slides 04 --pdf`
    """
    import webbrowser

    from course_utils.authoring import files
    from course_utils.authoring import slides as decks
    from course_utils.authoring.browser import browser

    if pdf or notes:
        browser()  # better missed now than after the build
    selected = decks.select(numbers or [])
    prints = [kind for kind, wanted in ((False, pdf), (True, notes)) if wanted]
    with _progress() as progress:
        task = progress.add_task("decks", total=len(selected) * (1 + len(prints)))

        def on_deck(name):
            progress.update(task, description=name, advance=int(name != "index"))

        pages = decks.build(selected, on_deck)
        for page in list(pages):
            for with_notes in prints:
                progress.update(task, description=f"{page.stem}.pdf")
                pages.append(decks.print_pdf(page, with_notes))
                progress.advance(task)
    for page in pages:
        print(files.shown(page, ROOT))
    if show:
        webbrowser.open((pages[0] if numbers else pages[0].with_name("index.html")).as_uri())


@app.command()
def release(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Of a course of nbgrader's.")],
    numbers: Numbers = None,
):
    """Write exercises into a folder for nbgrader, which hands them out and grades them.

    Example: `course release ~/deep-learning-2027 01 02`
    """
    from course_utils.authoring import release as releasing
    from course_utils.authoring import sources

    for path in releasing.write(folder, sources.select_lessons(numbers or [])):
        print(f"wrote {path}")


@app.command()
def lint():
    """Hold every lesson, exercise and deck against the house style.

    Example: `course lint`
    """
    from course_utils.authoring import lint as linting

    problems = linting.lint(ROOT)
    for problem in problems:
        print(problem)
    if problems:
        raise typer.Exit(1)
    console.print("[green]✓[/] house style")


@data_app.command("list")
def data_list():
    """List what ships with the course, and the full-size originals that can be fetched.

    Example: `course data list`
    """
    from rich.table import Table

    from course_utils import originals

    table = Table("in this repository", "MB", "licence", "source")
    for row in originals.shipped_sets():
        table.add_row(row["name"], f"{row['bytes'] / 1e6:.1f}", row["licence"], row["source"])
    console.print(table)
    table = Table("original", "MB", "licence", "state")
    for row in originals.originals():
        table.add_row(row["name"], f"{row['bytes'] / 1e6:,.1f}", row["licence"], row["state"])
    console.print(table)
    console.print(f"Originals are kept in {originals.cache_folder()}", soft_wrap=True)


@data_app.command("verify")
def data_verify():
    """Compare every shipped file and every fetched original with its checksum.

    Example: `course data verify`
    """
    from course_utils import originals

    with _progress() as progress:
        task = progress.add_task("data", total=None)

        def show(name, done, total):
            progress.update(task, description=name, completed=done, total=total)

        problems = originals.verify(show)
    for problem in problems:
        print(problem)
    if problems:
        raise typer.Exit(1)
    console.print("[green]✓[/] every file has its checksum")


@data_app.command("fetch")
def data_fetch(name: Annotated[str, typer.Argument(help="A name from `course data list`.")]):
    """Download a full-size original; an interrupted download goes on where it stopped.

    `COURSE_DATA_MIRROR` names another server or a folder. Example: `course data fetch mnist`
    """
    from rich.progress import DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn

    from course_utils import originals

    columns = [*Progress.get_default_columns()[:2], DownloadColumn(), TransferSpeedColumn()]
    with Progress(*columns, TimeRemainingColumn(), console=console) as progress:
        tasks = {}

        def show(file, done, total):
            if file not in tasks:
                tasks[file] = progress.add_task(file, total=total)
            progress.update(tasks[file], completed=done, total=total)

        paths = originals.fetch(name, show)
    for path in paths:
        print(path)


def _refresh():
    """Make the kernel and the student's copies ready."""
    from course_utils.authoring import kernel, workspace

    kernel.ensure_kernel()
    for event in workspace.refresh(ROOT):
        console.print(escape(event.text))


def _progress():
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = [TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()]
    return Progress(*columns, TimeElapsedColumn(), console=console)


def _run_table(lessons):
    from rich.table import Table

    table = Table("lesson", "cells", "seconds", "peak MB", "status")
    styles = {"ok": "green", "failed": "red", "running": "yellow"}
    for lesson in lessons:
        seconds = memory = ""
        if result := lesson.result:
            seconds = f"{result.seconds:.1f}"
            memory = f"{result.peak_bytes / 2**20:.0f}" if result.peak_bytes else "–"
        cells = f"{lesson.done}/{lesson.cells}"
        style = styles.get(lesson.state, "")
        table.add_row(lesson.path.stem, cells, seconds, memory, lesson.state, style=style)
    return table


def _need_a_home():
    """Give a user without a home that can be written one: Jupyter and IPython keep files there."""
    import contextlib

    from course_utils.authoring.files import output_folder

    if os.access(os.path.expanduser("~"), os.W_OK):  # which stays "~" where there is none
        return
    home = output_folder("build", ROOT) / "home"
    os.environ["USERPROFILE" if os.name == "nt" else "HOME"] = str(home)
    with contextlib.suppress(OSError):  # a command that writes says what is wrong with build/
        home.mkdir(parents=True, exist_ok=True)


def main():
    """Run the command; show what the user can mend as one line, not as a traceback."""
    from course_utils.authoring.kernel import kernel_environment

    _need_a_home()
    os.environ.update(kernel_environment())
    try:
        app()
    except CourseError as error:
        sys.exit(f"course: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
    except PermissionError as error:
        sys.exit(f"course: no permission to write {error.filename}: make its folder writable")
    except OSError as error:
        sys.exit(f"course: {error.strerror}: {error.filename or ''}".rstrip(": "))


if __name__ == "__main__":
    main()
