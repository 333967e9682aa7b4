"""Take functions out of a lesson's source, so that tests run what students read, not a copy."""

import ast
import importlib.util
import tempfile
from pathlib import Path

from course_utils.authoring import ROOT, sources


def functions_of(stem, names):
    """Import functions and constants of a lesson without running the rest of it.

    Args:
        stem: str, such as "09_adversarial_examples".
        names: functions and assigned names to take; all imports of the lesson come with them.

    Returns:
        A module with these names. It comes from a file, since `tf.function` reads source code.
    """
    parts, missing = [], set(names)
    for cell in sources.read_cells(ROOT / "notebooks" / "src" / f"{stem}.py"):
        if cell.cell_type != "code":
            continue
        lines = cell.source.splitlines()
        for node in ast.parse(cell.source).body:
            named = {node.name} if isinstance(node, ast.FunctionDef) else set()
            if isinstance(node, ast.Assign):
                named = {target.id for target in node.targets if isinstance(target, ast.Name)}
            if named & missing or isinstance(node, ast.Import | ast.ImportFrom):
                missing -= named
                decorators = getattr(node, "decorator_list", [])
                first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
                parts.append("\n".join(lines[first - 1 : node.end_lineno]))
    if missing:
        raise LookupError(f"{stem} defines no {', '.join(sorted(missing))}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"lesson_{stem}.py"
        path.write_text("\n\n\n".join(parts) + "\n", encoding="utf-8")
        spec = importlib.util.spec_from_file_location(path.stem, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        _compile_while_the_source_is_there(module)
    return module


def _compile_while_the_source_is_there(module):
    """Let Python keep the module's lines after its file has gone."""
    import linecache

    linecache.getlines(module.__file__)
    size, _, lines, name = linecache.cache[module.__file__]
    linecache.cache[module.__file__] = size, None, lines, name  # no time stamp: never checked
