"""Render the bundled hand-sign pictures: `python data/render_hands.py` writes the files again.

Every picture is drawn from a seed: a hand of soft, shaded shapes with zero to five raised fingers, in
front of a room. A "person" has a skin, a hand shape and a room; persons of the test set are not in the
training set. The layout is that of the SIGNS files: train_signs.h5 with train_set_x (1080, 64, 64, 3)
uint8, train_set_y (1080,) and list_classes; test_signs.h5 with 120 pictures in test_set_x, test_set_y.
"""

import argparse
import io
import itertools
from pathlib import Path

import h5py
import numpy as np
from PIL import Image, ImageFilter

SIZE, FINE = 64, 128  # pixels of a picture, and of the drawing that it is made from
TRAIN_PERSONS, TEST_PERSONS = 180, 20
SKINS = (
    np.array(
        [(255, 224, 196), (241, 194, 160), (224, 172, 132), (198, 134, 94), (161, 102, 66), (120, 74, 48), (86, 52, 36)]
    )
    / 255
)
# Which fingers are raised, thumb first; where there are several customs, one is drawn by lot.
SIGNS = {0: ["00000", "ring"], 1: ["01000"], 2: ["01100"], 3: ["01110", "11100"], 4: ["01111"], 5: ["11111"]}


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
    """A skin, the proportions of a hand, what it wears, and a room."""

    def __init__(self, rng):
        first, second = rng.integers(0, len(SKINS) - 1), rng.random()
        self.skin = SKINS[first] * (1 - second) + SKINS[first + 1] * second
        self.skin = np.clip(self.skin * rng.uniform(0.88, 1.06, 3), 0, 1)
        self.width, self.length = rng.uniform(0.85, 1.15), rng.uniform(0.88, 1.25)
        self.thick = rng.uniform(0.78, 1.1)
        self.nails = (
            rng.random(3) * 0.9 if rng.random() < 0.15 else np.clip(self.skin * rng.uniform(1.0, 1.25, 3) + 0.06, 0, 1)
        )
        self.left_handed = rng.random() < 0.5
        self.wall = rng.uniform(0.15, 0.95, 3) * 0.12 + rng.uniform(0.5, 0.95) * 0.88
        self.sleeve = rng.random(3) * 0.9 if rng.random() < 0.4 else None
        self.band = rng.random(3) * 0.6 if rng.random() < 0.15 else None  # a bracelet or a watch


class Hand:
    """A hand under construction: its height over the picture plane, and what is not skin."""

    def __init__(self, rng, person):
        self.rng, self.person = rng, person
        rows, columns = np.mgrid[0:FINE, 0:FINE] / FINE * 2 - 1
        self.scale = rng.uniform(1.25, 1.6)
        centre = rng.normal(0, 0.07, 2) + (0, 0.12 + 0.16 * self.scale)
        grid = np.stack([columns, rows], -1) - centre
        angle = np.radians(rng.normal(0, 8))
        grid = grid @ np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]).T / self.scale
        grid = grid / (rng.uniform(0.78, 1.08), 1)  # seen a little from the side
        self.grid = grid * (-1, 1) if person.left_handed else grid
        self.height = np.zeros((FINE, FINE))
        self.nails = np.zeros((FINE, FINE), bool)
        self.sleeve, self.band = self.nails, self.nails

    def limb(self, *points, above=0.0):
        """Soft shapes through the points, of (place, radius) each; `above`: laid on top of what is there."""
        for (a, r), (b, q) in itertools.pairwise(points):
            part = capsule(self.grid, a, b, r, q)
            self.height = np.maximum(self.height, np.where(part > 0, part + above, 0))

    def nail(self, place, size):
        self.nails = self.nails | (np.linalg.norm(self.grid - place, axis=-1) < size)

    def arm(self, root=(0, 0.2), lean=0.12):
        """The wrist and forearm, under the hand."""
        rng, t, hand = self.rng, self.person.thick, self.height > 0
        self.limb(
            (root, 0.15 * t), ((root[0] + rng.normal(0, lean), 0.62), 0.125 * t), ((rng.normal(0, 3 * lean), 1.7), 0.17 * t)
        )
        below = (self.height > 0) & ~hand
        self.sleeve = below & (self.grid[..., 1] > rng.uniform(0.4, 0.8))
        wrist = rng.uniform(0.4, 0.6)
        self.band = below & (abs(self.grid[..., 1] - wrist) < rng.uniform(0.015, 0.04))

    def raised(self, fingers):
        """A palm with some fingers raised and the others folded; thumb first."""
        rng, w, t, length = self.rng, self.person.width, self.person.thick, self.person.length
        self.limb(((-0.14 * w, 0.12), 0.17 * t), ((-0.12 * w, -0.12), 0.16 * t))
        self.limb(((0.12 * w, 0.14), 0.16 * t), ((0.12 * w, -0.10), 0.15 * t))
        self.limb(((-0.1, 0.2), 0.16 * t), ((0.1, 0.2), 0.16 * t))
        self.arm()
        roots = [(-0.225 * w, -0.18), (-0.075 * w, -0.22), (0.075 * w, -0.2), (0.21 * w, -0.14)]
        spread, bend, lift = rng.uniform(0.3, 1.9), rng.normal(0, 4), rng.uniform(0.02, 0.12)
        for k, root in enumerate(roots):
            radius = (0.068, 0.07, 0.066, 0.057)[k] * t
            if fingers[k + 1] == "1":
                heading = rotate((0, -1), (-11, -3, 5, 14)[k] * spread + bend + rng.normal(0, 3))
                long = (0.42, 0.48, 0.44, 0.34)[k] * length * rng.uniform(0.9, 1.05)
                middle = np.array(root) + heading * long * 0.55
                tip = middle + rotate(heading, rng.normal(0, 6)) * long * rng.uniform(0.42, 0.52)
                self.limb((root, radius * 1.08), (middle, radius), (tip, radius * 0.82))
                if rng.random() < 0.4:
                    self.nail(tip, radius * 0.5)
            else:  # folded: a knuckle on top of the palm
                knuckle = np.array(root) + (0, rng.uniform(-0.02, 0.05))
                end = knuckle + (rng.normal(0, 0.015) - 0.05 * root[0], rng.uniform(0.13, 0.2))
                self.limb((knuckle, radius * 1.15), (end, radius), above=lift * t)
                self.nail(end + (0, 0.02), radius * 0.45)
        self.thumb(fingers[0] == "1")

    def thumb(self, raised):
        rng, w, t = self.rng, self.person.width, self.person.thick
        root = np.array((-0.22 * w, 0.14))
        if raised:
            heading = rotate((0, -1), rng.uniform(-75, -25))
            middle = root + heading * rng.uniform(0.2, 0.26)
            tip = middle + rotate(heading, rng.uniform(-8, 30)) * rng.uniform(0.17, 0.23) * self.person.length
            self.limb((root, 0.11 * t), (middle, 0.078 * t), (tip, 0.058 * t))
        else:  # laid across the palm, over the folded fingers or below them
            joint = root + (rng.uniform(-0.06, 0.05), rng.uniform(-0.12, -0.02))
            end = np.array((rng.uniform(-0.1, 0.12) * w, rng.uniform(-0.1, 0.1)))
            self.limb((root, 0.1 * t), (joint, 0.08 * t), (end, 0.062 * t), above=rng.uniform(0.06, 0.16) * t)
            self.nail(end, 0.035)

    def ring(self):
        """Thumb and fingers that close to a ring, seen from the side."""
        rng, t = self.rng, self.person.thick
        middle, radius = np.array((rng.normal(0.02, 0.03), rng.uniform(-0.2, -0.1))), rng.uniform(0.17, 0.23)
        flat = rng.uniform(0.75, 1.15)
        turn = np.radians(rng.normal(0, 10))

        def at(degrees, r):
            angle = np.radians(degrees) + turn
            return middle + r * np.array((np.cos(angle) * flat, -np.sin(angle) * 1.1))

        root = at(235, radius + 0.02)
        self.limb((root, 0.16 * t), (at(180, radius + 0.02), 0.14 * t))
        self.arm(root=tuple(root + (0, 0.12)))
        self.limb((root, 0.15 * t), (root + (0.02, 0.16), 0.15 * t))
        for k in range(rng.integers(2, 5)):  # fingers one behind the other
            r = radius + k * rng.uniform(0.02, 0.06)
            ends = rng.uniform(-15, 25)
            arc = [(at(d, r), (0.1 - 0.012 * j) * t) for j, d in enumerate((165, 120, 75, 40, ends))]
            self.limb(*arc, above=0.05 * (3 - k) * t)
        self.limb((at(265, radius), 0.11 * t), (at(305, radius), 0.085 * t), (at(345, radius), 0.065 * t), above=0.06 * t)
        self.nail(at(ends, radius), 0.04)


def hand_of(rng, person, digit):
    """A Hand that shows the digit."""
    hand, custom = Hand(rng, person), SIGNS[digit][rng.integers(len(SIGNS[digit]))]
    if custom == "ring":
        hand.ring()
    else:
        hand.raised(custom)
    return hand


def room(rng, person):
    """The background: a lit wall, sometimes with a pattern, an edge or things standing about."""
    image = np.ones((FINE, FINE, 3)) * np.clip(person.wall + rng.normal(0, 0.03, 3), 0.05, 1)
    image *= 0.8 + 0.4 * smooth_noise(rng, rng.integers(2, 5))
    if rng.random() < 0.6:
        return image
    rows, columns = np.mgrid[0:FINE, 0:FINE]
    for _ in range(rng.integers(0, 2)):  # an edge: a table, a door, a picture frame
        angle = rng.uniform(0, np.pi)
        line = (columns - rng.uniform(0, FINE)) * np.cos(angle) + (rows - rng.uniform(0, FINE)) * np.sin(angle)
        image = np.where((line > 0)[..., None], image * rng.uniform(0.55, 1.25, 3), image)
    for _ in range(rng.integers(0, 2)):  # things
        thing = capsule(np.stack([columns, rows], -1), *rng.uniform(0, FINE, (2, 2)), *rng.uniform(3, 18, 2)) > 0
        image = np.where(thing[..., None], rng.random(3) * 0.9 + 0.05, image)
    if rng.random() < 0.2:  # a texture of cloth or paper
        image *= 1 + 0.12 * np.sin(columns / rng.uniform(1.5, 6) + rows / rng.uniform(1.5, 9))[..., None]
    return soft(image, rng.uniform(0.3, 3))


def soft(image, radius):
    """An image of values in 0..1, blurred."""
    picture = Image.fromarray((np.clip(image, 0, 1) * 255).astype("uint8"))
    return np.asarray(picture.filter(ImageFilter.GaussianBlur(radius))) / 255


def render(rng, person, digit):
    """One picture: (64, 64, 3) uint8."""
    hand = hand_of(rng, person, digit)
    height = hand.height * hand.scale
    slope_rows, slope_columns = np.gradient(height, 2 / FINE)
    normal = np.stack([-slope_columns, -slope_rows, np.full_like(height, rng.uniform(0.6, 1.4))], -1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    light = np.array([rng.uniform(-0.8, 0.8), rng.uniform(-0.9, 0.3), rng.uniform(0.5, 1.2)])
    ambient = rng.uniform(0.25, 0.6)
    shade = ambient + (1.1 - ambient) * np.clip(normal @ (light / np.linalg.norm(light)), 0, 1)
    shade *= 1 - rng.uniform(0, 0.7) * np.clip(soft(height, 2) - height, 0, 0.3) / 0.3  # creases, where little light comes
    colour = (
        np.ones((FINE, FINE, 3)) * person.skin * (0.9 + 0.2 * smooth_noise(rng, 12)) * (0.85 + 0.3 * smooth_noise(rng, 3))
    )
    colour = np.where((hand.nails & (hand.height > 0))[..., None], person.nails, colour)
    if person.sleeve is not None:
        colour = np.where(hand.sleeve[..., None], person.sleeve * (0.9 + 0.2 * smooth_noise(rng, 20)), colour)
    if person.band is not None:
        colour = np.where(hand.band[..., None], person.band, colour)
    mask = soft(height > 0, rng.uniform(0.5, 1.1))[..., None]
    shift = tuple((-light[:2] * rng.uniform(2, 14)).astype(int)[::-1])
    padded = np.roll(np.pad(height > 0, 16), shift, (0, 1))[16:-16, 16:-16]
    shadow = rng.uniform(0, 0.5) * soft(padded, rng.uniform(2, 8))[..., None]
    image = room(rng, person) * (1 - shadow) * (1 - mask) + colour * shade[..., None] * mask
    return photograph(rng, image)


def photograph(rng, image):
    """What a camera makes of the scene: vignette, exposure, contrast, white balance, blur, sharpening, noise and JPEG."""
    rows, columns = np.mgrid[0:FINE, 0:FINE] / FINE * 2 - 1
    far = (rows - rng.normal(0, 0.2)) ** 2 + (columns - rng.normal(0, 0.2)) ** 2
    image = image * (1 - max(0, rng.uniform(-0.15, 0.3)) * far)[..., None]
    image = image * rng.uniform(0.8, 1.2) * rng.uniform(0.93, 1.07, 3)
    image = np.clip(image, 0, 1) ** rng.uniform(0.8, 1.25)
    grey = image.mean(axis=-1, keepdims=True)
    image = grey + (image - grey) * rng.uniform(0.5, 1.15)
    picture = Image.fromarray((np.clip(image, 0, 1) * 255).astype("uint8"))
    picture = picture.filter(ImageFilter.GaussianBlur(rng.uniform(0.2, 1.1))).resize((SIZE, SIZE), Image.BOX)
    if rng.random() < 0.4:
        picture = picture.filter(ImageFilter.UnsharpMask(rng.uniform(1, 3), int(rng.integers(30, 150)), 0))
    noisy = np.asarray(picture, float) + rng.normal(0, rng.uniform(0.5, 2.5), (SIZE, SIZE, 1))
    file = io.BytesIO()
    Image.fromarray(np.clip(noisy, 0, 255).astype("uint8")).save(file, "JPEG", quality=int(rng.integers(55, 85)))
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
    train = make_set(options.seed, TRAIN_PERSONS, 1)
    test = make_set(options.seed + 1, TEST_PERSONS, 1)
    write(options.folder, "train", *train)
    write(options.folder, "test", *test)
    contact_sheet(options.folder, *train)
    print(f"wrote {len(train[1])} + {len(test[1])} pictures to {options.folder}")


if __name__ == "__main__":
    main()
