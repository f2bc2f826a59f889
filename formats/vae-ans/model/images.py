"""The training images: procedural ones and the photos of scikit-image that are
public domain or CC0. Nothing else is read, and photos named in EXCLUDED (they
are used for measuring) never are, whatever their file is called.
"""

import hashlib
import os

import numpy as np
from PIL import Image

# Name, licence as stated in scikit-image's data module, weight in the mixture.
PHOTOS = [
    ("astronaut.png", "public domain (NASA)", 6.0),
    ("coffee.png", "CC0 (Rachel Michetti)", 6.0),
    ("rocket.jpg", "public domain (SpaceX)", 4.0),
    ("retina.jpg", "CC0", 0.5),
    ("hubble_deep_field.jpg", "public domain (NASA)", 0.5),
    ("brick.png", "CC0 (CC0Textures)", 1.0),
    ("grass.png", "CC0 (CC0Textures)", 1.0),
    ("gravel.png", "CC0 (CC0Textures)", 1.0),
]

# SHA-256 of files kept for measuring: the corpus' camera and chelsea, and its
# four Kodak photos. A training file with one of these sums stops the script.
EXCLUDED = {
    "b0793d2adda0fa6ae899c03989482bff9a42d3d5690fc7e3648f2795d730c23a",
    "596aa1e7cb875eb79f437e310381d26b338a81c2da23439704a73c4651e8c4bb",
    "a56e27cbf5f843c048b6af1d6e090760e9c92fadba88b7dee0205918a37523bd",
    "7538cbb80cb9103606c48b806eae57d56c885c7f90b9b3be70a41160f9cbb683",
    "3b46c71e3b92a563820ba32936be8330c586c41f938efd94be938386aae4328a",
    "b77d3f006f42414bb242222e0482e750c0fb9e5ee8d4bed2f6f11c5605fe54a4",
}

PROCEDURAL_COUNT = 32
PROCEDURAL_SIDE = 192
PROCEDURAL_WEIGHT = 8.0


def photos(folder):
    """Yields (name, licence, sha256, weight, float32 HxWx3 in 0..1)."""
    for name, licence, weight in PHOTOS:
        path = os.path.join(folder, name)
        data = open(path, "rb").read()
        digest = hashlib.sha256(data).hexdigest()
        if digest in EXCLUDED:
            raise SystemExit(f"{name} is kept for measuring")
        image = Image.open(path).convert("RGB")
        pixels = np.asarray(image, dtype=np.float32) / 255.0
        yield name, licence, digest, weight, pixels


def colour_field(rng, side, exponent):
    """Three planes of 1/f^exponent noise, unit variance, correlated as light is."""
    fy = np.fft.fftfreq(side)[:, None]
    fx = np.fft.rfftfreq(side)[None, :]
    radius = np.sqrt(fx * fx + fy * fy)
    radius[0, 0] = 1.0
    planes = []
    for _ in range(3):
        spectrum = rng.normal(size=radius.shape) + 1j * rng.normal(size=radius.shape)
        spectrum /= radius**exponent
        spectrum[0, 0] = 0
        plane = np.fft.irfft2(spectrum, s=(side, side))
        planes.append(plane / (plane.std() + 1e-9))
    light, warm, green = planes
    warm, green = 0.25 * warm, 0.12 * green
    return np.stack([light + warm, light + green, light - warm], axis=2)


def colour(rng):
    light = rng.uniform(0.02, 0.98)
    warm, green = rng.normal() * 0.14, rng.normal() * 0.06
    return np.clip([light + warm, light + green, light - warm], 0, 1)


def dead_leaves(rng, side):
    """Overlapping textured shapes with power-law sizes, the nearest on top."""
    big = side * 2
    canvas = 0.5 + 0.2 * colour_field(rng, big, 1.4)
    texture = colour_field(rng, big, rng.uniform(0.5, 1.3))
    smallest, largest = rng.uniform(3, 10), big * rng.uniform(0.15, 0.4)
    ys, xs = np.mgrid[0:big, 0:big].astype(np.float32)
    for _ in range(int(rng.uniform(150, 700))):
        # Radii with density r^-3, between the two limits.
        u = rng.uniform()
        r = (smallest**-2 + u * (largest**-2 - smallest**-2)) ** -0.5
        cy, cx = rng.uniform(0, big, 2)
        y0, y1 = int(max(cy - 2 * r, 0)), int(min(cy + 2 * r, big))
        x0, x1 = int(max(cx - 2 * r, 0)), int(min(cx + 2 * r, big))
        if y1 <= y0 or x1 <= x0:
            continue
        angle = rng.uniform(0, np.pi)
        stretch = rng.uniform(0.3, 1.0)
        dy, dx = ys[y0:y1, x0:x1] - cy, xs[y0:y1, x0:x1] - cx
        a = (dx * np.cos(angle) + dy * np.sin(angle)) / r
        b = (dy * np.cos(angle) - dx * np.sin(angle)) / (r * stretch)
        if rng.uniform() < 0.6:
            inside = a * a + b * b < 1
        else:
            inside = np.maximum(abs(a), abs(b)) < 0.9
        fill = colour(rng) + rng.normal() * 0.12 * a[..., None]
        oy, ox = rng.integers(0, big, 2)
        grain = np.roll(texture, (oy, ox), (0, 1))[y0:y1, x0:x1]
        fill = fill + rng.choice([0.0, 0.03, 0.08]) * grain
        if rng.uniform() < 0.15:
            period = rng.uniform(4, 24)
            wave = np.sin(2 * np.pi * (a * r) / period)
            fill = fill + 0.15 * wave[..., None]
        canvas[y0:y1, x0:x1][inside] = fill[inside]
    canvas = np.clip(canvas, 0, 1)
    small = canvas.reshape(side, 2, side, 2, 3).mean(axis=(1, 3))
    return small.astype(np.float32)


def procedural(seed):
    """The procedural images of a seed, the same on every machine."""
    rng = np.random.default_rng(seed)
    return [dead_leaves(rng, PROCEDURAL_SIDE) for _ in range(PROCEDURAL_COUNT)]
