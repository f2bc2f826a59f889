//! Tile files: `orrery-tiles/1`.

use serde::Deserialize;

use crate::error::TileFileError;
use crate::random::RandomTiles;
use crate::tile::{MAX_SIDE, MAX_TILES};
use crate::{ArtifactError, Quality, Tile};

/// The schema that is read.
pub const SCHEMA: &str = "orrery-tiles/1";

/// The longest tile file, in bytes.
pub const MAX_FILE: usize = 16 << 20;

/// What a tile file asks for; the tiles of a picture come from [`TileList::tiles`].
///
/// ```json
/// {"schema": "orrery-tiles/1", "tiles": [{"x": 0, "y": 0, "width": 64, "height": 64, "quality": 5}]}
/// {"schema": "orrery-tiles/1", "random": {"count": 30, "min": 32, "max": 256}}
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TileList {
    /// Tiles one by one.
    Listed(Vec<ListedTile>),
    /// Tiles of a seed.
    Random(RandomTiles),
}

/// A tile of a file: as [`Tile`], its quality optional.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListedTile {
    /// Left edge in pixels.
    pub x: i32,
    /// Upper edge in pixels.
    pub y: i32,
    /// Width in pixels, at least 1.
    pub width: u32,
    /// Height in pixels, at least 1.
    pub height: u32,
    /// Its quality, if it has one of its own.
    pub quality: Option<Quality>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: String,
    tiles: Option<Vec<FileTile>>,
    random: Option<FileRandom>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileTile {
    x: i64,
    y: i64,
    width: i64,
    height: i64,
    quality: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileRandom {
    count: i64,
    min: i64,
    max: i64,
}

/// Only the schema, whatever else there is.
#[derive(Deserialize)]
struct Schema {
    schema: String,
}

impl TileList {
    /// Reads a tile file.
    ///
    /// # Errors
    /// [`TileFileError`], also as [`ArtifactError::TooManyTiles`] for too long a list.
    pub fn parse(json: &[u8]) -> Result<Self, ArtifactError> {
        if json.len() > MAX_FILE {
            return Err(TileFileError::TooLong(json.len()).into());
        }
        let file = match serde_json::from_slice::<File>(json) {
            Ok(file) => file,
            // Another schema has other fields: that is what is wrong with it.
            Err(e) => match serde_json::from_slice::<Schema>(json) {
                Ok(Schema { schema }) if schema != SCHEMA => {
                    return Err(schema_error(schema).into());
                }
                _ => return Err(TileFileError::Json(e).into()),
            },
        };
        if file.schema != SCHEMA {
            return Err(schema_error(file.schema).into());
        }
        match (file.tiles, file.random) {
            (Some(tiles), None) => {
                if tiles.len() > MAX_TILES {
                    return Err(ArtifactError::TooManyTiles(tiles.len()));
                }
                let listed = tiles.iter().enumerate().map(|(n, tile)| listed(n, tile));
                Ok(Self::Listed(listed.collect::<Result<_, _>>()?))
            }
            (None, Some(random)) => Ok(Self::Random(random_tiles(&random)?)),
            _ => Err(TileFileError::OneOf.into()),
        }
    }

    /// The tiles in a picture of `width` x `height` pixels. `quality` is that of tiles without
    /// one of their own, `seed` that of random tiles.
    ///
    /// # Errors
    /// As [`RandomTiles::tiles`].
    pub fn tiles(
        &self,
        width: u32,
        height: u32,
        quality: Quality,
        seed: u64,
    ) -> Result<Vec<Tile>, ArtifactError> {
        match self {
            Self::Listed(tiles) => Ok(tiles
                .iter()
                .map(|tile| Tile {
                    x: tile.x,
                    y: tile.y,
                    width: tile.width,
                    height: tile.height,
                    quality: tile.quality.unwrap_or(quality),
                })
                .collect()),
            Self::Random(random) => random.tiles(width, height, quality, seed),
        }
    }
}

/// A long schema is shortened: the message is for people.
fn schema_error(schema: String) -> TileFileError {
    TileFileError::Schema(schema.chars().take(40).collect())
}

fn listed(index: usize, tile: &FileTile) -> Result<ListedTile, TileFileError> {
    let check = |field, value: i64, min: i64, max: i64| {
        if (min..=max).contains(&value) {
            Ok(value)
        } else {
            Err(TileFileError::Tile {
                index,
                field,
                value,
                min,
                max,
            })
        }
    };
    let place = |field, value| check(field, value, i32::MIN.into(), i32::MAX.into());
    let side = |field, value| check(field, value, 1, i32::MAX.into());
    let quality = tile
        .quality
        .map(|q| check("quality", q, 1, 100))
        .transpose()?;
    // The ranges are those of the types.
    Ok(ListedTile {
        x: place("x", tile.x)? as i32,
        y: place("y", tile.y)? as i32,
        width: side("width", tile.width)? as u32,
        height: side("height", tile.height)? as u32,
        quality: quality.and_then(|q| Quality::new(q as u8).ok()),
    })
}

fn random_tiles(random: &FileRandom) -> Result<RandomTiles, TileFileError> {
    let check = |field, value: i64, min: i64, max: i64| {
        if (min..=max).contains(&value) {
            Ok(value)
        } else {
            Err(TileFileError::Random {
                field,
                value,
                min,
                max,
            })
        }
    };
    let min = check("min", random.min, 1, MAX_SIDE.into())?;
    Ok(RandomTiles {
        count: check("count", random.count, 0, MAX_TILES as i64)? as usize,
        min: min as u32,
        max: check("max", random.max, min, MAX_SIDE.into())? as u32,
    })
}
