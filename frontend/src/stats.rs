//! `stats.json`, and the summary that people read.

use std::path::Path;

use orrery_emulator::wiring::{process, queue};
use orrery_emulator::{Config, config};
use orrery_shared::account::{Line, ProcessReport, Waits};
use orrery_shared::{End, WaitCause};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::session::Finished;

/// Version of the document's layout.
pub const SCHEMA: &str = "orrery-stats/1";

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect()
}

/// The whole document.
pub fn document(finished: &Finished, config: &Config, file: &Path, bytes: &[u8]) -> Value {
    let outcome = &finished.outcome;
    let machine = &finished.machine;
    let mut units: Map<String, Value> = Map::new();
    for (p, report) in outcome.processes.iter().enumerate() {
        let name = process::NAMES[p];
        let unit = name.split('.').next().unwrap_or(name);
        let list = units.entry(unit).or_insert_with(|| json!([]));
        if let Some(list) = list.as_array_mut() {
            list.push(instance(finished, p, report));
        }
    }
    units.insert("input".into(), json!([input(finished)]));
    let queues: Vec<Value> = outcome
        .queues
        .iter()
        .zip(queue::NAMES)
        .map(|(q, name)| json!({ "name": name, "pushed": q.pushed, "popped": q.popped, "fill": q.fill }))
        .collect();
    let memory = &machine.units().memory;
    let bank = |name: &str, b: &orrery_shared::Bank| json!({ "name": name, "bytes": b.bytes.len(), "read": b.read, "written": b.written, "high_water": b.high_water });
    let program = machine.program();
    json!({
        "schema": SCHEMA,
        "run": {
            "name": name(finished, config, bytes),
            "file": file.display().to_string(),
            "program": program.name,
            "program_sha256": sha256(&program.encode()),
            "input_sha256": sha256(bytes),
            "version": env!("CARGO_PKG_VERSION"),
            "clock": machine.clock().name(),
            "configuration": configuration(config),
            "parameters": machine.parameters().map(|(name, value)| (name.to_owned(), json!(value))).collect::<Map<_, _>>(),
            "sniffing_cycles": finished.sniffed.as_ref().map(|s| s.cycles),
        },
        "end": end(&outcome.end),
        "total_cycles": outcome.total,
        "units": units,
        "queues": queues,
        "memories": [bank("stream_ram", &memory.stream), bank("texture_memory", &memory.texture)],
        "work": work(finished),
        "bottleneck": bottleneck(finished),
    })
}

/// A run's name: the same name means the same bytes and the same cycles.
pub fn name(finished: &Finished, config: &Config, bytes: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(finished.machine.program().encode());
    hash.update(Sha256::digest(bytes));
    hash.update(configuration(config).to_string());
    for (name, value) in finished.machine.parameters() {
        hash.update(format!("{name}={value};"));
    }
    hash.update(env!("CARGO_PKG_VERSION"));
    hash.finalize()
        .iter()
        .take(16)
        .map(|b| format!("{b:02x}"))
        .collect()
}

/// The resolved configuration by key.
pub fn configuration(config: &Config) -> Value {
    let numbers: Map<String, Value> = config::NUMBERS
        .iter()
        .map(|n| (n.key.to_owned(), json!((n.get)(config))))
        .collect();
    Value::Object(numbers)
}

fn end(end: &End) -> &'static str {
    match end {
        End::Complete => "complete",
        End::Trap(_) => "trap",
        End::Deadlock { .. } => "deadlock",
        End::Horizon => "horizon",
    }
}

fn waits(waits: &Waits) -> Value {
    let pairs = WaitCause::ALL.iter().zip(waits);
    pairs
        .map(|(cause, n)| (cause.name().to_owned(), json!(n)))
        .collect::<Map<_, _>>()
        .into()
}

fn instance(finished: &Finished, p: usize, report: &ProcessReport) -> Value {
    json!({
        "name": process::NAMES[p],
        "busy": report.busy,
        "wait": waits(&report.waits),
        "work": report.work,
        "instructions": instructions(finished, p, report),
        "cycles_by_line": by_key(report, |pc| Some(line_of(finished, p, pc)), |l| l.cycles),
    })
}

/// The line of the source that a beat belongs to; of one that belongs to none, its name in parentheses.
fn line_of(finished: &Finished, p: usize, pc: u32) -> String {
    let machine = &finished.machine;
    let place = machine.source_map(p).and_then(|m| m.describe(pc));
    place.unwrap_or_else(|| {
        let name = machine.instruction_name(p, pc);
        format!("({})", name.as_deref().unwrap_or("?"))
    })
}

/// Instructions by mnemonic. Kernel and scan issue many of them in a beat, so their own counts, by
/// word, replace the beats of the kernel's sprites and stand beside the lines of the scan; what is no
/// instruction, such as taking a list item, stays.
fn instructions(finished: &Finished, p: usize, report: &ProcessReport) -> Value {
    let machine = &finished.machine;
    let mut sums = by_key(report, |pc| machine.instruction_name(p, pc), |l| l.count);
    let units = machine.units();
    let words = match p {
        process::KERNEL => units.kernel.executed(),
        process::SCAN => units.scan.executed(),
        _ => Vec::new(),
    };
    if let Value::Object(sums) = &mut sums {
        sums.remove("sprite");
        for (at, executed) in words.into_iter().enumerate() {
            if let Some(instr) = units.kernel.program().at(at).filter(|_| executed > 0) {
                let name = instr.op.row().mnemonic;
                let old = sums.get(name).and_then(Value::as_u64).unwrap_or(0);
                sums.insert(name.to_owned(), json!(old + executed));
            }
        }
    }
    sums
}

/// Sums profile rows by a key; rows without one or with nothing to sum are left out.
fn by_key(
    report: &ProcessReport,
    key: impl Fn(u32) -> Option<String>,
    value: impl Fn(&Line) -> u64,
) -> Value {
    let mut sums: Map<String, Value> = Map::new();
    for (pc, line) in report.profile.iter().enumerate() {
        let amount = value(line);
        if amount == 0 {
            continue;
        }
        if let Some(key) = key(pc as u32) {
            let old = sums.get(&key).and_then(Value::as_u64).unwrap_or(0);
            sums.insert(key, json!(old + amount));
        }
    }
    Value::Object(sums)
}

/// The intake: a part of the Parsing Unit's process with a rate of its own.
fn input(finished: &Finished) -> Value {
    let total = finished.outcome.total;
    let intake = finished.machine.units().parsing.state().intake();
    let account = intake.account(total);
    json!({ "name": "input", "busy": account.busy, "wait": waits(&account.waits), "instructions": {} })
}

fn pixels(finished: &Finished) -> u64 {
    finished
        .frames
        .iter()
        .map(|f| u64::from(f.width) * u64::from(f.complete_rows))
        .sum()
}

fn per(cycles: u64, things: u64) -> Value {
    if things == 0 {
        Value::Null
    } else {
        json!((cycles as f64 / things as f64 * 1e4).round() / 1e4)
    }
}

fn work(finished: &Finished) -> Value {
    let total = finished.outcome.total;
    let (pixels, bytes) = (pixels(finished), finished.machine.input_bytes());
    json!({
        "pixels": pixels,
        "samples": 0,
        "bytes_in": bytes,
        "frames": finished.frames.len(),
        "cycles_per_pixel": per(total, pixels),
        "cycles_per_byte": per(total, bytes),
    })
}

/// The busiest process, in a sentence.
pub fn bottleneck(finished: &Finished) -> String {
    let outcome = &finished.outcome;
    let Some((p, report)) = outcome
        .processes
        .iter()
        .enumerate()
        .max_by_key(|(_, r)| r.busy)
    else {
        return String::new();
    };
    if outcome.total == 0 {
        return "no cycles were counted".into();
    }
    let share = report.busy as f64 * 100.0 / outcome.total as f64;
    let top = WaitCause::ALL
        .iter()
        .filter(|&&c| c != WaitCause::Stopped)
        .max_by_key(|&&c| report.waits[c as usize]);
    let waits = match top {
        Some(&c) if report.waits[c as usize] > 0 => {
            format!(
                "; it waits most for {} ({:.0} %)",
                c.name(),
                report.waits[c as usize] as f64 * 100.0 / outcome.total as f64
            )
        }
        _ => String::new(),
    };
    format!(
        "{} is the bottleneck: busy {share:.0} % of {} cycles{waits}",
        process::NAMES[p],
        outcome.total
    )
}

/// Traps as JSON.
pub fn traps(finished: &Finished) -> Value {
    finished
        .report
        .traps
        .iter()
        .map(|t| {
            json!({ "code": t.code.code(), "name": t.code.name(), "process": t.process, "cycle": t.cycle, "pc": t.pc,
                    "source": t.place, "input_offset": t.offset, "message": t.message })
        })
        .collect()
}

/// Warnings as JSON.
pub fn warnings(finished: &Finished) -> Value {
    finished
        .report
        .warnings
        .iter()
        .map(|w| json!({ "message": w.message, "input_offset": w.offset }))
        .collect()
}

/// A few lines for people.
pub fn summary(finished: &Finished, file: &Path) -> String {
    use std::fmt::Write as _;
    let outcome = &finished.outcome;
    let mut text = String::new();
    let sizes: Vec<String> = finished
        .frames
        .iter()
        .map(|f| format!("{}x{}", f.width, f.height))
        .collect();
    let _ = writeln!(
        text,
        "{}: program {}, {}",
        file.display(),
        finished.machine.program().name,
        if sizes.is_empty() {
            "no frame".into()
        } else {
            sizes.join(", ")
        }
    );
    if let Some(sniffed) = &finished.sniffed {
        let _ = writeln!(
            text,
            "  chosen by the first bytes, which took {} more cycles",
            sniffed.cycles
        );
    }
    if outcome.total > 0 {
        let _ = write!(text, "  {} cycles", outcome.total);
        let pixels = pixels(finished);
        if pixels > 0 {
            let _ = write!(
                text,
                ", {:.2} for each pixel",
                outcome.total as f64 / pixels as f64
            );
        }
        let _ = writeln!(text, "\n  {}", bottleneck(finished));
        for (p, report) in outcome.processes.iter().enumerate() {
            let percent = |n: u64| n as f64 * 100.0 / outcome.total as f64;
            let _ = write!(
                text,
                "  {:<20} busy {:>5.1} %",
                process::NAMES[p],
                percent(report.busy)
            );
            for &cause in WaitCause::ALL {
                let n = report.waits[cause as usize];
                if percent(n) >= 0.05 {
                    let _ = write!(text, "  {} {:.1}", cause.name(), percent(n));
                }
            }
            text.push('\n');
        }
    }
    text.truncate(text.trim_end().len());
    text
}
