//! The routines of an image decoder, against an independent model.

mod common;

use common::{Bench, activation, fast_load, image, run_exact};
use orrery_shared::End;
use proptest::prelude::*;

/// One coded pixel.
#[derive(Clone, Copy, Debug)]
enum Coded {
    Rgb([u8; 3]),
    Rgba([u8; 4]),
    Delta([i8; 3]),
    Index(u8),
}

/// The decoder as its specification tells it.
struct Model {
    pixel: [u8; 4],
    table: [[u8; 4]; 64],
}

impl Model {
    fn decode(&mut self, coded: Coded) -> [u8; 4] {
        let [r, g, b, a] = self.pixel;
        self.pixel = match coded {
            Coded::Rgb([r, g, b]) => [r, g, b, a],
            Coded::Rgba(pixel) => pixel,
            Coded::Delta([dr, dg, db]) => [
                r.wrapping_add_signed(dr),
                g.wrapping_add_signed(dg),
                b.wrapping_add_signed(db),
                a,
            ],
            Coded::Index(i) => self.table[usize::from(i)],
        };
        let [r, g, b, a] = self.pixel.map(usize::from);
        self.table[(r * 3 + g * 5 + b * 7 + a * 11) % 64] = self.pixel;
        self.pixel
    }
}

fn coded() -> impl Strategy<Value = Coded> {
    prop_oneof![
        any::<[u8; 3]>().prop_map(Coded::Rgb),
        any::<[u8; 4]>().prop_map(Coded::Rgba),
        (-32..32i8, -40..40i8, -40..40i8).prop_map(|(r, g, b)| Coded::Delta([r, g, b])),
        (0..64u8).prop_map(Coded::Index),
    ]
}

fn decodes(stream: &[Coded], opaque: bool, depth: usize) -> Result<(), TestCaseError> {
    let (image, label) = image(include_str!("pixels.alu"));
    let mut model = Model {
        pixel: [0, 0, 0, 255],
        table: [[0; 4]; 64],
    };
    let mut feed = activation(label("setup"), &[if opaque { 0xFF00 } else { 0 }]);
    let mut expected = Vec::new();
    for &pixel in stream {
        let (routine, operands): (_, Vec<u16>) = match pixel {
            Coded::Rgb(c) => ("rgb", c.map(u16::from).to_vec()),
            Coded::Rgba(c) => ("rgba", c.map(u16::from).to_vec()),
            Coded::Delta(d) => ("delta", d.map(|d| i16::from(d) as u16).to_vec()),
            Coded::Index(i) => ("index", vec![u16::from(i)]),
        };
        feed.extend(activation(label(routine), &operands));
        let [r, g, b, a] = model.decode(pixel);
        let a = if opaque { 255 } else { a };
        expected.extend([u16::from_le_bytes([r, g]), u16::from_le_bytes([b, a])]);
    }
    let mut bench = Bench::new(fast_load(), &image, feed, 1);
    let mut twin = bench.clone();
    let mut topology = bench.topology(depth);
    topology.budget = 1_000_000;
    let outcome = orrery_shared::exact::Exact::new(topology).run(&mut bench, u64::MAX);
    prop_assert_eq!(outcome.end, End::Complete);
    prop_assert_eq!(&bench.words(), &expected);
    let mut topology = twin.topology(depth);
    topology.budget = 1_000_000;
    let outcome = orrery_shared::off::Off::new(topology).run(&mut twin);
    prop_assert_eq!(outcome.end, End::Complete);
    prop_assert_eq!(&twin.words(), &expected);
    Ok(())
}

proptest! {
    #[test]
    fn random_pixels(
        stream in prop::collection::vec(coded(), 0..200),
        opaque: bool,
        depth in prop::sample::select(vec![1usize, 2, 16]),
    ) {
        decodes(&stream, opaque, depth)?;
    }
}

/// Cycles per pixel of each routine, as the documentation states them: from
/// taking the activation to the end token.
#[test]
fn cycles_per_pixel() {
    let (image, label) = image(include_str!("pixels.alu"));
    let cycles = |routine: &str, operands: &[u16]| {
        let busy = |pixels: usize| {
            let mut feed = activation(label("setup"), &[0]);
            // Fills slot 23.
            feed.extend(activation(label("rgb"), &[1, 2, 3]));
            for _ in 0..pixels {
                feed.extend(activation(label(routine), operands));
            }
            let mut bench = Bench::new(fast_load(), &image, feed, 1);
            run_exact(&mut bench, 16).total
        };
        busy(9) - busy(8)
    };
    assert_eq!(cycles("rgb", &[1, 2, 3]), 28);
    assert_eq!(cycles("rgba", &[1, 2, 3, 4]), 33);
    assert_eq!(cycles("delta", &[1, 2, 3]), 29);
    assert_eq!(cycles("index", &[23]), 21);
}
