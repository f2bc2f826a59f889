//! Long runs: progress on a terminal, and an end by Ctrl-C that keeps what was decoded.

use std::io::{IsTerminal, Write};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use orrery_emulator::{Machine, Units};
use orrery_shared::Outcome;

/// Somebody asked for an end.
static STOP: AtomicBool = AtomicBool::new(false);

/// Runs shorter than this show no progress.
const PATIENCE: Duration = Duration::from_secs(1);
/// Between two lines of progress.
const REFRESH: Duration = Duration::from_millis(200);

/// From now on Ctrl-C (and a request to terminate) ends runs instead of the process; a second
/// one ends the process.
pub fn catch_interrupts() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let handler = || {
            if STOP.swap(true, Ordering::Relaxed) {
                std::process::exit(130);
            }
        };
        // Without a handler Ctrl-C still ends the process, only not as kindly.
        let _ = ctrlc::set_handler(handler);
    });
}

/// Whether somebody asked for an end.
pub fn interrupted() -> bool {
    STOP.load(Ordering::Relaxed)
}

/// Runs a machine to its end, to a horizon, or until somebody asks for an end.
pub fn run(machine: &mut Machine, max_cycles: Option<u64>) -> Outcome {
    let mut progress = Progress::new();
    let outcome = machine.run_while(max_cycles, |units, cycle| {
        progress.show(units, cycle);
        !interrupted()
    });
    progress.clear();
    outcome
}

/// One line on the terminal, written over and over. In a pipe it writes nothing.
struct Progress {
    is_terminal: bool,
    start: Instant,
    shown: Option<Instant>,
}

impl Progress {
    fn new() -> Progress {
        Progress {
            is_terminal: std::io::stderr().is_terminal(),
            start: Instant::now(),
            shown: None,
        }
    }

    fn show(&mut self, units: &Units, cycle: u64) {
        let elapsed = self.start.elapsed();
        let recent = self.shown.is_some_and(|at| at.elapsed() < REFRESH);
        if !self.is_terminal || elapsed < PATIENCE || recent {
            return;
        }
        self.shown = Some(Instant::now());
        let text = line(cycle, units.pixels(), elapsed);
        let _ = write!(std::io::stderr(), "\r{text}\x1b[K");
    }

    fn clear(&mut self) {
        if self.shown.take().is_some() {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}

/// Cycles, pixels, rate, and the time left as far as the pixels tell.
fn line(cycle: u64, (done, all): (u64, u64), elapsed: Duration) -> String {
    let seconds = elapsed.as_secs_f64().max(1e-3);
    let mut parts = Vec::new();
    if cycle > 0 {
        let rate = cycle as f64 / seconds / 1e6;
        parts.push(format!("{cycle} cycles, {rate:.1} million a second"));
    }
    if all > 0 {
        parts.push(format!("{done} of {all} pixels"));
    }
    if done > 0 && done < all {
        let left = seconds * (all - done) as f64 / done as f64;
        parts.push(format!("{left:.0} s left"));
    }
    if parts.is_empty() {
        parts.push(format!("{seconds:.0} s"));
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_what_is_known() {
        let two = Duration::from_secs(2);
        assert_eq!(
            line(6_000_000, (25, 100), two),
            "6000000 cycles, 3.0 million a second, 25 of 100 pixels, 6 s left"
        );
        assert_eq!(line(0, (0, 100), two), "0 of 100 pixels");
        assert_eq!(line(0, (0, 0), two), "2 s");
    }
}
