"""Keep `data/manifest.json` and the tables in `data/README.md` true to the files beside them.

The descriptions in the manifest (title, licence, source, address of an original) are written by
hand. Sizes and checksums, and the tables, are computed here: run `python data/make/manifest.py`
after a change in `data/`.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

from course_utils import shipped


def refresh(check: bool = False) -> list[str]:
    """Write the manifest's checksums and the README's tables, or say where they are out of date.

    Args:
        check: write nothing.

    Returns:
        One line for each of the two files that was out of date.
    """
    path = shipped.DATA / "manifest.json"
    old = path.read_text(encoding="utf-8")
    manifest = json.loads(old)
    manifest.pop("sha256", None)
    manifest["files"] = {name: _describe(shipped.DATA / name) for name in _file_names(manifest)}
    checksum = shipped.manifest_checksum(manifest)
    new = json.dumps(manifest | {"sha256": checksum}, indent=2, ensure_ascii=False) + "\n"
    stale = _update(path, old, new, check)

    path = shipped.DATA / "README.md"
    old = new = path.read_text(encoding="utf-8")
    for name, table in (("files", _files(manifest)), ("originals", _originals(manifest))):
        block = f"<!-- {name}:begin -->\n{table}\n<!-- {name}:end -->"
        new, count = re.subn(
            rf"<!-- {name}:begin -->.*?<!-- {name}:end -->", lambda _, b=block: b, new, flags=re.S
        )
        if count != 1:
            raise ValueError(f"data/README.md needs the markers {name}:begin and {name}:end once.")
    stale += _update(path, old, new, check)
    shipped.read_manifest.cache_clear()
    return stale


def _file_names(manifest: dict) -> list[str]:
    """Return what the data sets list, and every licence text and picture of a card."""
    names = [name for entry in manifest["sets"].values() for name in entry["files"]]
    for folder, ending in (("licences", "*.txt"), ("cards", "*.png")):
        names += sorted(f"{folder}/{path.name}" for path in (shipped.DATA / folder).glob(ending))
    return names


def _describe(path: Path) -> dict:
    content = path.read_bytes()
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def _update(path: Path, old: str, new: str, check: bool) -> list[str]:
    if old == new:
        return []
    if not check:
        path.write_bytes(new.encode("utf-8"))
    return [f"data/{path.name} is out of date: run python data/make/manifest.py"]


def _files(manifest: dict) -> str:
    lines = ["| file | bytes | licence | from | rebuilt by |", "|---|---:|---|---|---|"]
    total = 0
    for entry in manifest["sets"].values():
        files = entry["files"]
        size = sum(manifest["files"][name]["bytes"] for name in files)
        total += size
        pictures = [name for name in files if name.startswith("photos/")]
        shown = [f"`{name}`" for name in files if name not in pictures]
        shown += [f"`photos/*.png` ({len(pictures)})"] if pictures else []
        made_by = entry["made_by"]
        made_by = f"[`{made_by}`]({made_by})" if made_by.startswith("make/") else made_by
        cells = [", ".join(shown), f"{size:,}", entry["licence"], entry["source"], made_by]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, f"| together | {total:,} | | | |"])


def _originals(manifest: dict) -> str:
    lines = ["| name | what | download | licence | files and sha256 |", "|---|---|---:|---|---|"]
    for name, entry in manifest["originals"].items():
        size = sum(file["bytes"] for file in entry["files"]) / 1e6
        files = "<br>".join(
            f"[{file['file']}]({file['url']}) `{file['sha256'][:12]}…`" for file in entry["files"]
        )
        lines.append(
            f"| `{name}` | {entry['title']} | {size:,.1f} MB | {entry['licence']} | {files} |"
        )
    return "\n".join(lines)
