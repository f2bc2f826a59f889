//! What can go wrong.

use thiserror::Error;

/// Why a picture or a list of tiles was refused, or why a backend could not do its work. After
/// an error of [`Context::apply`](crate::Context::apply) that is not one of the GPU, the picture
/// is as it was.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ArtifactError {
    /// A quality outside 1 to 100.
    #[error("quality {0}: 1 to 100 is possible")]
    Quality(i64),

    /// A picture without pixels or with sides over [`MAX_SIDE`](crate::MAX_SIDE).
    #[error("a picture of {width} x {height}: sides of 1 to {max} pixels are possible", max = crate::MAX_SIDE)]
    PictureSize {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },

    /// The stride is shorter than a row.
    #[error("a stride of {stride} bytes: a row has {row}")]
    Stride {
        /// Bytes from row to row.
        stride: usize,
        /// Bytes that a row needs.
        row: usize,
    },

    /// The buffer is shorter than its last row's end.
    #[error("a buffer of {found} bytes: the picture needs {needed}")]
    Buffer {
        /// Bytes that are there.
        found: usize,
        /// Bytes that the picture needs.
        needed: usize,
    },

    /// More tiles than [`MAX_TILES`](crate::MAX_TILES).
    #[error("{0} tiles: at most {max} are possible", max = crate::MAX_TILES)]
    TooManyTiles(usize),

    /// The tiles, clipped, cover more than [`MAX_PIXELS`](crate::MAX_PIXELS) together.
    #[error("tiles of {0} pixels together: at most {max} are possible", max = crate::MAX_PIXELS)]
    TooManyPixels(u64),

    /// Random tiles whose sides cannot be.
    #[error("random tiles of {min} to {max} pixels: sides are 1 to {limit}, the smaller first", limit = crate::MAX_SIDE)]
    RandomSides {
        /// The smallest side.
        min: u32,
        /// The largest side.
        max: u32,
    },

    /// A tile file that is not one.
    #[error(transparent)]
    TileFile(#[from] TileFileError),

    /// The processor's threads could not be had.
    #[error("no threads: {0}")]
    Threads(String),

    /// [`Choice::Gpu`](crate::Choice::Gpu) where no adapter is, or in a build without the
    /// feature `gpu`.
    #[error("no GPU: {0}")]
    NoGpu(String),

    /// The GPU refused or lost the work. What the picture holds is then not specified.
    #[error("the GPU failed: {0}")]
    Gpu(String),
}

/// Why a tile file was refused.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TileFileError {
    /// The file is longer than [`MAX_FILE`](crate::MAX_FILE).
    #[error("tile file of {0} bytes: at most {max} are possible", max = crate::MAX_FILE)]
    TooLong(usize),

    /// No JSON, or JSON of another shape: an unknown, missing or doubled field, a number where
    /// a list belongs.
    #[error("tile file: {0}")]
    Json(#[from] serde_json::Error),

    /// Another schema.
    #[error("tile file: schema `{0}`; `{expected}` is what can be read", expected = crate::SCHEMA)]
    Schema(String),

    /// Both `tiles` and `random`, or neither.
    #[error("tile file: one of `tiles` and `random` is needed, and only one")]
    OneOf,

    /// A number of a tile that is out of its range.
    #[error("tile file: tile {index}: `{field}` is {value}; {min} to {max} is possible")]
    Tile {
        /// The tile, counted from 0.
        index: usize,
        /// The field.
        field: &'static str,
        /// What it says.
        value: i64,
        /// The least that is possible.
        min: i64,
        /// The most that is possible.
        max: i64,
    },

    /// A number of `random` that is out of its range.
    #[error("tile file: `random`: `{field}` is {value}; {min} to {max} is possible")]
    Random {
        /// The field.
        field: &'static str,
        /// What it says.
        value: i64,
        /// The least that is possible.
        min: i64,
        /// The most that is possible.
        max: i64,
    },
}
