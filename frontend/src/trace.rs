//! `--trace`: one line for every beat that is issued (`docs/cli.md` states the format).
//!
//! The machine is run up to one horizon after the other, a cycle apart, which changes no
//! cycle; the beat that a process issued in between is the row of its profile that counts
//! one more. So the trace needs nothing from the machine that its accounts do not hold.

use std::io::{self, Write};

use orrery_emulator::Machine;
use orrery_emulator::wiring::process;
use orrery_shared::{End, Outcome};

use crate::watch;

/// Version of the format, the first line of a trace.
const HEAD: &str = "# orrery-trace/1\tcycle\tprocess\tpc\tsource\tinstruction";

/// Source place and instruction of a profile row, behind the process and the row.
type Labels = Vec<Option<String>>;

/// Runs a machine as [`watch::run`] does, and writes its trace.
///
/// # Errors
/// If the trace cannot be written; the machine then stands where it was.
pub fn run(
    machine: &mut Machine,
    max_cycles: Option<u64>,
    out: &mut impl Write,
) -> io::Result<Outcome> {
    writeln!(out, "{HEAD}")?;
    let last = max_cycles.unwrap_or(u64::MAX);
    let mut before = machine.run(Some(0));
    let rows = before.processes.iter().map(|p| p.profile.len());
    let mut labels: Vec<Labels> = rows.map(|n| vec![None; n]).collect();
    let mut cycle = 0;
    while before.end == End::Horizon && cycle < last && !watch::interrupted() {
        let after = machine.run(Some(cycle + 1));
        for (p, (old, new)) in before.processes.iter().zip(&after.processes).enumerate() {
            // At most one beat begins in a cycle, and most cycles begin none.
            let rows = old.profile.iter().zip(&new.profile);
            for (pc, _) in rows.enumerate().filter(|(_, (o, n))| o.count != n.count) {
                let label = labels[p][pc].get_or_insert_with(|| describe(machine, p, pc as u32));
                writeln!(out, "{cycle}\t{label}")?;
            }
        }
        before = after;
        cycle += 1;
    }
    out.flush()?;
    Ok(before)
}

fn describe(machine: &Machine, p: usize, pc: u32) -> String {
    let place = machine.source_map(p).and_then(|m| m.describe(pc));
    let instruction = machine.instruction_text(p, pc);
    format!(
        "{}\t{pc}\t{}\t{}",
        process::NAMES[p],
        place.as_deref().unwrap_or("-"),
        instruction.as_deref().unwrap_or("-")
    )
}
