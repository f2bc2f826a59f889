//! A picture of where two pictures differ.

use crate::{Error, View};

/// Draws the differences of two pictures as RGBA8 bytes of the same size.
///
/// Each of R, G, B shows that sample's absolute difference times `gain`,
/// limited to 255; a difference in alpha alone would be invisible there, so
/// it raises all three. Equal pixels are black, and every pixel is opaque.
///
/// # Errors
/// [`Error::Size`] when the pictures differ in size.
pub fn difference(left: View<'_>, right: View<'_>, gain: u8) -> Result<Vec<u8>, Error> {
    left.same_size(right)?;
    let mut out = Vec::with_capacity(left.rgba().len());
    for (a, b) in left.pixels().zip(right.pixels()) {
        let alpha = a[3].abs_diff(b[3]);
        for channel in 0..3 {
            let worst = a[channel].abs_diff(b[channel]).max(alpha);
            out.push(worst.saturating_mul(gain));
        }
        out.push(255);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_amplified_and_limited() {
        let left = [10, 20, 30, 255, 5, 5, 5, 255, 5, 5, 5, 200];
        let right = [13, 20, 0, 255, 5, 5, 5, 255, 5, 5, 6, 210];
        let drawn = difference(
            View::new(3, 1, &left).unwrap(),
            View::new(3, 1, &right).unwrap(),
            16,
        )
        .unwrap();
        assert_eq!(drawn, [48, 0, 255, 255, 0, 0, 0, 255, 160, 160, 160, 255]);
    }
}
