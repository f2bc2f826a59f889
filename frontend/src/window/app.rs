//! The window without a window: what it shows and how it answers to commands.

use std::path::Path;
use std::time::{Duration, Instant};

use orrery_emulator::Frame;
use orrery_emulator::wiring::process;

use super::canvas::{Canvas, Rect};
use super::commands::{Command, Expect};
use super::paint;
use super::stepper::Stepper;
use super::view::{Placement, View};
use crate::picture;

/// Cycles per second that one can choose, 1, 2, 5, 10 and so on, and behind the last no limit.
const FASTEST: f64 = 1e8;

/// What a click does at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hit {
    /// Selects a process.
    Select(usize),
    /// Sets the speed by how far to the right it is.
    Speed,
}

/// A picture that has been scaled for the screen, kept while nothing about it changes.
#[derive(Debug)]
pub struct Scaled {
    /// Generation, area and placement that it was made for.
    pub key: (u64, Rect, Placement),
    /// Pixels of the area.
    pub pixels: Vec<u32>,
}

/// Everything that the window is, but for the window.
#[derive(Debug)]
pub struct App {
    /// The machine.
    pub stepper: Stepper,
    /// Where the picture lies.
    pub view: View,
    /// What is on the screen.
    pub canvas: Canvas,
    /// The panel is open.
    pub panel: bool,
    /// The keys are shown.
    pub help: bool,
    /// Selected process.
    pub selected: usize,
    /// Nothing moves by itself.
    pub paused: bool,
    /// Cycles per second; `None` without limit.
    pub rate: Option<f64>,
    /// Place of the mouse in the window.
    pub cursor: Option<(f64, f64)>,
    /// Name of the file.
    pub title: String,
    /// Last message, for the status line.
    pub message: String,
    /// Where clicks do something; made by painting.
    pub hits: Vec<(Rect, Hit)>,
    /// See [`Scaled`].
    pub scaled: Option<Scaled>,
    /// The user wants to leave.
    pub quit: bool,
    /// What is on the screen is not what should be.
    pub dirty: bool,
    /// Part of a cycle that was not run yet at the chosen speed.
    owed: f64,
    /// When the picture was last taken from the machine, and how long that took.
    refreshed: (Instant, Duration),
}

impl App {
    /// A window of a size on a machine.
    pub fn new(
        stepper: Stepper,
        title: String,
        (width, height): (usize, usize),
        text: usize,
    ) -> App {
        App {
            stepper,
            view: View::default(),
            canvas: Canvas::new(width, height, text),
            panel: false,
            help: false,
            selected: 0,
            paused: true,
            rate: None,
            cursor: None,
            title,
            message: String::new(),
            hits: Vec::new(),
            scaled: None,
            quit: false,
            dirty: true,
            owed: 0.0,
            refreshed: (Instant::now(), Duration::ZERO),
        }
    }

    /// Gives the window another size or text another size.
    pub fn resize(&mut self, width: usize, height: usize, text: usize) {
        let old = (
            self.canvas.width(),
            self.canvas.height(),
            self.canvas.scale(),
        );
        if (width as i32, height as i32, text as i32) != old {
            self.canvas = Canvas::new(width, height, text);
            self.dirty = true;
        }
    }

    /// Time passes: the machine goes on if it should, for about as long as `slice` says.
    pub fn tick(&mut self, passed: Duration, slice: Duration) {
        if !self.paused && !self.stepper.is_going() {
            match self.rate {
                None => self.stepper.run_to_end(),
                Some(rate) => {
                    self.owed += rate * passed.as_secs_f64();
                    let cycles = self.owed.floor();
                    self.owed -= cycles;
                    if cycles > 0.0 {
                        self.stepper.run_for(cycles as u64);
                    }
                }
            }
        }
        if self.stepper.is_going() {
            self.dirty |= self.stepper.advance(slice);
            if !self.paused {
                // The goal was for this tick only. What the host was too slow for is let go.
                self.stepper.stop();
            }
        }
        if self.stepper.ended() && !self.paused {
            self.paused = true;
            self.dirty = true;
        }
    }

    /// Whether the machine goes on by itself.
    pub fn is_going(&self) -> bool {
        !self.paused || self.stepper.is_going()
    }

    /// Draws everything.
    pub fn paint(&mut self) {
        let (last, cost) = self.refreshed;
        // Taking a large picture out of the machine must not cost more than a part of the time.
        if !self.is_going() || last.elapsed() >= cost * 4 + Duration::from_millis(30) {
            let start = Instant::now();
            self.stepper.refresh();
            self.refreshed = (Instant::now(), start.elapsed());
        }
        paint::window(self);
        self.dirty = false;
    }

    /// Size of the picture; 1 by 1 while there is none.
    pub fn image_size(&self) -> (u32, u32) {
        self.stepper
            .picture()
            .map_or((1, 1), |(_, p)| (p.width.max(1), p.height.max(1)))
    }

    /// Where the picture lies now.
    pub fn placement(&self) -> Placement {
        self.view
            .place(paint::areas(self).picture, self.image_size())
    }

    /// The picture's pixel under the mouse, if there is one.
    pub fn under_cursor(&self) -> Option<(u32, u32)> {
        let (x, y) = self.cursor?;
        if !paint::areas(self).picture.holds(x, y) {
            return None;
        }
        let (width, height) = self.stepper.picture().map(|(_, p)| (p.width, p.height))?;
        let (x, y) = self.placement().pixel(x, y);
        let inside = (0..i64::from(width)).contains(&x) && (0..i64::from(height)).contains(&y);
        inside.then_some((x as u32, y as u32))
    }

    /// Does what a command says.
    ///
    /// # Errors
    /// A sentence, if it cannot be done or an expectation is not met.
    pub fn execute(&mut self, command: &Command) -> Result<(), String> {
        self.dirty = true;
        if !self.is_going() {
            // Places on the screen depend on whether there is a picture by now.
            self.stepper.refresh();
        }
        if !matches!(command, Command::Expect(_)) {
            self.message.clear();
        }
        match command {
            Command::Toggle if self.is_going() => self.pause(),
            Command::Toggle | Command::Resume => self.resume(),
            Command::Pause => self.pause(),
            Command::StepCycle => self.go(Stepper::step_cycle),
            Command::StepInstruction => {
                let p = self.selected;
                self.go(|s| s.step_instruction(p));
            }
            Command::StepSymbol => self.go(Stepper::step_symbol),
            Command::Run(n) => self.go(|s| s.run_for(*n)),
            Command::RunEnd => self.go(Stepper::run_to_end),
            Command::Restart => {
                self.pause();
                self.stepper.restart().map_err(|failure| failure.message)?;
            }
            Command::Slower => self.change_speed(false),
            Command::Faster => self.change_speed(true),
            Command::Speed(rate) => self.set_rate(*rate),
            Command::ZoomIn | Command::ZoomOut => self.zoom_step(*command == Command::ZoomIn),
            Command::Zoom(zoom) => {
                let (area, image) = (paint::areas(self).picture, self.image_size());
                self.view.zoom_to(*zoom, self.anchor(), area, image);
            }
            Command::Fit => self.view.fit(),
            Command::Pan(x, y) => self.pan(*x, *y),
            Command::Cursor(x, y) => self.cursor = Some((*x, *y)),
            Command::SelectNext => self.selected = (self.selected + 1) % process::NAMES.len(),
            Command::Select(p) => self.selected = *p,
            Command::Panel => self.panel = !self.panel,
            Command::Text(size) => {
                let size = size.unwrap_or(self.canvas.scale() as usize % 3 + 1);
                self.resize(
                    self.canvas.width() as usize,
                    self.canvas.height() as usize,
                    size,
                );
            }
            Command::Help => self.help = !self.help,
            Command::Screenshot(path) => {
                self.paint();
                self.screenshot(Path::new(path))?;
                self.message = format!("wrote {path}");
            }
            Command::Quit => self.quit = true,
            // The script's reader and player see to these.
            Command::Size(..) | Command::Wait(_) => {}
            Command::Expect(expect) => {
                self.paint();
                self.check(expect)?;
            }
        }
        Ok(())
    }

    fn pause(&mut self) {
        self.paused = true;
        self.stepper.stop();
    }

    fn resume(&mut self) {
        self.paused = self.stepper.ended();
        self.owed = 0.0;
        if self.paused {
            self.message = "the run has ended; r starts it again".into();
        }
    }

    fn go(&mut self, set: impl FnOnce(&mut Stepper)) {
        self.paused = true;
        if self.stepper.ended() {
            self.message = "the run has ended; r starts it again".into();
        } else {
            set(&mut self.stepper);
        }
    }

    fn change_speed(&mut self, faster: bool) {
        let mut ladder = (0..9)
            .flat_map(|n| [1.0, 2.0, 5.0].map(|d| d * 10f64.powi(n)))
            .filter(|&r| r <= FASTEST);
        let rate = match (self.rate, faster) {
            (None, true) => None,
            (None, false) => Some(FASTEST),
            (Some(rate), true) => ladder.find(|&r| r > rate * 1.001),
            (Some(rate), false) => Some(ladder.rfind(|&r| r < rate * 0.999).unwrap_or(1.0)),
        };
        self.set_rate(rate);
    }

    fn set_rate(&mut self, rate: Option<f64>) {
        self.rate = rate.filter(|&r| r <= FASTEST).map(|r| r.max(1.0));
        self.owed = 0.0;
    }

    /// How far to the right the slider of the speed is, from 0 to 1.
    pub fn slider(&self) -> f64 {
        self.rate
            .map_or(1.0, |rate| rate.log10() / (FASTEST.log10() + 0.5))
    }

    /// Sets the slider of the speed.
    pub fn slide(&mut self, to: f64) {
        let exponent = to.clamp(0.0, 1.0) * (FASTEST.log10() + 0.5);
        self.set_rate(
            Some(10f64.powf(exponent))
                .filter(|&rate| rate <= FASTEST)
                .map(f64::round),
        );
        self.dirty = true;
    }

    /// What zooming leaves in place: the picture under the mouse, else the middle.
    fn anchor(&self) -> (f64, f64) {
        let area = paint::areas(self).picture;
        let middle = (
            f64::from(area.x) + f64::from(area.w) / 2.0,
            f64::from(area.y) + f64::from(area.h) / 2.0,
        );
        self.cursor
            .filter(|&(x, y)| area.holds(x, y))
            .unwrap_or(middle)
    }

    /// One step larger or smaller, around the mouse.
    pub fn zoom_step(&mut self, larger: bool) {
        let (area, image) = (paint::areas(self).picture, self.image_size());
        self.view.zoom_step(larger, self.anchor(), area, image);
        self.dirty = true;
    }

    /// Moves over the picture by pixels of the screen.
    pub fn pan(&mut self, x: f64, y: f64) {
        let (area, image) = (paint::areas(self).picture, self.image_size());
        self.view.pan(x, y, area, image);
        self.dirty = true;
    }

    /// Writes what is on the screen as a PNG file.
    fn screenshot(&self, path: &Path) -> Result<(), String> {
        let rgba = self
            .canvas
            .pixels()
            .iter()
            .flat_map(|p| [(p >> 16) as u8, (p >> 8) as u8, *p as u8, 255]);
        let (width, height) = (self.canvas.width() as u32, self.canvas.height() as u32);
        let frame = Frame {
            width,
            height,
            rgba: rgba.collect(),
            complete: true,
            complete_rows: height,
            shown_rows: height,
            cycle: self.stepper.cycle(),
            base: 0,
            turn: 0,
        };
        picture::write(&frame, path)
    }

    /// Tests an expectation against what was painted last.
    fn check(&self, expect: &Expect) -> Result<(), String> {
        let (met, is) = match expect {
            Expect::Cycle(n) => (
                self.stepper.cycle() == *n,
                format!("the cycle is {}", self.stepper.cycle()),
            ),
            Expect::Source(p, place) => {
                let source = self.stepper.place(*p).and_then(|at| at.source);
                let text = source
                    .map_or_else(|| "unknown".into(), |(file, line)| format!("{file}:{line}"));
                (
                    text == *place,
                    format!("the place of {} is {text}", process::NAMES[*p]),
                )
            }
            Expect::Instruction(p, name) => {
                let text = self
                    .stepper
                    .place(*p)
                    .map_or_else(|| "none".into(), |at| at.instruction);
                (
                    text == *name,
                    format!("the instruction of {} is {text}", process::NAMES[*p]),
                )
            }
            Expect::Pixel(x, y, rgba) => {
                let pixel = self.stepper.picture().and_then(|(_, p)| p.pixel(*x, *y));
                (pixel == Some(*rgba), format!("the pixel is {pixel:?}"))
            }
            Expect::Screen(x, y, colour) => {
                let pixel = self.canvas.pixel(*x, *y);
                let text = pixel.map_or_else(|| "outside".into(), |p| format!("{p:06x}"));
                (
                    pixel == Some(*colour),
                    format!("the window's pixel is {text}"),
                )
            }
            Expect::Cursor(x, y) => {
                let at = self
                    .under_cursor()
                    .map(|(x, y)| (i64::from(x), i64::from(y)));
                (at == Some((*x, *y)), format!("under the mouse is {at:?}"))
            }
            Expect::Zoom(zoom) => {
                let is = self.placement().zoom;
                ((is - zoom).abs() < 1e-9, format!("the zoom is {is}"))
            }
            Expect::Shown(text) => (
                self.canvas.shows(text),
                format!("`{text}` is not in the window"),
            ),
            Expect::Hidden(text) => (
                !self.canvas.shows(text),
                format!("`{text}` is in the window"),
            ),
            Expect::End(how) => {
                let is = self.stepper.ending().unwrap_or("none");
                (is == how, format!("the run's end is: {is}"))
            }
        };
        if met {
            Ok(())
        } else {
            Err(format!("expected otherwise: {is}"))
        }
    }
}
