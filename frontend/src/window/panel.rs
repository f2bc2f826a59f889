//! The panel beside the picture: time, speed, units with their source lines, queues.

use orrery_emulator::wiring::{process, queue};
use orrery_shared::WaitCause;
use orrery_shared::account::Standing;

use super::app::{App, Hit};
use super::canvas::{Canvas, Colour, Rect, bold, ink, mix, shortened, wrapped};
use super::paint::{ACCENT, DIM, FAINT, INSET, PANEL, RED, TEXT, grouped};
use super::stepper::Stepper;
use crate::stats;

/// Colour of busy cycles.
const BUSY: Colour = 0x4C_B0_6A;
/// Background of the current source line.
const CURRENT: Colour = 0x2D_3F_5E;

/// Colour of waiting cycles.
const fn colour(cause: WaitCause) -> Colour {
    match cause {
        WaitCause::Latency => 0xC9_CE_D6,
        WaitCause::Input => 0x4A_90_D9,
        WaitCause::Reply => 0x35_BF_C4,
        WaitCause::Token => 0xA4_7F_E8,
        WaitCause::Pacing => 0xE0_85_D6,
        WaitCause::Output => 0xF0_83_2B,
        WaitCause::Port => 0xF2_C9_3A,
        WaitCause::Loading => 0xA5_72_55,
        WaitCause::Idle => 0x4A_50_5C,
        WaitCause::Stopped => 0x30_34_3C,
    }
}

/// Width of the panel for a window.
pub fn width(canvas: &Canvas) -> i32 {
    let s = canvas.scale();
    (canvas.width() * 2 / 5)
        .clamp(360 * s, 540 * s)
        .min(canvas.width() * 3 / 4)
}

/// Draws downwards.
struct Pen<'a> {
    canvas: &'a mut Canvas,
    hits: &'a mut Vec<(Rect, Hit)>,
    x: i32,
    y: i32,
    w: i32,
    s: i32,
}

impl Pen<'_> {
    fn right(&self) -> i32 {
        self.x + self.w
    }

    fn line(&self) -> i32 {
        self.canvas.line_height()
    }

    fn skip(&mut self, n: i32) {
        self.y += n * self.s;
    }

    fn heading(&mut self, text: &str) {
        self.skip(4);
        self.canvas.text(self.x, self.y, text, bold(ACCENT));
        self.y += self.line();
    }
}

/// Draws the panel.
pub fn draw(canvas: &mut Canvas, hits: &mut Vec<(Rect, Hit)>, app: &App, area: Rect) {
    let s = canvas.scale();
    canvas.fill(area, PANEL);
    let inner = area.inset(10 * s);
    let mut pen = Pen {
        canvas,
        hits,
        x: inner.x,
        y: inner.y,
        w: inner.w,
        s,
    };
    totals(&mut pen, app);
    slider(&mut pen, app);
    legend(&mut pen, app);
    // As many lines of source around the current one as there is room for; -1: not even that.
    let rest = inner.y + inner.h - pen.y;
    let needed = |context: i32| {
        units_height(&pen, app, context) + queues_height(&pen) + bottleneck_height(&pen)
    };
    let context = (0..=3).rev().find(|&n| needed(n) <= rest).unwrap_or(-1);
    units(&mut pen, app, context);
    queues(&mut pen, app);
    bottleneck(&mut pen, app);
}

/// What the machine as a whole is doing.
pub fn state(app: &App) -> (String, Colour) {
    match app.stepper.ending() {
        Some("complete") => ("ended: complete".into(), BUSY),
        Some(how) => (format!("ended: {how}"), RED),
        None if app.is_going() => ("running".into(), BUSY),
        None => ("paused".into(), 0xF2_C9_3A),
    }
}

fn totals(pen: &mut Pen<'_>, app: &App) {
    let stepper = &app.stepper;
    pen.canvas.text(
        pen.x,
        pen.y,
        &format!("cycle {}", grouped(stepper.cycle())),
        bold(TEXT),
    );
    let (state, colour) = state(app);
    pen.canvas
        .text_right(pen.right(), pen.y, &state, bold(colour));
    pen.y += pen.line();
    let pixels = stepper.pixels();
    let mut text = format!("{} pixels", grouped(pixels));
    if pixels > 0 {
        text += &format!(
            ", {:.2} cycles/pixel",
            stepper.cycle() as f64 / pixels as f64
        );
    }
    pen.canvas.text(pen.x, pen.y, &text, ink(DIM));
    pen.y += pen.line();
    let machine = &stepper.run().machine;
    let text = format!(
        "input byte {} of {}",
        grouped(stepper.input_bit() / 8),
        grouped(machine.input_bytes())
    );
    pen.canvas.text(pen.x, pen.y, &text, ink(DIM));
    pen.y += pen.line();
}

fn slider(pen: &mut Pen<'_>, app: &App) {
    let (s, char_width) = (pen.s, pen.canvas.char_width());
    pen.skip(2);
    pen.canvas.text(pen.x, pen.y, "speed", ink(DIM));
    let value = app
        .rate
        .map_or_else(|| "max".into(), |rate| format!("{}/s", short(rate)));
    pen.canvas.text_right(pen.right(), pen.y, &value, ink(TEXT));
    let x = pen.x + 6 * char_width;
    let track = Rect::new(x, pen.y + 7 * s, pen.right() - 8 * char_width - x, 3 * s);
    pen.canvas.fill(track, FAINT);
    let knob = track.x + (f64::from(track.w - 6 * s) * app.slider()) as i32;
    pen.canvas
        .fill(Rect::new(track.x, track.y, knob - track.x, track.h), ACCENT);
    pen.canvas
        .fill(Rect::new(knob, pen.y + 2 * s, 6 * s, 13 * s), TEXT);
    pen.hits
        .push((Rect::new(track.x, pen.y, track.w, pen.line()), Hit::Speed));
    pen.y += pen.line();
}

/// A number with a letter for thousands and millions.
fn short(n: f64) -> String {
    let (n, unit) = if n >= 1e6 {
        (n / 1e6, " M")
    } else if n >= 1e3 {
        (n / 1e3, " k")
    } else {
        (n, "")
    };
    if n < 10.0 && n.fract() > 0.05 {
        format!("{n:.1}{unit}")
    } else {
        format!("{n:.0}{unit}")
    }
}

/// The colours that occur.
fn legend(pen: &mut Pen<'_>, app: &App) {
    let processes = &app.stepper.outcome().processes;
    let occurs = |cause: WaitCause| processes.iter().any(|r| r.waits[cause as usize] > 0);
    let causes = WaitCause::ALL
        .iter()
        .filter(|&&c| occurs(c))
        .map(|&c| (c.name(), colour(c)));
    pen.heading("units");
    let (s, char_width) = (pen.s, pen.canvas.char_width());
    let mut x = pen.x;
    for (name, colour) in std::iter::once(("busy", BUSY)).chain(causes) {
        let width = 14 * s + name.len() as i32 * char_width;
        if x > pen.x && x + width > pen.right() {
            x = pen.x;
            pen.y += pen.line();
        }
        pen.canvas
            .fill(Rect::new(x, pen.y + 4 * s, 9 * s, 9 * s), colour);
        pen.canvas.text(x + 14 * s, pen.y, name, ink(DIM));
        x += width + 12 * s;
    }
    pen.y += pen.line() + 4 * s;
}

fn units_height(pen: &Pen<'_>, app: &App, context: i32) -> i32 {
    (0..process::NAMES.len())
        .map(|p| {
            let lines = if app.stepper.has_program(p) {
                2 + listing_lines(context)
            } else {
                1
            };
            lines * pen.line() + 19 * pen.s
        })
        .sum()
}

/// Lines of a listing.
fn listing_lines(context: i32) -> i32 {
    (1 + 2 * context).max(0)
}

fn units(pen: &mut Pen<'_>, app: &App, context: i32) {
    for p in 0..process::NAMES.len() {
        let top = pen.y;
        let selected = p == app.selected;
        unit(pen, app, p, context);
        let s = pen.s;
        pen.hits
            .push((Rect::new(pen.x, top, pen.w, pen.y - top), Hit::Select(p)));
        if selected {
            pen.canvas.fill(
                Rect::new(pen.x - 7 * s, top, 3 * s, pen.y - top - 6 * s),
                ACCENT,
            );
        }
    }
}

fn unit(pen: &mut Pen<'_>, app: &App, p: usize, context: i32) {
    let (stepper, s) = (&app.stepper, pen.s);
    let place = stepper.place(p);
    let name = bold(if p == app.selected { ACCENT } else { TEXT });
    let after = pen.canvas.text(pen.x, pen.y, process::NAMES[p], name) + pen.canvas.char_width();
    let doing = stepper.doing(p);
    let colour = match &stepper.outcome().processes[p].standing {
        Standing::Trapped(..) => RED,
        Standing::Waiting(unmet) => mix(colour(unmet.cause), TEXT, 90),
        Standing::Done => DIM,
        _ => BUSY,
    };
    let room = pen.w - (after - pen.x);
    let doing = shortened(&doing, pen.canvas.fitting(room));
    pen.canvas
        .text_right(pen.right(), pen.y, &doing, ink(colour));
    let instruction = place
        .as_ref()
        .map_or("", |place| place.instruction.as_str());
    if !stepper.has_program(p) {
        let room = room - (doing.chars().count() as i32 + 1) * pen.canvas.char_width();
        pen.canvas
            .text_within(after, pen.y, room, instruction, ink(DIM));
    }
    pen.y += pen.line();
    bar(pen, stepper, p);
    if stepper.has_program(p) {
        let source = place.as_ref().and_then(|place| place.source.as_ref());
        let end = match source {
            Some((file, line)) => {
                pen.canvas
                    .text(pen.x, pen.y, &format!("{file}:{line}"), ink(ACCENT))
            }
            None => pen
                .canvas
                .text(pen.x, pen.y, "no line of the program", ink(FAINT)),
        };
        let left = end + 2 * pen.canvas.char_width();
        pen.canvas
            .text_within(left, pen.y, pen.right() - left, instruction, ink(DIM));
        pen.y += pen.line();
        listing(pen, stepper, source, context);
    }
    pen.y += 7 * s;
}

/// Busy and waiting shares as one bar.
fn bar(pen: &mut Pen<'_>, stepper: &Stepper, p: usize) {
    let (s, report) = (pen.s, &stepper.outcome().processes[p]);
    let total = report.cycles();
    let track = Rect::new(pen.x, pen.y + s, pen.w - 6 * pen.canvas.char_width(), 9 * s);
    pen.canvas.fill(track, INSET);
    let mut sum = 0;
    let waits = WaitCause::ALL
        .iter()
        .map(|&c| (report.waits[c as usize], colour(c)));
    let at = |cycles: u64| {
        track.x + (cycles as f64 / total.max(1) as f64 * f64::from(track.w)).round() as i32
    };
    for (cycles, colour) in std::iter::once((report.busy, BUSY)).chain(waits) {
        let from = at(sum);
        sum += cycles;
        pen.canvas
            .fill(Rect::new(from, track.y, at(sum) - from, track.h), colour);
    }
    let share = report.busy as f64 * 100.0 / total.max(1) as f64;
    pen.canvas.text_right(
        pen.right(),
        pen.y - 3 * s,
        &format!("{share:.0} %"),
        ink(TEXT),
    );
    pen.y += 12 * s;
}

/// The current line of a source text, with lines around it; as much empty room if there is none.
fn listing(pen: &mut Pen<'_>, stepper: &Stepper, source: Option<&(String, u32)>, context: i32) {
    let (s, height) = (pen.s, pen.line());
    let all = Rect::new(pen.x, pen.y, pen.w, height * listing_lines(context));
    pen.canvas.fill(all, INSET);
    let bottom = all.y + all.h;
    if let Some((file, line)) = source {
        let (line, context) = (i64::from(*line), i64::from(context));
        let text = |n: i64| u32::try_from(n).ok().and_then(|n| stepper.line(file, n));
        // Before the first and behind the last line there is none.
        let lines: Vec<(i64, Option<String>)> = (line - context..=line + context)
            .map(|n| (n, text(n).map(|text| text.replace('\t', "    "))))
            .collect();
        // Indentation that all have in common is of no use here.
        let written = lines
            .iter()
            .filter_map(|(_, text)| text.as_ref())
            .filter(|text| !text.trim().is_empty());
        let common = written
            .map(|text| text.len() - text.trim_start().len())
            .min()
            .unwrap_or(0);
        for (n, text) in lines {
            if n == line {
                pen.canvas
                    .fill(Rect::new(pen.x, pen.y, pen.w, height), CURRENT);
            }
            if let Some(text) = text {
                let (gutter, words) = if n == line { (DIM, TEXT) } else { (FAINT, DIM) };
                let x = pen
                    .canvas
                    .text(pen.x, pen.y + s, &format!("{n:>4} "), ink(gutter));
                pen.canvas.text_within(
                    x,
                    pen.y + s,
                    pen.right() - x,
                    text.get(common..).unwrap_or(""),
                    ink(words),
                );
            }
            pen.y += height;
        }
    }
    pen.y = bottom;
}

fn queues_height(pen: &Pen<'_>) -> i32 {
    (queue::NAMES.len() as i32).div_euclid(2) * pen.line() + pen.line() + 10 * pen.s
}

/// Every queue's fill, in two columns.
fn queues(pen: &mut Pen<'_>, app: &App) {
    pen.heading("queues");
    let (s, char_width) = (pen.s, pen.canvas.char_width());
    let gap = 14 * s;
    let width = (pen.w - gap) / 2;
    let rows = queue::NAMES.len().div_ceil(2);
    for (q, name) in queue::NAMES.iter().enumerate() {
        let x = pen.x + (q / rows) as i32 * (width + gap);
        let y = pen.y + (q % rows) as i32 * pen.line();
        let (fill, depth) = app.stepper.fill(q);
        pen.canvas
            .text_within(x, y, width, name, ink(if fill > 0 { TEXT } else { DIM }));
        let label = if depth > 0 {
            format!("{fill}/{depth}")
        } else {
            fill.to_string()
        };
        pen.canvas.text_right(
            x + width,
            y,
            &label,
            ink(if fill > 0 { TEXT } else { FAINT }),
        );
        let left = x + 17 * char_width;
        let mut track = Rect::new(left, y + 5 * s, x + width - 6 * char_width - left, 7 * s);
        if track.w < 32 * s {
            // Too narrow to tell anything: under the name instead.
            track = Rect::new(x, y + 16 * s, width, 2 * s);
        }
        pen.canvas.fill(track, INSET);
        if depth > 0 {
            let part = (i64::from(track.w) * fill.min(depth as u64) as i64 / depth as i64) as i32;
            let full = fill >= depth as u64;
            pen.canvas.fill(
                Rect { w: part, ..track },
                if full {
                    colour(WaitCause::Output)
                } else {
                    ACCENT
                },
            );
        }
    }
    pen.y += rows as i32 * pen.line() + 6 * s;
}

fn bottleneck_height(pen: &Pen<'_>) -> i32 {
    2 * pen.line()
}

fn bottleneck(pen: &mut Pen<'_>, app: &App) {
    let text = stats::bottleneck(app.stepper.run());
    for line in wrapped(&text, pen.canvas.fitting(pen.w)).iter().take(2) {
        pen.canvas.text(pen.x, pen.y, line, ink(DIM));
        pen.y += pen.line();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_colour_is_its_own() {
        let mut colours: Vec<Colour> = WaitCause::ALL
            .iter()
            .map(|&c| colour(c))
            .chain([BUSY])
            .collect();
        colours.sort_unstable();
        colours.dedup();
        assert_eq!(colours.len(), WaitCause::COUNT + 1);
    }

    #[test]
    fn speeds_are_short() {
        let texts = [1.0, 20.0, 999.0, 1000.0, 2500.0, 50_000.0, 1e8].map(short);
        assert_eq!(texts, ["1", "20", "999", "1 k", "2.5 k", "50 k", "100 M"]);
    }
}
