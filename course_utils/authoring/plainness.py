"""Measure how plain a lesson's code is: could a beginner read each line aloud?

A statement is counted in the nodes of its syntax tree, without the statements inside it. A bracket
with one entry a line, such as a list of layers, counts entry by entry.
"""

import ast
import re
from dataclasses import dataclass, field

WORDS_A_MINUTE = 200
SECONDS_A_LINE = 4  # of code
MINUTES = 45  # the core of a lesson, without "Going further"

NODES = {0.5: 13, 0.9: 24}  # share of statements → most nodes
MOST_NODES = 45
LINE = {0.5: 45, 0.9: 75}  # share of lines → most characters
LONGEST_LINE = 88
COMPREHENSIONS = 4  # per 100 statements

_COMPREHENSION = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_KINDS = {
    ast.List: "a list", ast.ListComp: "a list", ast.Dict: "a dict", ast.DictComp: "a dict",
    ast.Set: "a set", ast.SetComp: "a set", ast.Tuple: "a tuple", ast.JoinedStr: "a string",
    ast.Lambda: "a function",
}  # fmt: skip


@dataclass
class Plainness:
    """What a lesson's code measures.

    Args:
        nodes: list of int, one a statement.
        lines: list of int, the characters of each line that is neither blank nor a docstring's.
        comprehensions: int.
        problems: list of str, lines that a beginner cannot read aloud, quoted, with what to do.
    """

    nodes: list = field(default_factory=list)
    lines: list = field(default_factory=list)
    comprehensions: int = 0
    problems: list = field(default_factory=list)

    @property
    def comprehensions_per_100(self):
        """The comprehensions per 100 statements (float)."""
        return 100 * self.comprehensions / max(len(self.nodes), 1)

    def row(self):
        """Return statements, nodes and characters (median, 90 %), comprehensions per 100."""
        return [
            len(self.nodes),
            *(quantile(self.nodes, share) for share in NODES),
            *(quantile(self.lines, share) for share in LINE),
            round(self.comprehensions_per_100, 1),
        ]


def quantile(values, share):
    """Return the value that a share of all values does not exceed."""
    return sorted(values)[min(int(share * len(values)), len(values) - 1)] if values else 0


def measure(codes):
    """Return the `Plainness` of code cells.

    Args:
        codes: list of str, the cells of one notebook in their order.
    """
    found, kinds = Plainness(), {}
    for code in codes:
        lines, tree = code.splitlines(), ast.parse(code)
        text = _lines_of_text(tree)
        for number, line in enumerate(lines, start=1):
            if not line.strip() or number in text:
                continue
            found.lines.append(len(line))
            if len(line) > LONGEST_LINE:
                found.problems.append(
                    f"{len(line)} characters, at most {LONGEST_LINE}: name a part of it on a line "
                    f"of its own: {line.strip()!r}"
                )
        for statement in _statements(tree):
            line = lines[statement.lineno - 1].strip()
            sizes = _sizes(statement)
            found.nodes += sizes
            if max(sizes) > MOST_NODES:
                found.problems.append(
                    f"{max(sizes)} syntax nodes in one statement, at most {MOST_NODES}: do it in "
                    f"steps, each with a name: {line!r}"
                )
            found.comprehensions += sum(isinstance(n, _COMPREHENSION) for n in _own(statement))
            found.problems += [f"{text}: {line!r}" for text in _folds(statement)]
        found.problems += _rebound(tree, lines, kinds)
    return found


def problems(codes):
    """Return the departures of code cells from plainness, as a list of str."""
    found = measure(codes)
    result = list(found.problems)
    for values, limits, what in (
        (found.nodes, NODES, "syntax nodes a statement"),
        (found.lines, LINE, "characters a line"),
    ):
        for share, limit in limits.items():
            if (seen := quantile(values, share)) > limit:
                name = "the median" if share == 0.5 else f"{share:.0%}"
                result.append(f"{what}: {name} is {seen}, at most {limit}")
    if found.comprehensions_per_100 > COMPREHENSIONS:
        result.append(
            f"{found.comprehensions_per_100:.1f} comprehensions per 100 statements, at most "
            f"{COMPREHENSIONS}: write a loop with a name for each step"
        )
    return result


def reading_minutes(cells):
    """Return the minutes that the core of a lesson takes to read, a float.

    Args:
        cells: nbformat cells; those from a heading "## Going further" to the next heading of
            that level are left out.
    """
    words = lines = 0
    aside = False
    for cell in cells:
        if cell.cell_type == "markdown":
            if heading := re.match(r"## (.*)", cell.source):
                aside = heading[1].startswith("Going further")
            words += 0 if aside else len(cell.source.split())
        elif not aside:
            lines += sum(bool(line.strip()) for line in cell.source.splitlines())
    return words / WORDS_A_MINUTE + lines * SECONDS_A_LINE / 60


def _is_text(node):
    """Tell whether a statement is a docstring."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _lines_of_text(tree):
    """Return the numbers of the lines that docstrings fill, as a set of int."""
    found = [node for node in ast.walk(tree) if _is_text(node)]
    return {line for node in found for line in range(node.lineno, node.end_lineno + 1)}


def _statements(tree):
    """Yield all statements but imports and docstrings."""
    for node in ast.walk(tree):
        counts = not _is_text(node) and not isinstance(node, ast.Import | ast.ImportFrom)
        if isinstance(node, ast.stmt) and counts:
            yield node


def _own(node):
    """Return the nodes of a statement or expression without the statements inside it."""
    inner = [child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.stmt)]
    return [node, *(found for child in inner for found in _own(child))]


def _sizes(statement):
    """Return the nodes of a statement, and of each entry that has a line of its own."""
    entries = []

    def size(node):
        total = 1
        own_line = _entries_on_lines(node)
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.stmt):
                continue
            if child in own_line:
                entries.append(size(child))
            else:
                total += size(child)
        return total

    whole = size(statement)
    return [whole, *entries]


def _entries_on_lines(node):
    """Return the entries of a bracket that stand one a line, or nothing."""
    match node:
        case ast.List() | ast.Tuple() | ast.Set():
            entries = node.elts
        case ast.Dict():
            starts = [key.lineno for key in node.keys if key]
            alone = len(set(starts)) == len(starts) > 1
            return node.values if alone else []
        case ast.Call():
            entries = [*node.args, *node.keywords]
        case _:
            return []
    starts = [entry.lineno for entry in entries]
    return entries if len(set(starts)) == len(starts) > 1 else []


def _folds(statement):
    """Return what is folded in a statement, as a list of str: what to do instead."""
    found = []
    for node in _own(statement):
        match node:
            case ast.NamedExpr():
                found.append("a walrus `:=`: assign on a line of its own")
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                nested = any(isinstance(inner, _COMPREHENSION) for inner in _own(node)[1:])
                if nested or len(node.generators) > 1:
                    found.append("a nested comprehension: write the loops")
            case ast.Dict():
                if any(isinstance(value, ast.Lambda) for value in node.values):
                    found.append("functions without a name in a dict: define them, or a list of if")
            case ast.Lambda():
                if node.args.defaults or node.args.kw_defaults:
                    found.append("a lambda with a default value: define a function")
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Tuple):
        left, right = statement.targets[0], statement.value
        if isinstance(right, ast.GeneratorExp | ast.ListComp):
            found.append("a comprehension is unpacked: one line for each name")
        if isinstance(right, ast.Tuple) and _names(left) != _names(right):
            found.append("several assignments in one: one line for each name")
        if any(isinstance(part, ast.Starred) for part in left.elts):
            found.append("a starred name: take the entries by index or slice")
    match statement:
        case ast.Assign(targets=[ast.Attribute()], value=ast.Lambda()):
            found.append("a method is replaced by a lambda: define a function and call it")
    return found


def _names(node):
    return sorted(ast.unparse(part) for part in node.elts)


def _rebound(tree, lines, kinds):
    """Return where a name of the notebook changes what it stands for, as far as code shows it.

    Args:
        tree: a cell's syntax tree.
        lines: list of str, its lines.
        kinds: dict, name → what it has stood for so far; this cell's are added.
    """
    found = []
    for name, kind, line in _bindings(tree.body):
        before = kinds.setdefault(name, kind)
        if before != kind:
            found.append(
                f"`{name}` was {before} and becomes {kind}: a name keeps its meaning; choose "
                f"another: {lines[line - 1].strip()!r}"
            )
            kinds[name] = kind
    return found


def _bindings(body):
    """Yield (name, kind, line) where statements bind a name to something of a known kind."""
    for node in body:
        match node:
            case ast.FunctionDef():
                yield node.name, "a function", node.lineno
            case ast.ClassDef():
                yield node.name, "a class", node.lineno
            case ast.Import() | ast.ImportFrom():
                for alias in node.names:
                    yield alias.asname or alias.name, "an import", node.lineno
            case ast.Assign(targets=[ast.Name(id=name)]):
                if kind := _kind(node.value):
                    yield name, kind, node.lineno
            case ast.For() | ast.While() | ast.If() | ast.With():
                yield from _bindings(node.body)


def _kind(value):
    """Return what an expression makes, in words, or None where code does not show it."""
    match value:
        case ast.Constant(value=None | bool()):
            return None
        case ast.Constant(value=str()):
            return "a string"
        case ast.Constant(value=int() | float()):
            return "a number"
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)) if name[0].isupper():
            return f"a {name}"
    return _KINDS.get(type(value))
