//! A frame buffer to draw on: rectangles, lines and text.
//!
//! What is drawn here is what a window shows and what a screenshot holds; nothing else draws.

use noto_sans_mono_bitmap::{FontWeight, RasterHeight, get_raster, get_raster_width};

/// A colour, `0xRRGGBB`.
pub type Colour = u32;

/// A rectangle in pixels. Parts outside of the canvas are not drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rect {
    /// Left edge.
    pub x: i32,
    /// Top edge.
    pub y: i32,
    /// Width; nothing if not positive.
    pub w: i32,
    /// Height; nothing if not positive.
    pub h: i32,
}

impl Rect {
    /// A rectangle from its corner and size.
    pub const fn new(x: i32, y: i32, w: i32, h: i32) -> Rect {
        Rect { x, y, w, h }
    }

    /// Whether a point lies inside.
    pub fn holds(&self, x: f64, y: f64) -> bool {
        x >= f64::from(self.x)
            && y >= f64::from(self.y)
            && x < f64::from(self.x + self.w)
            && y < f64::from(self.y + self.h)
    }

    /// The rectangle without a border of `n` pixels.
    pub fn inset(&self, n: i32) -> Rect {
        Rect::new(self.x + n, self.y + n, self.w - 2 * n, self.h - 2 * n)
    }

    /// What both hold.
    pub fn intersect(&self, other: &Rect) -> Rect {
        let (x, y) = (self.x.max(other.x), self.y.max(other.y));
        let right = (self.x + self.w).min(other.x + other.w);
        let bottom = (self.y + self.h).min(other.y + other.h);
        Rect::new(x, y, (right - x).max(0), (bottom - y).max(0))
    }
}

/// How a piece of text looks.
#[derive(Clone, Copy, Debug)]
pub struct Ink {
    /// Colour.
    pub colour: Colour,
    /// Bold.
    pub bold: bool,
}

/// Text of a colour.
pub const fn ink(colour: Colour) -> Ink {
    Ink {
        colour,
        bold: false,
    }
}

/// Bold text of a colour.
pub const fn bold(colour: Colour) -> Ink {
    Ink { colour, bold: true }
}

/// The frame buffer.
#[derive(Clone, Debug)]
pub struct Canvas {
    width: usize,
    height: usize,
    /// Whole pixels for one unit of text size.
    scale: usize,
    pixels: Vec<u32>,
    /// What has been written since the canvas was cleared, for `expect shown`.
    texts: Vec<String>,
}

impl Canvas {
    /// A black canvas.
    pub fn new(width: usize, height: usize, scale: usize) -> Canvas {
        Canvas {
            width,
            height,
            scale: scale.max(1),
            pixels: vec![0; width * height],
            texts: Vec::new(),
        }
    }

    /// Width in pixels.
    pub fn width(&self) -> i32 {
        self.width as i32
    }

    /// Height in pixels.
    pub fn height(&self) -> i32 {
        self.height as i32
    }

    /// How many pixels a unit of text size has.
    pub fn scale(&self) -> i32 {
        self.scale as i32
    }

    /// All pixels, row by row, `0x00RRGGBB`.
    pub fn pixels(&self) -> &[u32] {
        &self.pixels
    }

    /// One pixel.
    pub fn pixel(&self, x: i32, y: i32) -> Option<Colour> {
        let inside = x >= 0 && y >= 0 && x < self.width() && y < self.height();
        inside.then(|| self.pixels[y as usize * self.width + x as usize])
    }

    /// Whether a text was written since the last clearing.
    pub fn shows(&self, text: &str) -> bool {
        self.texts.iter().any(|t| t.contains(text))
    }

    /// Everything one colour, and no text.
    pub fn clear(&mut self, colour: Colour) {
        self.pixels.fill(colour);
        self.texts.clear();
    }

    /// A row's part as a slice, for whoever draws pixels himself.
    pub fn span(&mut self, x: i32, y: i32, w: i32) -> &mut [u32] {
        let part = Rect::new(x, y, w, 1).intersect(&Rect::new(0, 0, self.width(), self.height()));
        if part.w <= 0 || part.h <= 0 {
            return &mut [];
        }
        let start = part.y as usize * self.width + part.x as usize;
        &mut self.pixels[start..start + part.w as usize]
    }

    /// Fills a rectangle.
    pub fn fill(&mut self, rect: Rect, colour: Colour) {
        for y in rect.y.max(0)..(rect.y + rect.h).min(self.height()) {
            self.span(rect.x, y, rect.w).fill(colour);
        }
    }

    /// Fills a rectangle with a colour that lets `255 - alpha` parts of what is below through.
    pub fn shade(&mut self, rect: Rect, colour: Colour, alpha: u32) {
        for y in rect.y.max(0)..(rect.y + rect.h).min(self.height()) {
            for pixel in self.span(rect.x, y, rect.w) {
                *pixel = mix(*pixel, colour, alpha);
            }
        }
    }

    /// A frame of the given thickness inside a rectangle.
    pub fn frame(&mut self, rect: Rect, thick: i32, colour: Colour) {
        let Rect { x, y, w, h } = rect;
        self.fill(Rect::new(x, y, w, thick), colour);
        self.fill(Rect::new(x, y + h - thick, w, thick), colour);
        self.fill(Rect::new(x, y, thick, h), colour);
        self.fill(Rect::new(x + w - thick, y, thick, h), colour);
    }

    /// Width of one character.
    pub fn char_width(&self) -> i32 {
        let (height, times) = raster(self.scale);
        (get_raster_width(FontWeight::Regular, height) * times) as i32
    }

    /// Height of a line of text, with some space between lines.
    pub fn line_height(&self) -> i32 {
        18 * self.scale()
    }

    /// How many characters fit a width.
    pub fn fitting(&self, width: i32) -> usize {
        (width.max(0) / self.char_width()) as usize
    }

    /// Writes one line of text and returns the x behind it. Characters that the
    /// font lacks are question marks.
    pub fn text(&mut self, x: i32, y: i32, text: &str, ink: Ink) -> i32 {
        let (height, times) = raster(self.scale);
        let weight = if ink.bold {
            FontWeight::Bold
        } else {
            FontWeight::Regular
        };
        let advance = self.char_width();
        let mut at = x;
        for c in text.chars() {
            let glyph = get_raster(c, weight, height).or_else(|| get_raster('?', weight, height));
            for (row, intensities) in glyph.iter().flat_map(|g| g.rows()).enumerate() {
                for (column, &alpha) in intensities.iter().enumerate() {
                    if alpha > 0 {
                        let (left, top) = (at + (column * times) as i32, y + (row * times) as i32);
                        self.shade(
                            Rect::new(left, top, times as i32, times as i32),
                            ink.colour,
                            u32::from(alpha),
                        );
                    }
                }
            }
            at += advance;
        }
        if !text.is_empty() {
            self.texts.push(text.to_owned());
        }
        at
    }

    /// Writes text that may take `width` pixels; what does not fit is cut off and marked so.
    pub fn text_within(&mut self, x: i32, y: i32, width: i32, text: &str, ink: Ink) -> i32 {
        let text = shortened(text, self.fitting(width));
        self.text(x, y, &text, ink)
    }

    /// Writes text that ends at `right`.
    pub fn text_right(&mut self, right: i32, y: i32, text: &str, ink: Ink) {
        let width = text.chars().count() as i32 * self.char_width();
        self.text(right - width, y, text, ink);
    }
}

/// Which of the font's sizes is drawn how many times as large.
fn raster(scale: usize) -> (RasterHeight, usize) {
    if scale.is_multiple_of(2) {
        (RasterHeight::Size32, scale / 2)
    } else {
        (RasterHeight::Size16, scale)
    }
}

/// A text of at most `room` characters; a cut one ends in two dots.
pub fn shortened(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(room.saturating_sub(2)).collect();
    short.extend(std::iter::repeat_n('.', room.min(2)));
    short
}

/// Breaks a text into lines of at most `room` characters, at spaces where there are some.
pub fn wrapped(text: &str, room: usize) -> Vec<String> {
    let room = room.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut length = 0;
    for word in text.split_whitespace() {
        let letters: Vec<char> = word.chars().collect();
        if length > 0 && length + 1 + letters.len() > room {
            lines.push(std::mem::take(&mut line));
            length = 0;
        }
        if length > 0 {
            line.push(' ');
            length += 1;
        }
        for letter in letters {
            if length == room {
                lines.push(std::mem::take(&mut line));
                length = 0;
            }
            line.push(letter);
            length += 1;
        }
    }
    if length > 0 {
        lines.push(line);
    }
    lines
}

/// `alpha` of 255 parts of `over`, the rest of `under`.
pub fn mix(under: Colour, over: Colour, alpha: u32) -> Colour {
    let part = |shift: u32| {
        let (u, o) = (under >> shift & 255, over >> shift & 255);
        ((u * (255 - alpha) + o * alpha + 127) / 255) << shift
    };
    part(16) | part(8) | part(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_drawn_in_its_colour_and_remembered() {
        for scale in 1..=3 {
            let mut canvas = Canvas::new(200, 80, scale);
            let end = canvas.text(3, 2, "Hi \u{4e16}", ink(0xFF_00_00));
            assert_eq!(end, 3 + 4 * canvas.char_width());
            let brightest = canvas.pixels().iter().map(|p| p >> 16).max();
            assert!(
                brightest.is_some_and(|p| p > 200),
                "{brightest:?} at scale {scale}"
            );
            assert!(
                canvas
                    .pixels()
                    .iter()
                    .any(|p| (20..150).contains(&(p >> 16))),
                "antialiased"
            );
            assert!(
                canvas.pixels().iter().all(|&p| p & 0xFFFF == 0),
                "no other colour"
            );
            assert!(canvas.shows("Hi"));
            canvas.clear(0);
            assert!(!canvas.shows("Hi"));
        }
    }

    #[test]
    fn drawing_outside_is_cut_off() {
        let mut canvas = Canvas::new(10, 10, 1);
        canvas.fill(Rect::new(-5, -5, 8, 8), 1);
        canvas.fill(Rect::new(8, 8, 100, 100), 2);
        canvas.text(-20, -9, "over the edge and far away", ink(0));
        canvas.frame(Rect::new(-1, -1, 12, 12), 1, 7);
        canvas.fill(Rect::new(4, 4, -2, -2), 9);
        assert_eq!(canvas.pixel(2, 2), Some(1));
        assert_eq!(canvas.pixel(3, 3), Some(0));
        assert_eq!(canvas.pixel(9, 9), Some(2));
        assert_eq!(canvas.pixel(10, 9), None);
    }

    #[test]
    fn long_texts_are_cut_or_wrapped() {
        assert_eq!(shortened("abcdef", 6), "abcdef");
        assert_eq!(shortened("abcdef", 5), "abc..");
        assert_eq!(shortened("abcdef", 1), ".");
        assert_eq!(wrapped("one two  three", 7), ["one two", "three"]);
        assert_eq!(wrapped("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
        assert!(wrapped("", 5).is_empty());
    }

    #[test]
    fn mixing_reaches_both_ends() {
        assert_eq!(mix(0x10_20_30, 0xFF_80_01, 0), 0x10_20_30);
        assert_eq!(mix(0x10_20_30, 0xFF_80_01, 255), 0xFF_80_01);
    }
}
