//! Where the picture lies on the screen: fit, zoom, pan, and the way back from a
//! place on the screen to a pixel of the picture.

use super::canvas::Rect;

/// The steps that zooming goes through. Enlargements are whole numbers, so that all
/// pixels of the picture are equally large on the screen.
const STEPS: [f64; 19] = [
    1.0 / 32.0,
    1.0 / 16.0,
    1.0 / 8.0,
    1.0 / 6.0,
    1.0 / 4.0,
    1.0 / 3.0,
    1.0 / 2.0,
    1.0,
    2.0,
    3.0,
    4.0,
    6.0,
    8.0,
    12.0,
    16.0,
    24.0,
    32.0,
    48.0,
    64.0,
];

/// Smallest and largest zoom.
pub const LIMITS: (f64, f64) = (STEPS[0], STEPS[STEPS.len() - 1]);

/// What the user wants to see.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct View {
    /// `None` fits the picture to the screen.
    free: Option<Free>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Free {
    zoom: f64,
    /// The picture's point in the middle of the screen.
    centre: (f64, f64),
    /// Size of the picture that the point is meant for.
    image: (u32, u32),
}

/// The picture's place on the screen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placement {
    /// Screen pixels for one pixel of the picture.
    pub zoom: f64,
    /// Screen position of the picture's left edge.
    pub left: i32,
    /// Screen position of the picture's top edge.
    pub top: i32,
}

impl Placement {
    /// The picture's pixel at a place on the screen; it may lie outside of the picture.
    pub fn pixel(&self, x: f64, y: f64) -> (i64, i64) {
        let along = |at: f64, start: i32| ((at - f64::from(start)) / self.zoom).floor() as i64;
        (along(x, self.left), along(y, self.top))
    }

    /// The rectangle that a picture of this size covers.
    pub fn rect(&self, (width, height): (u32, u32)) -> Rect {
        let size = |n: u32| (f64::from(n) * self.zoom).ceil().max(1.0) as i32;
        Rect::new(self.left, self.top, size(width), size(height))
    }
}

impl View {
    /// Shows the whole picture again.
    pub fn fit(&mut self) {
        self.free = None;
    }

    /// Where the picture lies in an area of the screen.
    pub fn place(&self, area: Rect, image: (u32, u32)) -> Placement {
        let free = self.resolved(area, image);
        let middle = |start: i32, size: i32| f64::from(start) + f64::from(size) / 2.0;
        let left = middle(area.x, area.w) - free.centre.0 * free.zoom;
        let top = middle(area.y, area.h) - free.centre.1 * free.zoom;
        Placement {
            zoom: free.zoom,
            left: left.round() as i32,
            top: top.round() as i32,
        }
    }

    fn resolved(&self, area: Rect, image: (u32, u32)) -> Free {
        let (width, height) = image;
        let Some(free) = self.free else {
            let along = |room: i32, size: u32| f64::from(room.max(1)) / f64::from(size.max(1));
            let zoom = along(area.w, width).min(along(area.h, height));
            let zoom = if zoom > 1.0 { zoom.floor() } else { zoom };
            let centre = (f64::from(width) / 2.0, f64::from(height) / 2.0);
            return Free {
                zoom: zoom.min(LIMITS.1),
                centre,
                image,
            };
        };
        if free.image == image {
            return free;
        }
        // One may zoom before there is a picture; then the same part of it is in the middle.
        let part = |at: f64, old: u32, new: u32| at / f64::from(old.max(1)) * f64::from(new);
        let centre = (
            part(free.centre.0, free.image.0, width),
            part(free.centre.1, free.image.1, height),
        );
        Free {
            centre,
            image,
            ..free
        }
    }

    /// Zooms to a factor, leaving the picture's point at `anchor` where it is on the screen.
    pub fn zoom_to(&mut self, zoom: f64, anchor: (f64, f64), area: Rect, image: (u32, u32)) {
        let old = self.resolved(area, image);
        let zoom = zoom.clamp(LIMITS.0, LIMITS.1);
        let off = |at: f64, start: i32, size: i32| at - f64::from(start) - f64::from(size) / 2.0;
        let away = (off(anchor.0, area.x, area.w), off(anchor.1, area.y, area.h));
        // The point stays: centre + away / zoom is the same before and after.
        let moved = |centre: f64, away: f64| centre + away / old.zoom - away / zoom;
        self.set(
            zoom,
            (moved(old.centre.0, away.0), moved(old.centre.1, away.1)),
            image,
        );
    }

    /// One step in or out.
    pub fn zoom_step(&mut self, larger: bool, anchor: (f64, f64), area: Rect, image: (u32, u32)) {
        let zoom = self.resolved(area, image).zoom;
        // A little apart, so that a step that was reached by rounding is not taken again.
        let next = if larger {
            STEPS.iter().copied().find(|&s| s > zoom * 1.001)
        } else {
            STEPS.iter().rev().copied().find(|&s| s < zoom * 0.999)
        };
        self.zoom_to(next.unwrap_or(zoom), anchor, area, image);
    }

    /// Moves the view over the picture by screen pixels.
    pub fn pan(&mut self, dx: f64, dy: f64, area: Rect, image: (u32, u32)) {
        let old = self.resolved(area, image);
        self.set(
            old.zoom,
            (old.centre.0 + dx / old.zoom, old.centre.1 + dy / old.zoom),
            image,
        );
    }

    /// The middle of the screen always shows a point of the picture, so that it cannot get lost.
    fn set(&mut self, zoom: f64, centre: (f64, f64), image: (u32, u32)) {
        let x = centre.0.clamp(0.0, f64::from(image.0));
        let y = centre.1.clamp(0.0, f64::from(image.1));
        self.free = Some(Free {
            zoom,
            centre: (x, y),
            image,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AREA: Rect = Rect::new(10, 20, 400, 300);

    #[test]
    fn fit_shows_everything_in_the_middle() {
        let large = View::default().place(AREA, (4000, 1000));
        assert!((large.zoom - 0.1).abs() < 1e-9);
        assert_eq!(large.rect((4000, 1000)), Rect::new(10, 120, 400, 100));
        let small = View::default().place(AREA, (7, 5));
        assert!((small.zoom - 57.0).abs() < 1e-9, "a whole number");
        assert_eq!(small.rect((7, 5)), Rect::new(11, 28, 399, 285));
        let nothing = View::default().place(Rect::default(), (0, 0));
        assert!(nothing.zoom > 0.0);
    }

    #[test]
    fn zooming_leaves_the_anchor_where_it_is() {
        let image = (64, 48);
        let mut view = View::default();
        view.zoom_to(4.0, (210.0, 170.0), AREA, image);
        for anchor in [(100.0, 100.0), (333.0, 222.0)] {
            let before = view.place(AREA, image).pixel(anchor.0, anchor.1);
            view.zoom_step(true, anchor, AREA, image);
            assert_eq!(view.place(AREA, image).pixel(anchor.0, anchor.1), before);
        }
        assert!((view.place(AREA, image).zoom - 8.0).abs() < 1e-9);
    }

    #[test]
    fn one_may_zoom_before_there_is_a_picture() {
        let mut view = View::default();
        view.zoom_to(2.0, (210.0, 170.0), AREA, (1, 1));
        let place = view.place(AREA, (64, 48));
        assert_eq!(place.rect((64, 48)), Rect::new(146, 122, 128, 96));
    }

    #[test]
    fn steps_reach_both_limits_and_stay_there() {
        let mut view = View::default();
        for _ in 0..50 {
            view.zoom_step(true, (0.0, 0.0), AREA, (100, 100));
        }
        assert!((view.place(AREA, (100, 100)).zoom - LIMITS.1).abs() < 1e-9);
        for _ in 0..50 {
            view.zoom_step(false, (0.0, 0.0), AREA, (100, 100));
        }
        assert!((view.place(AREA, (100, 100)).zoom - LIMITS.0).abs() < 1e-9);
    }

    #[test]
    fn pan_moves_by_screen_pixels_and_keeps_the_picture_in_sight() {
        let image = (1000, 1000);
        let mut view = View::default();
        view.zoom_to(2.0, (210.0, 170.0), AREA, image);
        let before = view.place(AREA, image);
        view.pan(30.0, -14.0, AREA, image);
        let after = view.place(AREA, image);
        assert_eq!(
            (before.left - after.left, before.top - after.top),
            (30, -14)
        );
        view.pan(1e9, 1e9, AREA, image);
        assert_eq!(view.place(AREA, image).pixel(209.0, 169.0), (999, 999));
        view.fit();
        assert_eq!(view, View::default());
    }
}
