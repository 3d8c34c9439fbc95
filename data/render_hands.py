"""Render the bundled hand-sign pictures: `python data/render_hands.py` writes the files again.

Every picture is drawn from a seed: a hand of soft, shaded shapes with zero to five raised fingers, in
front of a room. A "person" has a skin, a hand shape and a room; persons of the test set are not in the
training set. The layout is that of the SIGNS files: train_signs.h5 with train_set_x (1080, 64, 64, 3)
uint8, train_set_y (1080,) and list_classes; test_signs.h5 with 120 pictures in test_set_x, test_set_y.
"""

import argparse
import io
from pathlib import Path

import h5py
import numpy as np
from PIL import Image, ImageFilter

SIZE, FINE = 64, 128  # pixels of a picture, and of the drawing that it is made from
TRAIN_PERSONS, TEST_PERSONS = 60, 20
SKINS = (
    np.array(
        [(255, 224, 196), (241, 194, 160), (224, 172, 132), (198, 134, 94), (161, 102, 66), (120, 74, 48), (86, 52, 36)]
    )
    / 255
)
# Which fingers are raised, thumb first; where there are several customs, one is drawn by lot.
SIGNS = {0: ["00000"], 1: ["01000"], 2: ["01100"], 3: ["01110", "01110", "11100"], 4: ["01111"], 5: ["11111"]}


def smooth_noise(rng, cells, channels=1):
    """Smooth random values of about 0 to 1: (FINE, FINE, channels)."""
    coarse = rng.random((cells, cells, channels))
    planes = [
        np.asarray(Image.fromarray((coarse[..., c] * 255).astype("uint8")).resize((FINE, FINE), Image.BICUBIC))
        for c in range(channels)
    ]
    return np.stack(planes, -1) / 255


def capsule(grid, a, b, radius_a, radius_b):
    """The height over the picture plane of a limb from a to b with the given radii; 0 beside it."""
    a, b = np.asarray(a, float), np.asarray(b, float)
    along = np.clip(((grid - a) @ (b - a)) / max((b - a) @ (b - a), 1e-9), 0, 1)
    distance = np.linalg.norm(grid - (a + along[..., None] * (b - a)), axis=-1)
    radius = radius_a + along * (radius_b - radius_a)
    return np.sqrt(np.maximum(radius**2 - distance**2, 0))


def rotate(vector, degrees):
    angle = np.radians(degrees)
    c, s = np.cos(angle), np.sin(angle)
    return np.array([c * vector[0] - s * vector[1], s * vector[0] + c * vector[1]])


class Person:
    """A skin, the proportions of a hand, and a room."""

    def __init__(self, rng):
        first, second = rng.integers(0, len(SKINS) - 1), rng.random()
        self.skin = SKINS[first] * (1 - second) + SKINS[first + 1] * second
        self.skin = np.clip(self.skin * rng.uniform(0.92, 1.06, 3), 0, 1)
        self.width, self.length = rng.uniform(0.9, 1.15), rng.uniform(0.88, 1.12)
        self.thick = rng.uniform(0.9, 1.12)
        self.nails = rng.uniform(1.0, 1.25, 3)
        self.left_handed = rng.random() < 0.1
        self.wall = rng.uniform(0.15, 0.95, 3) * 0.12 + rng.uniform(0.55, 0.95) * 0.88
        self.sleeve = rng.random(3) * 0.8 if rng.random() < 0.5 else None


def hand_height(rng, person, raised):
    """The height map of a hand, and the masks of sleeve and nails."""
    rows, columns = np.mgrid[0:FINE, 0:FINE] / FINE * 2 - 1
    scale = rng.uniform(1.35, 1.6)
    centre = rng.normal(0, 0.05, 2) + (0, 0.32)
    tilt = rng.normal(0, 7)
    grid = np.stack([columns, rows], -1) - centre
    angle = np.radians(-tilt)
    grid = grid @ np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]).T / scale
    if person.left_handed:
        grid = grid * (-1, 1)
    w, t = person.width, person.thick
    height = np.maximum(
        capsule(grid, (-0.14 * w, 0.12), (-0.12 * w, -0.12), 0.17 * t, 0.16 * t),
        capsule(grid, (0.12 * w, 0.14), (0.12 * w, -0.10), 0.16 * t, 0.15 * t),
    )
    height = np.maximum(height, capsule(grid, (-0.1, 0.2), (0.1, 0.2), 0.16 * t, 0.16 * t))
    arm = capsule(grid, (0, 0.2), (rng.normal(0, 0.06), 1.5), 0.17 * t, 0.2 * t)
    sleeve = (arm > 0) & (grid[..., 1] > rng.uniform(0.45, 0.6)) & (height == 0)
    height = np.maximum(height, arm)
    nails = np.zeros_like(sleeve)
    roots = [(-0.225 * w, -0.18), (-0.075 * w, -0.22), (0.075 * w, -0.2), (0.21 * w, -0.14)]
    lengths = np.array([0.40, 0.46, 0.42, 0.33]) * person.length
    spread = rng.uniform(0.5, 1.3)
    for k, root in enumerate(roots):
        radius = (0.072, 0.075, 0.07, 0.06)[k] * t
        heading = rotate((0, -1), (-11, -3, 5, 14)[k] * spread + rng.normal(0, 2.5))
        if raised[k + 1] == "1":
            middle = np.array(root) + heading * lengths[k] * 0.55
            tip = middle + rotate(heading, rng.normal(0, 6)) * lengths[k] * rng.uniform(0.42, 0.5)
            height = np.maximum(height, capsule(grid, root, middle, radius * 1.05, radius))
            height = np.maximum(height, capsule(grid, middle, tip, radius, radius * 0.86))
        else:  # folded: a knuckle on top of the palm
            knuckle = np.array(root) + (0, rng.uniform(0.0, 0.04))
            end = knuckle + (rng.normal(0, 0.01), rng.uniform(0.13, 0.18))
            folded = capsule(grid, knuckle, end, radius * 1.12, radius)
            height = np.maximum(height, np.where(folded > 0, folded + 0.10 * t, 0))
            nails |= np.linalg.norm(grid - end - (0, 0.02), axis=-1) < radius * 0.45
    thumb = np.array((-0.24 * w, 0.12))
    if raised[0] == "1":
        heading = rotate((0, -1), -48 + rng.normal(0, 8))
        middle = thumb + heading * 0.24
        tip = middle + rotate(heading, rng.uniform(0, 22)) * 0.2 * person.length
        height = np.maximum(height, capsule(grid, thumb, middle, 0.1 * t, 0.08 * t))
        height = np.maximum(height, capsule(grid, middle, tip, 0.08 * t, 0.066 * t))
    else:  # laid across the palm
        end = np.array((rng.uniform(-0.05, 0.06) * w, rng.uniform(0.02, 0.08)))
        laid = capsule(grid, thumb, end, 0.095 * t, 0.07 * t)
        height = np.maximum(height, np.where(laid > 0, laid + 0.14 * t, 0))
        nails |= np.linalg.norm(grid - end, axis=-1) < 0.035
    return height * scale, sleeve, nails & (height > 0)


def room(rng, person):
    """The background: a lit wall, sometimes with a pattern or something standing about."""
    image = np.ones((FINE, FINE, 3)) * np.clip(person.wall + rng.normal(0, 0.03, 3), 0.05, 1)
    image *= 0.8 + 0.4 * smooth_noise(rng, rng.integers(2, 5))
    rows, columns = np.mgrid[0:FINE, 0:FINE]
    if rng.random() < 0.25:  # an edge: a table, a door, a picture frame
        line = (columns - rng.uniform(0, FINE)) * np.cos(a := rng.uniform(0, np.pi)) + (
            rows - rng.uniform(0, FINE)
        ) * np.sin(a)
        image = np.where((line > 0)[..., None], image * rng.uniform(0.55, 1.25, 3), image)
    if rng.random() < 0.15:  # a texture of cloth or paper
        image *= 1 + 0.12 * np.sin(columns / rng.uniform(1.5, 6) + rows / rng.uniform(1.5, 9))[..., None]
    return image


def render(rng, person, digit):
    """One picture: (64, 64, 3) uint8."""
    raised = SIGNS[digit][rng.integers(len(SIGNS[digit]))]
    height, sleeve, nails = hand_height(rng, person, raised)
    slope_rows, slope_columns = np.gradient(height, 2 / FINE)
    normal = np.stack([-slope_columns, -slope_rows, np.full_like(height, 0.8)], -1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    light = np.array([rng.uniform(-0.7, 0.7), rng.uniform(-0.9, 0.1), rng.uniform(0.6, 1.0)])
    shade = 0.42 + 0.68 * np.clip(normal @ (light / np.linalg.norm(light)), 0, 1)
    colour = np.ones((FINE, FINE, 3)) * person.skin * (0.94 + 0.12 * smooth_noise(rng, 12))
    colour = np.where(nails[..., None], np.clip(colour * person.nails + 0.06, 0, 1), colour)
    if person.sleeve is not None:
        colour = np.where(sleeve[..., None], person.sleeve * (0.9 + 0.2 * smooth_noise(rng, 20)), colour)
    hand = colour * shade[..., None]
    mask = Image.fromarray(((height > 0) * 255).astype("uint8")).filter(ImageFilter.GaussianBlur(0.8))
    mask = np.asarray(mask)[..., None] / 255
    shift = tuple((-light[:2] * rng.uniform(4, 12)).astype(int)[::-1])
    padded = np.roll(np.pad(height > 0, 16), shift, (0, 1))[16:-16, 16:-16]
    shadow = Image.fromarray((padded * 255).astype("uint8"))
    shadow = np.asarray(shadow.filter(ImageFilter.GaussianBlur(rng.uniform(3, 7))))[..., None] / 255
    image = room(rng, person) * (1 - 0.35 * shadow) * (1 - mask) + hand * mask
    return photograph(rng, image)


def photograph(rng, image):
    """What a cheap camera makes of the scene: exposure, white balance, blur, noise and JPEG."""
    image = image * rng.uniform(0.75, 1.2) * rng.uniform(0.93, 1.07, 3)
    picture = Image.fromarray((np.clip(image, 0, 1) * 255).astype("uint8"))
    picture = picture.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.2))).resize((SIZE, SIZE), Image.BOX)
    noisy = np.asarray(picture, float) + rng.normal(0, rng.uniform(0.5, 2.5), (SIZE, SIZE, 1))
    file = io.BytesIO()
    Image.fromarray(np.clip(noisy, 0, 255).astype("uint8")).save(file, "JPEG", quality=int(rng.integers(55, 80)))
    return np.asarray(Image.open(file))


def make_set(seed, persons, per_digit):
    """Pictures and digits of `persons` new persons, `per_digit` pictures of each digit, shuffled."""
    rng = np.random.default_rng(seed)
    pictures, digits = [], []
    for _ in range(persons):
        person = Person(rng)
        for digit in range(6):
            for _ in range(per_digit):
                pictures.append(render(rng, person, digit))
                digits.append(digit)
    order = rng.permutation(len(digits))
    return np.array(pictures)[order], np.array(digits, dtype="int64")[order]


def write(folder, part, pictures, digits):
    """Write one file in the layout of the SIGNS data set."""
    with h5py.File(Path(folder) / f"{part}_signs.h5", "w") as file:
        file.create_dataset(
            f"{part}_set_x",
            data=pictures,
            compression="gzip",
            compression_opts=9,
            shuffle=True,
            chunks=(min(60, len(pictures)), SIZE, SIZE, 3),
        )
        file[f"{part}_set_y"] = digits
        file["list_classes"] = np.arange(6)


def contact_sheet(folder, pictures, digits):
    """Twelve pictures of each digit, a row a digit."""
    rows = [np.hstack(pictures[digits == digit][:12]) for digit in range(6)]
    Image.fromarray(np.vstack(rows)).save(Path(folder) / "contact_sheet.png", optimize=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", default=Path(__file__).parent, help="where to write (default: data/)")
    parser.add_argument("--seed", type=int, default=2015)
    options = parser.parse_args()
    train = make_set(options.seed, TRAIN_PERSONS, 3)
    test = make_set(options.seed + 1, TEST_PERSONS, 1)
    write(options.folder, "train", *train)
    write(options.folder, "test", *test)
    contact_sheet(options.folder, *train)
    print(f"wrote {len(train[1])} + {len(test[1])} pictures to {options.folder}")


if __name__ == "__main__":
    main()
