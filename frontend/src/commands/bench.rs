//! `orrery bench`: every clock mode and the native decoders on the same inputs, in
//! alternating runs, as ratios. Figures are reported, never judged.

use std::sync::Arc;
use std::time::Instant;

use orrery_emulator::wiring::process;
use orrery_emulator::{Clock, Config, Machine, Program};
use orrery_reference::{Format, peer};
use orrery_samples::{Scene, large};
use orrery_shared::WaitCause;
use serde_json::{Map, Value, json};

use super::run::print;
use crate::cli::BenchArgs;
use crate::library;
use crate::session::{self, Failure, Finished, exit};
use crate::stats;

const SCENES: [(&str, Scene); 4] = [
    ("photo", Scene::Photo),
    ("interface", Scene::Interface),
    ("chart", Scene::Chart),
    ("noise", Scene::Noise),
];

/// Programs, and the format of their inputs.
const FORMATS: [(&str, Format); 3] = [
    ("qoi", Format::Qoi),
    ("png", Format::Png),
    ("jpeg", Format::Jpeg),
];

/// One input's figures.
struct Row {
    name: String,
    program: &'static str,
    megapixels: f64,
    /// Median seconds.
    native: f64,
    off: f64,
    exact: f64,
    cycles: u64,
    busy: u64,
    pixels: u64,
    bytes: u64,
    breakdown: Value,
    bottleneck: String,
}

/// Runs the benchmark.
pub fn run(args: &BenchArgs) -> Result<i32, Failure> {
    let config = Config::default();
    let mut rows = Vec::new();
    for (program, format) in FORMATS {
        let found = library::find(program).map_err(Failure::usage)?;
        let compiled = session::compile(&found)?;
        for (scene_name, scene) in SCENES {
            let name = format!("{scene_name}.{program}");
            if args.filter.as_deref().is_some_and(|f| !name.contains(f)) {
                continue;
            }
            let sample = large(scene, format, false);
            rows.push(measure(
                &config,
                program,
                &name,
                &compiled,
                &sample.bytes,
                args.runs.max(1),
            )?);
            if !args.json {
                print(&line(&rows[rows.len() - 1]));
            }
        }
    }
    if rows.is_empty() {
        let filter = args.filter.as_deref().unwrap_or_default();
        return Err(Failure::usage(format!(
            "no input's name contains `{filter}`"
        )));
    }
    if args.json {
        print(&format!("{:#}", document(&rows, args.runs)));
    } else {
        for (program, _) in FORMATS {
            summarise(&rows, program);
        }
    }
    Ok(exit::OK)
}

fn native(program: &str, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), String> {
    match program {
        "qoi" => peer::decode_qoi_into(bytes, out)
            .map(|_| ())
            .map_err(|e| e.to_string()),
        "jpeg" => peer::decode_jpeg_into(bytes, out)
            .map(|_| ())
            .map_err(|e| e.to_string()),
        _ => peer::decode_png_into(bytes, peer::PngOutput::Stored, out)
            .map(|_| ())
            .map_err(|e| e.to_string()),
    }
}

fn measure(
    config: &Config,
    program: &'static str,
    name: &str,
    compiled: &Arc<Program>,
    bytes: &[u8],
    runs: usize,
) -> Result<Row, Failure> {
    let input: Arc<[u8]> = bytes.into();
    let mut times: [Vec<f64>; 3] = Default::default();
    let mut out = Vec::new();
    let mut last = None;
    for _ in 0..runs {
        let start = Instant::now();
        native(program, bytes, &mut out).map_err(Failure::usage)?;
        times[0].push(start.elapsed().as_secs_f64());
        for (slot, clock) in [(1, Clock::Off), (2, Clock::Exact)] {
            let mut machine = Machine::new(config, Arc::clone(compiled), Arc::clone(&input), clock)
                .map_err(|e| Failure::usage(e.to_string()))?;
            let start = Instant::now();
            let outcome = machine.run(None);
            times[slot].push(start.elapsed().as_secs_f64());
            if clock == Clock::Exact {
                last = Some((machine, outcome));
            }
        }
    }
    let Some((machine, outcome)) = last else {
        return Err(Failure::usage("no runs"));
    };
    let report = machine.report(&outcome);
    if !report.headline.is_empty() {
        return Err(Failure {
            code: exit::MISMATCH,
            message: format!("{name}: {}", report.headline),
        });
    }
    let frames = machine.frames();
    let pixels: u64 = frames
        .iter()
        .map(|f| u64::from(f.width) * u64::from(f.height))
        .sum();
    let finished = session::Finished {
        machine,
        outcome,
        frames,
        report,
        sniffed: None,
    };
    let [native, off, exact] = times.map(median);
    Ok(Row {
        name: name.to_owned(),
        program,
        megapixels: pixels as f64 / 1e6,
        native,
        off,
        exact,
        cycles: finished.outcome.total,
        busy: finished.outcome.processes.iter().map(|p| p.busy).sum(),
        pixels,
        bytes: bytes.len() as u64,
        breakdown: shares(&finished),
        bottleneck: stats::bottleneck(&finished),
    })
}

/// Busy and waiting share of every process.
fn shares(finished: &Finished) -> Value {
    let total = finished.outcome.total.max(1) as f64;
    let shares: Map<String, Value> = finished
        .outcome
        .processes
        .iter()
        .zip(process::NAMES)
        .map(|(r, name)| {
            let mut parts: Map<String, Value> = WaitCause::ALL
                .iter()
                .filter(|&&c| r.waits[c as usize] > 0)
                .map(|&c| {
                    (
                        c.name().to_owned(),
                        json!(r.waits[c as usize] as f64 / total),
                    )
                })
                .collect();
            parts.insert("busy".into(), json!(r.busy as f64 / total));
            (name.to_owned(), Value::Object(parts))
        })
        .collect();
    Value::Object(shares)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn line(row: &Row) -> String {
    format!(
        "{:<16} native {:>7.1} MP/s  off {:>6.1}x slower  exact {:>6.1}x ({:.2}x off)  {:>5.0} M busy unit-cycles/s  \
         {:>6.2} cycles/pixel  {:>5.3} input bytes/cycle",
        row.name,
        row.megapixels / row.native,
        row.off / row.native,
        row.exact / row.native,
        row.exact / row.off,
        row.busy as f64 / row.exact / 1e6,
        row.cycles as f64 / row.pixels as f64,
        row.bytes as f64 / row.cycles as f64,
    )
}

/// Geometric mean and worst of a ratio.
fn spread(rows: &[&Row], ratio: impl Fn(&Row) -> f64) -> (f64, f64) {
    let logs: f64 = rows.iter().map(|r| ratio(r).ln()).sum();
    let worst = rows.iter().map(|r| ratio(r)).fold(0.0, f64::max);
    ((logs / rows.len() as f64).exp(), worst)
}

fn summarise(rows: &[Row], program: &str) {
    let rows: Vec<&Row> = rows.iter().filter(|r| r.program == program).collect();
    if rows.is_empty() {
        return;
    }
    let (off, off_worst) = spread(&rows, |r| r.off / r.native);
    let (exact, exact_worst) = spread(&rows, |r| r.exact / r.native);
    let (ratio, ratio_worst) = spread(&rows, |r| r.exact / r.off);
    print(&format!(
        "{program}: off {off:.1}x native (worst {off_worst:.1}), exact {exact:.1}x native (worst {exact_worst:.1}), \
         exact {ratio:.2}x off (worst {ratio_worst:.2})"
    ));
    for row in rows {
        print(&format!("  {}: {}", row.name, row.bottleneck));
    }
}

fn document(rows: &[Row], runs: usize) -> Value {
    let items: Vec<Value> = rows
        .iter()
        .map(|r| {
            json!({
                "name": r.name, "program": r.program, "pixels": r.pixels, "bytes": r.bytes,
                "seconds": { "native": r.native, "off": r.off, "exact": r.exact },
                "off_over_native": r.off / r.native, "exact_over_native": r.exact / r.native,
                "exact_over_off": r.exact / r.off,
                "busy_unit_cycles_per_second": r.busy as f64 / r.exact,
                "cycles": r.cycles, "cycles_per_pixel": r.cycles as f64 / r.pixels as f64,
                "bytes_per_cycle": r.bytes as f64 / r.cycles as f64,
                "units": r.breakdown, "bottleneck": r.bottleneck,
            })
        })
        .collect();
    json!({ "schema": "orrery-bench/1", "runs": runs, "images": items })
}
