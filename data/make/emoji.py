"""Make emoji.npz and emoji.csv: animals, food and vehicles, drawn by two vendors, 96 × 96 pixels.

Needs cairosvg and fonttools (`pip install -e .[data]`).
"""

import collections
import io
import json
from pathlib import Path

import cairosvg
import numpy as np
import sources
from fontTools.ttLib import TTFont
from PIL import Image

SIZE = 96
CLASSES = {"animal-": "animal", "food-": "food", "drink": "food", "transport-": "vehicle"}
# In these sub-groups, but parts, traces, places and equipment: no animal and no vehicle.
LEFT_OUT = {
    "paw prints", "feather", "wing", "spider web", "microbe", "spiral shell", "pig nose",
    "station", "bus stop", "motorway", "railway track", "oil drum", "fuel pump", "wheel",
    "police car light", "horizontal traffic light", "vertical traffic light", "stop sign",
    "construction", "anchor", "ring buoy", "seat", "parachute",
}  # fmt: skip


# The same drawing in another colour, posture or number: a fold has all of them or none.
REDRAWN = (
    "guide dog|service dog", "cat|black cat", "tiger|leopard", "ox|water buffalo|cow", "mouse|rat",
    "camel|two-hump camel", "bear|polar bear", "bird|black bird", "swan|goose", "whale|dolphin",
    "baby chick|front-facing baby chick|hatching chick", "lemon|lime", "red apple|green apple",
    "shaved ice|ice cream", "beer mug|clinking beer mugs", "wine glass|cocktail glass",
    "high-speed train|bullet train", "railway car|mountain railway|tram car", "bus|trolleybus",
    "police car|taxi|automobile", "oncoming police car|oncoming taxi|oncoming automobile",
    "speedboat|motor boat", "passenger ship|ferry|ship", "airplane departure|airplane arrival",
    "mountain cableway|aerial tramway|suspension railway",
)  # fmt: skip


def noto_bitmaps() -> dict[str, bytes]:
    """Return hexadecimal code points, joined by '-', → PNG, from the font's bitmaps."""
    font = TTFont(io.BytesIO(sources.read("noto-color-emoji", "NotoColorEmoji.ttf")))
    (strike,) = font["CBDT"].strikeData
    glyphs = {f"{code:X}": glyph for code, glyph in font.getBestCmap().items()}
    code_of = {glyph: code for code, glyph in glyphs.items()}
    for lookup in font["GSUB"].table.LookupList.Lookup:
        for table in lookup.SubTable:
            table = getattr(table, "ExtSubTable", table)
            for first, ligatures in getattr(table, "ligatures", {}).items():
                for ligature in ligatures:
                    codes = [code_of.get(glyph, "") for glyph in (first, *ligature.Component)]
                    glyphs["-".join(c for c in codes if c != "FE0F")] = ligature.LigGlyph
    return {codes: strike[g].imageData for codes, g in glyphs.items() if g in strike}


def on_white(image: Image.Image) -> np.ndarray:
    """Return a transparent picture as a square one on white, SIZE × SIZE × 3."""
    side = max(image.size)
    square = Image.new("RGBA", (side, side), "white")
    corner = ((side - image.width) // 2, (side - image.height) // 2)
    square.alpha_composite(image.convert("RGBA"), corner)
    return np.asarray(square.convert("RGB").resize((SIZE, SIZE), Image.Resampling.LANCZOS))


def entries(noto: dict[str, bytes]) -> list[dict]:
    """Return OpenMoji's entries that are an animal, food or a vehicle and that Noto draws too."""
    chosen = []
    for entry in json.loads(sources.read("openmoji", "package/data/openmoji.json")):
        group = next((c for p, c in CLASSES.items() if entry["subgroups"].startswith(p)), None)
        code = entry["hexcode"].replace("-FE0F", "")
        wanted = group and entry["subgroups"] != "transport-sign" and code in noto
        if wanted and entry["group"] != "extras-openmoji" and entry["annotation"] not in LEFT_OUT:
            chosen.append({"code": code, "class": group, **entry})
    return chosen


def folds(chosen: list[dict]) -> list[int]:
    """Return a fold number for each entry, spreading sub-groups, keeping redrawn ones together."""
    family = {name: names for names in REDRAWN for name in names.split("|")}
    members: dict[str, list[dict]] = {}
    for entry in chosen:
        members.setdefault(family.get(entry["annotation"], entry["code"]), []).append(entry)
    order = sorted(
        members.values(),
        key=lambda group: (
            -len(group),
            group[0]["subgroups"],
            sources.fingerprint(group[0]["code"]),
        ),
    )
    fold, count = {}, collections.Counter()
    for group in order:
        kinds = (group[0]["subgroups"], group[0]["class"], "all")
        best = min(range(5), key=lambda f: [count[f, kind] for kind in kinds])
        for entry in group:
            fold[entry["code"]] = best
            count.update((best, kind) for kind in (entry["subgroups"], entry["class"], "all"))
    return [fold[entry["code"]] for entry in chosen]


def build(folder: Path) -> None:
    """Write emoji.npz and emoji.csv into `folder`."""
    bitmaps = noto_bitmaps()
    chosen = entries(bitmaps)
    svgs = sources.read_all("openmoji", "package/color/svg")
    noto = np.stack([on_white(Image.open(io.BytesIO(bitmaps[e["code"]]))) for e in chosen])
    openmoji = []
    for entry in chosen:
        png = cairosvg.svg2png(svgs[f"{entry['hexcode']}.svg"], output_width=4 * SIZE)
        openmoji.append(on_white(Image.open(io.BytesIO(png))))
    sources.save_npz(folder / "emoji.npz", noto=noto, openmoji=np.stack(openmoji))
    lines = ["code,name,class,subgroup,fold"]
    for entry, fold in zip(chosen, folds(chosen), strict=True):
        name = entry["annotation"].replace(",", "")
        lines.append(f"{entry['code']},{name},{entry['class']},{entry['subgroups']},{fold}")
    sources.save_text(folder / "emoji.csv", "\n".join(lines) + "\n")


if __name__ == "__main__":
    build(sources.output_folder())
