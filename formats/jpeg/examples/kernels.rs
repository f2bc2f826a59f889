//! Times every kernel of every instruction set that this processor has:
//! nanoseconds per block for the transforms, per 1000 samples or pixels of
//! output for the row kernels. `cargo run --release --example kernels`

use orrery_jpeg::kernels::{Kernels, all_available};
use std::hint::black_box;
use std::time::Instant;

/// Width of the rows: that of a photograph, short enough for the first cache.
const N: usize = 2000;

/// Least time of one call of `f` over several rounds, in nanoseconds.
fn time(mut f: impl FnMut()) -> f64 {
    const CALLS: u32 = 200;
    (0..60)
        .map(|_| {
            let start = Instant::now();
            (0..CALLS).for_each(|_| f());
            start.elapsed().as_nanos() as f64 / f64::from(CALLS)
        })
        .fold(f64::INFINITY, f64::min)
}

/// Figures of one set of kernels, in the order of [`NAMES`].
fn figures(k: &Kernels) -> Vec<f64> {
    let plane = |seed: usize| -> Vec<u8> { (0..N).map(|i| (i * seed % 251) as u8).collect() };
    let (a, b, c) = (plane(7), plane(13), plane(29));
    // A block as photographs have it, one with coefficients everywhere, and
    // one that needs more than 16 bits between the passes.
    let mut photo = [0i16; 64];
    for (at, v) in [
        (0, 300),
        (1, -60),
        (8, 45),
        (9, 20),
        (2, -12),
        (16, 8),
        (10, 5),
    ] {
        photo[at] = v;
    }
    let dense: [i16; 64] = std::array::from_fn(|i| 40 - (i as i16 * 37 % 80));
    let wide = [5000i16; 64];
    let mut square = [0u8; 64];
    let mut out = vec![0u8; 4 * N];
    let (mut floats, mut words, mut shorts) = (vec![0f32; N], vec![0u16; N], vec![0i16; N]);
    let mut bytes = vec![0i8; N];

    let mut all = Vec::new();
    for coef in [&photo, &dense, &wide] {
        all.push(time(|| {
            (k.idct8)(black_box(coef), black_box(&mut square), 8)
        }));
    }
    all.push(time(|| {
        (k.idct_dc)(black_box(77), black_box(&mut square), 8)
    }));
    all.push(time(|| {
        (k.idct4)(black_box(&dense), black_box(&mut square), 8)
    }));
    all.push(time(|| {
        (k.idct2)(black_box(&dense), black_box(&mut square), 8)
    }));

    type Row<'a> = Box<dyn FnMut(&mut [u8]) + 'a>;
    let mut row = |samples: usize, mut f: Row<'_>| {
        all.push(time(|| f(black_box(&mut out[..samples]))) * 1000.0 / N as f64);
    };
    row(3 * N, Box::new(|o| (k.ycc_rgb)(&a, &b, &c, o)));
    row(4 * N, Box::new(|o| (k.ycc_rgba)(&a, &b, &c, o)));
    row(4 * N, Box::new(|o| (k.ycc_bgra)(&a, &b, &c, o)));
    row(3 * N, Box::new(|o| (k.grey_rgb)(&a, o)));
    row(4 * N, Box::new(|o| (k.grey_rgba)(&a, o)));
    row(N, Box::new(|o| (k.h2v1)(&a[..N / 2], o)));
    row(N, Box::new(|o| (k.h2v2)(&a[..N / 2], &b[..N / 2], o)));
    row(N, Box::new(|o| (k.h1v2)(&a, &b, o, 1)));
    row(
        N,
        Box::new(|o| (k.interleave_uv)(&a[..N / 2], &b[..N / 2], o)),
    );
    let per = 1000.0 / N as f64;
    all.push(time(|| (k.to_f32)(&a, black_box(&mut floats))) * per);
    all.push(time(|| (k.to_u16)(&a, black_box(&mut words))) * per);
    all.push(time(|| (k.to_i16)(&a, black_box(&mut shorts))) * per);
    all.push(time(|| (k.to_i8)(&a, black_box(&mut bytes))) * per);
    all
}

const NAMES: [&str; 19] = [
    "idct8, photo",
    "idct8, dense",
    "idct8, wide",
    "idct_dc",
    "idct4",
    "idct2",
    "ycc_rgb",
    "ycc_rgba",
    "ycc_bgra",
    "grey_rgb",
    "grey_rgba",
    "h2v1",
    "h2v2",
    "h1v2",
    "interleave_uv",
    "to_f32",
    "to_u16",
    "to_i16",
    "to_i8",
];

fn main() {
    let sets = all_available();
    let columns: Vec<Vec<f64>> = sets.iter().map(figures).collect();
    print!("{:16}", "ns");
    sets.iter().for_each(|k| print!("{:>10}", k.name));
    println!("{:>10}", "gain");
    for (i, name) in NAMES.iter().enumerate() {
        print!("{name:16}");
        columns.iter().for_each(|c| print!("{:10.1}", c[i]));
        println!("{:9.1}x", columns[0][i] / columns[columns.len() - 1][i]);
    }
}
