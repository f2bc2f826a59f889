// Compression artifacts: one invocation compresses one 8 x 8 block of one piece of a tile, in
// place. The same integer arithmetic as the processor's (src/kernels), so the same results.
//
// Invocations (x, y, z) are (piece, block row, block column) of the grid
// (pieces, blocks_y, blocks_x); those outside their piece have nothing to do. Pieces of one
// dispatch do not overlap and a pixel is one word, so no two invocations write the same word.

struct Piece {
    // In pixels, from the corner of the band that is in `pixels`.
    x: u32,
    y: u32,
    width: u32,
    height: u32,
    // Where the piece's quantisers start in `tables`.
    table: u32,
    pad0: u32,
    pad1: u32,
    pad2: u32,
}

struct Job {
    // Pixels of a row.
    stride: u32,
    // The pieces of this dispatch.
    first: u32,
    count: u32,
    pad: u32,
}

// Red in the lowest byte, then green, blue, alpha.
@group(0) @binding(0) var<storage, read_write> pixels: array<u32>;
@group(0) @binding(1) var<storage, read> pieces: array<Piece>;
// Quantiser and its reciprocal: 64 pairs for Y, then 64 for Cb and Cr.
@group(0) @binding(2) var<storage, read> tables: array<vec2<i32>>;
@group(0) @binding(3) var<uniform> job: Job;

// The block: one component of it at a time.
var<private> b: array<i32, 64>;

// Constants of the transforms with 13 fraction bits.
const F0298: i32 = 2446;
const F0390: i32 = 3196;
const F0541: i32 = 4433;
const F0765: i32 = 6270;
const F0899: i32 = 7373;
const F1175: i32 = 9633;
const F1501: i32 = 12299;
const F1847: i32 = 15137;
const F1961: i32 = 16069;
const F2053: i32 = 16819;
const F2562: i32 = 20995;
const F3072: i32 = 25172;

// Shifts right, rounded, halves up.
fn descale(v: i32, bits: u32) -> i32 {
    return (v + (1i << (bits - 1u))) >> bits;
}

// One dimension of the forward transform, of b[at], b[at + step], ...: the first pass.
fn forward(at: u32, step: u32, second: bool) {
    let x0 = b[at];
    let x1 = b[at + step];
    let x2 = b[at + 2u * step];
    let x3 = b[at + 3u * step];
    let x4 = b[at + 4u * step];
    let x5 = b[at + 5u * step];
    let x6 = b[at + 6u * step];
    let x7 = b[at + 7u * step];
    let d0 = x0 - x7;
    let d1 = x1 - x6;
    let d2 = x2 - x5;
    let d3 = x3 - x4;
    let a0 = x0 + x7 + x3 + x4;
    let a3 = x0 + x7 - x3 - x4;
    let a1 = x1 + x6 + x2 + x5;
    let a2 = x1 + x6 - x2 - x5;
    let bits = select(11u, 15u, second);
    // Two fraction bits are left by the first pass and taken away by the second.
    b[at] = select((a0 + a1) << 2u, descale(a0 + a1, 2u), second);
    b[at + 4u * step] = select((a0 - a1) << 2u, descale(a0 - a1, 2u), second);
    let r = (a2 + a3) * F0541;
    b[at + 2u * step] = descale(r + a3 * F0765, bits);
    b[at + 6u * step] = descale(r - a2 * F1847, bits);
    let z5 = (d3 + d1 + d2 + d0) * F1175;
    let z1 = (d3 + d0) * F0899;
    let z2 = (d2 + d1) * F2562;
    let z3 = z5 - (d3 + d1) * F1961;
    let z4 = z5 - (d2 + d0) * F0390;
    b[at + 7u * step] = descale(d3 * F0298 - z1 + z3, bits);
    b[at + 5u * step] = descale(d2 * F2053 - z2 + z4, bits);
    b[at + 3u * step] = descale(d1 * F3072 - z2 + z3, bits);
    b[at + step] = descale(d0 * F1501 - z1 + z4, bits);
}

// One dimension of the inverse transform.
fn inverse(at: u32, step: u32, bits: u32) {
    let c0 = b[at];
    let c1 = b[at + step];
    let c2 = b[at + 2u * step];
    let c3 = b[at + 3u * step];
    let c4 = b[at + 4u * step];
    let c5 = b[at + 5u * step];
    let c6 = b[at + 6u * step];
    let c7 = b[at + 7u * step];
    let r = (c2 + c6) * F0541;
    let e2 = r - c6 * F1847;
    let e3 = r + c2 * F0765;
    let e0 = (c0 + c4) << 13u;
    let e1 = (c0 - c4) << 13u;
    let z5 = (c7 + c3 + c5 + c1) * F1175;
    let z1 = (c7 + c1) * F0899;
    let z2 = (c5 + c3) * F2562;
    let z3 = z5 - (c7 + c3) * F1961;
    let z4 = z5 - (c5 + c1) * F0390;
    let o0 = c1 * F1501 - z1 + z4;
    let o1 = c3 * F3072 - z2 + z3;
    let o2 = c5 * F2053 - z2 + z4;
    let o3 = c7 * F0298 - z1 + z3;
    b[at] = descale(e0 + e3 + o0, bits);
    b[at + 7u * step] = descale(e0 + e3 - o0, bits);
    b[at + step] = descale(e1 + e2 + o1, bits);
    b[at + 6u * step] = descale(e1 + e2 - o1, bits);
    b[at + 2u * step] = descale(e1 - e2 + o2, bits);
    b[at + 5u * step] = descale(e1 - e2 - o2, bits);
    b[at + 3u * step] = descale(e0 - e3 + o3, bits);
    b[at + 4u * step] = descale(e0 - e3 - o3, bits);
}

// What is left of a component at its quantisers, not clipped. Comes and goes around 0.
fn degrade(table: u32) {
    for (var y = 0u; y < 8u; y++) {
        forward(y * 8u, 1u, false);
    }
    for (var x = 0u; x < 8u; x++) {
        forward(x, 8u, true);
        for (var k = x; k < 64u; k += 8u) {
            let q = tables[table + k];
            // A transform value is eight times a coefficient.
            let level = (((abs(b[k]) + 4i * q.x) >> 3u) * q.y) >> 19u;
            b[k] = level * q.x * sign(b[k]);
        }
        inverse(x, 8u, 11u);
    }
    for (var y = 0u; y < 8u; y++) {
        inverse(y * 8u, 1u, 18u);
    }
}

// RGB in the lowest three bytes of a word to one component, less 128.
fn component(word: u32, which: u32) -> i32 {
    let red = i32(word & 255u);
    let green = i32((word >> 8u) & 255u);
    let blue = i32((word >> 16u) & 255u);
    if which == 0u {
        return ((19595 * red + 38470 * green + 7471 * blue + 32768) >> 16u) - 128;
    }
    if which == 1u {
        return (32768 * blue - 11059 * red - 21709 * green + 32767) >> 16u;
    }
    return (32768 * red - 27439 * green - 5329 * blue + 32767) >> 16u;
}

fn clip(v: i32) -> u32 {
    return u32(clamp(v, 0, 255));
}

@compute @workgroup_size(1, 8, 8)
fn artifacts(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= job.count {
        return;
    }
    let piece = pieces[job.first + id.x];
    if id.y * 8u >= piece.height || id.z * 8u >= piece.width {
        return;
    }
    let left = piece.x + id.z * 8u;
    let upper = piece.y + id.y * 8u;
    // The last pixel of the piece in this block; those behind it are replicated.
    let columns = min(piece.width - id.z * 8u, 8u);
    let rows = min(piece.height - id.y * 8u, 8u);

    // The components that are done, one byte each.
    var done: array<u32, 64>;
    for (var which = 0u; which < 3u; which++) {
        for (var y = 0u; y < 8u; y++) {
            let row = (upper + min(y, rows - 1u)) * job.stride + left;
            for (var x = 0u; x < 8u; x++) {
                b[y * 8u + x] = component(pixels[row + min(x, columns - 1u)], which);
            }
        }
        degrade(piece.table + select(64u, 0u, which == 0u));
        for (var k = 0u; k < 64u; k++) {
            let byte = clip(b[k] + 128) << (which * 8u);
            done[k] = select(done[k] | byte, byte, which == 0u);
        }
    }
    for (var y = 0u; y < rows; y++) {
        let row = (upper + y) * job.stride + left;
        for (var x = 0u; x < columns; x++) {
            let ycc = done[y * 8u + x];
            let luma = i32(ycc & 255u);
            let cb = i32((ycc >> 8u) & 255u) - 128;
            let cr = i32(ycc >> 16u) - 128;
            let red = clip(luma + ((91881 * cr + 32768) >> 16u));
            let green = clip(luma + ((32768 - 22554 * cb - 46802 * cr) >> 16u));
            let blue = clip(luma + ((116130 * cb + 32768) >> 16u));
            let alpha = pixels[row + x] & 0xFF000000u;
            pixels[row + x] = red | (green << 8u) | (blue << 16u) | alpha;
        }
    }
}
