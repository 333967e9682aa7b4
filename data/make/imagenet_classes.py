"""Make imagenet_classes.csv: the 1,000 classes of ImageNet, in the order of network outputs."""

from pathlib import Path

import sources

# Two pairs of classes share their first name; these are the only names written by hand.
DISTINCT = {
    "n02012849": "crane (bird)",
    "n03126707": "crane (machine)",
    "n03710637": "maillot",
    "n03710721": "maillot (tank suit)",
}


def build(folder: Path) -> None:
    """Write imagenet_classes.csv into `folder`: WordNet id and first name of each class."""
    info = "timm/data/_info/imagenet_synset"
    synsets = sources.read("timm", f"{info}s.txt").decode().split()
    rows = sources.read("timm", f"{info}_to_lemma.txt").decode().splitlines()
    lemmas = dict(row.split("\t") for row in rows)
    lines = ["synset,name"]
    lines += [f"{s},{DISTINCT.get(s, lemmas[s].split(',')[0])}" for s in synsets]
    sources.save_text(folder / "imagenet_classes.csv", "\n".join(lines) + "\n")


if __name__ == "__main__":
    build(sources.output_folder())
