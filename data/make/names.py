"""Make names.csv: first names with how common they are for women and men in the US of 1990."""

from pathlib import Path

import sources


def frequencies(sex: str) -> dict[str, float]:
    """Return name → per cent of the census sample of that sex that bore it."""
    rows = sources.read("names", f"names/dist.{sex}.first").decode("ascii").split("\n")
    return {row.split()[0].lower(): float(row.split()[1]) for row in rows if row.strip()}


def build(folder: Path) -> None:
    """Write names.csv into `folder`; a name in both lists becomes one row."""
    female, male = frequencies("female"), frequencies("male")
    lines = ["name,female_percent,male_percent,split"]
    for name in sorted(female.keys() | male.keys()):
        split = "test" if int(sources.fingerprint(name), 16) % 5 == 0 else "train"
        lines.append(f"{name},{female.get(name, 0):.3f},{male.get(name, 0):.3f},{split}")
    sources.save_text(folder / "names.csv", "\n".join(lines) + "\n")


if __name__ == "__main__":
    build(sources.output_folder())
