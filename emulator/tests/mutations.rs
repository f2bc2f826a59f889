//! Seeded mutations of picture files: the machine shows them, refuses them or runs out of budget, and what it
//! shows is what the references show. 2,000 cases, 100,000 in the nightly form; see `docs/robustness.md`.

mod common;
mod hostile;

use std::path::Path;
use std::sync::{Mutex, MutexGuard};
use std::{env, fs};

use common::{Run, name_of, program, run};
use hostile::{cases, files, guarded, memory, none, rng, same_values, seed, tiny};
use orrery_emulator::report::Verdict;
use orrery_emulator::{Clock, Frame};
use orrery_reference::{Backend, Format, OrreryJpeg, Picture, ReferenceError, backends_for};
use orrery_samples::corpus::{self, Tally};
use orrery_samples::png::salvage;

/// Constant work budget of a run; bytes and texels add theirs.
const BUDGET: u64 = 1 << 20;

/// What the program refuses and the references let pass, beside [`files::divided_data`]: parts of messages. The specification is on the
/// program's side in each.
const STRICTER: &[&str] = &[
    "more image data than the header promises",
    "the PLTE chunk comes after the image data",
    "the length of the palette is no multiple of three",
    "DNL segments are not supported",
];

/// A chunk of transparency that does not fit, and a second one, are ignored, as libpng does; the references here
/// use what bytes there are. Only the colours are compared then.
const NO_ALPHA: &str = "tRNS chunk";

/// Pixels for which the texture memory of [`tiny`] suffices.
const PIXELS: u64 = 1 << 20;

/// How much resident memory may grow over all cases, in KiB: two machines (5 MiB each and their frames), the
/// references' pictures, and what the allocator keeps.
const GROWTH: u64 = 64 << 10;

#[derive(Debug, Default)]
struct Counts {
    complete: u64,
    bad: u64,
    limit: u64,
    /// Shown by the machine, refused by all references.
    machine_only: u64,
    /// Shown by all references, refused by the machine.
    references_only: u64,
    /// The machine says that more rows are there than any reference does.
    further: u64,
    /// Compared with nothing: [`OUT_OF_ORDER`].
    unchecked: u64,
}

/// Pixels that the header of a file promises; references have no small memory that would refuse them.
fn promised(format: Format, bytes: &[u8]) -> u64 {
    if format == Format::Jpeg {
        // The largest of all that could be a frame header.
        let frames = bytes
            .windows(9)
            .filter(|b| b[0] == 0xFF && (0xC0..=0xCF).contains(&b[1]));
        let side = |high: u8, low: u8| u64::from(u16::from_be_bytes([high, low]));
        let sizes = frames.map(|b| side(b[5], b[6]) * side(b[7], b[8]));
        return sizes.max().unwrap_or(0);
    }
    let at = if format == Format::Qoi { 4 } else { 16 };
    let side = |at: usize| {
        let bytes = bytes.get(at..).and_then(|b| b.first_chunk());
        bytes.map_or(0, |b| u64::from(u32::from_be_bytes(*b)))
    };
    side(at) * side(at + 4)
}

/// Why the codec refuses what the machine reads on: it keeps of every coefficient which bits have been sent. There is
/// nothing to compare with then: libjpeg-turbo smooths over bits that are missing. Part of a message.
const OUT_OF_ORDER: &str = "a scan out of its progression";

/// Compares with the codec, pixel by pixel: on damaged data too both do the same (`docs/conformance.md`). It
/// also gives the rows in front of the damage.
fn compare_jpeg(bytes: &[u8], run: &Run, counts: &mut Counts) -> Result<(), String> {
    let answer = OrreryJpeg.decode(bytes);
    let headline = &run.report.headline;
    let frame = run.frames.first();
    let complete = run.report.verdict == Verdict::Complete;
    if run.frames.len() > 1 || (complete && !frame.is_some_and(|f| f.complete)) {
        return Err(format!("{} frames", run.frames.len()));
    }
    let refused = answer.as_ref().err().map(ToString::to_string);
    if refused.is_some_and(|why| why.contains(OUT_OF_ORDER)) {
        counts.unchecked += 1;
        return Ok(());
    }
    let rows = frame.map_or(0, |f| f.complete_rows);
    let (picture, refusal) = match &answer {
        Ok(picture) => (Some(picture), None),
        Err(ReferenceError::Incomplete {
            picture, message, ..
        }) => (Some(picture), Some(message.clone())),
        Err(e) => (None, Some(e.to_string())),
    };
    if run.report.verdict == Verdict::Bad && refusal.is_none() {
        counts.references_only += 1;
        if !STRICTER.iter().any(|part| headline.contains(part)) {
            return Err(format!("refused, though the codec does not: {headline}"));
        }
    }
    if let (true, Some(why)) = (complete, &refusal) {
        counts.machine_only += 1;
        return Err(format!("shown, though the codec says: {why}"));
    }
    let Some(frame) = frame.filter(|_| rows > 0) else {
        return Ok(());
    };
    let Some(picture) = picture else {
        return Err(format!(
            "claims {rows} rows, and the codec says {refusal:?}: {headline}"
        ));
    };
    let bytes = rows as usize * frame.width as usize * 4;
    let same_size = (picture.width, picture.height) == (frame.width, frame.height);
    if same_size && frame.rgba.get(..bytes) == picture.rgba.get(..bytes) {
        return Ok(());
    }
    let pixels = picture.rgba.chunks(4).zip(frame.rgba.chunks(4));
    let at = pixels.enumerate().find(|(_, (a, b))| a != b);
    Err(format!(
        "{rows} rows of {}x{}, which differ from {}x{}: {at:?}, {refusal:?}, {headline}",
        frame.width, frame.height, picture.width, picture.height
    ))
}

/// Compares with the references. Where they disagree with each other, the machine has to agree with one:
/// `docs/conformance.md` lists why they do.
fn compare(format: Format, bytes: &[u8], run: &Run, counts: &mut Counts) -> Result<(), String> {
    let answers: Vec<_> = backends_for(format)
        .map(|b| (b.name(), b.decode(bytes)))
        .collect();
    let frame = run.frames.first();
    let no_alpha = run
        .report
        .warnings
        .iter()
        .any(|w| w.message.contains(NO_ALPHA));
    let channels = if no_alpha { 3 } else { 4 };
    let same_pixels = |a: &[u8], b: &[u8]| {
        a == b
            || (a.len() == b.len()
                && a.chunks(4)
                    .zip(b.chunks(4))
                    .all(|(a, b)| a[..channels] == b[..channels]))
    };
    let complete = run.report.verdict == Verdict::Complete;
    if run.frames.len() > 1 || (complete && !frame.is_some_and(|f| f.complete)) {
        return Err(format!("{} frames", run.frames.len()));
    }
    let pictures = || answers.iter().filter_map(|(_, a)| a.as_ref().ok());
    if complete {
        let frame = frame.ok_or("no frame")?;
        let equal = |p: &Picture| {
            (p.width, p.height) == (frame.width, frame.height) && same_pixels(&p.rgba, &frame.rgba)
        };
        if pictures().next().is_none() {
            counts.machine_only += 1;
            // What breaks behind the last pixel is nobody's pixel.
            let partial = answers.iter().any(|(_, a)| match a {
                Err(ReferenceError::Incomplete {
                    picture,
                    complete_rows,
                    ..
                }) => *complete_rows == picture.height && !equal(picture),
                _ => false,
            });
            return if partial {
                Err("differs from a picture with a broken end".into())
            } else {
                explain(&answers)
            };
        }
        if pictures().any(equal) {
            return Ok(());
        }
        let against = answers.iter().map(|(name, answer)| match answer {
            Ok(p) => {
                let pixels = p.rgba.chunks(4).zip(frame.rgba.chunks(4));
                let at = pixels.enumerate().find(|(_, (a, b))| a != b);
                format!("{name}: {}x{}, {at:?}", p.width, p.height)
            }
            Err(e) => format!("{name}: {e}"),
        });
        let against: Vec<_> = against.collect();
        return Err(format!(
            "{}x{} differs from {}",
            frame.width,
            frame.height,
            against.join(", ")
        ));
    }
    if run.report.verdict == Verdict::Bad && pictures().count() == answers.len() {
        counts.references_only += 1;
        let headline = &run.report.headline;
        let strict = STRICTER.iter().any(|part| headline.contains(part))
            || (format == Format::Png && files::divided_data(bytes));
        if !strict {
            return Err(format!("refused, though no reference does: {headline}"));
        }
    }
    // Rows said to be there, against a picture that goes at least as far.
    let Some(frame) = frame else { return Ok(()) };
    let rows = |n: u32| n as usize * frame.width as usize * 4;
    let agrees = |picture: &Picture, n: u32| {
        (picture.width, picture.height) == (frame.width, frame.height)
            && match (frame.rgba.get(..rows(n)), picture.rgba.get(..rows(n))) {
                (Some(a), Some(b)) => same_pixels(a, b),
                _ => false,
            }
    };
    let had = answers.iter().filter_map(|(_, answer)| match answer {
        Ok(picture) => Some(picture.height),
        Err(ReferenceError::Incomplete { complete_rows, .. }) => Some(*complete_rows),
        Err(_) => None,
    });
    if had.max().is_some_and(|most| frame.complete_rows > most) {
        counts.further += 1;
        let found = furthest(format, bytes, frame.complete_rows);
        let (most, picture) = found.ok_or("claims rows, and no reference has any")?;
        // References hold the last row back until more data come.
        let enough = most + 1 >= frame.complete_rows;
        let sound = enough && agrees(&picture, most.min(frame.complete_rows));
        return if sound || format == Format::Png && salvaged(frame, bytes) {
            Ok(())
        } else {
            Err(format!(
                "claims {} rows of {}, a reference has {most}: {}",
                frame.complete_rows, frame.height, run.report.headline
            ))
        };
    }
    let mut seen = false;
    for (_, answer) in &answers {
        let (picture, n) = match answer {
            Ok(picture) => (picture, frame.complete_rows),
            Err(ReferenceError::Incomplete {
                picture,
                complete_rows,
                ..
            }) if *complete_rows > 0 => (picture, frame.complete_rows.min(*complete_rows)),
            Err(_) => continue,
        };
        if agrees(picture, n) {
            return Ok(());
        }
        seen = true;
    }
    if seen {
        Err("rows said to be there differ".into())
    } else {
        Ok(())
    }
}

/// The most that a reference makes of the file cut off somewhere, with right checksums. References decode
/// ahead, so that an error takes rows before it along; cut in front of the error, they give them.
fn furthest(format: Format, bytes: &[u8], wanted: u32) -> Option<(u32, Picture)> {
    const PARTS: usize = 32;
    let mut whole = bytes.to_vec();
    if format == Format::Png {
        files::repair_critical(&mut whole);
    }
    let rows = |cut: usize| {
        let answers = backends_for(format).map(|b| b.decode(&whole[..cut]));
        let pictures = answers.filter_map(|answer| match answer {
            Ok(picture) => Some((picture.height, picture)),
            Err(ReferenceError::Incomplete {
                picture,
                complete_rows,
                ..
            }) => Some((complete_rows, picture)),
            Err(_) => None,
        });
        pictures.max_by_key(|(n, _)| *n)
    };
    let count = |cut: usize| rows(cut).map_or(0, |(n, _)| n);
    let at = |part: usize| whole.len() * part / PARTS;
    let best = (0..=PARTS).max_by_key(|&part| count(at(part)))?;
    // Rows come with every byte, up to the error.
    let (mut good, mut bad) = (at(best), at((best + 1).min(PARTS)));
    while good + 1 < bad {
        let middle = usize::midpoint(good, bad);
        if count(middle) >= count(good) {
            good = middle;
        } else {
            bad = middle;
        }
    }
    if count(good) + 1 < wanted {
        // They do not with every file: whichever cut is the best.
        good = (0..=whole.len()).max_by_key(|&cut| count(cut))?;
    }
    rows(good)
}

/// Whether what a damaged PNG holds of these rows, written as a sound file of so many, is what the machine
/// shows. One symbol can bring many rows, and references keep back the last that they have.
fn salvaged(frame: &Frame, bytes: &[u8]) -> bool {
    let Some(sound) = salvage::first_rows(bytes, frame.complete_rows) else {
        return false;
    };
    backends_for(Format::Png).any(|backend| {
        backend.decode(&sound).is_ok_and(|picture| {
            (picture.width, picture.height) == (frame.width, frame.complete_rows)
                && frame.rgba.starts_with(&picture.rgba)
        })
    })
}

fn explain(answers: &[(&str, Result<Picture, ReferenceError>)]) -> Result<(), String> {
    if env::var_os("ORRERY_EXPLAIN").is_some() {
        for (name, answer) in answers {
            if let Err(e) = answer {
                println!("machine only: {name}: {e}");
            }
        }
    }
    Ok(())
}

fn case(format: Format, n: u64, bytes: &[u8], counts: &mut Counts) -> Result<(), String> {
    let program = program(name_of(format));
    let config = tiny(BUDGET);
    let off = run(&program, bytes, Clock::Off, &config);
    match off.report.verdict {
        Verdict::Complete => counts.complete += 1,
        Verdict::Bad => counts.bad += 1,
        Verdict::Limit => counts.limit += 1,
    }
    if n.is_multiple_of(20) {
        let exact = run(&program, bytes, Clock::Exact, &config);
        if !same_values(&off, &exact) {
            return Err("off differs from exact".into());
        }
        if n.is_multiple_of(200) && exact.outcome.total < 100_000 {
            let lockstep = run(&program, bytes, Clock::Lockstep, &config);
            if lockstep.outcome != exact.outcome || lockstep.frames != exact.frames {
                return Err("lockstep differs from exact".into());
            }
        }
    }
    if promised(format, bytes) > PIXELS {
        // A header behind the picture promises nothing.
        let texels = |f: &Frame| u64::from(f.width) * u64::from(f.height);
        return match off.frames.iter().any(|f| f.complete && texels(f) > PIXELS) {
            true => Err("a picture larger than texture memory".into()),
            false => Ok(()),
        };
    }
    match format {
        Format::Jpeg => compare_jpeg(bytes, &off, counts),
        _ => compare(format, bytes, &off, counts),
    }
}

fn keep(name: &str, bytes: &[u8]) {
    if let Some(folder) = env::var_os("ORRERY_KEEP") {
        fs::write(Path::new(&folder).join(name), bytes).expect("a writable folder");
    }
}

/// One test at a time, so that the growth of memory is its own.
fn alone() -> MutexGuard<'static, ()> {
    static LOCK: Mutex<()> = Mutex::new(());
    LOCK.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn mutations(format: Format, salt: u64, ci: u64, long: u64) {
    let _guard = alone();
    let seeds = files::seeds(format);
    let mut counts = Counts::default();
    let mut problems = Vec::new();
    let before = memory();
    let first = seed();
    for n in first..first + cases(ci, long) {
        let mut rng = rng(salt, n);
        let bytes = files::mutated(&mut rng, format, &seeds);
        let name = format!("{format:?} seed {n}");
        if let Err(problem) = guarded(&name, || case(format, n, &bytes, &mut counts)) {
            keep(&format!("{format:?}-{n}"), &bytes);
            problems.push(problem);
        }
    }
    let after = memory();
    assert!(
        counts.unchecked * 50 <= cases(ci, long).max(50),
        "too many scans out of order: {counts:?}"
    );
    println!(
        "{format:?}: {counts:?} from {} files; KiB now and highest: {before:?}, then {after:?}",
        seeds.len()
    );
    none(&problems);
    let growth = after.1.saturating_sub(before.0);
    assert!(growth <= GROWTH, "resident memory grew by {growth} KiB");
}

#[test]
fn mutated_qoi_files() {
    mutations(Format::Qoi, 1, 300, 15_000);
}

#[test]
fn mutated_png_files() {
    mutations(Format::Png, 2, 800, 40_000);
}

#[test]
fn mutated_jpeg_files() {
    mutations(Format::Jpeg, 3, 900, 45_000);
}

/// Inputs that a fuzzer found interesting, or fatal, in another decoder.
#[test]
fn fuzz_corpus() {
    let _guard = alone();
    let mut tally = Tally::new("fuzz corpus");
    let Some(root) = corpus::root() else { return };
    let mut counts = Counts::default();
    let mut problems = Vec::new();
    let folder = root.join("fuzz/zune-png/png");
    let mut paths: Vec<_> = fs::read_dir(&folder)
        .unwrap_or_else(|e| panic!("{}: {e}", folder.display()))
        .flatten()
        .map(|entry| entry.path())
        .collect();
    paths.sort();
    for path in paths {
        tally.ran();
        let bytes = fs::read(&path).expect("a readable file");
        // Every file under every clock.
        let result = guarded(&path.display().to_string(), || {
            case(Format::Png, 0, &bytes, &mut counts)
        });
        problems.extend(result.err());
    }
    println!("fuzz corpus: {counts:?}");
    none(&problems);
}
