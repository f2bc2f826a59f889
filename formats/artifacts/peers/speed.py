#!/usr/bin/env python3
"""Speed of orrery-artifacts beside Pillow and a Taichi kernel on the processor.

30 random tiles (seed 42, sides 32 to 256, the list that orrery_artifacts_random_tiles gives) on
1024 x 1024 RGB, quality 5 and 75, 4:4:4, in memory. Runs take turns; the best of each is printed.

    cargo build --release -p orrery-artifacts-capi
    python3 -m venv venv && venv/bin/pip install pillow numpy taichi==1.7.4
    venv/bin/python formats/artifacts/peers/speed.py [--library PATH] [--picture PNG] [--runs N]

Pillow encodes each tile as a JPEG (subsampling=0) and decodes it again, libjpeg-turbo doing the
work; with two threads the tiles of a layer are shared out (it lets go of the interpreter's lock
meanwhile). The Taichi kernel (taichi_kernel.py) does the same integer arithmetic as this crate,
one launch for each layer. All results are compared, pixel for pixel, before anything is timed.
"""

import argparse
import ctypes
import io
import pathlib
import time
from concurrent.futures import ThreadPoolExecutor

import numpy
from PIL import Image, features

SIZE = 1024
ROOT = pathlib.Path(__file__).resolve().parents[3]


class Tile(ctypes.Structure):
    _fields_ = [
        ("x", ctypes.c_int32),
        ("y", ctypes.c_int32),
        ("width", ctypes.c_uint32),
        ("height", ctypes.c_uint32),
        ("quality", ctypes.c_uint32),
    ]


class Orrery:
    """The crate, through its C interface."""

    def __init__(self, library, backend, threads):
        self.library = library
        self.context = ctypes.c_void_p()
        code = library.orrery_artifacts_new(backend, threads, ctypes.byref(self.context))
        if code != 0:
            raise OSError(f"orrery_artifacts_new: {code}")
        library.orrery_artifacts_description.restype = ctypes.c_char_p
        self.name = library.orrery_artifacts_description(self.context).decode()

    def __call__(self, pixels, tiles):
        data = pixels.ctypes.data_as(ctypes.c_void_p)
        code = self.library.orrery_artifacts_apply(
            self.context, data, SIZE, SIZE, 3, ctypes.c_size_t(SIZE * 3),
            tiles, ctypes.c_size_t(len(tiles)))
        assert code == 0, code
        return pixels


def layers(tiles):
    """As the crate does it: one more than the highest earlier layer that a tile overlaps."""
    out, number = [], []
    for n, t in enumerate(tiles):
        layer = 0
        for m in range(n):
            o = tiles[m]
            if (t.x < o.x + o.width and o.x < t.x + t.width
                    and t.y < o.y + o.height and o.y < t.y + t.height):
                layer = max(layer, number[m] + 1)
        number.append(layer)
        while len(out) <= layer:
            out.append([])
        out[layer].append(t)
    return out


def pillow(threads):
    pool = ThreadPoolExecutor(threads)

    def tile(picture, t):
        box = (t.x, t.y, t.x + t.width, t.y + t.height)
        file = io.BytesIO()
        picture.crop(box).save(file, "JPEG", quality=t.quality, subsampling=0)
        decoded = Image.open(file)
        decoded.load()
        return box, decoded

    def run(picture, tiles):
        if threads == 1:
            for t in tiles:
                box, decoded = tile(picture, t)
                picture.paste(decoded, box)
        else:
            for layer in layers(tiles):
                for box, decoded in pool.map(lambda t: tile(picture, t), layer):
                    picture.paste(decoded, box)
        return picture

    return run


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--library", default=ROOT / "target/release/liborrery_artifacts_c.so")
    parser.add_argument("--picture", default=ROOT / "docs/samples/photo.png")
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--cpu-time", action="store_true",
                        help="processor time instead of the clock's: for one thread, where others compute")
    parser.add_argument("--threads", type=int, nargs="*", default=[1, 2])
    arguments = parser.parse_args()
    library = ctypes.CDLL(str(arguments.library))
    picture = Image.open(arguments.picture).convert("RGB").resize((SIZE, SIZE), Image.LANCZOS)
    original = numpy.asarray(picture).copy()
    clock = time.process_time if arguments.cpu_time else time.perf_counter
    print("Pillow", Image.__version__, "libjpeg-turbo", features.version("libjpeg_turbo"))

    for threads in arguments.threads:
        import taichi_kernel
        taichi = taichi_kernel.Kernel(threads, SIZE)
        orrery = Orrery(library, 2, threads)
        print(f"{threads} thread(s): {orrery.name}; {taichi.name}")
        runners = {
            "orrery-artifacts": (orrery, original.copy),
            "Pillow": (pillow(threads), picture.copy),
            "Taichi": (taichi, original.copy),
        }
        for quality in (5, 75):
            tiles = (Tile * 30)()
            code = library.orrery_artifacts_random_tiles(
                SIZE, SIZE, 32, 256, quality, ctypes.c_uint64(42), tiles, ctypes.c_size_t(30))
            assert code == 0, code
            megapixels = sum(t.width * t.height for t in tiles) / 1e6
            results = {name: numpy.asarray(run(copy(), tiles))
                       for name, (run, copy) in runners.items()}
            for name, result in results.items():
                same = (result == results["Pillow"]).all()
                assert same, f"{name} differs from Pillow"
            best = dict.fromkeys(runners, float("inf"))
            for _ in range(arguments.runs):
                for name, (run, copy) in runners.items():
                    data = copy()
                    start = clock()
                    run(data, tiles)
                    best[name] = min(best[name], clock() - start)
            for name, seconds in best.items():
                print(f"  quality {quality:2}  {name:17} {seconds * 1e3:8.2f} ms  "
                      f"{megapixels / seconds:7.1f} MP/s  "
                      f"{seconds / best['orrery-artifacts']:5.2f} x")


if __name__ == "__main__":
    main()
