"""Make photos.csv and photos/*.png: ten photographs, cut square, 224 × 224 pixels."""

import io
from pathlib import Path

import sources
from PIL import Image

SIZE = 224
CC0 = "CC0 1.0"
FREE = "no known copyright restrictions"
# name: package, file, left, top and side of the square (None: the largest centred one),
# caption, credit and licence as the package's notes give them
PHOTOS = {
    "cat": (
        "scikit-image", "chelsea.png", (75, 0, 300),
        "A tabby cat's face, close up", "Stefan van der Walt", CC0,
    ),
    "espresso": (
        "scikit-image", "coffee.png", None,
        "A cup of espresso on a red saucer, with a spoon", "Rachel Michetti", CC0,
    ),
    "astronaut": (
        "scikit-image", "astronaut.png", None,
        "The astronaut Eileen Collins in an orange space suit", "NASA", "public domain",
    ),
    "cameraman": (
        "scikit-image", "camera.png", None,
        "A man looking through a camera on a tripod, in grey", "Lav Varshney", CC0,
    ),
    "coins": (
        "scikit-image", "coins.png", None,
        "Greek coins from Pompeii in four rows, in grey", "Brooklyn Museum", FREE,
    ),
    "rocket": (
        "scikit-image", "rocket.jpg", None,
        "A Falcon 9 rocket on its launch pad at dusk", "SpaceX", "public domain",
    ),
    "retina": (
        "scikit-image", "retina.jpg", None,
        "The back of a healthy left eye, seen through the pupil", "Mikael Häggström", CC0,
    ),
    "tissue": (
        "scikit-image", "ihc.png", None,
        "Glands of the colon under a microscope, stained brown and blue",
        "Center for Microscopy and Molecular Imaging", FREE,
    ),
    "temple": (
        "scikit-learn", "china.jpg", None,
        "A pagoda of four storeys above a lake", "danielbuechele on Flickr", "CC BY 2.0",
    ),
    "flower": (
        "scikit-learn", "flower.jpg", None,
        "An orange dahlia on a dark background", "vultilion on Flickr", "CC BY 2.0",
    ),
}  # fmt: skip


def read(package: str, name: str) -> bytes:
    """Return a picture's bytes: scikit-learn is installed anyway, scikit-image is opened."""
    if package == "scikit-image":
        return sources.read(package, f"skimage/data/{name}")
    import sklearn.datasets

    return (Path(sklearn.datasets.__file__).parent / "images" / name).read_bytes()


def build(folder: Path) -> None:
    """Write the ten pictures into `folder`/photos."""
    (folder / "photos").mkdir(parents=True, exist_ok=True)
    lines = ["name,caption,credit,licence"]
    for name, (package, file, square, caption, credit, licence) in PHOTOS.items():
        lines.append(f'{name},"{caption}",{credit},{licence}')
        image = Image.open(io.BytesIO(read(package, file))).convert("RGB")
        side = min(image.size)
        left, top, side = square or ((image.width - side) // 2, (image.height - side) // 2, side)
        image = image.crop((left, top, left + side, top + side))
        image = image.resize((SIZE, SIZE), Image.Resampling.LANCZOS)
        image.save(folder / "photos" / f"{name}.png", optimize=True)
    sources.save_text(folder / "photos.csv", "\n".join(lines) + "\n")


if __name__ == "__main__":
    build(sources.output_folder())
