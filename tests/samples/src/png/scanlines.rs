//! From samples to the filtered bytes that are compressed: packing, Adam7 and
//! the five filters (PNG specification, sections 7 to 9).

use super::raster::Raster;

/// Which filter each scanline gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter {
    /// This one, 0 (None) to 4 (Paeth), on every scanline.
    Fixed(u8),
    /// 0 to 4 in turn, starting afresh in each pass: every filter meets every
    /// kind of row, and each of 2, 3 and 4 a pass' first row somewhere.
    InTurn,
}

/// The first column and row of each Adam7 pass, and the steps between.
const ADAM7: [[usize; 4]; 7] = [
    [0, 0, 8, 8],
    [4, 0, 8, 8],
    [0, 4, 4, 8],
    [2, 0, 4, 4],
    [0, 2, 2, 4],
    [1, 0, 2, 2],
    [0, 1, 1, 2],
];

/// All scanlines of a picture, each with its filter byte, pass after pass.
#[must_use]
pub fn scanlines(raster: &Raster, interlaced: bool, filter: Filter) -> Vec<u8> {
    let passes: &[[usize; 4]] = if interlaced { &ADAM7 } else { &[[0, 0, 1, 1]] };
    let mut out = Vec::new();
    for (number, [x0, y0, dx, dy]) in passes.iter().copied().enumerate() {
        if x0 >= raster.width as usize {
            // Without columns a pass has no scanlines, not even filter bytes.
            continue;
        }
        let mut previous = Vec::new();
        for (line, y) in (y0 as u32..raster.height).step_by(dy).enumerate() {
            let columns = (x0 as u32..raster.width).step_by(dx);
            let samples: Vec<u16> = columns
                .flat_map(|x| raster.pixel(x, y).iter().copied())
                .collect();
            let packed = pack(&samples, raster.depth);
            let kind = match filter {
                Filter::Fixed(kind) => kind,
                // Another start in each pass, so that single rows differ too.
                Filter::InTurn => ((line + number) % 5) as u8,
            };
            let pixel_bytes = (raster.colour.samples() * usize::from(raster.depth)).div_ceil(8);
            out.push(kind);
            out.extend(filtered(kind, pixel_bytes, &packed, &previous));
            previous = packed;
        }
    }
    out
}

/// The scanlines without filter bytes and filters, for an encoder that does
/// its own filtering.
#[must_use]
pub fn packed_rows(raster: &Raster) -> Vec<u8> {
    let count = raster.width as usize * raster.colour.samples();
    let rows = raster.samples.chunks_exact(count);
    rows.flat_map(|row| pack(row, raster.depth)).collect()
}

/// Packs a row of samples, the first in the highest bits, 16 bits big-endian.
fn pack(samples: &[u16], depth: u8) -> Vec<u8> {
    match depth {
        16 => samples.iter().flat_map(|s| s.to_be_bytes()).collect(),
        8 => samples.iter().map(|s| *s as u8).collect(),
        _ => {
            let per_byte = usize::from(8 / depth);
            let bytes = samples.chunks(per_byte).map(|group| {
                let mut byte = 0;
                for (place, sample) in group.iter().enumerate() {
                    byte |= (*sample as u8) << (8 - usize::from(depth) * (place + 1));
                }
                byte
            });
            bytes.collect()
        }
    }
}

/// Applies filter `kind`. `above` is empty for the first row of a pass.
fn filtered(kind: u8, pixel_bytes: usize, row: &[u8], above: &[u8]) -> Vec<u8> {
    let at = |bytes: &[u8], place: usize, back: usize| {
        let place = place.checked_sub(back);
        let byte = place.and_then(|place| bytes.get(place));
        byte.copied().unwrap_or(0)
    };
    let predicted = |place: usize| {
        let left = at(row, place, pixel_bytes);
        let up = at(above, place, 0);
        let up_left = at(above, place, pixel_bytes);
        match kind {
            0 => 0,
            1 => left,
            2 => up,
            3 => ((u16::from(left) + u16::from(up)) / 2) as u8,
            4 => paeth(left, up, up_left),
            _ => panic!("PNG has filters 0 to 4, not {kind}"),
        }
    };
    let bytes = row.iter().enumerate();
    bytes
        .map(|(place, byte)| byte.wrapping_sub(predicted(place)))
        .collect()
}

/// Of left, up and up-left the one nearest to left + up - up-left; the first
/// of them on a tie.
fn paeth(left: u8, up: u8, up_left: u8) -> u8 {
    let estimate = i16::from(left) + i16::from(up) - i16::from(up_left);
    let distance = |value: u8| (estimate - i16::from(value)).abs();
    let mut best = left;
    for candidate in [up, up_left] {
        if distance(candidate) < distance(best) {
            best = candidate;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use orrery_reference::convert::Colour;

    fn counting(width: u32, height: u32) -> Raster {
        Raster {
            width,
            height,
            colour: Colour::Grey,
            depth: 8,
            samples: (0..(width * height) as u16).collect(),
            palette: Vec::new(),
            trns: None,
        }
    }

    #[test]
    fn filters_by_hand() {
        let (row, above) = ([10, 20, 50], [5, 30, 40]);
        let cases = [
            (0, [10, 20, 50]),
            (1, [10, 10, 30]),
            (2, [5, 246, 10]),
            // Means with the left byte: (0+5)/2, (10+30)/2, (20+40)/2.
            (3, [8, 0, 20]),
            // Estimates 5, 10+30-5 = 35, 20+40-30 = 30: predictions 5, 30, 30
            // (of 20, 40 and 30).
            (4, [5, 246, 20]),
        ];
        for (kind, expected) in cases {
            assert_eq!(filtered(kind, 1, &row, &above), expected, "filter {kind}");
        }
        assert_eq!(filtered(4, 2, &row, &[]), [10, 20, 40]);
    }

    #[test]
    fn ties_go_to_left_then_up() {
        assert_eq!(paeth(1, 1, 1), 1);
        // Estimate 25, 5 away from left and up each.
        assert_eq!(paeth(30, 20, 25), 25);
        assert_eq!(paeth(20, 10, 15), 15);
        assert_eq!(paeth(10, 30, 20), 20);
        assert_eq!(paeth(4, 8, 6), 6);
        assert_eq!(paeth(3, 3, 9), 3);
    }

    #[test]
    fn an_interlaced_picture_in_its_passes() {
        let lines = scanlines(&counting(5, 5), true, Filter::Fixed(0));
        let expected = [
            [0, 0].as_slice(), // pass 1: (0, 0)
            &[0, 4],           // pass 2: (4, 0)
            &[0, 20, 24],      // pass 3: (0, 4) and (4, 4)
            &[0, 2, 0, 22],    // pass 4: column 2 of rows 0 and 4
            &[0, 10, 12, 14],  // pass 5: row 2
            &[0, 1, 3, 0, 11, 13, 0, 21, 23],
            &[0, 5, 6, 7, 8, 9, 0, 15, 16, 17, 18, 19],
        ];
        assert_eq!(lines, expected.concat());
    }

    #[test]
    fn a_narrow_picture_lacks_passes() {
        let lines = scanlines(&counting(1, 3), true, Filter::Fixed(0));
        // Passes 1, 5 and 7; 2, 4 and 6 have no columns, 3 no rows.
        assert_eq!(lines, [0, 0, 0, 2, 0, 1]);
    }

    #[test]
    fn samples_are_packed_from_the_top() {
        assert_eq!(pack(&[1, 0, 1, 1, 0, 0, 0, 1, 1], 1), [0b1011_0001, 0x80]);
        assert_eq!(pack(&[3, 0, 2], 2), [0b1100_1000]);
        assert_eq!(pack(&[1, 15, 2], 4), [0x1f, 0x20]);
        assert_eq!(pack(&[0x1234], 16), [0x12, 0x34]);
    }
}
