"""Found claims on evidence: run lessons with other seeds and other machines' numerics.

A lesson runs as a plain script, once for each entry of `settings()`. Its claims write down what
they measured instead of stopping it, and what all runs gave becomes the lesson's evidence table in
notebooks/evidence, which the tests compare with the claims that the stored notebook printed.
"""

import ast
import asyncio
import csv
import hashlib
import io
import json
import os
import re
import sys
import tempfile
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from course_utils.authoring import ROOT, kernel, notebooks, sources
from course_utils.authoring.files import atomic_write
from course_utils.checks import claims
from course_utils.errors import CourseError

MIN_MARGIN = 0.5  # distance from the nearest value to the band, in spreads (highest − lowest)
MIN_RUNS = 8
SEED_STEP = 100  # between the seeds of two runs, so that a lesson's seeds 0, 1, 2 never meet

_FIXED = ["claim", "band", "lowest", "highest", "margin"]
_BANDS = "(?:at least|at most|expected|as expected)[^()]*"
_LINES = (
    re.compile(rf"^✓ (?P<claim>.+): [^:()]+ \((?P<band>{_BANDS})\)$"),
    re.compile(r"^✓ (?P<claim>.+): (?P<band>yes)$"),
    re.compile(rf"^✓ (?P<claim>.+?) {{2,}}\S.*? {{2,}}(?P<band>{_BANDS}|yes)$"),
)


@dataclass(frozen=True)
class Setting:
    """One way to run a lesson.

    Args:
        name: str, the column of the table, such as "seed 1" or "one thread".
        seed: int, 0 for the seeds that the lesson names.
        environment: dict of variables on top of the kernel's own.
    """

    name: str
    seed: int = 0
    environment: dict = field(default_factory=dict)


def settings():
    """Return the runs of a proof: a list of `Setting`, four seeds and four other numerics.

    oneDNN, which computes TensorFlow's layers, is held to two instruction sets older than this
    processor's, and then left out; OpenBLAS, which computes NumPy's products, is held to those of
    an old core, in one thread, where sums are taken in another order.
    """
    levels = ["AVX2", "AVX", "SSE41"]
    if not _has_avx512():
        levels.remove("AVX2")
    one_thread = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS",
                  "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")  # fmt: skip
    old_core = dict.fromkeys(one_thread, "1") | {"OPENBLAS_CORETYPE": "Nehalem"}
    runs = [Setting(f"seed {seed}", seed) for seed in range(4)]
    runs += [Setting(f"oneDNN {isa}", 0, {"ONEDNN_MAX_CPU_ISA": isa}) for isa in levels[:2]]
    runs.append(Setting("no oneDNN", 0, {"TF_ENABLE_ONEDNN_OPTS": "0"}))
    runs.append(Setting("one old core", 0, old_core))
    return runs


def _has_avx512():
    try:
        return "avx512f" in Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return True  # not Linux: naming a level too new does no harm


@dataclass
class Proof:
    """One run of one lesson.

    Args:
        lesson: path of the lesson source.
        setting: Setting.
        path: path of the file that keeps the result, so that a stopped proof goes on.
        key: str, names code, setting and versions; a result with another key is stale.
    """

    lesson: Path
    setting: Setting
    path: Path
    key: str

    def result(self):
        """Return the recorded claims as a list of dict, or None when they are not there yet."""
        try:
            kept = json.loads(self.path.read_bytes())
        except (OSError, ValueError):
            return None
        return kept["claims"] if kept.get("key") == self.key else None


def plan(lessons, root=ROOT, runs=None):
    """Return a `Proof` for each lesson and setting, in the order in which they are run.

    Args:
        lessons: list of paths of lesson sources.
        root: path of the checkout.
        runs: list of `Setting`; those of `settings()` by default.
    """
    packages = ("tensorflow-cpu", "tensorflow", "keras", "numpy", "scikit-learn")
    versions = [f"{name} {_version(name)}" for name in packages]
    proofs = []
    for lesson in lessons:
        code = _script(lesson, seed=0)
        for setting in runs or settings():
            parts = [code, setting.name, setting.seed, setting.environment, versions]
            key = hashlib.sha256(repr(parts).encode()).hexdigest()
            name = setting.name.replace(" ", "-")
            path = root / "build" / "prove" / lesson.stem / f"{name}.json"
            proofs.append(Proof(lesson, setting, path, key))
    return proofs


async def run_all(proofs, *, jobs=1, on_start=lambda proof: None, on_end=lambda proof: None):
    """Run what has no result yet, `jobs` at a time.

    Args:
        proofs: list of `Proof`.
        jobs: int, processes at a time.
        on_start, on_end: called with each proof that is run.

    Raises:
        CourseError: a lesson stopped with an error; the message ends with its last lines. Results
            that are there already stay, and the next call goes on from them.
    """
    free = asyncio.Semaphore(jobs)

    async def one(proof):
        async with free:
            if proof.result() is None:
                on_start(proof)
                await _run(proof)
            on_end(proof)

    tasks = [asyncio.create_task(one(proof)) for proof in proofs]
    try:
        await asyncio.gather(*tasks)
    finally:  # the first error, or Ctrl-C, ends all others
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _run(proof):
    """Run a lesson as a script and keep what its claims wrote down."""
    setting = proof.setting
    with tempfile.TemporaryDirectory() as scratch:
        script, record = Path(scratch, f"{proof.lesson.stem}.py"), Path(scratch, "claims.jsonl")
        script.write_text(_script(proof.lesson, setting.seed), encoding="utf-8")
        record.touch()
        environment = os.environ | kernel.ENVIRONMENT | {"PYTHONUTF8": "1", "MPLBACKEND": "Agg"}
        environment |= setting.environment | {claims.RECORD: str(record)}
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(script), cwd=scratch, env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            _, stderr = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode:
            last = stderr.decode("utf-8", "replace").strip().splitlines()[-12:]
            raise CourseError(f"{proof.lesson.name} stopped ({setting.name}):\n" + "\n".join(last))
        lines = record.read_text(encoding="utf-8").splitlines()
    kept = {"key": proof.key, "claims": [json.loads(line) for line in lines]}
    atomic_write(proof.path, json.dumps(kept, ensure_ascii=False, indent=1) + "\n")


def _script(lesson, seed):
    """Return a lesson's code as one script (str), each of its seeds moved by `seed` steps."""
    cells = [cell.source for cell in sources.read_cells(lesson) if cell.cell_type == "code"]
    tree = ast.parse("\n\n".join(cells))
    if seed:
        own = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        tree = ast.fix_missing_locations(_MoveSeeds(own).visit(tree))
    return f"{_MOVED.format(step=SEED_STEP * seed)}\n{ast.unparse(tree)}\n"


_MOVED = """
def _moved(seed, step={step}):
    if isinstance(seed, (list, tuple)):
        return [_moved(seed[0]), *seed[1:]]
    return seed + step if isinstance(seed, int) else seed
"""


class _MoveSeeds(ast.NodeTransformer):
    """Wrap every seed in `_moved`: of generators by place, of all other calls by keyword.

    A lesson's own function gets the seed as it stands; the generator that it makes moves it.
    """

    FIRST = ("default_rng", "set_random_seed", "SeedGenerator", "RandomState")
    NAMED = ("seed", "random_state")

    def __init__(self, own):
        self.own = own | {"check"}

    def visit_Call(self, node):
        self.generic_visit(node)
        name = getattr(node.func, "attr", getattr(node.func, "id", None))
        if name in self.FIRST and node.args:
            node.args[0] = self._wrapped(node.args[0])
        elif name not in self.own:
            for keyword in node.keywords:
                if keyword.arg in self.NAMED:
                    keyword.value = self._wrapped(keyword.value)
        return node

    def _wrapped(self, value):
        return ast.Call(ast.Name("_moved", ast.Load()), [value], [])


@dataclass
class Row:
    """One line of an evidence table.

    Args:
        claim, band: str, as the lesson prints them.
        values: list of str, what each run measured.
        lowest, highest: str, over all runs; "" for claims on words and whole numbers.
        margin: float; infinite where runs do not differ, negative where the claim falls.
    """

    claim: str
    band: str
    values: list[str]
    lowest: str = ""
    highest: str = ""
    margin: float = float("inf")


def rows(proofs):
    """Return the evidence of one lesson's runs as a list of `Row`.

    Args:
        proofs: list of `Proof` of one lesson, each with a result.

    Raises:
        CourseError: the runs did not make the same claims.
    """
    results = [proof.result() for proof in proofs]
    made = [[(entry["claim"], entry["band"]) for entry in result] for result in results]
    for proof, claims_made in zip(proofs, made, strict=True):
        if claims_made != made[0]:
            differ = [a for a, b in zip(claims_made, made[0], strict=False) if a != b]
            raise CourseError(
                f"{proof.lesson.name} makes other claims in the run {proof.setting.name!r}: "
                f"{differ[0][0] if differ else 'more or fewer'}; a claim's words must not depend "
                "on what was measured"
            )
    return [_row(*entries) for entries in zip(*results, strict=True)]


def _row(*entries):
    """Return one claim's line from what each run recorded of it."""
    row = Row(entries[0]["claim"], entries[0]["band"], [])
    for entry in entries:
        shown = " to ".join(f"{value:.6g}" for value, _ in entry["sides"])
        row.values.append(shown or ("holds" if entry["holds"] else "falls"))
    if not all(entry["holds"] for entry in entries):
        row.margin = -1.0
    sides = list(zip(*(entry["sides"] for entry in entries), strict=True))
    if sides:
        everything = [value for side in sides for value, _ in side]
        row.lowest, row.highest = f"{min(everything):.6g}", f"{max(everything):.6g}"
    for side in sides:
        values, slacks = zip(*side, strict=True)
        spread = max(values) - min(values)
        if spread > 0:
            row.margin = min(row.margin, min(slacks) / spread)
    return row


def table_path(lesson, root=ROOT):
    """Return the path of a lesson's evidence table."""
    return root / "notebooks" / "evidence" / f"{lesson.stem}.csv"


def write_table(lesson, proofs, root=ROOT):
    """Write a lesson's evidence table; return its rows.

    Args:
        lesson: path of the lesson source.
        proofs: list of `Proof` of this lesson, each with a result.
        root: path of the checkout.
    """
    found = rows(proofs)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*_FIXED, *(proof.setting.name for proof in proofs)])
    for row in found:
        margin = "no spread" if row.margin == float("inf") else f"{row.margin:.2f}"
        writer.writerow([row.claim, row.band, row.lowest, row.highest, margin, *row.values])
    atomic_write(table_path(lesson, root), text.getvalue())
    return found


def problems(lesson, root=ROOT):
    """Compare a lesson's claims with its evidence table, without running anything.

    Args:
        lesson: path of the lesson source.
        root: path of the checkout.

    Returns:
        list of str: claims without evidence, evidence without a claim, and thin margins.
    """
    path = table_path(lesson, root)
    name, cure = path.relative_to(root).as_posix(), f"run `course prove {lesson.name[:2]}`"
    claims_made = printed_claims(lesson, root)
    if not path.exists():
        return [f"{name} is missing: {cure}"] if claims_made else []
    with path.open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    lines = []
    proven = [(row["claim"], row["band"]) for row in table]
    for what, band in claims_made:
        if (what, band) in proven:
            proven.remove((what, band))
        else:
            lines.append(f"{name}: no evidence for “{what}” ({band}); {cure}")
    lines += [f"{name}: the lesson no longer claims “{w}” ({b}); {cure}" for w, b in proven]
    for row in table:
        if len(row) - len(_FIXED) < MIN_RUNS:
            return [*lines, f"{name}: has fewer than {MIN_RUNS} runs; {cure}"]
        if row["margin"] != "no spread" and float(row["margin"]) < MIN_MARGIN:
            lines.append(f"{name}: “{row['claim']}” has a margin of {row['margin']} spreads")
    return lines


def printed_claims(lesson, root=ROOT):
    """Return the claims that a stored notebook printed, in order: list of (claim, band)."""
    notebook = notebooks.read(root / "notebooks" / f"{lesson.stem}.ipynb", root)
    found = []
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            for line in output.get("text", "").splitlines():
                if match := next(filter(None, (form.match(line) for form in _LINES)), None):
                    found.append((match["claim"], match["band"]))
    return found


def _version(package):
    try:
        return version(package)
    except ModuleNotFoundError:
        return None
