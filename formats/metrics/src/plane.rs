//! One sample per pixel, as real numbers: what SSIM works on.

use crate::View;

/// Which sample of each pixel a structural measure looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plane {
    /// `0.299 R + 0.587 G + 0.114 B` (ITU-R BT.601, full range): the grey
    /// picture the SSIM papers work on. Alpha is not looked at.
    Luma,
    /// Red.
    Red,
    /// Green.
    Green,
    /// Blue.
    Blue,
    /// Alpha.
    Alpha,
}

impl Plane {
    fn sample(self, [r, g, b, a]: [u8; 4]) -> f64 {
        match self {
            Plane::Luma => 0.299 * f64::from(r) + 0.587 * f64::from(g) + 0.114 * f64::from(b),
            Plane::Red => f64::from(r),
            Plane::Green => f64::from(g),
            Plane::Blue => f64::from(b),
            Plane::Alpha => f64::from(a),
        }
    }
}

/// A rectangle of real samples, row by row; both sides are at least 1.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Grid {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) samples: Vec<f64>,
}

impl Grid {
    /// Takes one plane out of a picture.
    pub(crate) fn from_view(view: View<'_>, plane: Plane) -> Self {
        Self {
            width: view.width() as usize,
            height: view.height() as usize,
            samples: view.pixels().map(|pixel| plane.sample(pixel)).collect(),
        }
    }

    /// The product of two grids of one size, sample by sample.
    pub(crate) fn times(&self, other: &Self) -> Self {
        let samples = self.samples.iter().zip(&other.samples);
        Self {
            width: self.width,
            height: self.height,
            samples: samples.map(|(a, b)| a * b).collect(),
        }
    }

    /// Filters with `horizontal` along rows and `vertical` along columns, at
    /// the places where both kernels lie inside ("valid"): the result is
    /// smaller by the kernels' lengths less one.
    pub(crate) fn filter(&self, horizontal: &[f64], vertical: &[f64]) -> Self {
        let width = self.width + 1 - horizontal.len();
        let height = self.height + 1 - vertical.len();
        let mut rows = Vec::with_capacity(width * self.height);
        for row in self.samples.chunks_exact(self.width) {
            for window in row.windows(horizontal.len()) {
                rows.push(dot(window.iter(), horizontal));
            }
        }
        let mut samples = Vec::with_capacity(width * height);
        for y in 0..height {
            for x in 0..width {
                let column = rows[y * width + x..].iter().step_by(width);
                samples.push(dot(column, vertical));
            }
        }
        Self {
            width,
            height,
            samples,
        }
    }

    /// Halves both sides: the mean of each 2 by 2 block. At an odd side the
    /// last row or column is repeated, so the result has `ceil(side / 2)`.
    pub(crate) fn halve(&self) -> Self {
        let at = |x: usize, y: usize| {
            let (x, y) = (x.min(self.width - 1), y.min(self.height - 1));
            self.samples[y * self.width + x]
        };
        let (width, height) = (self.width.div_ceil(2), self.height.div_ceil(2));
        let mut samples = Vec::with_capacity(width * height);
        for y in (0..self.height).step_by(2) {
            for x in (0..self.width).step_by(2) {
                samples.push((at(x, y) + at(x + 1, y) + at(x, y + 1) + at(x + 1, y + 1)) / 4.0);
            }
        }
        Self {
            width,
            height,
            samples,
        }
    }
}

/// The weighted sum of the first `weights.len()` samples.
fn dot<'a>(samples: impl Iterator<Item = &'a f64>, weights: &[f64]) -> f64 {
    samples.zip(weights).map(|(s, w)| s * w).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(width: usize, samples: &[f64]) -> Grid {
        Grid {
            width,
            height: samples.len() / width,
            samples: samples.to_vec(),
        }
    }

    #[test]
    fn planes_pick_their_sample() {
        let view = View::new(1, 1, &[10, 20, 40, 80]).unwrap();
        let at = |plane| Grid::from_view(view, plane).samples[0];
        assert_eq!(at(Plane::Red), 10.0);
        assert_eq!(at(Plane::Green), 20.0);
        assert_eq!(at(Plane::Blue), 40.0);
        assert_eq!(at(Plane::Alpha), 80.0);
        assert!((at(Plane::Luma) - (2.99 + 11.74 + 4.56)).abs() < 1e-12);
    }

    #[test]
    fn filtering_keeps_the_inside() {
        let grid = grid(3, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let filtered = grid.filter(&[1.0, 10.0], &[1.0, 100.0]);
        assert_eq!((filtered.width, filtered.height), (2, 1));
        assert_eq!(filtered.samples, [5421.0, 6532.0]);
    }

    #[test]
    fn halving_repeats_the_last_row_and_column() {
        let grid = grid(3, &[0.0, 4.0, 8.0, 4.0, 8.0, 2.0, 1.0, 3.0, 7.0]);
        let halved = grid.halve();
        assert_eq!((halved.width, halved.height), (2, 2));
        assert_eq!(halved.samples, [4.0, 5.0, 2.0, 7.0]);
    }
}
