//! The scalar kernels against their definitions in real numbers, and every
//! other set of kernels against the scalar ones.

use super::{Kernels, all_available, best, scalar};
use proptest::prelude::*;
use std::f64::consts::PI;

/// The inverse DCT of ITU-T T.81 A.3.3 in floating point, at point (x, y) of
/// [0, 1] x [0, 1], level-shifted but not clipped.
fn idct_at(coef: &[i16; 64], x: f64, y: f64) -> f64 {
    let scale = |k: usize| if k == 0 { 0.5f64.sqrt() } else { 1.0 };
    let mut sum = 0.0;
    for v in 0..8 {
        for u in 0..8 {
            let basis = (x * u as f64 * PI).cos() * (y * v as f64 * PI).cos();
            sum += scale(u) * scale(v) * f64::from(coef[v * 8 + u]) * basis;
        }
    }
    sum / 4.0 + 128.0
}

/// Coefficients as photographs have them: few, falling with frequency.
fn photo_block() -> impl Strategy<Value = [i16; 64]> {
    (
        -1024i16..1024,
        prop::collection::vec((0usize..64, -400i16..400), 0..20),
    )
        .prop_map(|(dc, ac)| {
            let mut coef = [0i16; 64];
            for (at, v) in ac {
                coef[at] = v / (1 + (at / 8 + at % 8) as i16);
            }
            coef[0] = dc;
            coef
        })
}

/// Any coefficients at all, the extremes often among them.
fn any_block() -> impl Strategy<Value = [i16; 64]> {
    let value = prop_oneof![
        3 => Just(0i16),
        3 => -2048i16..2048,
        2 => any::<i16>(),
        1 => prop_oneof![Just(i16::MIN), Just(i16::MAX), Just(-32767i16)],
    ];
    let dense = prop::collection::vec(value, 64);
    let extreme = prop::collection::vec(prop_oneof![Just(i16::MIN), Just(i16::MAX)], 64);
    // Blocks whose column pass ends near the limit of 16 bits.
    let edge = prop::collection::vec(-3500i16..3500, 64);
    prop_oneof![2 => dense, 1 => extreme, 2 => edge]
        .prop_map(|v| v.try_into().expect("64 coefficients"))
}

/// Runs `f` over a buffer of `size` rows and checks that it wrote nothing
/// outside of them; gives the rows.
fn rows(size: usize, stride: usize, slack: usize, f: impl Fn(&mut [u8])) -> Vec<u8> {
    let len = (size - 1) * stride + size + slack;
    let mut results = [0x00u8, 0xff].map(|fill| {
        let mut buffer = vec![fill; len];
        f(&mut buffer);
        for (i, &b) in buffer.iter().enumerate() {
            assert!(
                i % stride < size && i / stride < size || b == fill,
                "wrote byte {i}"
            );
        }
        buffer.truncate((size - 1) * stride + size);
        (0..size)
            .flat_map(|y| buffer[y * stride..][..size].to_vec())
            .collect::<Vec<u8>>()
    });
    assert_eq!(results[0], results[1], "a sample was left unwritten");
    std::mem::take(&mut results[0])
}

/// Runs `f` over an output of exactly `len` elements that starts `offset`
/// elements into its allocation, and checks that nothing around it changed.
fn exact<T: Copy + PartialEq + std::fmt::Debug>(
    len: usize,
    offset: usize,
    fill: T,
    f: impl Fn(&mut [T]),
) -> Vec<T> {
    let mut buffer = vec![fill; offset + len + 64];
    f(&mut buffer[offset..offset + len]);
    assert!(
        buffer[..offset]
            .iter()
            .chain(&buffer[offset + len..])
            .all(|&b| b == fill)
    );
    buffer[offset..offset + len].to_vec()
}

fn others() -> Vec<Kernels> {
    all_available().into_iter().skip(1).collect()
}

fn check_transforms(coef: &[i16; 64], stride: usize, slack: usize) {
    let s = scalar();
    for k in others() {
        let same = |size, a: super::Transform, b: super::Transform, what: &str| {
            assert_eq!(
                rows(size, stride, slack, |o| a(coef, o, stride)),
                rows(size, stride, slack, |o| b(coef, o, stride)),
                "{what} of {}",
                k.name
            );
        };
        same(8, s.idct8, k.idct8, "idct8");
        same(4, s.idct4, k.idct4, "idct4");
        same(2, s.idct2, k.idct2, "idct2");
    }
}

#[test]
fn the_best_kernels_are_the_last_of_the_available() {
    let all = all_available();
    assert_eq!(all[0].name, "scalar");
    assert_eq!(best().name, all[all.len() - 1].name);
    let names: std::collections::BTreeSet<_> = all.iter().map(|k| k.name).collect();
    assert_eq!(names.len(), all.len());
}

#[test]
fn a_block_of_dc_alone_is_a_fill() {
    for k in all_available() {
        for dc in (i16::MIN..=i16::MAX).step_by(if cfg!(miri) { 4095 } else { 1 }) {
            let mut coef = [0; 64];
            coef[0] = dc;
            let full = rows(8, 8, 0, |o| (scalar().idct8)(&coef, o, 8));
            assert_eq!(
                full,
                rows(8, 9, 3, |o| (k.idct_dc)(dc, o, 9)),
                "dc {dc} of {}",
                k.name
            );
        }
    }
}

#[test]
fn the_range_limit_wraps_as_libjpegs_table_does() {
    // DC 4096 is a sample of 512 before the shift: past the table's upper half.
    let fill = |dc| rows(8, 8, 0, |o| (scalar().idct_dc)(dc, o, 8))[0];
    assert_eq!(
        [fill(0), fill(8), fill(1016), fill(-1024), fill(-1032)],
        [128, 129, 255, 0, 0]
    );
    assert_eq!(
        [fill(4088), fill(4096), fill(-4096), fill(-4104)],
        [255, 0, 0, 255]
    );
}

#[test]
fn single_coefficients_of_every_size_at_every_place() {
    for at in (0..64).step_by(if cfg!(miri) { 63 } else { 1 }) {
        for v in [1, -1, 2047, -2048, 5000, -5000, 16384, i16::MAX, i16::MIN] {
            let mut coef = [0; 64];
            coef[at] = v;
            check_transforms(&coef, 8, 0);
        }
    }
}

/// Every pattern of signs, among them those that make the sums largest.
#[test]
fn the_largest_sums_agree() {
    let step = if cfg!(miri) {
        100
    } else if cfg!(debug_assertions) {
        7
    } else {
        1
    };
    for columns in (0..=255u8).step_by(if cfg!(miri) { 85 } else { 1 }) {
        for rows in (0..=255u8).step_by(step) {
            let coef = std::array::from_fn(|i| {
                let minus = (columns >> (i % 8) ^ rows >> (i / 8)) & 1;
                [i16::MAX, i16::MIN][usize::from(minus)]
            });
            for k in others() {
                let same = |a: super::Transform, b: super::Transform| {
                    let (mut x, mut y) = ([0; 64], [0; 64]);
                    a(&coef, &mut x, 8);
                    b(&coef, &mut y, 8);
                    assert_eq!(x, y, "{} {columns} {rows}", k.name);
                };
                same(scalar().idct8, k.idct8);
                same(scalar().idct4, k.idct4);
                same(scalar().idct2, k.idct2);
            }
        }
    }
}

#[test]
fn a_block_that_does_not_fit_is_refused() {
    for k in all_available() {
        for (size, f) in [(8, k.idct8), (4, k.idct4), (2, k.idct2)] {
            for (len, stride) in [(size * size - 1, size), (0, 0), (1000, usize::MAX / 3)] {
                let run = || f(&[1; 64], &mut vec![0; len], stride);
                assert!(
                    std::panic::catch_unwind(run).is_err(),
                    "{} {size} {len}",
                    k.name
                );
            }
        }
        let run = || (k.idct_dc)(1, &mut [0; 63], 8);
        assert!(std::panic::catch_unwind(run).is_err());
    }
}

#[test]
fn rows_of_different_lengths_are_refused() {
    for k in all_available() {
        let refused = |f: &(dyn Fn() + std::panic::RefUnwindSafe)| {
            assert!(std::panic::catch_unwind(f).is_err(), "{}", k.name);
        };
        refused(&|| (k.ycc_rgb)(&[0; 40], &[0; 40], &[0; 39], &mut [0; 120]));
        refused(&|| (k.ycc_rgba)(&[0; 40], &[0; 39], &[0; 40], &mut [0; 160]));
        refused(&|| (k.ycc_bgra)(&[0; 40], &[0; 40], &[0; 40], &mut [0; 161]));
        refused(&|| (k.grey_rgb)(&[0; 40], &mut [0; 119]));
        refused(&|| (k.grey_rgba)(&[0; 40], &mut [0; 159]));
        refused(&|| (k.h2v1)(&[0; 40], &mut [0; 79]));
        refused(&|| (k.h2v2)(&[0; 40], &[0; 39], &mut [0; 80]));
        refused(&|| (k.h1v2)(&[0; 40], &[0; 40], &mut [0; 39], 1));
        refused(&|| (k.h1v2)(&[0; 40], &[0; 40], &mut [0; 40], 4));
        refused(&|| (k.to_f32)(&[0; 40], &mut [0.0; 39]));
        refused(&|| (k.to_f32_stream)(&[0; 40], &mut [0.0; 39]));
        refused(&|| (k.to_u16)(&[0; 40], &mut [0; 39]));
        refused(&|| (k.to_i16)(&[0; 40], &mut [0; 39]));
        refused(&|| (k.to_i8)(&[0; 40], &mut [0; 39]));
        refused(&|| (k.interleave_uv)(&[0; 40], &[0; 40], &mut [0; 79]));
    }
}

#[test]
fn colours_that_are_known() {
    // Grey stays grey; the primaries of JFIF.
    let one = |y, cb, cr| {
        let mut out = [0; 3];
        (scalar().ycc_rgb)(&[y], &[cb], &[cr], &mut out);
        out
    };
    for y in 0..=255 {
        assert_eq!(one(y, 128, 128), [y; 3]);
    }
    assert_eq!(one(76, 85, 255), [254, 0, 0]);
    assert_eq!(one(150, 44, 21), [0, 255, 1]);
    assert_eq!(one(29, 255, 107), [0, 0, 254]);
}

/// All 2^24 triples; a few planes of them in a debug build.
#[test]
fn every_colour_is_converted_alike() {
    let step = if cfg!(miri) {
        100
    } else if cfg!(debug_assertions) {
        17
    } else {
        1
    };
    let ys: Vec<u8> = (0..=255).collect();
    let s = scalar();
    for cb in (0..=255u8).step_by(step) {
        for cr in (0..=255u8).step_by(if cfg!(miri) { 100 } else { 1 }) {
            let (cbs, crs) = ([cb; 256], [cr; 256]);
            let run = |f: super::Colour, n: usize| {
                let mut out = vec![0; 256 * n];
                f(&ys, &cbs, &crs, &mut out);
                out
            };
            let rgb = run(s.ycc_rgb, 3);
            for k in others() {
                assert!(run(k.ycc_rgb, 3) == rgb, "{} cb {cb} cr {cr}", k.name);
            }
            if usize::from(cr).is_multiple_of(step) {
                let (rgba, bgra) = (run(s.ycc_rgba, 4), run(s.ycc_bgra, 4));
                for k in others() {
                    assert!(run(k.ycc_rgba, 4) == rgba, "{} cb {cb} cr {cr}", k.name);
                    assert!(run(k.ycc_bgra, 4) == bgra, "{} cb {cb} cr {cr}", k.name);
                }
            }
        }
    }
}

/// Every pair of neighbours for the one-row filters.
#[test]
fn every_pair_is_upsampled_alike() {
    let all: Vec<u8> = (0..=255).collect();
    for v in 0..=255u8 {
        if cfg!(miri) && v % 64 != 0 {
            continue;
        }
        let mixed: Vec<u8> = all.iter().flat_map(|&x| [x, v]).collect();
        let run = |k: &Kernels| {
            let mut h2v1 = vec![0; 1024];
            (k.h2v1)(&mixed, &mut h2v1);
            let h1v2 = [0, 1, 2, 3].map(|bias| {
                let mut out = [0; 256];
                (k.h1v2)(&all, &[v; 256], &mut out, bias);
                out
            });
            (h2v1, h1v2)
        };
        let expected = run(&scalar());
        for k in others() {
            assert_eq!(run(&k), expected, "{}", k.name);
        }
    }
}

#[test]
fn every_sample_is_scaled_by_the_rule() {
    let all: Vec<u8> = (0..=255).collect();
    for k in all_available() {
        let (mut f, mut u, mut i, mut b) = ([0f32; 256], [0u16; 256], [0i16; 256], [0i8; 256]);
        (k.to_f32)(&all, &mut f);
        let mut streamed = [0f32; 256];
        (k.to_f32_stream)(&all, &mut streamed);
        assert_eq!(streamed, f, "{}", k.name);
        (k.to_u16)(&all, &mut u);
        (k.to_i16)(&all, &mut i);
        (k.to_i8)(&all, &mut b);
        for x in 0..256usize {
            assert_eq!(f[x].to_bits(), (x as f32 / 255.0).to_bits(), "{}", k.name);
            assert_eq!(usize::from(u[x]), x * 257, "{}", k.name);
            assert_eq!(i32::from(i[x]), x as i32 * 257 - 32768, "{}", k.name);
            assert_eq!(i32::from(b[x]), x as i32 - 128, "{}", k.name);
        }
    }
}

#[test]
fn upsampling_by_hand() {
    let s = scalar();
    let row = |input: &[u8]| exact(input.len() * 2, 0, 0, |o| (s.h2v1)(input, o));
    assert_eq!(row(&[]), []);
    assert_eq!(row(&[9]), [9, 9]);
    // (3*10 + 14 + 2) >> 2 = 11; (3*14 + 10 + 1) >> 2 = 13.
    assert_eq!(row(&[10, 14]), [10, 11, 13, 14]);
    assert_eq!(row(&[0, 1, 0]), [0, 0, 1, 1, 0, 0]);
    let mut out = [0; 4];
    // Sums 30+20 = 50 and 120+10 = 130.
    (s.h2v2)(&[10, 40], &[20, 10], &mut out);
    assert_eq!(out, [13, 17, 28, 32]);
    let mut out = [0; 2];
    (s.h1v2)(&[10, 41], &[20, 10], &mut out, 1);
    assert_eq!(out, [12, 33]);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: if cfg!(miri) { 4 } else { 512 },
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_transform_is_the_inverse_dct(coef in photo_block()) {
        let out = rows(8, 8, 0, |o| (scalar().idct8)(&coef, o, 8));
        for y in 0..8 {
            for x in 0..8 {
                let real = idct_at(&coef, (x as f64 + 0.5) / 8.0, (y as f64 + 0.5) / 8.0);
                // Far outside the samples the range limit wraps.
                prop_assume!((-380.0..630.0).contains(&real));
                let error = f64::from(out[y * 8 + x]) - real.clamp(0.0, 255.0);
                prop_assert!(error.abs() < 1.01, "{error} at {x}, {y}");
            }
        }
    }

    #[test]
    fn a_reduced_transform_takes_the_mean(dc in -1024i16..1016, ac in -200i16..200) {
        let mut coef = [0; 64];
        coef[0] = dc;
        coef[1] = ac;
        for (size, f) in [(4usize, scalar().idct4), (2, scalar().idct2)] {
            let out = rows(size, size, 0, |o| f(&coef, o, size));
            let n = 8 / size;
            for (x, &sample) in out[..size].iter().enumerate() {
                let mean = (0..n)
                    .map(|i| idct_at(&coef, ((x * n + i) as f64 + 0.5) / 8.0, 0.0))
                    .sum::<f64>() / n as f64;
                let error = f64::from(sample) - mean.clamp(0.0, 255.0);
                // The reduced transforms only approximate the mean.
                prop_assert!(error.abs() < 2.0 + f64::from(ac).abs() / 20.0, "{error} at {x}");
            }
        }
    }

    #[test]
    fn transforms_agree_on_photographs(coef in photo_block(), stride in 8usize..40, slack in 0usize..20) {
        check_transforms(&coef, stride, slack);
    }

    #[test]
    fn transforms_agree_on_anything(coef in any_block(), stride in 8usize..40, slack in 0usize..20) {
        check_transforms(&coef, stride, slack);
    }

    #[test]
    fn rows_agree_at_every_length(
        planes in prop::collection::vec(any::<[u8; 3]>(), 0..70),
        offset in 0usize..33,
        start in 0usize..33,
        bias in 0u8..4,
    ) {
        let n = planes.len();
        // Inputs at different alignments, not one of them that of the output.
        let plane = |c: usize| {
            let mut v = vec![0; start + c];
            v.extend(planes.iter().map(|p| p[c]));
            v
        };
        let (a, b, c) = (plane(0), plane(1), plane(2));
        let (a, b, c) = (&a[start..], &b[start + 1..], &c[start + 2..]);
        let run = |k: &Kernels| {
            let bytes = |len: usize, f: &dyn Fn(&mut [u8])| {
                let zero = exact(len, offset, 0, f);
                assert_eq!(zero, exact(len, offset, 0xffu8, f), "unwritten in {}", k.name);
                zero
            };
            (
                [
                    bytes(n * 3, &|o| (k.ycc_rgb)(a, b, c, o)),
                    bytes(n * 4, &|o| (k.ycc_rgba)(a, b, c, o)),
                    bytes(n * 4, &|o| (k.ycc_bgra)(a, b, c, o)),
                    bytes(n * 3, &|o| (k.grey_rgb)(a, o)),
                    bytes(n * 4, &|o| (k.grey_rgba)(a, o)),
                    bytes(n * 2, &|o| (k.h2v1)(a, o)),
                    bytes(n * 2, &|o| (k.h2v2)(a, b, o)),
                    bytes(n, &|o| (k.h1v2)(a, b, o, bias)),
                    bytes(n * 2, &|o| (k.interleave_uv)(a, b, o)),
                ],
                exact(n, offset, f32::MAX, |o| (k.to_f32)(a, o)),
                exact(n, offset, f32::MAX, |o| (k.to_f32_stream)(a, o)),
                exact(n, offset, 1, |o| (k.to_u16)(a, o)),
                exact(n, offset, 1, |o| (k.to_i16)(a, o)),
                exact(n, offset, 1, |o| (k.to_i8)(a, o)),
            )
        };
        let expected = run(&scalar());
        for k in others() {
            prop_assert_eq!(run(&k), expected.clone(), "{}", k.name);
        }
    }
}
