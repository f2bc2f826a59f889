//! The processor's path: layer after layer, the pieces of a layer on all threads.

use rayon::prelude::*;

use crate::image::ImageMut;
use crate::kernels::{self, Kernels, Scratch};
use crate::tile::Area;
use crate::{ArtifactError, TableSet};

/// Sides of the pieces that tiles are cut into, so that the planes of one stay in the cache.
const PIECE_WIDTH: u32 = 512;
const PIECE_HEIGHT: u32 = 32;

/// Layers of fewer pixels are done on the thread that calls: waking others takes longer.
const WORTH_THREADS: u64 = 1 << 14;

/// A piece of a tile: its rows in the picture.
struct Piece<'a> {
    rows: Vec<&'a mut [u8]>,
    quality: u8,
}

/// The processor as a backend.
#[derive(Debug)]
pub(crate) struct Cpu {
    kernels: Kernels,
    /// None: everything on the thread that calls.
    pool: Option<rayon::ThreadPool>,
    scratch: Scratch,
    columns: Vec<Area>,
}

impl Cpu {
    /// `threads`: 0 for as many as the processor has.
    ///
    /// # Errors
    /// [`ArtifactError::Threads`].
    pub fn new(threads: usize) -> Result<Self, ArtifactError> {
        Self::with_kernels(threads, kernels::best())
    }

    pub fn with_kernels(threads: usize, kernels: Kernels) -> Result<Self, ArtifactError> {
        let threads = match threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            n => n,
        };
        let pool = (threads > 1)
            .then(|| rayon::ThreadPoolBuilder::new().num_threads(threads).build())
            .transpose()
            .map_err(|e| ArtifactError::Threads(e.to_string()))?;
        Ok(Self {
            kernels,
            pool,
            scratch: Scratch::default(),
            columns: Vec::new(),
        })
    }

    /// In words.
    pub fn describe(&self) -> String {
        let threads = self.pool.as_ref().map_or(1, |p| p.current_num_threads());
        let plural = if threads == 1 { "" } else { "s" };
        format!("{} kernels, {threads} thread{plural}", self.kernels.name)
    }

    /// Does the tiles of one layer, which do not overlap.
    pub fn layer(&mut self, image: &mut ImageMut<'_>, areas: &[Area], tables: &TableSet) {
        cut(areas, &mut self.columns);
        let channels = image.channels;
        let mut pieces = pieces(image, &self.columns);
        let piece = self.kernels.piece;
        let pixels: u64 = areas.iter().map(Area::pixels).sum();
        match self.pool.as_ref().filter(|_| pixels >= WORTH_THREADS) {
            None => {
                for p in &mut pieces {
                    piece(
                        &mut self.scratch,
                        &mut p.rows,
                        channels,
                        tables.get(p.quality),
                    );
                }
            }
            Some(pool) => pool.install(|| {
                pieces
                    .par_iter_mut()
                    .for_each_init(Scratch::default, |scratch, p| {
                        piece(scratch, &mut p.rows, channels, tables.get(p.quality));
                    });
            }),
        }
    }
}

/// Tiles to columns of at most [`PIECE_WIDTH`] (a multiple of 8, so blocks stay what they are),
/// those that start higher first.
fn cut(areas: &[Area], columns: &mut Vec<Area>) {
    columns.clear();
    for area in areas {
        for x in (area.x..area.right()).step_by(PIECE_WIDTH as usize) {
            let width = PIECE_WIDTH.min(area.right() - x);
            columns.push(Area { x, width, ..*area });
        }
    }
    columns.sort_unstable_by_key(|area| area.y);
}

/// Gives every piece its rows. `columns` is sorted by [`Area::y`], and none overlap.
fn pieces<'a>(image: &'a mut ImageMut<'_>, columns: &[Area]) -> Vec<Piece<'a>> {
    /// A column that crosses the current row.
    struct Open {
        x: usize,
        width: usize,
        bottom: u32,
        /// Its current piece, and how many rows that still takes.
        piece: usize,
        room: u32,
        quality: u8,
    }
    let bytes = image.channels.count();
    let stride = image.stride;
    let mut waiting = columns.iter().peekable();
    let mut open: Vec<Open> = Vec::new();
    let mut pieces: Vec<Piece<'a>> = Vec::new();
    let top = columns.first().map_or(0, |area| area.y);
    let bottom = columns.iter().map(Area::bottom).max().unwrap_or(0);
    let rows = image.data.chunks_mut(stride).skip(top as usize);
    for (y, mut row) in (top..bottom).zip(rows) {
        open.retain(|o| o.bottom > y);
        while let Some(area) = waiting.next_if(|area| area.y == y) {
            let x = area.x as usize;
            let place = open.partition_point(|o| o.x < x);
            open.insert(
                place,
                Open {
                    x,
                    width: area.width as usize,
                    bottom: area.bottom(),
                    piece: 0,
                    room: 0,
                    quality: area.quality.get(),
                },
            );
        }
        let mut at = 0;
        for o in &mut open {
            let rest = std::mem::take(&mut row);
            let (_, rest) = rest.split_at_mut((o.x - at) * bytes);
            let (own, rest) = rest.split_at_mut(o.width * bytes);
            (row, at) = (rest, o.x + o.width);
            if o.room == 0 {
                o.room = PIECE_HEIGHT.min(o.bottom - y);
                o.piece = pieces.len();
                pieces.push(Piece {
                    rows: Vec::with_capacity(o.room as usize),
                    quality: o.quality,
                });
            }
            o.room -= 1;
            pieces[o.piece].rows.push(own);
        }
    }
    pieces
}
