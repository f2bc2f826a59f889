//! Which rows of a PNG are complete when decoding stops early.

/// First column, first row, column step and row step of each Adam7 pass (PNG
/// specification, section 8.2).
const ADAM7: [(u32, u32, u32, u32); 7] = [
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
];

/// Counts decoded pixels row by row.
pub(crate) struct Progress {
    width: u32,
    /// Pixels decoded in each row of the picture.
    decoded: Vec<u32>,
    /// For each scanline in stored order: its row, and its pixels.
    scanlines: Box<dyn Iterator<Item = (u32, u32)>>,
}

impl Progress {
    pub(crate) fn new(width: u32, height: u32, interlaced: bool) -> Self {
        let scanlines: Box<dyn Iterator<Item = (u32, u32)>> = if interlaced {
            Box::new(ADAM7.into_iter().flat_map(move |(x0, y0, dx, dy)| {
                let pixels = width.saturating_sub(x0).div_ceil(dx);
                // A pass without columns has no scanlines either.
                let rows = if pixels == 0 { 0 } else { height };
                (y0..rows).step_by(dy as usize).map(move |y| (y, pixels))
            }))
        } else {
            Box::new((0..height).map(move |y| (y, width)))
        };
        Self {
            width,
            decoded: vec![0; height as usize],
            scanlines,
        }
    }

    /// Notes that the next scanline was decoded; gives its row.
    pub(crate) fn advance(&mut self) -> Option<u32> {
        let (row, pixels) = self.scanlines.next()?;
        self.decoded[row as usize] += pixels;
        Some(row)
    }

    /// Complete rows from the top.
    pub(crate) fn complete_rows(&self) -> u32 {
        let complete = self.decoded.iter().take_while(|n| **n == self.width);
        complete.count() as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_rows_complete_in_order() {
        let mut progress = Progress::new(5, 3, false);
        assert_eq!(progress.complete_rows(), 0);
        assert_eq!(progress.advance(), Some(0));
        assert_eq!(progress.advance(), Some(1));
        assert_eq!(progress.complete_rows(), 2);
        assert_eq!(progress.advance(), Some(2));
        assert_eq!(progress.advance(), None);
        assert_eq!(progress.complete_rows(), 3);
    }

    #[test]
    fn interlaced_rows_complete_late() {
        // 8 by 8: one scanline in passes 1 to 3, then 2, 2, 4 and 4.
        let mut progress = Progress::new(8, 8, true);
        let mut rows = Vec::new();
        let mut complete = Vec::new();
        while let Some(row) = progress.advance() {
            rows.push(row);
            complete.push(progress.complete_rows());
        }
        assert_eq!(rows, [0, 0, 4, 0, 4, 2, 6, 0, 2, 4, 6, 1, 3, 5, 7]);
        assert_eq!(complete, [0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 3, 5, 7, 8]);
    }

    #[test]
    fn every_pixel_is_in_one_pass() {
        for width in 1..20 {
            for height in 1..20 {
                let mut progress = Progress::new(width, height, true);
                while progress.advance().is_some() {}
                assert_eq!(progress.decoded, vec![width; height as usize]);
            }
        }
    }
}
