"""The same integer arithmetic as this crate, as a Taichi kernel: one launch for each layer of
tiles, a parallel loop over their blocks."""

import numpy
import taichi as ti

LUMINANCE = [
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55,
    14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
    18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92,
    49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99]
CHROMINANCE = [
    17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99,
    24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99] + [99] * 32


def quantisers(quality):
    percent = 5000 // quality if quality < 50 else 200 - 2 * quality
    scaled = [(q * percent + 50) // 100 for q in LUMINANCE + CHROMINANCE]
    return numpy.clip(numpy.array(scaled, dtype=numpy.int32), 1, 255)


@ti.func
def descale(v, bits):
    return (v + (1 << (bits - 1))) >> bits


@ti.func
def forward(x, bits: ti.template()):
    d0, d1, d2, d3 = x[0] - x[7], x[1] - x[6], x[2] - x[5], x[3] - x[4]
    s0, s1, s2, s3 = x[0] + x[7], x[1] + x[6], x[2] + x[5], x[3] + x[4]
    a0, a3, a1, a2 = s0 + s3, s0 - s3, s1 + s2, s1 - s2
    r = (a2 + a3) * 4433
    z5 = (d3 + d1 + d2 + d0) * 9633
    z1 = (d3 + d0) * 7373
    z2 = (d2 + d1) * 20995
    z3 = z5 - (d3 + d1) * 16069
    z4 = z5 - (d2 + d0) * 3196
    dc, middle = a0 + a1, a0 - a1
    if ti.static(bits == 15):
        dc, middle = descale(dc, 2), descale(middle, 2)
    else:
        dc, middle = dc << 2, middle << 2
    return ti.Vector([
        dc,
        descale(d0 * 12299 - z1 + z4, bits),
        descale(r + a3 * 6270, bits),
        descale(d1 * 25172 - z2 + z3, bits),
        middle,
        descale(d2 * 16819 - z2 + z4, bits),
        descale(r - a2 * 15137, bits),
        descale(d3 * 2446 - z1 + z3, bits)])


@ti.func
def inverse(c, bits: ti.template()):
    r = (c[2] + c[6]) * 4433
    e2 = r - c[6] * 15137
    e3 = r + c[2] * 6270
    e0 = (c[0] + c[4]) << 13
    e1 = (c[0] - c[4]) << 13
    z5 = (c[7] + c[3] + c[5] + c[1]) * 9633
    z1 = (c[7] + c[1]) * 7373
    z2 = (c[5] + c[3]) * 20995
    z3 = z5 - (c[7] + c[3]) * 16069
    z4 = z5 - (c[5] + c[1]) * 3196
    o0 = c[1] * 12299 - z1 + z4
    o1 = c[3] * 25172 - z2 + z3
    o2 = c[5] * 16819 - z2 + z4
    o3 = c[7] * 2446 - z1 + z3
    return ti.Vector([
        descale(e0 + e3 + o0, bits), descale(e1 + e2 + o1, bits),
        descale(e1 - e2 + o2, bits), descale(e0 - e3 + o3, bits),
        descale(e0 - e3 - o3, bits), descale(e1 - e2 - o2, bits),
        descale(e1 + e2 - o1, bits), descale(e0 + e3 - o0, bits)])


class Kernel:
    """Callable like the others: pixels (height, width, 3) in place, tiles in list order."""

    def __init__(self, threads, size):
        ti.init(arch=ti.cpu, cpu_max_num_threads=threads, log_level=ti.ERROR)
        self.name = f"Taichi {'.'.join(map(str, ti.__version__))}"
        self.kernel = make(size)
        self.plans = {}

    def __call__(self, pixels, tiles):
        # What depends on the tiles alone is made once, as a program that uses them would.
        key = bytes(tiles)
        if key not in self.plans:
            self.plans[key] = plan(tiles)
        for blocks, tables in self.plans[key]:
            self.kernel(pixels, blocks, tables)
        return pixels


def plan(tiles):
    import __main__
    out = []
    qualities = sorted({t.quality for t in tiles})
    tables = numpy.stack([quantisers(q) for q in qualities])
    for layer in __main__.layers(tiles):
        blocks = [(x, y, min(x + 8, t.x + t.width), min(y + 8, t.y + t.height),
                   qualities.index(t.quality))
                  for t in layer
                  for y in range(t.y, t.y + t.height, 8)
                  for x in range(t.x, t.x + t.width, 8)]
        out.append((numpy.array(blocks, dtype=numpy.int32), tables))
    return out


def make(size):
    count = (size // 8) ** 2 + size
    work = ti.field(ti.i32, shape=(count, 3, 64))

    @ti.kernel
    def kernel(pixels: ti.types.ndarray(dtype=ti.u8, ndim=3),
               blocks: ti.types.ndarray(dtype=ti.i32, ndim=2),
               tables: ti.types.ndarray(dtype=ti.i32, ndim=2)):
        for n in range(blocks.shape[0]):
            left, upper, right, lower = blocks[n, 0], blocks[n, 1], blocks[n, 2], blocks[n, 3]
            table = blocks[n, 4]
            for k in range(64):
                y = ti.min(upper + k // 8, lower - 1)
                x = ti.min(left + k % 8, right - 1)
                r = ti.cast(pixels[y, x, 0], ti.i32)
                g = ti.cast(pixels[y, x, 1], ti.i32)
                b = ti.cast(pixels[y, x, 2], ti.i32)
                work[n, 0, k] = ((19595 * r + 38470 * g + 7471 * b + 32768) >> 16) - 128
                work[n, 1, k] = (32768 * b - 11059 * r - 21709 * g + 32767) >> 16
                work[n, 2, k] = (32768 * r - 27439 * g - 5329 * b + 32767) >> 16
            for c in range(3):
                for y in range(8):
                    row = forward(ti.Vector([work[n, c, y * 8 + i] for i in range(8)]), 11)
                    for i in ti.static(range(8)):
                        work[n, c, y * 8 + i] = row[i]
                for x in range(8):
                    column = forward(ti.Vector([work[n, c, i * 8 + x] for i in range(8)]), 15)
                    for i in ti.static(range(8)):
                        q = tables[table, ti.min(c, 1) * 64 + i * 8 + x]
                        level = (ti.abs(column[i]) + 4 * q) // (8 * q) * q
                        column[i] = ti.select(column[i] < 0, -level, level)
                    column = inverse(column, 11)
                    for i in ti.static(range(8)):
                        work[n, c, i * 8 + x] = column[i]
                for y in range(8):
                    row = inverse(ti.Vector([work[n, c, y * 8 + i] for i in range(8)]), 18)
                    for i in ti.static(range(8)):
                        work[n, c, y * 8 + i] = ti.max(ti.min(row[i] + 128, 255), 0)
            for y in range(upper, lower):
                for x in range(left, right):
                    k = (y - upper) * 8 + x - left
                    luma, cb, cr = work[n, 0, k], work[n, 1, k] - 128, work[n, 2, k] - 128
                    r = luma + ((91881 * cr + 32768) >> 16)
                    g = luma + ((32768 - 22554 * cb - 46802 * cr) >> 16)
                    b = luma + ((116130 * cb + 32768) >> 16)
                    pixels[y, x, 0] = ti.cast(ti.max(ti.min(r, 255), 0), ti.u8)
                    pixels[y, x, 1] = ti.cast(ti.max(ti.min(g, 255), 0), ti.u8)
                    pixels[y, x, 2] = ti.cast(ti.max(ti.min(b, 255), 0), ti.u8)

    return kernel
