//! The window itself: minifb's events in, the canvas out.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use minifb::{InputCallback, Key, MouseButton, MouseMode, ScaleMode, Window, WindowOptions};

use super::app::{App, Hit};
use super::commands::{self, NAMED_KEYS};
use super::script::Player;
use crate::session::exit;

/// How long the machine runs between two looks at keys and mouse.
const SLICE: Duration = Duration::from_millis(24);
/// A window that was covered is not told when it is seen again, so it is shown again this often.
const AGAIN: Duration = Duration::from_millis(200);

/// Keys pressed since the last look, as the table of commands names them.
type Typed = Rc<RefCell<Vec<String>>>;

/// Collects what is typed, by character: keyboards differ in where they have their `?`. Other keys
/// by name, when they go down: whether one *is* down misses those that are up again before the next look.
struct Listener(Typed);

impl InputCallback for Listener {
    fn add_char(&mut self, code: u32) {
        // The space has a name, and whatever lies below it is no character.
        let typed = char::from_u32(code).filter(|&c| c > ' ');
        self.0.borrow_mut().extend(typed.map(String::from));
    }

    fn set_key_state(&mut self, key: Key, is_down: bool) {
        let named = NAMED_KEYS.iter().find(|(_, k)| is_down && *k == key);
        let name = named.map(|(name, _)| (*name).to_owned());
        self.0.borrow_mut().extend(name);
    }
}

/// An open window.
pub struct Shell {
    window: Window,
    typed: Typed,
    shown: Instant,
    mouse: Option<(f64, f64)>,
    dragged: Drag,
}

/// What the pressed left button does.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Drag {
    Up,
    /// Moves the picture; where it was last.
    Picture(f64, f64),
    Speed,
    /// Pressed on something that is not dragged.
    Other,
}

impl Shell {
    /// Opens a window.
    ///
    /// # Errors
    /// Why there is none, such as a missing display.
    pub fn open(title: &str, (width, height): (usize, usize)) -> Result<Shell, String> {
        let options = WindowOptions {
            resize: true,
            scale_mode: ScaleMode::UpperLeft,
            ..WindowOptions::default()
        };
        let title: String = title.chars().filter(|&c| c != '\0').collect();
        let mut window = Window::new(&title, width, height, options).map_err(|e| e.to_string())?;
        window.set_target_fps(60);
        let typed = Typed::default();
        window.set_input_callback(Box::new(Listener(Rc::clone(&typed))));
        Ok(Shell {
            window,
            typed,
            shown: Instant::now(),
            mouse: None,
            dragged: Drag::Up,
        })
    }

    /// Brings the canvas to the screen if it changed, and collects what the user does.
    fn exchange(&mut self, app: &mut App) {
        if app.dirty || self.shown.elapsed() >= AGAIN {
            if app.dirty {
                app.paint();
            }
            let (width, height) = (app.canvas.width() as usize, app.canvas.height() as usize);
            // It fails for a buffer that is too small only, which a canvas is not.
            let _ = self
                .window
                .update_with_buffer(app.canvas.pixels(), width, height);
            self.shown = Instant::now();
        } else {
            self.window.update();
        }
        app.quit |= !self.window.is_open();
        let (width, height) = self.window.get_size();
        app.resize(width.max(1), height.max(1), app.canvas.scale() as usize);
    }

    fn keys(&mut self, app: &mut App) {
        let keys: Vec<String> = self.typed.borrow_mut().drain(..).collect();
        for key in keys {
            let line = commands::key_line(&key).or_else(|| commands::key_line(&key.to_lowercase()));
            let Some(command) = line.and_then(|line| commands::parse(line).ok()) else {
                continue;
            };
            if let Err(message) = app.execute(&command) {
                app.message = message;
            }
        }
    }

    fn mouse(&mut self, app: &mut App) {
        let at = self
            .window
            .get_mouse_pos(MouseMode::Pass)
            .map(|(x, y)| (f64::from(x), f64::from(y)));
        // A mouse that rests says nothing: a script may have put the cursor elsewhere.
        if at != self.mouse {
            if self.mouse.is_some() {
                app.cursor = at;
                app.dirty = true;
            }
            self.mouse = at;
        }
        let Some((x, y)) = at else { return };
        if let Some((_, wheel)) = self
            .window
            .get_scroll_wheel()
            .filter(|&(_, wheel)| wheel != 0.0)
        {
            app.cursor = at;
            app.zoom_step(wheel > 0.0);
        }
        if !self.window.get_mouse_down(MouseButton::Left) {
            self.dragged = Drag::Up;
            return;
        }
        match self.dragged {
            Drag::Up => self.dragged = press(app, x, y),
            Drag::Picture(from_x, from_y) if (from_x, from_y) != (x, y) => {
                app.pan(from_x - x, from_y - y);
                self.dragged = Drag::Picture(x, y);
            }
            Drag::Speed => slide(app, x),
            Drag::Picture(..) | Drag::Other => {}
        }
    }
}

/// The left button goes down at a place.
fn press(app: &mut App, x: f64, y: f64) -> Drag {
    match app
        .hits
        .iter()
        .find(|(rect, _)| rect.holds(x, y))
        .map(|(_, hit)| *hit)
    {
        Some(Hit::Select(p)) => {
            app.selected = p;
            app.dirty = true;
            Drag::Other
        }
        Some(Hit::Speed) => {
            slide(app, x);
            Drag::Speed
        }
        None if super::paint::areas(app).picture.holds(x, y) => Drag::Picture(x, y),
        None => Drag::Other,
    }
}

fn slide(app: &mut App, x: f64) {
    if let Some((track, _)) = app.hits.iter().find(|(_, hit)| *hit == Hit::Speed) {
        let to = (x - f64::from(track.x)) / f64::from(track.w.max(1));
        app.slide(to);
    }
}

/// Lets the app live, in a window or without one, until the user or the script ends it.
/// Returns the exit code.
pub fn live(app: &mut App, mut shell: Option<Shell>, mut player: Option<Player>) -> i32 {
    let mut last = Instant::now();
    loop {
        let passed = last.elapsed();
        last = Instant::now();
        app.tick(passed, SLICE);
        if let Some(player) = &mut player
            && let Some(code) = player.play(app)
        {
            return code;
        }
        if app.quit {
            return exit::OK;
        }
        match &mut shell {
            Some(shell) => {
                shell.exchange(app);
                // While a script acts, keys and mouse would only disturb it.
                if player.as_ref().is_none_or(Player::is_waiting) {
                    // In this order, a key finds the mouse where it was when it was pressed.
                    shell.mouse(app);
                    shell.keys(app);
                } else {
                    shell.typed.borrow_mut().clear();
                }
            }
            None => {
                if app.dirty {
                    app.paint();
                }
                if !app.stepper.is_going() {
                    std::thread::sleep(Duration::from_millis(1));
                }
            }
        }
    }
}
