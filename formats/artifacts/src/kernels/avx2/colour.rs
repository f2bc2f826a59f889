//! Colours, 32 pixels at a time: the values of [`Plain`](super::super::colour::Plain).

use super::super::colour::{CENTRE, HALF, fix};
use super::{both, load32, store32};
use crate::image::Channels;
use core::arch::x86_64::*;

/// Pixels that are done together.
const PIXELS: usize = 32;

/// See [`Colours::split`](super::Colours::split).
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn split(row: &[u8], channels: Channels, planes: [&mut [u8]; 3]) {
    match channels {
        Channels::Rgb => split_n::<3>(row, planes),
        Channels::Rgba => split_n::<4>(row, planes),
    }
}

/// See [`Colours::join`](super::Colours::join).
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn join(planes: [&[u8]; 3], row: &mut [u8], channels: Channels) {
    match channels {
        Channels::Rgb => join_n::<3>(planes, row),
        Channels::Rgba => join_n::<4>(planes, row),
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn split_n<const N: usize>(row: &[u8], [y, cb, cr]: [&mut [u8]; 3]) {
    let n = row.len() / N;
    if n < PIXELS {
        let mut pixels = [0; 4 * PIXELS];
        pixels[..row.len()].copy_from_slice(row);
        let planes = split_32::<N>(&pixels[..N * PIXELS]);
        for (line, v) in [y, cb, cr].into_iter().zip(planes) {
            let mut samples = [0; PIXELS];
            store32(&mut samples, v);
            line[..n].copy_from_slice(&samples[..n]);
        }
        return;
    }
    for at in (0..n).step_by(PIXELS) {
        // The last ones overlap those before them, which come out the same again.
        let at = at.min(n - PIXELS);
        let planes = split_32::<N>(&row[N * at..][..N * PIXELS]);
        for (line, v) in [&mut *y, &mut *cb, &mut *cr].into_iter().zip(planes) {
            store32(line[at..].first_chunk_mut().expect("32 samples"), v);
        }
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn join_n<const N: usize>([y, cb, cr]: [&[u8]; 3], row: &mut [u8]) {
    let n = row.len() / N;
    if n < PIXELS {
        let mut pixels = [0; 4 * PIXELS];
        pixels[..row.len()].copy_from_slice(row);
        let mut samples = [[0; PIXELS]; 3];
        for (samples, line) in samples.iter_mut().zip([y, cb, cr]) {
            samples[..n].copy_from_slice(&line[..n]);
        }
        let [y, cb, cr] = &samples;
        join_32::<N>(
            [load32(y), load32(cb), load32(cr)],
            &mut pixels[..N * PIXELS],
        );
        row.copy_from_slice(&pixels[..row.len()]);
        return;
    }
    for at in (0..n).step_by(PIXELS) {
        // As in `split_n`.
        let at = at.min(n - PIXELS);
        let samples = |line: &[u8]| load32(line[at..].first_chunk().expect("32 samples"));
        let planes = [samples(y), samples(cb), samples(cr)];
        join_32::<N>(planes, &mut row[N * at..][..N * PIXELS]);
    }
}

/// Sixteen bytes from `low` on to the lower half, sixteen from `high` on to the upper.
#[inline]
#[target_feature(enable = "avx2")]
fn halves(bytes: &[u8], low: usize, high: usize) -> __m256i {
    let at = |n: usize| {
        let half: &[u8; 16] = bytes[n..].first_chunk().expect("sixteen bytes");
        // SAFETY: reads the sixteen bytes of the array; no alignment is needed.
        unsafe { _mm_loadu_si128(half.as_ptr().cast()) }
    };
    _mm256_inserti128_si256::<1>(_mm256_castsi128_si256(at(low)), at(high))
}

/// The same order of bytes for both halves.
#[inline]
#[target_feature(enable = "avx2")]
fn order(bytes: &[u8; 16]) -> __m256i {
    // SAFETY: reads the sixteen bytes of the array; no alignment is needed.
    _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) })
}

/// In an order of bytes: a zero.
const ZERO: u8 = 0x80;

/// The order that takes two components of four pixels of `n` bytes each, `from` bytes into a
/// register, to 16-bit numbers.
const fn pairs(n: usize, from: usize, first: usize, second: usize) -> [u8; 16] {
    let mut order = [ZERO; 16];
    let mut pixel = 0;
    while pixel < 4 {
        order[4 * pixel] = (from + n * pixel + first) as u8;
        order[4 * pixel + 2] = (from + n * pixel + second) as u8;
        pixel += 1;
    }
    order
}

/// Y, Cb and Cr of 32 pixels.
#[inline]
#[target_feature(enable = "avx2")]
fn split_32<const N: usize>(pixels: &[u8]) -> [__m256i; 3] {
    // Pixels 4 k to 4 k + 3 in the lower half, those 16 later in the upper. Of three bytes a
    // pixel, the last twelve are the end of sixteen.
    let skip = 16 - 4 * N;
    let a = split_8::<N, 0>(halves(pixels, 0, 16 * N));
    let b = split_8::<N, 0>(halves(pixels, 4 * N, 20 * N));
    let c = split_8::<N, 0>(halves(pixels, 8 * N, 24 * N));
    let d = split_8::<N, 1>(halves(pixels, 12 * N - skip, 28 * N - skip));
    [
        gather([a[0], b[0], c[0], d[0]]),
        gather([a[1], b[1], c[1], d[1]]),
        gather([a[2], b[2], c[2], d[2]]),
    ]
}

/// Y, Cb and Cr of four pixels in each half, with 16 fraction bits. `END`: they are the last of
/// the sixteen bytes, not the first.
#[inline]
#[target_feature(enable = "avx2")]
fn split_8<const N: usize, const END: usize>(pixels: __m256i) -> [__m256i; 3] {
    let rg = const { pairs(N, END * (16 - 4 * N), 0, 1) };
    let bg = const { pairs(N, END * (16 - 4 * N), 2, 1) };
    let rg = _mm256_shuffle_epi8(pixels, order(&rg));
    let bg = _mm256_shuffle_epi8(pixels, order(&bg));
    // Factors of 16 bits: a quarter of green is added to Y apart, and a half is the
    // negative of what -32768 gives.
    const QUARTER: i32 = 1 << 14;
    let dot = |rg_factors: [i32; 2], bg_factors: [i32; 2]| {
        let factors = |[a, b]: [i32; 2]| _mm256_set1_epi32(both([a as i16, b as i16]));
        _mm256_add_epi32(
            _mm256_madd_epi16(rg, factors(rg_factors)),
            _mm256_madd_epi16(bg, factors(bg_factors)),
        )
    };
    let y = dot([fix(0.299), fix(0.587) - QUARTER], [fix(0.114), QUARTER]);
    let minus_cb = dot([fix(0.16874), fix(0.33126)], [-fix(0.5), 0]);
    let minus_cr = dot([-fix(0.5), 0], [fix(0.08131), fix(0.41869)]);
    [
        _mm256_add_epi32(y, _mm256_set1_epi32(HALF)),
        _mm256_sub_epi32(_mm256_set1_epi32(CENTRE), minus_cb),
        _mm256_sub_epi32(_mm256_set1_epi32(CENTRE), minus_cr),
    ]
}

/// Numbers of 0 to 255 with 16 fraction bits to bytes: in each half first those of `a`.
#[inline]
#[target_feature(enable = "avx2")]
fn gather([a, b, c, d]: [__m256i; 4]) -> __m256i {
    let ab = _mm256_blend_epi16::<0xAA>(_mm256_srli_epi32::<16>(a), b);
    let cd = _mm256_blend_epi16::<0xAA>(_mm256_srli_epi32::<16>(c), d);
    let mixed = _mm256_or_si256(ab, _mm256_slli_epi16::<8>(cd));
    const TURN: [u8; 16] = [0, 4, 8, 12, 2, 6, 10, 14, 1, 5, 9, 13, 3, 7, 11, 15];
    _mm256_shuffle_epi8(mixed, order(&TURN))
}

/// 32 pixels from their planes.
#[inline]
#[target_feature(enable = "avx2")]
fn join_32<const N: usize>([y, cb, cr]: [__m256i; 3], pixels: &mut [u8]) {
    let zero = _mm256_setzero_si256();
    let [r0, g0, b0] = rgb_16(
        _mm256_unpacklo_epi8(y, zero),
        _mm256_unpacklo_epi8(cb, zero),
        _mm256_unpacklo_epi8(cr, zero),
    );
    let [r1, g1, b1] = rgb_16(
        _mm256_unpackhi_epi8(y, zero),
        _mm256_unpackhi_epi8(cb, zero),
        _mm256_unpackhi_epi8(cr, zero),
    );
    let rgb = [
        _mm256_packus_epi16(r0, r1),
        _mm256_packus_epi16(g0, g1),
        _mm256_packus_epi16(b0, b1),
    ];
    if N == 3 {
        weave_3(rgb, pixels);
    } else {
        weave_4(rgb, pixels);
    }
}

/// Red, green and blue of sixteen pixels, not clipped.
#[inline]
#[target_feature(enable = "avx2")]
fn rgb_16(y: __m256i, cb: __m256i, cr: __m256i) -> [__m256i; 3] {
    let middle = _mm256_set1_epi16(128);
    let (cb, cr) = (_mm256_sub_epi16(cb, middle), _mm256_sub_epi16(cr, middle));
    // Factors of 16 bits: what is left of them without 1, -1 or 2. Those of one product have
    // 15 fraction bits here, as the instruction wants them, the one for red rounded: for all
    // that chroma can be the rounded product is the same, as a test shows.
    const ONE: i32 = 1 << 16;
    const RED: i32 = (fix(1.402) - ONE + 1) / 2;
    const BLUE: i32 = (fix(1.772) - 2 * ONE) / 2;
    const GREEN: [i32; 2] = [-fix(0.34414), ONE - fix(0.71414)];
    let red = _mm256_mulhrs_epi16(cr, _mm256_set1_epi16(RED as i16));
    let blue = _mm256_mulhrs_epi16(cb, _mm256_set1_epi16(BLUE as i16));
    let green = |pairs: __m256i| {
        let factors = _mm256_set1_epi32(both([GREEN[0] as i16, GREEN[1] as i16]));
        let sum = _mm256_madd_epi16(pairs, factors);
        _mm256_srai_epi32::<16>(_mm256_add_epi32(sum, _mm256_set1_epi32(HALF)))
    };
    let green = _mm256_packs_epi32(
        green(_mm256_unpacklo_epi16(cb, cr)),
        green(_mm256_unpackhi_epi16(cb, cr)),
    );
    [
        _mm256_add_epi16(_mm256_add_epi16(y, cr), red),
        _mm256_add_epi16(_mm256_sub_epi16(y, cr), green),
        _mm256_add_epi16(_mm256_add_epi16(y, _mm256_add_epi16(cb, cb)), blue),
    ]
}

/// Writes the halves of a register.
#[inline]
#[target_feature(enable = "avx2")]
fn store_halves(bytes: &mut [u8], low: usize, high: usize, v: __m256i) {
    for (at, half) in [
        (low, _mm256_castsi256_si128(v)),
        (high, _mm256_extracti128_si256::<1>(v)),
    ] {
        let bytes: &mut [u8; 16] = bytes[at..].first_chunk_mut().expect("sixteen bytes");
        // SAFETY: writes the sixteen bytes of the array; no alignment is needed.
        unsafe { _mm_storeu_si128(bytes.as_mut_ptr().cast(), half) }
    }
}

/// Orders that take one of three components of sixteen pixels to its places in the sixteen
/// bytes from `16 * third` on.
const fn thirds(third: usize) -> [[u8; 16]; 3] {
    let mut orders = [[ZERO; 16]; 3];
    let mut n = 0;
    while n < 16 {
        let at = 16 * third + n;
        orders[at % 3][n] = (at / 3) as u8;
        n += 1;
    }
    orders
}

#[inline]
#[target_feature(enable = "avx2")]
fn weave_3([r, g, b]: [__m256i; 3], pixels: &mut [u8]) {
    const ORDERS: [[[u8; 16]; 3]; 3] = [thirds(0), thirds(1), thirds(2)];
    for (n, [red, green, blue]) in ORDERS.iter().enumerate() {
        let v = _mm256_or_si256(
            _mm256_or_si256(
                _mm256_shuffle_epi8(r, order(red)),
                _mm256_shuffle_epi8(g, order(green)),
            ),
            _mm256_shuffle_epi8(b, order(blue)),
        );
        store_halves(pixels, 16 * n, 48 + 16 * n, v);
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn weave_4([r, g, b]: [__m256i; 3], pixels: &mut [u8]) {
    let zero = _mm256_setzero_si256();
    let (rg0, rg1) = (_mm256_unpacklo_epi8(r, g), _mm256_unpackhi_epi8(r, g));
    let (b0, b1) = (_mm256_unpacklo_epi8(b, zero), _mm256_unpackhi_epi8(b, zero));
    let alpha = _mm256_set1_epi32(0xFF00_0000_u32 as i32);
    for (n, rgb) in [
        _mm256_unpacklo_epi16(rg0, b0),
        _mm256_unpackhi_epi16(rg0, b0),
        _mm256_unpacklo_epi16(rg1, b1),
        _mm256_unpackhi_epi16(rg1, b1),
    ]
    .into_iter()
    .enumerate()
    {
        let (low, high) = (16 * n, 64 + 16 * n);
        let old = _mm256_and_si256(halves(pixels, low, high), alpha);
        store_halves(pixels, low, high, _mm256_or_si256(rgb, old));
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::colour;
    use super::*;

    /// The rows are of 256 pixels; their ends are left to the tests of whole pieces.
    #[test]
    fn all_colours_equal_the_definition() {
        if !is_x86_feature_detected!("avx2") {
            println!("1 test skipped: no AVX2");
            return;
        }
        let third: [u8; 256] = std::array::from_fn(|c| c as u8);
        for (a, b) in (0..=255).flat_map(|a| (0..=255).map(move |b| (a, b))) {
            let row: Vec<u8> = third.iter().flat_map(|&c| [a, b, c]).collect();
            let mut joined = row.clone();
            let mut found = [[0; 256]; 3];
            let [y, cb, cr] = &mut found;
            // SAFETY: the processor has AVX2, see above.
            unsafe {
                split(&row, Channels::Rgb, [y, cb, cr]);
                join([&[a; 256], &[b; 256], &third], &mut joined, Channels::Rgb);
            }
            for (n, pixel) in row.as_chunks::<3>().0.iter().enumerate() {
                let ycc = found.map(|plane| plane[n]);
                assert_eq!(ycc, colour::ycc(*pixel), "{pixel:?}");
                assert_eq!(joined[3 * n..][..3], colour::rgb(*pixel), "{pixel:?}");
            }
        }
    }
}
