//! Draws the window: picture, status line, banner, help, and the panel if it is open.

use super::app::{App, Scaled};
use super::canvas::{Canvas, Colour, Rect, bold, ink, wrapped};
use super::commands::TABLE;
use super::view::Placement;
use super::{panel, picture};

/// Background of the picture.
pub const BACK: Colour = 0x12_14_18;
/// Background of the panel and the status line.
pub const PANEL: Colour = 0x1C_1F_26;
/// Background of bars and source texts.
pub const INSET: Colour = 0x13_15_1A;
/// Text.
pub const TEXT: Colour = 0xE2_E6_EC;
/// Text of less weight.
pub const DIM: Colour = 0x9A_A2_AF;
/// Text of hardly any weight.
pub const FAINT: Colour = 0x62_69_75;
/// What stands out.
pub const ACCENT: Colour = 0x7A_B4_FF;
/// What is wrong.
pub const RED: Colour = 0xFF_6B_6B;

/// The parts of the window.
#[derive(Clone, Copy, Debug)]
pub struct Areas {
    /// The picture.
    pub picture: Rect,
    /// The panel; of no width if closed.
    pub panel: Rect,
    /// The status line.
    pub status: Rect,
}

/// Divides the window.
pub fn areas(app: &App) -> Areas {
    let canvas = &app.canvas;
    let bar = (canvas.line_height() + 6 * canvas.scale()).min(canvas.height());
    let high = canvas.height() - bar;
    let panel = if app.panel { panel::width(canvas) } else { 0 };
    let rest = canvas.width() - panel;
    Areas {
        picture: Rect::new(0, 0, rest, high),
        panel: Rect::new(rest, 0, panel, high),
        status: Rect::new(0, high, canvas.width(), bar),
    }
}

/// Draws everything.
pub fn window(app: &mut App) {
    // Places depend on the canvas, which is out of the app while it is drawn on.
    let (parts, place, under) = (areas(app), app.placement(), app.under_cursor());
    let mut canvas = std::mem::replace(&mut app.canvas, Canvas::new(0, 0, 1));
    let mut hits = std::mem::take(&mut app.hits);
    hits.clear();
    canvas.clear(BACK);
    draw_picture(app, &mut canvas, parts.picture, &place);
    if let Some((x, y)) = under {
        outline(&mut canvas, parts.picture, &place, x, y);
    }
    banner(app, &mut canvas, parts.picture);
    if app.panel {
        panel::draw(&mut canvas, &mut hits, app, parts.panel);
    }
    status(app, &mut canvas, parts.status, place.zoom, under);
    if app.help {
        help(&mut canvas);
    }
    app.hits = hits;
    app.canvas = canvas;
}

/// The picture, scaled anew only if something about it changed.
fn draw_picture(app: &mut App, canvas: &mut Canvas, area: Rect, place: &Placement) {
    let Some((_, picture)) = app.stepper.picture() else {
        let text = "no picture yet";
        let x = area.x + (area.w - text.len() as i32 * canvas.char_width()) / 2;
        canvas.text(x, area.y + area.h / 2, text, ink(FAINT));
        return;
    };
    let key = (app.stepper.generation(), area, *place);
    let width = area.w.max(0) as usize;
    if let Some(scaled) = app.scaled.as_ref().filter(|s| s.key == key) {
        for (y, row) in (area.y..).zip(scaled.pixels.chunks_exact(width.max(1))) {
            canvas.span(area.x, y, area.w).copy_from_slice(row);
        }
        return;
    }
    picture::draw(canvas, area, place, &picture);
    let rows = area.y..area.y + area.h;
    let pixels = rows
        .flat_map(|y| canvas.span(area.x, y, area.w).to_vec())
        .collect();
    app.scaled = Some(Scaled { key, pixels });
}

/// A frame around the pixel under the mouse, once pixels are large enough.
fn outline(canvas: &mut Canvas, area: Rect, place: &Placement, x: u32, y: u32) {
    if place.zoom < 8.0 {
        return;
    }
    let at = |n: u32, start: i32| start + (f64::from(n) * place.zoom) as i32;
    let size = place.zoom as i32;
    let rect = Rect::new(at(x, place.left), at(y, place.top), size, size);
    if rect.intersect(&area) == rect {
        canvas.frame(rect, 1, 0);
        canvas.frame(rect.inset(1), 1, 0xFF_FF_FF);
    }
}

/// What went wrong, over the picture.
fn banner(app: &App, canvas: &mut Canvas, area: Rect) {
    let headline = &app.stepper.run().report.headline;
    if headline.is_empty() || !app.stepper.ended() {
        return;
    }
    let s = canvas.scale();
    let room = canvas.fitting(area.w - 24 * s);
    let lines = wrapped(headline, room);
    let height = lines.len() as i32 * canvas.line_height() + 12 * s;
    canvas.fill(Rect::new(area.x, area.y, area.w, height), 0x8C_1D_24);
    canvas.fill(Rect::new(area.x, area.y + height, area.w, 2 * s), RED);
    for (y, line) in (area.y + 6 * s..)
        .step_by(canvas.line_height().max(1) as usize)
        .zip(&lines)
    {
        canvas.text(area.x + 12 * s, y, line, bold(0xFF_FF_FF));
    }
}

/// Place and value of the pixel under the mouse; zoom, size, state.
fn status(app: &App, canvas: &mut Canvas, area: Rect, zoom: f64, under: Option<(u32, u32)>) {
    let s = canvas.scale();
    canvas.fill(area, PANEL);
    canvas.fill(Rect { h: s, ..area }, 0x2C_30_39);
    let (x, y) = (area.x + 10 * s, area.y + 4 * s);
    let right = area.x + area.w - 10 * s;
    let picture = app.stepper.picture();
    let mut facts = vec![format!("{} %", (zoom * 1000.0).round() / 10.0)];
    if let Some((n, picture)) = &picture {
        facts.push(format!("{}\u{d7}{}", picture.width, picture.height));
        let frame = &app.stepper.run().frames[*n];
        let frames = app.stepper.run().frames.len();
        if frames > 1 {
            facts.push(format!("frame {n} of {frames}"));
        }
        if !frame.complete {
            facts.push(format!("{} of {} rows", frame.complete_rows, frame.height));
            if frame.shown_rows > frame.complete_rows {
                facts.push("not final".into());
            }
        }
    }
    let warnings = app.stepper.run().report.warnings.len();
    if warnings > 0 {
        facts.push(format!(
            "{warnings} warning{}",
            if warnings == 1 { "" } else { "s" }
        ));
    }
    if !app.panel {
        facts.push(format!(
            "cycle {} {}",
            grouped(app.stepper.cycle()),
            panel::state(app).0
        ));
    }
    facts.push("? for keys".into());
    let facts = facts.join("   ");
    let room = right - x - (facts.chars().count() as i32 + 2) * canvas.char_width();
    canvas.text_right(right, y, &facts, ink(DIM));
    let pixel = under.and_then(|(x, y)| Some((x, y, picture.as_ref()?.1.pixel(x, y))));
    match pixel {
        _ if !app.message.is_empty() => {
            canvas.text_within(x, y, room, &app.message, ink(ACCENT));
        }
        Some((px, py, Some([r, g, b, a]))) => {
            let text =
                format!("x {px}  y {py}   rgba {r} {g} {b} {a}   #{r:02x}{g:02x}{b:02x}{a:02x}");
            let end = canvas.text_within(x, y, room, &text, ink(TEXT));
            let swatch = Rect::new(end + 8 * s, y + s, 14 * s, 14 * s);
            let rgb = u32::from(r) << 16 | u32::from(g) << 8 | u32::from(b);
            let over = super::canvas::mix(picture::CHECKS[0], rgb, u32::from(a));
            canvas.fill(swatch, over);
            canvas.frame(swatch, s, FAINT);
        }
        Some((px, py, None)) => {
            canvas.text_within(
                x,
                y,
                room,
                &format!("x {px}  y {py}   not there yet"),
                ink(DIM),
            );
        }
        None => {
            let program = &app.stepper.run().machine.program().name;
            canvas.text_within(
                x,
                y,
                room,
                &format!("{}   program {program}", app.title),
                ink(DIM),
            );
        }
    }
}

/// The keys, from the table of commands.
fn help(canvas: &mut Canvas) {
    let s = canvas.scale();
    let all = Rect::new(0, 0, canvas.width(), canvas.height());
    canvas.shade(all, 0, 150);
    let rows: Vec<(String, &str)> = TABLE
        .iter()
        .filter(|entry| !entry.keys.is_empty())
        .map(|entry| {
            (
                entry
                    .keys
                    .iter()
                    .map(|(key, _)| *key)
                    .collect::<Vec<_>>()
                    .join("  "),
                entry.help,
            )
        })
        .collect();
    let keys = rows
        .iter()
        .map(|(keys, _)| keys.chars().count())
        .max()
        .unwrap_or(0) as i32
        + 3;
    let texts = rows
        .iter()
        .map(|(_, text)| text.chars().count())
        .max()
        .unwrap_or(0) as i32;
    let width = (keys + texts) * canvas.char_width() + 40 * s;
    let height = (rows.len() as i32 + 2) * canvas.line_height() + 28 * s;
    let place = Rect::new(
        (canvas.width() - width) / 2,
        (canvas.height() - height).max(0) / 2,
        width,
        height,
    );
    canvas.fill(place, PANEL);
    canvas.frame(place, s, FAINT);
    let (x, mut y) = (place.x + 20 * s, place.y + 14 * s);
    canvas.text(x, y, "Keys", bold(ACCENT));
    y += canvas.line_height() + 6 * s;
    for (keys_text, text) in &rows {
        canvas.text(x, y, keys_text, bold(TEXT));
        canvas.text(x + keys * canvas.char_width(), y, text, ink(DIM));
        y += canvas.line_height();
    }
    canvas.text(
        x,
        y + 4 * s,
        "The selected unit is the one with the blue bar.",
        ink(FAINT),
    );
}

/// A number with spaces between groups of three digits.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_numbers_are_grouped() {
        assert_eq!(
            [0, 999, 1000, 1_234_567].map(grouped),
            ["0", "999", "1 000", "1 234 567"]
        );
    }
}
