#!/usr/bin/env python3
"""Rate and distortion of JPEG (Pillow) and JPEG XL (cjxl, djxl) on photos, as the table of
docs/benchmarks.md has them beside this crate's: means over all photos.

    python3 -m venv venv && venv/bin/pip install pillow numpy      # and Debian's libjxl-tools
    venv/bin/python formats/vae-ans/peers/rate.py 1.png 7.png 15.png 20.png

JPEG: 4:2:0, optimised tables. JPEG XL: effort 5. Bits are those of the whole file; PSNR is over R,
G and B together, 8 bits. And, without a file: the projection on the first four principal components
of 4x4 and 8x8 blocks of all photos together, and of each photo by itself.
"""

import io
import pathlib
import subprocess
import sys
import tempfile

import numpy
from PIL import Image

QUALITIES = (5, 10, 20, 35, 50)
DISTANCES = (15, 8, 4, 2, 1)


def psnr(a, b):
    error = numpy.mean((a.astype(numpy.float64) - b.astype(numpy.float64)) ** 2)
    return 10 * numpy.log10(255 * 255 / error)


def jpeg(picture, quality):
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality, subsampling=2, optimize=True)
    return len(file.getvalue()), numpy.asarray(Image.open(file).convert("RGB"))


def jxl(path, distance, folder):
    file, out = folder / "a.jxl", folder / "a.png"
    quiet = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run(["cjxl", path, file, "-d", str(distance), "-e", "5"], **quiet)
    subprocess.run(["djxl", file, out], **quiet)
    return file.stat().st_size, numpy.asarray(Image.open(out).convert("RGB"))


def blocks(pixels, side):
    height, width = (s // side * side for s in pixels.shape[:2])
    cut = pixels[:height, :width].astype(numpy.float64) / 255
    cut = cut.reshape(height // side, side, width // side, side, 3)
    return cut.transpose(0, 2, 1, 3, 4).reshape(-1, side * side * 3)


def pca(training, rows):
    mean = training.mean(0)
    values, vectors = numpy.linalg.eigh(numpy.cov(training.T))
    basis = vectors[:, -4:]
    restored = (rows - mean) @ basis @ basis.T + mean
    rounded = numpy.round(numpy.clip(restored, 0, 1) * 255)
    return psnr(rounded, rows * 255)


def main():
    paths = sys.argv[1:]
    pictures = [Image.open(path).convert("RGB") for path in paths]
    pixels = [numpy.asarray(picture) for picture in pictures]

    def row(name, files):
        bits = [8 * size / (p.shape[0] * p.shape[1]) for (size, _), p in zip(files, pixels)]
        quality = [psnr(out, p) for (_, out), p in zip(files, pixels)]
        print(f"{name}: {numpy.mean(bits):.3f} bits a pixel, {numpy.mean(quality):.2f} dB")

    for quality in QUALITIES:
        row(f"JPEG, quality {quality}", [jpeg(picture, quality) for picture in pictures])
    with tempfile.TemporaryDirectory() as folder:
        for distance in DISTANCES:
            files = [jxl(path, distance, pathlib.Path(folder)) for path in paths]
            row(f"JPEG XL, distance {distance}", files)
    for side in (4, 8):
        each = [blocks(p, side) for p in pixels]
        together = numpy.concatenate(each)
        joint = [pca(together, rows) for rows in each]
        own = [pca(rows, rows) for rows in each]
        print(f"PCA of {side}x{side}: all together {numpy.mean(joint):.2f} dB,",
              "each by itself", " ".join(f"{v:.2f}" for v in own), f"mean {numpy.mean(own):.2f} dB")


if __name__ == "__main__":
    main()
