//! Exact comparison, byte for byte.

use std::fmt;

use crate::{Error, View};

/// The first pixel, in reading order, in which two pictures differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mismatch {
    /// Column, from 0 at the left.
    pub x: u32,
    /// Row, from 0 at the top.
    pub y: u32,
    /// R, G, B, A in the first picture.
    pub left: [u8; 4],
    /// R, G, B, A in the second picture.
    pub right: [u8; 4],
}

/// What [`compare`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comparison {
    /// Pixels in each picture.
    pub pixels: u64,
    /// Pixels that differ in at least one of R, G, B, A.
    pub differing: u64,
    /// Largest absolute difference of one sample, 0 to 255.
    pub max_abs: u8,
    /// The first differing pixel; `None` exactly when `differing` is 0.
    pub first: Option<Mismatch>,
}

impl Comparison {
    /// Whether every byte agrees.
    #[must_use]
    pub fn is_equal(&self) -> bool {
        self.differing == 0
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(first) = self.first else {
            return write!(f, "equal ({} pixels)", self.pixels);
        };
        write!(
            f,
            "{} of {} pixels differ, by at most {}; first at ({}, {}): {:?} and {:?}",
            self.differing, self.pixels, self.max_abs, first.x, first.y, first.left, first.right
        )
    }
}

/// Compares two pictures sample by sample, alpha included. Colour under a
/// fully transparent pixel counts too: the machine's output is defined there.
///
/// # Errors
/// [`Error::Size`] when the pictures differ in size.
pub fn compare(left: View<'_>, right: View<'_>) -> Result<Comparison, Error> {
    left.same_size(right)?;
    let width = left.width() as usize;
    let mut result = Comparison {
        pixels: (left.rgba().len() / 4) as u64,
        differing: 0,
        max_abs: 0,
        first: None,
    };
    for (index, (a, b)) in left.pixels().zip(right.pixels()).enumerate() {
        if a == b {
            continue;
        }
        result.differing += 1;
        for (a, b) in a.iter().zip(&b) {
            result.max_abs = result.max_abs.max(a.abs_diff(*b));
        }
        // Both casts are exact: index is below width * height, sides are u32.
        result.first.get_or_insert(Mismatch {
            x: (index % width) as u32,
            y: (index / width) as u32,
            left: a,
            right: b,
        });
    }
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_pictures_have_no_mismatch() {
        let bytes = [7; 3 * 2 * 4];
        let view = View::new(3, 2, &bytes).unwrap();
        let comparison = compare(view, view).unwrap();
        assert!(comparison.is_equal());
        assert_eq!(comparison.first, None);
        assert_eq!(comparison.to_string(), "equal (6 pixels)");
    }

    #[test]
    fn first_pixel_count_and_largest_difference() {
        let left = [10; 3 * 2 * 4];
        let mut right = left;
        // Pixel (2, 0): green by 3 and alpha by 1; pixel (1, 1): red by 10.
        right[2 * 4 + 1] = 13;
        right[2 * 4 + 3] = 9;
        right[4 * 4] = 0;
        let comparison = compare(
            View::new(3, 2, &left).unwrap(),
            View::new(3, 2, &right).unwrap(),
        )
        .unwrap();
        assert_eq!(comparison.differing, 2);
        assert_eq!(comparison.max_abs, 10);
        assert_eq!(
            comparison.first,
            Some(Mismatch {
                x: 2,
                y: 0,
                left: [10; 4],
                right: [10, 13, 10, 9]
            })
        );
        assert_eq!(
            comparison.to_string(),
            "2 of 6 pixels differ, by at most 10; first at (2, 0): \
             [10, 10, 10, 10] and [10, 13, 10, 9]"
        );
    }

    #[test]
    fn extremes_do_not_overflow() {
        let comparison = compare(
            View::new(1, 1, &[0, 255, 0, 255]).unwrap(),
            View::new(1, 1, &[255, 0, 0, 255]).unwrap(),
        )
        .unwrap();
        assert_eq!(comparison.max_abs, 255);
    }

    #[test]
    fn different_sizes_are_refused() {
        let left = View::new(2, 1, &[0; 8]).unwrap();
        let right = View::new(1, 2, &[0; 8]).unwrap();
        assert!(matches!(compare(left, right), Err(Error::Size { .. })));
    }
}
