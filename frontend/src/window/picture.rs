//! Draws the picture: nearest neighbour when enlarged, box filter when shrunk, a
//! checkerboard behind what is not opaque, stripes where rows are still missing.

use super::canvas::{Canvas, Colour, Rect};
use super::view::Placement;

/// The two colours of the checkerboard.
pub const CHECKS: [Colour; 2] = [0x66_66_66, 0x99_99_99];
/// Side of a check in pixels of the screen.
pub const CHECK: i32 = 8;
/// Background of rows that are missing, and the stripes on it.
const MISSING: [Colour; 2] = [0x20_23_2A, 0x2B_2F_38];

/// A picture with rows that may be missing.
#[derive(Clone, Copy, Debug)]
pub struct Picture<'a> {
    /// Pixels in a row.
    pub width: u32,
    /// Rows, also those that are missing.
    pub height: u32,
    /// Red, green, blue, alpha of the rows that are there.
    pub rgba: &'a [u8],
}

impl Picture<'_> {
    /// A pixel, if it is there.
    pub fn pixel(&self, x: u32, y: u32) -> Option<[u8; 4]> {
        if x >= self.width || y >= self.height {
            return None;
        }
        let at = (y as usize * self.width as usize + x as usize) * 4;
        self.rgba.get(at..at + 4)?.try_into().ok()
    }

    /// Rows that are there.
    fn rows(&self) -> i64 {
        (self.rgba.len() / 4 / (self.width as usize).max(1)) as i64
    }
}

/// Colour of the checkerboard at a place on the screen.
pub fn check(x: i32, y: i32) -> Colour {
    CHECKS[((x.div_euclid(CHECK) + y.div_euclid(CHECK)) & 1) as usize]
}

/// The picture's pixels behind a row or column of the screen. Neighbouring ranges
/// share nothing and leave nothing out, so shrinking weighs every pixel alike.
fn range(at: i32, start: i32, zoom: f64, size: u32) -> Option<(i64, i64)> {
    let edge = |n: i32| (f64::from(n - start) / zoom).floor() as i64;
    let first = edge(at).max(0);
    let last = edge(at + 1).max(first + 1).min(i64::from(size));
    (first < last).then_some((first, last))
}

/// Draws the part of a picture that lies in `area`.
pub fn draw(canvas: &mut Canvas, area: Rect, place: &Placement, picture: &Picture<'_>) {
    let screen = Rect::new(0, 0, canvas.width(), canvas.height());
    let part = place
        .rect((picture.width, picture.height))
        .intersect(&area)
        .intersect(&screen);
    let columns: Vec<_> = (part.x..part.x + part.w)
        .map(|x| range(x, place.left, place.zoom, picture.width))
        .collect();
    for y in part.y..part.y + part.h {
        let Some(rows) = range(y, place.top, place.zoom, picture.height) else {
            continue;
        };
        let there = (rows.0, rows.1.min(picture.rows()));
        let span = canvas.span(part.x, y, part.w);
        for ((pixel, columns), x) in span.iter_mut().zip(&columns).zip(part.x..) {
            let Some(columns) = *columns else { continue };
            *pixel = if there.0 < there.1 {
                average(picture, columns, there, check(x, y))
            } else {
                MISSING[usize::from((x + y).rem_euclid(12) < 4)]
            };
        }
    }
}

/// The mean of a block of pixels over a background.
fn average(picture: &Picture<'_>, columns: (i64, i64), rows: (i64, i64), under: Colour) -> Colour {
    let mut sums = [0u64; 3];
    let mut opacity = 0;
    let mut count = 0;
    for y in rows.0..rows.1 {
        let start = (y as usize * picture.width as usize + columns.0 as usize) * 4;
        let end = start + (columns.1 - columns.0) as usize * 4;
        let (pixels, _) = picture.rgba[start..end].as_chunks::<4>();
        for [r, g, b, a] in pixels {
            let a = u64::from(*a);
            opacity += a;
            for (sum, v) in sums.iter_mut().zip([r, g, b]) {
                *sum += u64::from(*v) * a;
            }
        }
        count += pixels.len() as u64 * 255;
    }
    let part = |sum: u64, shift: u32| {
        let under = u64::from(under >> shift & 255);
        (((sum + (count - opacity) * under + count / 2) / count.max(1)) as u32) << shift
    };
    part(sums[0], 16) | part(sums[1], 8) | part(sums[2], 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::window::view::View;

    fn drawn(picture: &Picture<'_>, zoom: f64) -> (Canvas, Placement) {
        let area = Rect::new(0, 0, 64, 64);
        let mut view = View::default();
        view.zoom_to(zoom, (32.0, 32.0), area, (picture.width, picture.height));
        let place = view.place(area, (picture.width, picture.height));
        let mut canvas = Canvas::new(64, 64, 1);
        draw(&mut canvas, area, &place, picture);
        (canvas, place)
    }

    #[test]
    fn enlarged_pixels_are_blocks() {
        let rgba = [255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255, 9, 8, 7, 255];
        let picture = Picture {
            width: 2,
            height: 2,
            rgba: &rgba,
        };
        let (canvas, place) = drawn(&picture, 8.0);
        assert_eq!((place.left, place.top), (24, 24));
        for (x, y, colour) in [
            (24, 24, 0xFF_00_00),
            (31, 31, 0xFF_00_00),
            (32, 24, 0x00_FF_00),
            (24, 32, 0x00_00_FF),
            (39, 39, 0x09_08_07),
        ] {
            assert_eq!(canvas.pixel(x, y), Some(colour), "at {x}, {y}");
        }
        assert_eq!(canvas.pixel(23, 24), Some(0), "nothing beside the picture");
        assert_eq!(canvas.pixel(40, 39), Some(0));
    }

    #[test]
    fn shrunk_pixels_are_means() {
        let rgba: Vec<u8> = (0..16u8)
            .flat_map(|i| [i * 10, 255 - i, 100, 255])
            .collect();
        let picture = Picture {
            width: 4,
            height: 4,
            rgba: &rgba,
        };
        let (canvas, place) = drawn(&picture, 0.5);
        let red = |indices: [u32; 4]| (indices.iter().map(|i| i * 10).sum::<u32>() + 2) / 4;
        let top_left = canvas.pixel(place.left, place.top).unwrap_or(0);
        assert_eq!(top_left >> 16, red([0, 1, 4, 5]));
        assert_eq!(
            canvas.pixel(place.left + 1, place.top + 1).unwrap_or(0) >> 16,
            red([10, 11, 14, 15])
        );
        assert_eq!(top_left & 255, 100);
    }

    #[test]
    fn a_checkerboard_shines_through() {
        let rgba: Vec<u8> = (0..64).flat_map(|_| [255, 255, 255, 0]).collect();
        let clear = Picture {
            width: 8,
            height: 8,
            rgba: &rgba,
        };
        let (canvas, _) = drawn(&clear, 4.0);
        assert_eq!(canvas.pixel(16, 16), Some(CHECKS[0]));
        assert_eq!(canvas.pixel(24, 16), Some(CHECKS[1]));
        assert_eq!(canvas.pixel(24, 24), Some(CHECKS[0]));
        let half = [255, 0, 0, 128];
        let (canvas, place) = drawn(
            &Picture {
                width: 1,
                height: 1,
                rgba: &half,
            },
            8.0,
        );
        let red = canvas.pixel(place.left, place.top).unwrap_or(0) >> 16;
        assert!((0x66 + 40..255).contains(&red), "{red}");
    }

    #[test]
    fn missing_rows_are_neither_black_nor_checked() {
        let rgba = [1, 2, 3, 255].repeat(4);
        let (canvas, place) = drawn(
            &Picture {
                width: 4,
                height: 4,
                rgba: &rgba,
            },
            8.0,
        );
        assert_eq!(canvas.pixel(place.left, place.top + 7), Some(0x01_02_03));
        assert!(MISSING.contains(&canvas.pixel(place.left, place.top + 8).unwrap_or(0)));
    }
}
