//! Both kinds of exact inverse transforms, and colour matrices with exact
//! rounding: the options of the multiply-sum suffice.

mod common;

use common::{Feed, Machine, Random, ViewWords, grant, sprite};
use orrery_compositor::{Image, Spec, assemble, list};

/// One 8 x 8 transform per pass, one rounded shift each. Blocks of 64 words
/// lie one after the other; the tile's origin is scaled by eight along x.
fn rounded_program(matrix: &[[i32; 8]; 8]) -> String {
    let mut text = String::from("const M = [\n");
    for row in matrix {
        text += &format!("{}\n", row.map(|v| v.to_string()).join(" "));
    }
    text += "]
    let a = r0      # left halves of 8 rows
    let b = r8      # right halves
    let x = r16
    let y = r24
    kernel transform:
        rep k 8 { gLD4 a[k], u0, (8 * k, 0) }
        rep k 8 { gLD4 b[k], u0, (8 * k + 4, 0) }
        rep k 8 { gLD4 x[k], u1, (@8 * k, @0) }
        rep k 8 { gMSUMR a[k], a[k], 1, x[k] }
        rep k 8 { gLD4 x[k], u1, (@8 * k + 4, @0) }
        rep k 8 { gMSUMR b[k], b[k], 1, x[k] }
        rep r 8 { gMSUM x[r], a, 8, M[8 * r] round shr 11 }
        rep r 8 { gMSUM y[r], b, 8, M[8 * r] round shr 11 }
        # Rows become columns: four quarters, two of which change places.
        gTRN a[0], x[0]
        gTRN b[0], x[4]
        gTRN a[4], y[0]
        gTRN b[4], y[4]
        rep r 8 { gMSUM x[r], a, 8, M[8 * r] round shr 18 sext 10 }
        rep r 8 { gMSUM y[r], b, 8, M[8 * r] round shr 18 sext 10 }
        gTRN a[0], x[0]
        gTRN b[0], x[4]
        gTRN a[4], y[0]
        gTRN b[4], y[4]
        rep r 8 { gADD a[r], a[r], 128 clipu 8 }
        rep r 8 { gADD b[r], b[r], 128 clipu 8 }
        rep r 8 { gST4 a[r], u2, (0, r) }
        rep r 8 { gST4 b[r], u2, (4, r) }
        gEND
    ";
    text
}

#[test]
fn one_rounded_shift_per_pass() {
    // Any integer matrix will do; this one has the size of the real ones.
    let mut random = Random(3);
    let mut matrix = [[0i32; 8]; 8];
    for v in matrix.iter_mut().flatten() {
        *v = random.below(2 * 11_363) as i32 - 11_363;
    }
    let object = assemble("t.gfx", &rounded_program(&matrix)).unwrap_or_else(|e| panic!("{e:?}"));
    let (bw, bh) = (3u32, 2u32);
    let (quants, target) = (bw * bh * 128, bw * bh * 128 + 256);
    let size = target + bw * bh * 64;
    // u0: a row of blocks is a row of texels; x = 8 * block + i becomes 64 * block.
    let scale = 3 << list::SCALE_X_SHIFT | (0xD << list::SCALE_Y_SHIFT);
    let coefficients = ViewWords::new(0, (bw * 128) as i32, 2, list::S16 | scale, bw * 64, bh);
    let mut words = coefficients.words(0);
    words.extend(ViewWords::new(quants, 0, 2, list::U16, 64, 1).words(1));
    words.extend(ViewWords::new(target, (bw * 8) as i32, 1, list::U8, bw * 8, bh * 8).words(2));
    words.extend([list::WAIT, 0, size]);
    words.extend(sprite(
        list::PARALLEL,
        0,
        (8, 8),
        (bw * 8, bh * 8),
        &[],
        None,
    ));
    words.push(list::END);
    let feed = vec![
        common::head(0, words.len() as u32),
        grant(0, quants, target),
        grant(0, target, size),
        grant(0, 0, size),
        Feed::Done(1),
    ];
    let mut machine = Machine::new(
        Spec::default(),
        &Image::from(&object),
        size as usize + 4,
        &words,
        feed,
    );
    for i in 0..(quants / 2) as usize {
        let v = random.below(300) as i16 - 150;
        machine.memory.texture.bytes[2 * i..2 * i + 2].copy_from_slice(&v.to_le_bytes());
    }
    for i in 0..64 {
        let at = quants as usize + 2 * i;
        let v = 1 + random.below(40) as u16;
        machine.memory.texture.bytes[at..at + 2].copy_from_slice(&v.to_le_bytes());
    }
    let before = machine.memory.texture.bytes.clone();
    let outcome = machine.complete();
    let word = |i: usize| i64::from(i16::from_le_bytes([before[2 * i], before[2 * i + 1]]));
    for by in 0..bh as usize {
        for bx in 0..bw as usize {
            let mut c = [[0i64; 8]; 8];
            for k in 0..64 {
                let q = word(quants as usize / 2 + k);
                c[k / 8][k % 8] = word((by * bw as usize + bx) * 64 + k) * q;
            }
            let pass = |m: &[[i64; 8]; 8], shift: u32| {
                let mut out = [[0i64; 8]; 8];
                for r in 0..8 {
                    for col in 0..8 {
                        let sum: i64 = (0..8).map(|k| i64::from(matrix[r][k]) * m[k][col]).sum();
                        // Transposed on the way out, as both passes need it.
                        out[col][r] = (sum + (1 << (shift - 1))) >> shift;
                    }
                }
                out
            };
            let first = pass(&c, 11).map(|r| r.map(|v| i64::from(v as i32)));
            let second = pass(&first, 18);
            for (y, row) in second.iter().enumerate() {
                for (x, v) in row.iter().enumerate() {
                    let v = (*v as i32) << 22 >> 22;
                    let want = (v + 128).clamp(0, 255) as u8;
                    let at = target as usize + (by * 8 + y) * bw as usize * 8 + bx * 8 + x;
                    assert_eq!(machine.memory.texture.bytes[at], want, "{bx},{by}: {x},{y}");
                }
            }
        }
    }
    let per_pixel = 1000 * outcome.processes[1].busy / u64::from(bw * bh * 64);
    println!("{per_pixel} cycles per 1000 pixels, loading included in the wait");
}

/// Every product floored, every sum wrapped to 16 bits: a butterfly step.
#[test]
fn floors_per_product_with_wraps() {
    let text = "
    const C = [ 64277 12785  -12785 64277 ]
    kernel step:
        gLD4 r0, u0, (0, 0)
        gLD4 r1, u0, (4, 0)
        gMSUM r2, r0, 2, C[0] pshr 16 sext 16
        gMSUM r3, r0, 2, C[2] pshr 16 sext 16
        gMSUM r4, r0, 2, C[0] pshr 16 pwrap 16 neg sext 16
        gADD r5, r2, r3 sext 16
        gADD r2, r5, 8
        gSAR r2, r2, 4
        gST4 r2, u1, (0, 0)
        gST4 r3, u1, (4, 0)
        gST4 r4, u1, (8, 0)
        gEND
    ";
    let object = assemble("t.gfx", text).unwrap_or_else(|e| panic!("{e:?}"));
    let mut random = Random(9);
    for _ in 0..50 {
        let mut words = ViewWords::new(0, 16, 2, list::S16, 8, 1).words(0);
        words.extend(ViewWords::new(16, 24, 2, list::S16 | list::BIG, 12, 1).words(1));
        words.extend([list::WAIT, 16, 40]);
        words.extend(sprite(0, 0, (12, 1), (12, 1), &[], None));
        words.push(list::END);
        let feed = vec![
            common::head(0, words.len() as u32),
            grant(0, 0, 16),
            grant(0, 16, 40),
            Feed::Done(1),
        ];
        let mut machine = Machine::new(Spec::default(), &Image::from(&object), 44, &words, feed);
        random.fill(&mut machine.memory.texture.bytes[..16]);
        let input: Vec<i32> = machine.memory.texture.bytes[..16]
            .chunks(2)
            .map(|b| i32::from(i16::from_le_bytes([b[0], b[1]])))
            .collect();
        machine.complete();
        let out: Vec<i16> = machine.memory.texture.bytes[16..40]
            .chunks(2)
            .map(|b| i16::from_be_bytes([b[0], b[1]]))
            .collect();
        let floor = |c: i64, v: i32| ((c * i64::from(v)) >> 16) as i32;
        for i in 0..4 {
            let (a, b) = (input[i], input[4 + i]);
            let s = (floor(64_277, a) + floor(12_785, b)) as i16;
            let t = (floor(-12_785, a) + floor(64_277, b)) as i16;
            let wrapped = i32::from(floor(64_277, a) as i16) + i32::from(floor(12_785, b) as i16);
            assert_eq!(out[i], ((i32::from(s.wrapping_add(t)) + 8) >> 4) as i16);
            assert_eq!(out[4 + i], t);
            assert_eq!(out[8 + i], (-wrapped) as i16);
        }
    }
}

/// A colour matrix whose rows round differently, in one instruction.
#[test]
fn a_colour_matrix_with_its_own_rounding() {
    let text = "
    const M = [
        65536 0      91881  0
        65536 -22554 -46802 0
        65536 116130 0      0
        0     0      0      0
        32768 32767 32768 16711680
    ]
    kernel colour:
        gLD r0, u0, (0, 0)
        gSUB r0.yz, r0, 128
        gMSUMV r1, r0, M roundc shr 16 clipu 8
        gST r1, u1, (0, 0)
        gEND
    ";
    let object = assemble("t.gfx", text).unwrap_or_else(|e| panic!("{e:?}"));
    let n = 4096u32;
    let mut words = ViewWords::new(0, 0, 3, list::U8 | common::channels(3), n, 1).words(0);
    words.extend(ViewWords::new(3 * n, 0, 4, list::U8 | common::channels(4), n, 1).words(1));
    words.extend([list::WAIT, 3 * n, 7 * n]);
    words.extend(sprite(list::PARALLEL, 0, (1, 1), (n, 1), &[], None));
    words.push(list::END);
    let feed = vec![
        common::head(0, words.len() as u32),
        grant(0, 0, 3 * n),
        grant(0, 3 * n, 7 * n),
        Feed::Done(1),
    ];
    let mut machine = Machine::new(
        Spec::default(),
        &Image::from(&object),
        7 * n as usize,
        &words,
        feed,
    );
    Random(4).fill(&mut machine.memory.texture.bytes[..3 * n as usize]);
    machine.complete();
    let bytes = &machine.memory.texture.bytes;
    for i in 0..n as usize {
        let [y, b, r] = [0, 1, 2].map(|c| i32::from(bytes[3 * i + c]));
        let (b, r) = (b - 128, r - 128);
        let clip = |v: i32| v.clamp(0, 255) as u8;
        let want = [
            clip(y + ((91_881 * r + 32_768) >> 16)),
            clip(y + ((-22_554 * b - 46_802 * r + 32_767) >> 16)),
            clip(y + ((116_130 * b + 32_768) >> 16)),
            255,
        ];
        assert_eq!(bytes[3 * n as usize + 4 * i..][..4], want, "texel {i}");
    }
}
