//! QOI streams: encoded, and written opcode by opcode.

use orrery_reference::Picture;

/// The eight bytes every QOI file ends with.
pub const END_MARKER: [u8; 8] = [0, 0, 0, 0, 0, 0, 0, 1];

/// How many channels the header names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channels {
    /// 3: alpha is 255 whatever the stream says.
    Rgb,
    /// 4.
    Rgba,
}

/// Encodes a picture with the qoi crate; [`Channels::Rgb`] drops its alpha.
///
/// # Panics
/// When the picture contradicts itself or has a side of zero.
#[must_use]
pub fn encode(picture: &Picture, channels: Channels) -> Vec<u8> {
    let (pixels, _) = picture.rgba.as_chunks::<4>();
    let samples = match channels {
        Channels::Rgba => picture.rgba.clone(),
        Channels::Rgb => pixels.iter().flat_map(|[rgb @ .., _]| *rgb).collect(),
    };
    qoi::encode_to_vec(&samples, picture.width, picture.height)
        .expect("a picture with as many samples as its sides say")
}

/// One QOI chunk (QOI specification, "Data chunks").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// The pixel at this index position, 0 to 63.
    Index(u8),
    /// Differences of red, green and blue, each -2 to 1.
    Diff(i8, i8, i8),
    /// The difference of green (-32 to 31), and how far those of red and blue
    /// are from it (-8 to 7).
    Luma(i8, i8, i8),
    /// The same pixel 1 to 62 times.
    Run(u8),
    /// A colour, alpha kept.
    Rgb(u8, u8, u8),
    /// A pixel.
    Rgba(u8, u8, u8, u8),
}

impl Op {
    fn write(self, out: &mut Vec<u8>) {
        let biased = |value: i8, bias: i8| (value + bias) as u8;
        match self {
            Op::Index(place) => out.push(place),
            Op::Diff(r, g, b) => {
                out.push(0x40 | biased(r, 2) << 4 | biased(g, 2) << 2 | biased(b, 2));
            }
            Op::Luma(g, r, b) => {
                out.extend([0x80 | biased(g, 32), biased(r, 8) << 4 | biased(b, 8)]);
            }
            Op::Run(count) => out.push(0xc0 | (count - 1)),
            Op::Rgb(r, g, b) => out.extend([0xfe, r, g, b]),
            Op::Rgba(r, g, b, a) => out.extend([0xff, r, g, b, a]),
        }
    }
}

/// A header for a picture of this size.
#[must_use]
pub fn header(width: u32, height: u32, channels: Channels) -> Vec<u8> {
    let mut out = b"qoif".to_vec();
    out.extend(width.to_be_bytes());
    out.extend(height.to_be_bytes());
    out.push(match channels {
        Channels::Rgb => 3,
        Channels::Rgba => 4,
    });
    out.push(0);
    out
}

/// Header and opcodes, without the end marker.
#[must_use]
pub fn stream(width: u32, height: u32, channels: Channels, ops: &[Op]) -> Vec<u8> {
    let mut out = header(width, height, channels);
    for op in ops {
        op.write(&mut out);
    }
    out
}

/// Header, opcodes and end marker.
#[must_use]
pub fn file(width: u32, height: u32, channels: Channels, ops: &[Op]) -> Vec<u8> {
    let mut out = stream(width, height, channels, ops);
    out.extend(END_MARKER);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opcodes_as_in_the_specification() {
        let cases: [(Op, &[u8]); 8] = [
            (Op::Index(9), &[9]),
            (Op::Diff(-2, 0, 1), &[0b0100_1011]),
            (Op::Luma(-32, 7, -8), &[0x80, 0xf0]),
            (Op::Luma(31, -8, 7), &[0xbf, 0x0f]),
            (Op::Run(1), &[0xc0]),
            (Op::Run(62), &[0xfd]),
            (Op::Rgb(1, 2, 3), &[0xfe, 1, 2, 3]),
            (Op::Rgba(1, 2, 3, 4), &[0xff, 1, 2, 3, 4]),
        ];
        for (op, expected) in cases {
            let mut out = Vec::new();
            op.write(&mut out);
            assert_eq!(out, expected, "{op:?}");
        }
    }

    #[test]
    fn headers_name_size_and_channels() {
        let head = header(0x0102, 3, Channels::Rgb);
        assert_eq!(head, *b"qoif\0\0\x01\x02\0\0\0\x03\x03\0");
    }
}
