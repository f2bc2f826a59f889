//! Random tiles, the same everywhere.

use crate::tile::{MAX_SIDE, MAX_TILES};
use crate::{ArtifactError, Quality, Tile};

/// The generator SplitMix64 (G. Steele, D. Lea, C. Flood, "Fast splittable pseudorandom number
/// generators", OOPSLA 2014): the state grows by the golden ratio, two multiplications mix it.
#[derive(Clone, Debug)]
pub struct SplitMix64(u64);

impl SplitMix64 {
    /// The sequence of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `n`: the upper 32 bits of the next 64, times `n`, over 2^32.
    pub fn below(&mut self, n: u32) -> u32 {
        (((self.next_u64() >> 32) * u64::from(n)) >> 32) as u32
    }
}

/// How many random tiles, and of which sides in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RandomTiles {
    /// How many.
    pub count: usize,
    /// The shortest side; a picture that is shorter gives tiles of its whole side.
    pub min: u32,
    /// The longest side, as far as the picture goes.
    pub max: u32,
}

impl RandomTiles {
    /// The tiles of a seed in a picture of `width` x `height` pixels: for each tile four numbers
    /// of [`SplitMix64::below`], which are its width and height (from the shortest to the longest
    /// side, both cut to the picture), then x and y (over all places where it lies inside).
    ///
    /// # Errors
    /// [`ArtifactError::RandomSides`], [`ArtifactError::TooManyTiles`],
    /// [`ArtifactError::PictureSize`].
    pub fn tiles(
        &self,
        width: u32,
        height: u32,
        quality: Quality,
        seed: u64,
    ) -> Result<Vec<Tile>, ArtifactError> {
        let RandomTiles { count, min, max } = *self;
        if !(1..=MAX_SIDE).contains(&min) || !(min..=MAX_SIDE).contains(&max) {
            return Err(ArtifactError::RandomSides { min, max });
        }
        if count > MAX_TILES {
            return Err(ArtifactError::TooManyTiles(count));
        }
        crate::image::check_sides(width, height)?;
        let mut random = SplitMix64::new(seed);
        let side = |random: &mut SplitMix64, picture: u32| {
            let (min, max) = (min.min(picture), max.min(picture));
            min + random.below(max - min + 1)
        };
        let tiles = (0..count).map(|_| {
            let (w, h) = (side(&mut random, width), side(&mut random, height));
            Tile {
                // Below MAX_SIDE.
                x: random.below(width - w + 1) as i32,
                y: random.below(height - h + 1) as i32,
                width: w,
                height: h,
                quality,
            }
        });
        Ok(tiles.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_generator_is_the_published_one() {
        let mut random = SplitMix64::new(1_234_567);
        let found: Vec<u64> = (0..5).map(|_| random.next_u64()).collect();
        let published = [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
            4_593_380_528_125_082_431,
            16_408_922_859_458_223_821,
        ];
        assert_eq!(found, published);
    }

    #[test]
    fn a_seed_stands_for_its_tiles_for_ever() {
        let spec = RandomTiles {
            count: 3,
            min: 32,
            max: 256,
        };
        let tiles = spec.tiles(1024, 768, Quality::new(5).unwrap(), 42).unwrap();
        let found: Vec<_> = tiles
            .iter()
            .map(|t| (t.x, t.y, t.width, t.height))
            .collect();
        assert_eq!(
            found,
            [
                (230, 241, 198, 67),
                (215, 433, 40, 227),
                (187, 294, 108, 171)
            ]
        );
    }

    proptest! {
        #[test]
        fn tiles_lie_inside_and_keep_their_sides(
            (width, height) in (1u32..300, 1u32..300),
            (min, more) in (1u32..200, 0u32..200),
            seed: u64,
        ) {
            let spec = RandomTiles { count: 20, min, max: min + more };
            for t in spec.tiles(width, height, Quality::new(5).unwrap(), seed).unwrap() {
                prop_assert!(t.width >= min.min(width) && t.width <= (min + more).min(width));
                prop_assert!(t.height >= min.min(height) && t.height <= (min + more).min(height));
                prop_assert!(t.x >= 0 && t.x as u32 + t.width <= width);
                prop_assert!(t.y >= 0 && t.y as u32 + t.height <= height);
            }
        }
    }
}
