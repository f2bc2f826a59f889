//! Formats that no machine program decodes yet: the reference decoders against the first of them.
//!
//! These formats are lossy, and decoders are free in how they round, so there are figures and no
//! verdict.

use std::path::Path;
use std::time::Instant;

use orrery_metrics::Plane;
use orrery_reference::{Backend, Format, Picture, ReferenceError, backends};
use serde_json::{Value, json};

use super::print;
use crate::cli::VerifyArgs;
use crate::session::{Failure, exit};

/// Formats without a program of the machine.
const FORMATS: &[Format] = &[Format::Jxl];

/// Whether a file is of such a format.
pub fn only(bytes: &[u8]) -> bool {
    let mut knowing = backends().iter().filter(|b| b.sniff(bytes));
    knowing.any(|b| b.formats().iter().any(|f| FORMATS.contains(f)))
}

/// What a backend made of a file.
struct Row {
    backend: &'static dyn Backend,
    milliseconds: f64,
    result: Result<Figures, String>,
}

/// How far a picture is from the first backend's.
struct Figures {
    size: (u32, u32),
    pixels: u64,
    maximum: u8,
    psnr: f64,
    ssim: f64,
}

/// Decodes with every backend and prints a table.
pub fn compare(args: &VerifyArgs, file: &Path, bytes: &[u8]) -> Result<(i32, Value), Failure> {
    let chosen = backends()
        .iter()
        .copied()
        .filter(|b| b.sniff(bytes) && args.backend.as_deref().is_none_or(|name| name == b.name()));
    let mut baseline: Option<Picture> = None;
    let mut rows = Vec::new();
    for backend in chosen {
        let start = Instant::now();
        let decoded = backend.decode(bytes);
        let milliseconds = start.elapsed().as_secs_f64() * 1000.0;
        let result = figures(decoded, &mut baseline);
        rows.push(Row {
            backend,
            milliseconds,
            result,
        });
    }
    if rows.is_empty() {
        return Err(Failure {
            code: exit::BAD_INPUT,
            message: "no reference decoder knows this file".into(),
        });
    }
    let code = if rows.iter().any(|row| row.result.is_err()) {
        exit::BAD_INPUT
    } else {
        exit::OK
    };
    if !args.json {
        print(&format!(
            "{}: no machine program decodes this format; the references beside the first of them",
            file.display()
        ));
        print(&format!(
            "{:<14} {:<10} {:>12} {:>10} {:>4} {:>9} {:>9} {:>9}",
            "backend", "version", "size", "differing", "max", "PSNR dB", "SSIM", "ms"
        ));
        rows.iter().for_each(|row| print(&line(row)));
    }
    let results: Vec<Value> = rows.iter().map(document).collect();
    Ok((
        code,
        json!({ "file": file.display().to_string(), "exit": code, "results": results }),
    ))
}

fn figures(
    decoded: Result<Picture, ReferenceError>,
    baseline: &mut Option<Picture>,
) -> Result<Figures, String> {
    let picture = decoded.map_err(|e| e.to_string())?;
    let first = baseline.get_or_insert_with(|| picture.clone());
    let figures = (|| {
        let (ours, theirs) = (first.view()?, picture.view()?);
        let comparison = orrery_metrics::compare(ours, theirs)?;
        Ok::<_, orrery_metrics::Error>(Figures {
            size: (picture.width, picture.height),
            pixels: comparison.differing,
            maximum: comparison.max_abs,
            psnr: orrery_metrics::psnr(ours, theirs)?.rgba,
            ssim: orrery_metrics::ssim(ours, theirs, Plane::Luma)?,
        })
    })();
    figures.map_err(|e| e.to_string())
}

fn line(row: &Row) -> String {
    let head = format!("{:<14} {:<10}", row.backend.name(), row.backend.version());
    match &row.result {
        Ok(f) => format!(
            "{head} {:>12} {:>10} {:>4} {:>9.2} {:>9.5} {:>9.2}",
            format!("{}x{}", f.size.0, f.size.1),
            f.pixels,
            f.maximum,
            f.psnr,
            f.ssim,
            row.milliseconds
        ),
        Err(message) => format!("{head} {message}"),
    }
}

fn document(row: &Row) -> Value {
    let mut value = json!({
        "backend": row.backend.name(),
        "version": row.backend.version(),
        "milliseconds": row.milliseconds,
    });
    match &row.result {
        Ok(f) => {
            value["width"] = json!(f.size.0);
            value["height"] = json!(f.size.1);
            value["differing_pixels"] = json!(f.pixels);
            value["max_difference"] = json!(f.maximum);
            // Infinite for equal pictures, which JSON cannot say: null.
            value["psnr"] = json!(f.psnr);
            value["ssim"] = json!(f.ssim);
        }
        Err(message) => value["error"] = json!(message),
    }
    value
}
