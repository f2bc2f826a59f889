//! Turning pictures as EXIF says.

/// Where the first stored row and column belong (EXIF 2.3, tag 0x0112).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Orientation {
    /// 1: as stored.
    #[default]
    Normal,
    /// 2: mirrored left to right.
    FlipHorizontal,
    /// 3: turned by 180 degrees.
    Rotate180,
    /// 4: mirrored top to bottom.
    FlipVertical,
    /// 5: mirrored along the falling diagonal.
    Transpose,
    /// 6: to be turned 90 degrees clockwise.
    Rotate90,
    /// 7: mirrored along the rising diagonal.
    Transverse,
    /// 8: to be turned 90 degrees anticlockwise.
    Rotate270,
}

impl Orientation {
    /// The orientation for a value of the tag; `None` outside 1 to 8.
    #[must_use]
    pub const fn from_exif(value: u16) -> Option<Self> {
        Some(match value {
            1 => Self::Normal,
            2 => Self::FlipHorizontal,
            3 => Self::Rotate180,
            4 => Self::FlipVertical,
            5 => Self::Transpose,
            6 => Self::Rotate90,
            7 => Self::Transverse,
            8 => Self::Rotate270,
            _ => return None,
        })
    }

    /// Whether width and height change places.
    #[must_use]
    pub const fn swaps_sides(self) -> bool {
        matches!(
            self,
            Self::Transpose | Self::Rotate90 | Self::Transverse | Self::Rotate270
        )
    }

    /// The stored column and row of the pixel shown at `x`, `y`, for a stored
    /// picture of `width` by `height`.
    #[must_use]
    pub const fn source(self, x: usize, y: usize, width: usize, height: usize) -> (usize, usize) {
        match self {
            Self::Normal => (x, y),
            Self::FlipHorizontal => (width - 1 - x, y),
            Self::Rotate180 => (width - 1 - x, height - 1 - y),
            Self::FlipVertical => (x, height - 1 - y),
            Self::Transpose => (y, x),
            Self::Rotate90 => (y, height - 1 - x),
            Self::Transverse => (width - 1 - y, height - 1 - x),
            Self::Rotate270 => (width - 1 - y, x),
        }
    }
}

/// Pixels of a square that is turned at a time, so that both sides stay in cache.
const TILE: usize = 32;

/// Turns a packed picture of `width` by `height` pixels of `N` bytes: `put`
/// gets each row of the result in pieces, with its row and first column.
fn turn<const N: usize>(
    pixels: &[[u8; N]],
    (width, height): (usize, usize),
    orientation: Orientation,
    put: &mut dyn FnMut(usize, usize, &[u8]),
) {
    let (out_width, out_height) = if orientation.swaps_sides() {
        (height, width)
    } else {
        (width, height)
    };
    let mut piece = [[0; N]; TILE];
    for top in (0..out_height).step_by(TILE) {
        for left in (0..out_width).step_by(TILE) {
            let count = TILE.min(out_width - left);
            for y in top..out_height.min(top + TILE) {
                for (i, pixel) in piece[..count].iter_mut().enumerate() {
                    let (sx, sy) = orientation.source(left + i, y, width, height);
                    *pixel = pixels[sy * width + sx];
                }
                put(y, left, piece[..count].as_flattened());
            }
        }
    }
}

/// Turns a packed picture of `channels` bytes a pixel (1, 3 or 4). `put` gets
/// the row, the first column and the bytes of each piece of the result.
pub(crate) fn turn_bytes(
    pixels: &[u8],
    size: (usize, usize),
    channels: usize,
    orientation: Orientation,
    put: &mut dyn FnMut(usize, usize, &[u8]),
) {
    match channels {
        1 => turn(pixels.as_chunks::<1>().0, size, orientation, put),
        3 => turn(pixels.as_chunks::<3>().0, size, orientation, put),
        _ => turn(pixels.as_chunks::<4>().0, size, orientation, put),
    }
}
