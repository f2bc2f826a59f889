//! One input under every clock that is cheap enough.

use std::sync::Arc;

use orrery_emulator::{Clock, Config, Program};

use crate::common::{Run, run};

/// What `exact` gives, which `off` has to agree with, and `lockstep` if the run is short; what `off` gives alone of an
/// input of more than `largest` bytes.
pub fn every_clock(
    program: &Arc<Program>,
    bytes: &[u8],
    config: &Config,
    largest: usize,
) -> Result<Run, String> {
    let off = run(program, bytes, Clock::Off, config);
    if bytes.len() > largest {
        return Ok(off);
    }
    let exact = run(program, bytes, Clock::Exact, config);
    let pixels = |run: &Run| {
        run.frames
            .iter()
            .map(|f| f.rgba.clone())
            .collect::<Vec<_>>()
    };
    if pixels(&off) != pixels(&exact) || off.report.verdict != exact.report.verdict {
        return Err("off and exact give different frames".into());
    }
    if exact.outcome.total < 200_000 {
        let lockstep = run(program, bytes, Clock::Lockstep, config);
        if lockstep.outcome != exact.outcome || lockstep.frames != exact.frames {
            return Err("lockstep and exact disagree".into());
        }
    }
    Ok(exact)
}

/// Fails if any of the files of a test has a problem.
pub fn none_of(problems: &[String], files: usize) {
    assert!(
        problems.is_empty(),
        "{} of {files} files:\n{}",
        problems.len(),
        problems.join("\n")
    );
}
