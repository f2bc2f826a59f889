//! What is sent to the GPU, and when: pieces, bands, dispatches.

use crate::tile::Area;

/// The largest side of a piece in blocks. Tiles are cut into pieces so that a dispatch, whose
/// grid is that of its largest piece, wastes little on the small ones.
const PIECE_BLOCKS: u32 = 32;
const PIECE: u32 = PIECE_BLOCKS * 8;

/// What an adapter can do at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Pixels in a buffer.
    pub pixels: u64,
    /// Pieces in one dispatch and in the buffer of pieces.
    pub pieces: usize,
}

/// Pieces that are dispatched together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Dispatch {
    /// The first piece, in [`Plan::pieces`] and counted from the first of its band.
    pub first: usize,
    /// How many.
    pub count: usize,
    /// The grid: blocks of the tallest and of the widest.
    pub blocks_y: u32,
    pub blocks_x: u32,
}

/// Rows of the picture that are sent, worked on and fetched together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Band {
    /// The first row.
    pub top: u32,
    /// One behind the last row.
    pub bottom: u32,
    /// Its pieces in [`Plan::pieces`].
    pub pieces: std::ops::Range<usize>,
    /// In order.
    pub dispatches: Vec<Dispatch>,
}

/// Everything that a call does.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    /// In order of bands and dispatches; places are those in the picture.
    pub pieces: Vec<Area>,
    pub bands: Vec<Band>,
}

impl Plan {
    /// Plans layers of tiles that do not overlap. A picture that fits is one band; in one that
    /// does not, every layer has bands of its own, and tiles are cut between rows of blocks.
    pub fn make(&mut self, layers: &[&[Area]], width: u32, limits: Limits) {
        self.pieces.clear();
        self.bands.clear();
        let all = || layers.iter().flat_map(|layer| layer.iter());
        let top = all().map(|a| a.y).min().unwrap_or(0);
        let bottom = all().map(Area::bottom).max().unwrap_or(0);
        // Eight rows at least: a row of blocks is the least that can be done.
        let rows = (limits.pixels / u64::from(width)).clamp(8, u64::from(u32::MAX)) as u32;
        if bottom - top <= rows {
            let count: usize = all().map(|a| pieces(a, PIECE).count()).sum();
            if count <= limits.pieces {
                let mut band = Band {
                    top,
                    bottom,
                    pieces: 0..0,
                    dispatches: Vec::new(),
                };
                for layer in layers {
                    self.dispatch(&mut band, layer.iter().flat_map(|a| pieces(a, PIECE)));
                }
                band.pieces = 0..self.pieces.len();
                if !band.pieces.is_empty() {
                    self.bands.push(band);
                }
                return;
            }
        }
        for layer in layers {
            self.layer_in_bands(layer, rows, limits);
        }
    }

    /// Bands of at most `rows` rows for one layer.
    fn layer_in_bands(&mut self, layer: &[Area], rows: u32, limits: Limits) {
        let height = PIECE.min(rows / 8 * 8);
        let mut parts: Vec<Area> = layer.iter().flat_map(|a| pieces(a, height)).collect();
        parts.sort_by_key(|a| a.y);
        let mut rest = &parts[..];
        while let Some(first) = rest.first() {
            // Parts are at most as tall as a band, and start in order.
            let fits = |a: &&Area| a.bottom() - first.y <= rows;
            let count = rest.iter().take(limits.pieces).take_while(fits).count();
            let (now, later) = rest.split_at(count);
            let start = self.pieces.len();
            let mut band = Band {
                top: first.y,
                bottom: now.iter().map(Area::bottom).max().unwrap_or(first.y),
                pieces: start..start,
                dispatches: Vec::new(),
            };
            self.dispatch(&mut band, now.iter().copied());
            band.pieces.end = self.pieces.len();
            self.bands.push(band);
            rest = later;
        }
    }

    /// Adds a dispatch of these pieces to a band.
    fn dispatch(&mut self, band: &mut Band, pieces: impl Iterator<Item = Area>) {
        let first = self.pieces.len();
        self.pieces.extend(pieces);
        let own = &self.pieces[first..];
        let blocks = |side: fn(&Area) -> u32| own.iter().map(side).max().unwrap_or(0).div_ceil(8);
        if !own.is_empty() {
            band.dispatches.push(Dispatch {
                first: first - band.pieces.start,
                count: own.len(),
                blocks_y: blocks(|a| a.height),
                blocks_x: blocks(|a| a.width),
            });
        }
    }
}

/// A tile in pieces of at most [`PIECE`] by `height` pixels, both multiples of 8.
fn pieces(area: &Area, height: u32) -> impl Iterator<Item = Area> {
    let area = *area;
    (area.y..area.bottom())
        .step_by(height as usize)
        .flat_map(move |y| {
            (area.x..area.right())
                .step_by(PIECE as usize)
                .map(move |x| Area {
                    x,
                    y,
                    width: PIECE.min(area.right() - x),
                    height: height.min(area.bottom() - y),
                    ..area
                })
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Quality;
    use proptest::prelude::*;

    proptest! {
        /// Whatever the limits, every pixel of every layer is done once, in its layer's turn,
        /// inside its band; blocks stay where they were.
        #[test]
        fn plans_cover_their_layers(
            rects in prop::collection::vec((0u32..600, 0u32..600, 1u32..600, 1u32..600), 0..10),
            rows in 1u64..800,
            pieces in 1usize..40,
        ) {
            let quality = Quality::new(50).unwrap();
            let areas: Vec<Area> = rects
                .iter()
                .map(|&(x, y, width, height)| Area { x, y, width, height, quality })
                .collect();
            // One tile a layer: more overlap than there ever is.
            let layers: Vec<&[Area]> = areas.chunks(1).collect();
            let limits = Limits { pixels: rows * 1200, pieces };
            let mut plan = Plan::default();
            plan.make(&layers, 1200, limits);
            let mut done = areas.iter().map(|_| 0).collect::<Vec<u64>>();
            let mut layer = 0;
            for band in &plan.bands {
                prop_assert!(u64::from(band.bottom - band.top) <= rows.max(8));
                prop_assert!(band.pieces.len() <= pieces);
                for dispatch in &band.dispatches {
                    let own = &plan.pieces[band.pieces.clone()][dispatch.first..][..dispatch.count];
                    for piece in own {
                        while done[layer] == areas[layer].pixels() {
                            layer += 1;
                        }
                        let area = &areas[layer];
                        prop_assert!(piece.y >= band.top && piece.bottom() <= band.bottom);
                        prop_assert!(piece.x >= area.x && piece.right() <= area.right());
                        prop_assert!(piece.y >= area.y && piece.bottom() <= area.bottom());
                        prop_assert_eq!((piece.x - area.x) % 8, 0);
                        prop_assert_eq!((piece.y - area.y) % 8, 0);
                        prop_assert!(piece.right() == area.right() || piece.width % 8 == 0);
                        prop_assert!(piece.bottom() == area.bottom() || piece.height % 8 == 0);
                        prop_assert!(piece.height.div_ceil(8) <= dispatch.blocks_y);
                        prop_assert!(piece.width.div_ceil(8) <= dispatch.blocks_x);
                        done[layer] += piece.pixels();
                    }
                    for (n, a) in own.iter().enumerate() {
                        prop_assert!(!own[..n].iter().any(|b| a.overlaps(b)));
                    }
                }
            }
            prop_assert!(done.iter().zip(&areas).all(|(&d, a)| d == a.pixels()));
        }
    }
}
