//! The window's commands: one table for keys, scripts, the help on the screen and
//! `docs/window.md`. A key is short for a line of a script.

use super::stepper::Stepper;
use orrery_emulator::wiring::process;

/// A command and how to get at it.
#[derive(Debug)]
pub struct Entry {
    /// As it is written, with its arguments in capitals.
    pub usage: &'static str,
    /// Keys, and the line that each stands for.
    pub keys: &'static [(&'static str, &'static str)],
    /// What it does.
    pub help: &'static str,
}

/// All commands. A key is a character as typed, whatever the keyboard's layout, or one of [`NAMED_KEYS`].
pub const TABLE: &[Entry] = &[
    Entry {
        usage: "toggle",
        keys: &[("Space", "toggle")],
        help: "goes on, or pauses",
    },
    Entry {
        usage: "step cycle",
        keys: &[("c", "step cycle")],
        help: "one cycle",
    },
    Entry {
        usage: "step instruction",
        keys: &[("i", "step instruction")],
        help: "to the next beat of the selected unit",
    },
    Entry {
        usage: "step symbol",
        keys: &[("s", "step symbol")],
        help: "to the next symbol of the input",
    },
    Entry {
        usage: "run N",
        keys: &[("k", "run 1000")],
        help: "N cycles (key: 1000)",
    },
    Entry {
        usage: "run end",
        keys: &[("e", "run end")],
        help: "to the end, at full speed",
    },
    Entry {
        usage: "restart",
        keys: &[("r", "restart")],
        help: "back to cycle 0, paused",
    },
    Entry {
        usage: "pause",
        keys: &[],
        help: "pauses",
    },
    Entry {
        usage: "resume",
        keys: &[],
        help: "goes on",
    },
    Entry {
        usage: "slower",
        keys: &[(",", "slower"), ("<", "slower")],
        help: "fewer cycles per second",
    },
    Entry {
        usage: "faster",
        keys: &[(".", "faster"), (">", "faster")],
        help: "more cycles per second",
    },
    Entry {
        usage: "speed N",
        keys: &[],
        help: "N cycles per second; `speed max`: no limit",
    },
    Entry {
        usage: "zoom in",
        keys: &[("+", "zoom in"), ("=", "zoom in")],
        help: "larger, around the mouse (also its wheel)",
    },
    Entry {
        usage: "zoom out",
        keys: &[("-", "zoom out")],
        help: "smaller",
    },
    Entry {
        usage: "zoom N",
        keys: &[("1", "zoom 1")],
        help: "N screen pixels for each pixel (key: 1)",
    },
    Entry {
        usage: "fit",
        keys: &[("f", "fit"), ("0", "fit")],
        help: "fits the picture to the window",
    },
    Entry {
        usage: "pan X Y",
        keys: &[
            ("Left", "pan -48 0"),
            ("Right", "pan 48 0"),
            ("Up", "pan 0 -48"),
            ("Down", "pan 0 48"),
        ],
        help: "moves over the picture (also dragging it)",
    },
    Entry {
        usage: "cursor X Y",
        keys: &[],
        help: "as if the mouse were at this place of the window",
    },
    Entry {
        usage: "select next",
        keys: &[("Tab", "select next")],
        help: "selects the next unit (also a click on it)",
    },
    Entry {
        usage: "select UNIT",
        keys: &[],
        help: "selects a unit by its name",
    },
    Entry {
        usage: "panel",
        keys: &[("p", "panel")],
        help: "opens and closes the panel",
    },
    Entry {
        usage: "text N",
        keys: &[("t", "text next")],
        help: "size of the text, 1 to 3 (key: the next one)",
    },
    Entry {
        usage: "help",
        keys: &[("?", "help"), ("h", "help"), ("F1", "help")],
        help: "shows and hides the keys",
    },
    Entry {
        usage: "screenshot PATH",
        keys: &[("F12", "screenshot orrery.png")],
        help: "writes the window as PNG",
    },
    Entry {
        usage: "quit",
        keys: &[("q", "quit"), ("Escape", "quit")],
        help: "closes the window",
    },
    Entry {
        usage: "size W H",
        keys: &[],
        help: "size of the window; first line of a script only",
    },
    Entry {
        usage: "wait N",
        keys: &[],
        help: "leaves the window to the user, until he quits or N milliseconds are over",
    },
    Entry {
        usage: "expect WHAT",
        keys: &[],
        help: "ends the script with exit code 1 unless so",
    },
];

/// Keys that are not characters, by the name that [`TABLE`] uses.
pub const NAMED_KEYS: &[(&str, minifb::Key)] = &[
    ("Space", minifb::Key::Space),
    ("Left", minifb::Key::Left),
    ("Right", minifb::Key::Right),
    ("Up", minifb::Key::Up),
    ("Down", minifb::Key::Down),
    ("Tab", minifb::Key::Tab),
    ("Escape", minifb::Key::Escape),
    ("F1", minifb::Key::F1),
    ("F12", minifb::Key::F12),
];

/// What `expect` can check, for the documentation.
pub const EXPECTATIONS: &[(&str, &str)] = &[
    ("cycle N", "the next cycle is N"),
    (
        "source UNIT FILE:LINE",
        "the line of the last beat of a unit",
    ),
    (
        "instruction UNIT NAME",
        "the name of the last instruction of a unit",
    ),
    ("pixel X Y R G B A", "a pixel of the picture"),
    ("screen X Y RRGGBB", "a pixel of the window"),
    ("cursor X Y", "the pixel of the picture under the mouse"),
    ("zoom N", "screen pixels for one of the picture"),
    ("shown TEXT", "the text stands somewhere in the window"),
    ("hidden TEXT", "it does not"),
    (
        "end HOW",
        "`complete`, `trap`, `deadlock`, `incomplete`, `limit reached`, or `none` while it runs",
    ),
];

/// One check.
#[derive(Clone, Debug, PartialEq)]
pub enum Expect {
    /// The next cycle.
    Cycle(u64),
    /// `file:line` of a process.
    Source(usize, String),
    /// Name of a process's instruction.
    Instruction(usize, String),
    /// A pixel of the picture.
    Pixel(u32, u32, [u8; 4]),
    /// A pixel of the window.
    Screen(i32, i32, u32),
    /// The picture's pixel under the mouse.
    Cursor(i64, i64),
    /// Zoom.
    Zoom(f64),
    /// A text in the window.
    Shown(String),
    /// A text that is not there.
    Hidden(String),
    /// How the run ended.
    End(String),
}

/// A command with its arguments.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    Toggle,
    StepCycle,
    StepInstruction,
    StepSymbol,
    Run(u64),
    RunEnd,
    Restart,
    Pause,
    Resume,
    Slower,
    Faster,
    /// Cycles per second; `None` without limit.
    Speed(Option<f64>),
    ZoomIn,
    ZoomOut,
    Zoom(f64),
    Fit,
    Pan(f64, f64),
    Cursor(f64, f64),
    SelectNext,
    Select(usize),
    Panel,
    /// `None`: the next size.
    Text(Option<usize>),
    Help,
    Screenshot(String),
    Quit,
    Size(usize, usize),
    Wait(u64),
    Expect(Expect),
}

/// The line that a key stands for. Keys are named as in [`TABLE`].
pub fn key_line(key: &str) -> Option<&'static str> {
    TABLE
        .iter()
        .flat_map(|e| e.keys)
        .find(|(k, _)| *k == key)
        .map(|(_, line)| *line)
}

/// Reads one line of a script.
///
/// # Errors
/// A sentence that says what is wrong.
pub fn parse(line: &str) -> Result<Command, String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let usage = || {
        let first = words.first().copied().unwrap_or_default();
        let known: Vec<&str> = TABLE
            .iter()
            .map(|e| e.usage)
            .filter(|u| u.split(' ').next() == Some(first))
            .collect();
        match known.as_slice() {
            [] => {
                format!("there is no command `{first}`; the commands are listed in docs/window.md")
            }
            _ => format!("`{line}`: write {}", known.join(" or ")),
        }
    };
    Ok(match words.as_slice() {
        ["toggle"] => Command::Toggle,
        ["step", "cycle"] => Command::StepCycle,
        ["step", "instruction"] => Command::StepInstruction,
        ["step", "symbol"] => Command::StepSymbol,
        ["run", "end"] => Command::RunEnd,
        ["run", n] => Command::Run(number(n)?),
        ["restart"] => Command::Restart,
        ["pause"] => Command::Pause,
        ["resume"] => Command::Resume,
        ["slower"] => Command::Slower,
        ["faster"] => Command::Faster,
        ["speed", "max"] => Command::Speed(None),
        ["speed", n] => Command::Speed(Some(positive(n)?)),
        ["zoom", "in"] => Command::ZoomIn,
        ["zoom", "out"] => Command::ZoomOut,
        ["zoom", n] => Command::Zoom(positive(n)?),
        ["fit"] => Command::Fit,
        ["pan", x, y] => Command::Pan(number(x)?, number(y)?),
        ["cursor", x, y] => Command::Cursor(number(x)?, number(y)?),
        ["select", "next"] => Command::SelectNext,
        ["select", unit] => Command::Select(process_named(unit)?),
        ["panel"] => Command::Panel,
        ["text", "next"] => Command::Text(None),
        ["text", n @ ("1" | "2" | "3")] => Command::Text(Some(number(n)?)),
        ["help"] => Command::Help,
        ["screenshot", _, ..] => Command::Screenshot(rest(line, 1)),
        ["quit"] => Command::Quit,
        ["size", w, h] => {
            let (w, h) = (number(w)?, number(h)?);
            if !(64..=8192).contains(&w) || !(64..=8192).contains(&h) {
                return Err("a window has 64 to 8192 pixels each way".into());
            }
            Command::Size(w, h)
        }
        ["wait", n] => Command::Wait(number(n)?),
        ["expect", what @ ..] => Command::Expect(expectation(what, line)?),
        _ => return Err(usage()),
    })
}

fn expectation(words: &[&str], line: &str) -> Result<Expect, String> {
    Ok(match words {
        ["cycle", n] => Expect::Cycle(number(n)?),
        ["source", unit, place] => Expect::Source(process_named(unit)?, (*place).to_owned()),
        ["instruction", unit, name] => {
            Expect::Instruction(process_named(unit)?, (*name).to_owned())
        }
        ["pixel", x, y, r, g, b, a] => Expect::Pixel(
            number(x)?,
            number(y)?,
            [number(r)?, number(g)?, number(b)?, number(a)?],
        ),
        ["screen", x, y, colour] => {
            let value = u32::from_str_radix(colour, 16)
                .ok()
                .filter(|_| colour.len() == 6);
            Expect::Screen(
                number(x)?,
                number(y)?,
                value.ok_or_else(|| format!("`{colour}`: write RRGGBB"))?,
            )
        }
        ["cursor", x, y] => Expect::Cursor(number(x)?, number(y)?),
        ["zoom", n] => Expect::Zoom(positive(n)?),
        ["shown", _, ..] => Expect::Shown(rest(line, 2)),
        ["hidden", _, ..] => Expect::Hidden(rest(line, 2)),
        ["end", _, ..] => Expect::End(rest(line, 2)),
        _ => {
            let known: Vec<String> = EXPECTATIONS
                .iter()
                .map(|(what, _)| format!("`expect {what}`"))
                .collect();
            return Err(format!("`{line}`: write {}", known.join(", ")));
        }
    })
}

/// The line behind its first `n` words, as it was written.
fn rest(line: &str, n: usize) -> String {
    let mut rest = line.trim();
    for _ in 0..n {
        rest = rest
            .find(char::is_whitespace)
            .map_or("", |at| rest[at..].trim_start());
    }
    rest.to_owned()
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse()
        .map_err(|_| format!("`{text}` is no number that fits here"))
}

fn positive(text: &str) -> Result<f64, String> {
    let value: f64 = number(text)?;
    if value.is_finite() && value > 0.0 {
        Ok(value)
    } else {
        Err(format!("`{text}` must be above 0"))
    }
}

fn process_named(name: &str) -> Result<usize, String> {
    Stepper::process(name).ok_or_else(|| {
        format!(
            "`{name}` is no unit; the units are {}",
            process::NAMES.join(", ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_stands_for_a_line_and_only_one() {
        let mut seen = std::collections::HashSet::new();
        for entry in TABLE {
            for (key, line) in entry.keys {
                assert!(parse(line).is_ok(), "{key}: {line}");
                assert!(seen.insert(*key), "{key} twice");
                let named = NAMED_KEYS.iter().any(|(name, _)| name == key);
                assert!(named || key.chars().count() == 1, "{key}");
                let word = entry.usage.split(' ').next();
                assert_eq!(
                    line.split(' ').next(),
                    word,
                    "{key} is in the row of another command"
                );
            }
        }
        for (name, _) in NAMED_KEYS {
            assert!(key_line(name).is_some(), "{name} does nothing");
        }
    }

    #[test]
    fn every_row_of_the_table_can_be_written() {
        for entry in TABLE {
            let line = entry
                .usage
                .replace("WHAT", "cycle 3")
                .replace("UNIT", "parsing")
                .replace("PATH", "a b.png");
            let line = line
                .replace("X Y", "-3 4.5")
                .replace("W H", "640 480")
                .replace('N', "2");
            assert!(parse(&line).is_ok(), "{line}: {:?}", parse(&line));
        }
        assert_eq!(
            parse("screenshot  a b.png "),
            Ok(Command::Screenshot("a b.png".into()))
        );
    }

    #[test]
    fn every_expectation_can_be_written() {
        for (what, _) in EXPECTATIONS {
            let line = what
                .replace("UNIT", "core_sink")
                .replace("RRGGBB", "00ff7F")
                .replace("R G B A", "1 2 3 4");
            let line = line
                .replace("X Y", "1 2")
                .replace("FILE:LINE", "a.syn:3")
                .replace(" N", " 7");
            assert!(parse(&format!("expect {line}")).is_ok(), "{line}");
        }
        assert_eq!(
            parse("expect shown  two  words "),
            Ok(Command::Expect(Expect::Shown("two  words".into())))
        );
    }

    #[test]
    fn mistakes_are_explained() {
        for (line, part) in [
            ("frobnicate", "no command `frobnicate`"),
            ("step", "write step cycle or"),
            ("run fast", "`fast` is no number"),
            ("zoom -1", "above 0"),
            ("speed NaN", "above 0"),
            ("select moon", "no unit"),
            ("select output", "no unit"),
            ("expect nothing", "expect cycle N"),
            ("expect screen 1 2 fff", "RRGGBB"),
            ("size 1 1", "64 to 8192"),
        ] {
            let error = parse(line).err().unwrap_or_default();
            assert!(error.contains(part), "{line}: {error}");
        }
    }
}
