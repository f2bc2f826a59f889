//! Tests of the window without a window.

use std::sync::Arc;
use std::time::Duration;

use orrery_emulator::wiring::process;
use orrery_emulator::{Clock, Config};

use super::app::App;
use super::commands::{self, EXPECTATIONS, NAMED_KEYS, TABLE};
use super::stepper::Stepper;
use super::{paint, picture};
use crate::session::{self, Job};

/// A shipped sample by name.
fn sample(name: &str) -> Vec<u8> {
    let all = orrery_samples::all();
    all.into_iter()
        .find(|s| s.name == name)
        .map(|s| s.bytes)
        .unwrap_or_else(|| panic!("no sample {name}"))
}

fn stepper(name: &str, clock: Clock) -> Stepper {
    let config = Config::default();
    let bytes = Arc::from(sample(name));
    let job = Job {
        config: &config,
        program: None,
        params: &[],
        redraw: false,
        bytes,
        clock,
        max_cycles: None,
    };
    Stepper::load(&job).unwrap_or_else(|failure| panic!("{}", failure.message))
}

fn app(name: &str) -> App {
    let mut app = App::new(stepper(name, Clock::Exact), name.into(), (1000, 700), 1);
    app.panel = true;
    app
}

/// Does what a script of these lines does.
fn play(app: &mut App, lines: &[&str]) {
    for line in lines {
        let command = commands::parse(line).unwrap_or_else(|e| panic!("{e}"));
        app.execute(&command)
            .unwrap_or_else(|e| panic!("{line}: {e}"));
        arrive(app);
    }
    app.paint();
}

fn arrive(app: &mut App) {
    while app.stepper.is_going() {
        app.tick(Duration::ZERO, Duration::from_millis(50));
    }
}

const SMALL: &str = "qoi-photo-64x48-rgba";

#[test]
fn steps_go_as_far_as_they_say() {
    let mut app = app(SMALL);
    play(
        &mut app,
        &[
            "expect cycle 0",
            "step cycle",
            "expect cycle 1",
            "run 41",
            "expect cycle 42",
        ],
    );
    for p in ["parsing", "sequencer", "arithmetic"] {
        play(&mut app, &[&format!("select {p}")]);
        let before = app.stepper.beats(app.selected);
        play(&mut app, &["step instruction"]);
        assert_eq!(app.stepper.beats(app.selected), before + 1, "{p}");
    }
    let (bit, cycle) = (app.stepper.input_bit(), app.stepper.cycle());
    play(&mut app, &["step symbol"]);
    assert!(app.stepper.input_bit() > bit && app.stepper.cycle() > cycle);
    play(
        &mut app,
        &[
            "run end",
            "expect end complete",
            "step cycle",
            "expect shown the run has ended",
        ],
    );
    play(&mut app, &["restart", "expect cycle 0", "expect end none"]);
}

/// Keys can come faster than steps are made.
#[test]
fn every_step_counts() {
    let mut app = app(SMALL);
    let twice = |app: &mut App, line: &str| {
        let command = commands::parse(line).unwrap_or_else(|e| panic!("{e}"));
        for _ in 0..2 {
            app.execute(&command)
                .unwrap_or_else(|e| panic!("{line}: {e}"));
        }
        arrive(app);
    };
    twice(&mut app, "step cycle");
    assert_eq!(app.stepper.cycle(), 2);
    twice(&mut app, "run 1000");
    assert_eq!(app.stepper.cycle(), 2002);
    let before = app.stepper.beats(app.selected);
    twice(&mut app, "step instruction");
    assert_eq!(app.stepper.beats(app.selected), before + 2);
}

/// What a trace lists as the last beat is, by definition, the row whose count rose last.
#[test]
fn the_line_shown_is_that_of_the_beat_issued_last() {
    let mut app = app(SMALL);
    let rows = |app: &App, p: usize| -> Vec<u64> {
        app.stepper.outcome().processes[p]
            .profile
            .iter()
            .map(|line| line.count)
            .collect()
    };
    let mut last = [None; process::NAMES.len()];
    let mut seen = 0;
    for _ in 0..1500 {
        let before: Vec<_> = (0..last.len()).map(|p| rows(&app, p)).collect();
        play(&mut app, &["step cycle"]);
        for (p, last) in last.iter_mut().enumerate() {
            let after = rows(&app, p);
            let risen = (0..after.len()).find(|&row| after[row] > before[p][row]);
            *last = risen.or(*last);
            let map = app.stepper.run().machine.source_map(p);
            let place = last.and_then(|row| map.and_then(|map| map.describe(row as u32)));
            let Some(place) = place else { continue };
            let shown = app.stepper.place(p).and_then(|place| place.source);
            assert_eq!(
                shown.map(|(file, line)| format!("{file}:{line}")),
                Some(place.clone()),
                "{}",
                process::NAMES[p]
            );
            assert!(app.canvas.shows(&place), "{place} is not on the screen");
            seen += 1;
        }
    }
    assert!(seen > 2000, "{seen}");
}

/// Kernel programs have lines of their own.
#[test]
fn every_unit_with_a_program_shows_its_line() {
    let mut app = app("png-grey-alpha-8");
    play(&mut app, &["expect hidden .gfx:", "select kernel"]);
    while app
        .stepper
        .place(process::KERNEL)
        .is_none_or(|at| at.source.is_none())
    {
        play(&mut app, &["step instruction"]);
        assert!(!app.stepper.ended());
    }
    play(&mut app, &["expect shown .gfx:", "expect shown png.syn:"]);
}

#[test]
fn looking_changes_nothing() {
    let config = Config::default();
    let bytes: Arc<[u8]> = Arc::from(sample(SMALL));
    let job = Job {
        config: &config,
        program: None,
        params: &[],
        redraw: false,
        bytes,
        clock: Clock::Exact,
        max_cycles: None,
    };
    let straight = session::run(&job).unwrap_or_else(|failure| panic!("{}", failure.message));
    let mut app = app(SMALL);
    play(
        &mut app,
        &[
            "run 3",
            "step cycle",
            "step instruction",
            "run 1000",
            "step symbol",
            "step symbol",
            "run end",
        ],
    );
    assert_eq!(app.stepper.run().frames, straight.frames);
    assert_eq!(*app.stepper.outcome(), straight.outcome);
    assert_eq!(app.stepper.run().report, straight.report);
}

#[test]
fn without_a_clock_the_run_is_over_at_once() {
    let stepper = stepper(SMALL, Clock::Off);
    let mut app = App::new(stepper, SMALL.into(), (800, 600), 1);
    app.panel = true;
    play(
        &mut app,
        &["expect end complete", "expect shown 64\u{d7}48"],
    );
}

/// Programs that can draw before all of a picture is there are asked to, where somebody looks on.
#[test]
fn pictures_are_drawn_behind_every_scan() {
    let config = Config::default();
    for (name, redraw, parameter) in [
        ("jpeg-progression-420", true, Some(1)),
        ("jpeg-progression-420", false, Some(0)),
        (SMALL, true, None),
    ] {
        let job = Job {
            config: &config,
            program: None,
            params: &[],
            redraw,
            bytes: Arc::from(sample(name)),
            clock: Clock::Exact,
            max_cycles: None,
        };
        let stepper = Stepper::load(&job).unwrap_or_else(|failure| panic!("{}", failure.message));
        let mut parameters = stepper.run().machine.parameters();
        let found = parameters.find(|(name, _)| *name == session::REDRAW);
        assert_eq!(found.map(|(_, value)| value), parameter, "{name}");
    }
}

#[test]
fn the_picture_grows_and_then_stands() {
    let mut app = app("qoi-photo-256");
    play(&mut app, &["run 3000", "expect shown 0 of 192 rows"]);
    let (_, before) = app
        .stepper
        .picture()
        .unwrap_or_else(|| panic!("no picture"));
    assert!(before.rgba.is_empty());
    play(
        &mut app,
        &[
            "run 600000",
            "expect shown of 192 rows",
            "expect hidden 0 of 192 rows",
            "run end",
        ],
    );
    play(&mut app, &["expect hidden of 192 rows"]);
    let (_, picture) = app
        .stepper
        .picture()
        .unwrap_or_else(|| panic!("no picture"));
    let [r, g, b, a] = picture.pixel(100, 66).unwrap_or_default();
    // The same pixel in the picture, under the mouse, on the screen and in words.
    play(&mut app, &["zoom 4", "cursor 0 0"]);
    let place = app.placement();
    let (x, y) = (place.left + 100 * 4 + 1, place.top + 66 * 4 + 2);
    play(
        &mut app,
        &[&format!("cursor {x} {y}"), "expect cursor 100 66"],
    );
    play(&mut app, &[&format!("expect pixel 100 66 {r} {g} {b} {a}")]);
    play(
        &mut app,
        &[&format!("expect screen {x} {y} {r:02x}{g:02x}{b:02x}")],
    );
    play(
        &mut app,
        &[&format!("expect shown x 100  y 66   rgba {r} {g} {b} {a}")],
    );
}

#[test]
fn zoom_and_pan_change_what_is_seen() {
    let mut app = app(SMALL);
    play(&mut app, &["run end", "fit"]);
    let fit = app.canvas.pixels().to_vec();
    play(&mut app, &["zoom in"]);
    assert_ne!(app.canvas.pixels(), fit);
    play(&mut app, &["zoom 2", "expect zoom 2", "pan 16 0"]);
    let panned = app.canvas.pixels().to_vec();
    play(&mut app, &["pan -16 0"]);
    assert_ne!(app.canvas.pixels(), panned);
    play(&mut app, &["fit"]);
    assert_eq!(app.canvas.pixels(), fit, "fit is fit again");
    play(&mut app, &["panel"]);
    assert!(paint::areas(&app).picture.w == app.canvas.width());
    assert_ne!(app.canvas.pixels(), fit);
}

#[test]
fn what_is_clear_shows_the_checkerboard() {
    let mut app = app("qoi-noise-64x48-rgba");
    play(&mut app, &["run end", "zoom 8"]);
    let (_, picture) = app
        .stepper
        .picture()
        .unwrap_or_else(|| panic!("no picture"));
    let place = app.placement();
    let area = paint::areas(&app).picture;
    let mut seen = 0;
    for (px, py) in (0..picture.height).flat_map(|y| (0..picture.width).map(move |x| (x, y))) {
        let Some([r, g, b, a]) = picture.pixel(px, py) else {
            continue;
        };
        let (x, y) = (
            place.left + px as i32 * 8 + 3,
            place.top + py as i32 * 8 + 3,
        );
        if !area.holds(f64::from(x), f64::from(y)) || a == 255 {
            continue;
        }
        let rgb = u32::from(r) << 16 | u32::from(g) << 8 | u32::from(b);
        let expected = super::canvas::mix(picture::check(x, y), rgb, u32::from(a));
        assert_eq!(app.canvas.pixel(x, y), Some(expected), "pixel {px}, {py}");
        seen += 1;
    }
    assert!(seen > 100, "{seen}");
}

#[test]
fn a_trap_is_said_on_the_screen() {
    let mut app = app("qoi-truncated");
    play(
        &mut app,
        &[
            "expect hidden T01",
            "run end",
            "expect end trap",
            "expect shown the file ends before",
        ],
    );
    play(
        &mut app,
        &[
            "expect shown trap T01",
            "expect shown ended: trap",
            "panel",
            "expect shown the file ends before",
        ],
    );
}

#[test]
fn help_lists_every_key() {
    let mut app = app(SMALL);
    play(&mut app, &["expect hidden Escape", "help"]);
    for entry in TABLE {
        for (key, _) in entry.keys {
            assert!(app.canvas.shows(key), "{key}");
        }
        assert!(
            entry.keys.is_empty() || app.canvas.shows(entry.help),
            "{}",
            entry.help
        );
    }
    play(&mut app, &["help", "expect hidden Escape"]);
}

#[test]
fn the_panel_names_every_unit_and_queue() {
    let mut app = app(SMALL);
    play(&mut app, &["run 500"]);
    for name in process::NAMES
        .iter()
        .chain(&orrery_emulator::wiring::queue::NAMES)
    {
        assert!(app.canvas.shows(name), "{name}");
    }
    assert!(app.canvas.shows("cycle 500") && app.canvas.shows("bottleneck"));
}

#[test]
fn speeds_follow_the_clock_of_the_host() {
    let mut app = app(SMALL);
    play(&mut app, &["speed 1000", "resume"]);
    app.tick(Duration::from_millis(500), Duration::from_secs(5));
    assert_eq!(app.stepper.cycle(), 500);
    play(
        &mut app,
        &[
            "faster",
            "expect shown 2 k/s",
            "slower",
            "slower",
            "expect shown 500/s",
            "pause",
        ],
    );
    app.tick(Duration::from_secs(1), Duration::from_secs(5));
    assert_eq!(app.stepper.cycle(), 500, "paused");
    for _ in 0..40 {
        play(&mut app, &["faster"]);
    }
    assert_eq!(app.rate, None);
    assert!((app.slider() - 1.0).abs() < 1e-9);
    for _ in 0..40 {
        play(&mut app, &["slower"]);
    }
    assert_eq!(app.rate, Some(1.0));
    app.slide(0.5);
    assert!((app.slider() - 0.5).abs() < 0.01);
    app.slide(1.0);
    assert_eq!(app.rate, None);
    play(&mut app, &["resume"]);
    while app.is_going() {
        app.tick(Duration::from_millis(20), Duration::from_millis(20));
    }
    assert!(app.stepper.ended() && app.paused);
}

#[test]
fn any_window_and_any_keys_will_do() {
    let mut app = app(SMALL);
    let lines: Vec<&str> = TABLE
        .iter()
        .flat_map(|e| e.keys)
        .map(|(_, line)| *line)
        .collect();
    let lines: Vec<&str> = lines
        .into_iter()
        .filter(|l| !l.starts_with("screenshot") && *l != "quit")
        .collect();
    let mut state = 1u32;
    for _ in 0..400 {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let pick = (state >> 8) as usize;
        if pick.is_multiple_of(7) {
            app.resize(1 + pick % 700, 1 + pick / 700 % 500, 1 + pick % 3);
        }
        app.cursor = Some((f64::from(state % 800) - 50.0, f64::from(state % 611) - 50.0));
        play(&mut app, &[lines[pick % lines.len()]]);
    }
}

/// The table of the documentation, as it has to be.
fn tables() -> String {
    let mut text = String::from("| command | keys | what it does |\n|---|---|---|\n");
    for entry in TABLE {
        let keys: Vec<String> = entry
            .keys
            .iter()
            .map(|(key, _)| format!("`{key}`"))
            .collect();
        text += &format!(
            "| `{}` | {} | {} |\n",
            entry.usage,
            keys.join(" "),
            entry.help
        );
    }
    text += "\n| `expect` ... | is met if |\n|---|---|\n";
    for (what, help) in EXPECTATIONS {
        text += &format!("| `{what}` | {help} |\n");
    }
    text
}

#[test]
fn the_documentation_has_every_command() {
    let page = include_str!("../../../docs/window.md");
    let tables = tables();
    assert!(
        page.contains(&tables),
        "docs/window.md has to contain:\n\n{tables}"
    );
    assert!(NAMED_KEYS.iter().all(|(name, _)| page.contains(name)));
}
