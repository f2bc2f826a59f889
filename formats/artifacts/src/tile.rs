//! Tiles and the part of them that lies in a picture.

use crate::{ArtifactError, Quality};

/// The longest side of a picture, in pixels: that of a JPEG that libjpeg writes.
pub const MAX_SIDE: u32 = 65_500;

/// The most tiles of one call.
pub const MAX_TILES: usize = 1 << 16;

/// The most pixels that the tiles of one call may cover together, once clipped.
pub const MAX_PIXELS: u64 = 1 << 32;

/// A rectangle that is compressed as a picture of its own.
///
/// What lies outside the picture is cut off first; the blocks of 8 x 8 pixels start at the upper
/// left corner of what is left. A tile wholly outside does nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tile {
    /// Left edge in pixels; negative is left of the picture.
    pub x: i32,
    /// Upper edge in pixels; negative is above the picture.
    pub y: i32,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// How much is left of it.
    pub quality: Quality,
}

/// A rectangle inside a picture; sides are at least 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Area {
    pub x: u32,
    pub y: u32,
    pub width: u32,
    pub height: u32,
    pub quality: Quality,
}

impl Area {
    pub fn right(&self) -> u32 {
        self.x + self.width
    }

    pub fn bottom(&self) -> u32 {
        self.y + self.height
    }

    pub fn pixels(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    pub fn overlaps(&self, other: &Area) -> bool {
        self.x < other.right()
            && other.x < self.right()
            && self.y < other.bottom()
            && other.y < self.bottom()
    }
}

impl Tile {
    /// The part inside a picture of `width` x `height`, if there is one.
    pub(crate) fn clip(&self, width: u32, height: u32) -> Option<Area> {
        let span = |start: i32, length: u32, side: u32| {
            let start = i64::from(start);
            let end = (start + i64::from(length)).min(i64::from(side));
            let start = start.max(0);
            // Both are in 0 to `side` if the span is not empty.
            (start < end).then(|| (start as u32, (end - start) as u32))
        };
        let (x, width) = span(self.x, self.width, width)?;
        let (y, height) = span(self.y, self.height, height)?;
        Some(Area {
            x,
            y,
            width,
            height,
            quality: self.quality,
        })
    }
}

/// The parts of tiles inside a picture, in order.
///
/// # Errors
/// [`ArtifactError::TooManyTiles`], [`ArtifactError::TooManyPixels`].
pub(crate) fn clip_all(
    tiles: &[Tile],
    width: u32,
    height: u32,
    areas: &mut Vec<Area>,
) -> Result<(), ArtifactError> {
    areas.clear();
    if tiles.len() > MAX_TILES {
        return Err(ArtifactError::TooManyTiles(tiles.len()));
    }
    areas.extend(tiles.iter().filter_map(|tile| tile.clip(width, height)));
    let pixels: u64 = areas.iter().map(Area::pixels).sum();
    if pixels > MAX_PIXELS {
        return Err(ArtifactError::TooManyPixels(pixels));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tile(x: i32, y: i32, width: u32, height: u32) -> Tile {
        let quality = Quality::new(50).unwrap();
        Tile {
            x,
            y,
            width,
            height,
            quality,
        }
    }

    #[test]
    fn tiles_are_cut_at_all_edges() {
        let cut = |t: Tile| t.clip(10, 20).map(|a| (a.x, a.y, a.width, a.height));
        assert_eq!(cut(tile(2, 3, 4, 5)), Some((2, 3, 4, 5)));
        assert_eq!(cut(tile(-2, -3, 4, 5)), Some((0, 0, 2, 2)));
        assert_eq!(cut(tile(8, 18, 4, 5)), Some((8, 18, 2, 2)));
        assert_eq!(cut(tile(-5, -5, 100, 100)), Some((0, 0, 10, 20)));
        assert_eq!(
            cut(tile(i32::MIN, i32::MIN, u32::MAX, u32::MAX)),
            Some((0, 0, 10, 20))
        );
    }

    #[test]
    fn tiles_outside_are_nothing() {
        for outside in [
            tile(10, 0, 5, 5),
            tile(0, 20, 5, 5),
            tile(-5, 0, 5, 5),
            tile(0, -5, 5, 5),
            tile(0, 0, 0, 5),
            tile(i32::MAX, i32::MAX, u32::MAX, u32::MAX),
        ] {
            assert_eq!(outside.clip(10, 20), None, "{outside:?}");
        }
    }

    #[test]
    fn work_is_bounded() {
        let mut areas = Vec::new();
        let many = vec![tile(0, 0, 1, 1); MAX_TILES + 1];
        let error = clip_all(&many, 10, 10, &mut areas);
        assert!(matches!(error, Err(ArtifactError::TooManyTiles(_))));
        let large = vec![tile(0, 0, MAX_SIDE, MAX_SIDE); 2];
        let error = clip_all(&large, MAX_SIDE, MAX_SIDE, &mut areas);
        assert!(matches!(error, Err(ArtifactError::TooManyPixels(_))));
    }
}
