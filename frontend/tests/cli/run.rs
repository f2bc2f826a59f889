//! `orrery run`: pictures, hashes, documents, and how it ends.

use std::fs;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{fed, folder, orrery, png, root, sample, write};

pub fn sha256(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|b| format!("{b:02x}")).collect()
}

/// RGBA bytes of the sample `qoi-every-opcode`, by the reference decoder.
fn every_opcode() -> Vec<u8> {
    let all = orrery_samples::all();
    let sample = all.iter().find(|s| s.name == "qoi-every-opcode");
    match &sample.expect("a sample").expect {
        orrery_samples::Expect::Picture(picture) => picture.rgba.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn hash_lines_have_their_form() {
    let folder = folder("hash");
    let file = sample(&folder, "qoi-every-opcode");
    let expected = format!("{}  4x4  0\n", sha256(&every_opcode()));
    for clock in ["off", "exact", "lockstep"] {
        let ran = orrery(&[&"run", &file, &"--hash", &"--clock", &clock]).exits(0);
        assert_eq!(ran.out, expected, "{clock}");
        assert_eq!(ran.err, "");
    }
}

#[test]
fn pictures_are_written_in_every_format() {
    let folder = folder("formats");
    let file = sample(&folder, "qoi-every-opcode");
    let rgba = every_opcode();
    let out = folder.join("x.png");
    let ran = orrery(&[&"run", &file, &"--out", &out]).exits(0);
    assert_eq!((ran.out.as_str(), ran.err.as_str()), ("", ""));
    assert_eq!(png(&out), (4, 4, rgba.clone()));

    let out = folder.join("x.qoi");
    orrery(&[&"run", &file, &"--out", &out, &"--headless"]).exits(0);
    let (header, pixels) = qoi::decode_to_vec(fs::read(&out).expect("a file")).expect("QOI");
    assert_eq!((header.width, header.height), (4, 4));
    assert_eq!(pixels, rgba);

    let out = folder.join("x.ppm");
    orrery(&[&"run", &file, &"--out", &out]).exits(0);
    let rgb: Vec<u8> = rgba.chunks(4).flat_map(|p| p[..3].to_vec()).collect();
    let expected = [b"P6\n4 4\n255\n".as_slice(), &rgb].concat();
    assert_eq!(fs::read(&out).expect("a file"), expected);

    let out = folder.join("frames/");
    orrery(&[&"run", &file, &"--out", &out]).exits(0);
    assert_eq!(png(&out.join("frame-00000.png")), (4, 4, rgba.clone()));

    // Several inputs share a directory.
    let other = sample(&folder, "qoi-run-62");
    orrery(&[&"run", &file, &other, &"--out", &out]).exits(0);
    assert_eq!(png(&out.join("qoi-every-opcode-frame-00000.png")).2, rgba);
    assert_eq!(png(&out.join("qoi-run-62-frame-00000.png")).0, 16);
}

#[test]
fn standard_input_is_a_file_named_with_a_dash() {
    let bytes = fs::read(root().join("docs/samples/photo.qoi")).expect("the sample");
    let by_name = orrery(&[&"run", &"docs/samples/photo.qoi", &"--hash"]).exits(0);
    let by_pipe = fed(&[&"run", &"-", &"--hash"], &bytes).exits(0);
    assert_eq!(by_pipe.out, by_name.out);
    assert!(by_name.out.ends_with("  320x200  0\n"));
}

#[test]
fn frames_are_chosen_by_number() {
    let folder = folder("frames");
    let file = sample(&folder, "qoi-every-opcode");
    let lines = |range: &str| {
        let ran = orrery(&[&"run", &file, &"--hash", &"--frames", &range]).exits(0);
        ran.out.lines().count()
    };
    assert_eq!(lines("0..1"), 1);
    assert_eq!(lines("0..9"), 1);
    assert_eq!(lines("1..2"), 0, "B is excluded, A is not there");
    assert_eq!(lines("0..0"), 0);
    let out = folder.join("none.png");
    let ran = orrery(&[&"run", &file, &"--frames", &"1..2", &"--out", &out]).exits(0);
    let said = "no frame is taken by --frames 1..2: it has one, frame 0\n";
    assert!(ran.err.ends_with(said), "{ran:?}");
    assert!(!out.exists());
}

#[test]
fn the_summary_goes_to_standard_output() {
    let ran = orrery(&[&"run", &"docs/samples/photo.qoi", &"--headless"]).exits(0);
    assert!(
        ran.out
            .starts_with("docs/samples/photo.qoi: program qoi, 320x200\n"),
        "{ran:?}"
    );
    assert!(ran.out.contains("arithmetic is the bottleneck"), "{ran:?}");
    assert_eq!(ran.err, "");
}

/// Cycles of every instance add up, and the fields that the page promises are there.
fn check_stats(stats: &Value) {
    assert_eq!(stats["schema"], "orrery-stats/1");
    let total = stats["total_cycles"].as_u64().expect("a number");
    let units = stats["units"].as_object().expect("units");
    let names: Vec<&str> = units.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        ["arithmetic", "compositing", "input", "output", "parsing"]
    );
    for instance in units.values().flat_map(|l| l.as_array().expect("a list")) {
        let number = |v: &Value| v.as_u64().expect("a number");
        let wait = instance["wait"].as_object().expect("waits");
        let sum = number(&instance["busy"]) + wait.values().map(number).sum::<u64>();
        assert_eq!(sum, total, "{}", instance["name"]);
        assert!(instance["instructions"].is_object());
        if let Some(lines) = instance["cycles_by_line"].as_object() {
            // Every beat is somewhere; only what is waited behind the last one is nowhere.
            let behind = number(&wait["idle"]) + number(&wait["stopped"]);
            let lines = lines.values().map(number).sum::<u64>();
            let least = match instance["name"].as_str() {
                Some("parsing") if stats["end"] == "complete" => total - behind,
                _ => number(&instance["busy"]),
            };
            let most = total - behind;
            assert!((least..=most).contains(&lines), "{}", instance["name"]);
        }
    }
    for key in ["name", "input_sha256", "program_sha256", "version"] {
        assert!(stats["run"][key].is_string(), "run.{key}");
    }
    assert_eq!(stats["run"]["configuration"]["machine.queue_depth"], 16);
    for key in ["queues", "memories"] {
        assert!(!stats[key].as_array().expect(key).is_empty());
    }
    assert!(stats["bottleneck"].as_str().expect("a sentence").len() > 10);
}

#[test]
fn stats_add_up() {
    let folder = folder("stats");
    for (file, unit, instruction) in [
        ("docs/samples/photo.png", "compositing", "gADD"),
        ("docs/samples/photo.qoi", "arithmetic", "ADD"),
    ] {
        let path = folder.join("stats.json");
        let ran = orrery(&[&"run", &file, &"--stats", &path]).exits(0);
        assert_eq!(ran.out, "");
        let text = fs::read_to_string(&path).expect("a file");
        let stats: Value = serde_json::from_str(&text).expect("JSON");
        check_stats(&stats);
        let work = &stats["work"];
        assert_eq!(work["pixels"], 64_000);
        assert_eq!(work["samples"], 0);
        let size = fs::metadata(root().join(file)).expect("the sample").len();
        assert_eq!(work["bytes_in"], size);
        let per_pixel = work["cycles_per_pixel"].as_f64().expect("a number");
        let total = stats["total_cycles"].as_f64().expect("a number");
        assert!((per_pixel - total / 64_000.0).abs() < 1e-3);
        let executed = &stats["units"][unit][0]["instructions"][instruction];
        assert!(executed.as_u64().expect(instruction) > 1000);
    }
}

#[test]
fn json_is_one_document() {
    let folder = folder("json");
    let file = sample(&folder, "qoi-every-opcode");
    let broken = sample(&folder, "qoi-truncated");
    let missing = folder.join("missing.qoi");
    let ran = orrery(&[&"run", &file, &broken, &missing, &"--json", &"--hash"]).exits(3);
    assert_eq!(ran.err.matches("missing.qoi").count(), 1, "named once");
    let document = ran.json();
    assert_eq!(document["schema"], "orrery-run/1");
    assert_eq!(document["exit"], 3);
    let files = document["files"].as_array().expect("files");
    assert_eq!(files.len(), 3);
    assert_eq!(files[0]["exit"], 0);
    assert_eq!(files[0]["frames"][0]["sha256"], sha256(&every_opcode()));
    check_stats(&files[0]["stats"]);
    assert_eq!(files[1]["exit"], 3);
    assert_eq!(files[1]["traps"][0]["code"], "T01");
    assert_eq!(files[1]["frames"][0]["complete"], false);
    assert!(
        files[2]["error"]
            .as_str()
            .is_some_and(|e| e.contains("missing.qoi"))
    );

    // A program that does not compile is part of the document too.
    write(&folder, "bad.syn", "main: { nobody << 1 } accept\n");
    let ran = orrery(&[&"run", &file, &"--program", &folder, &"--json"]).exits(2);
    let document = ran.json();
    assert_eq!(document["exit"], 2);
    let first = &document["diagnostics"][0];
    assert_eq!(
        (&first["code"], &first["line"]),
        (&"G005".into(), &1.into())
    );
}

#[test]
fn damaged_files_keep_what_was_decoded() {
    let folder = folder("damaged");
    let file = sample(&folder, "qoi-truncated");
    let whole = orrery_samples::Scene::Photo.paint(64, 48, 1);
    let out = folder.join("x.png");
    let ran = orrery(&[&"run", &file, &"--out", &out]).exits(3);
    assert!(
        ran.err
            .contains("T01 Fail: the file ends before the last pixel")
    );
    assert!(
        ran.err.contains("the picture is incomplete: 24 of 48 rows"),
        "{ran:?}"
    );
    let (width, height, rgba) = png(&out);
    assert_eq!((width, height), (64, 48));
    let rows = 24 * 64 * 4;
    assert_eq!(rgba[..rows], whole.rgba[..rows]);
    assert!(rgba[rows..].iter().all(|&b| b == 0), "transparent black");
    // The hash is that of the bytes that --out writes.
    let ran = orrery(&[&"run", &file, &"--hash"]).exits(3);
    assert_eq!(ran.out, format!("{}  64x48  0\n", sha256(&rgba)));

    for name in ["png-truncated", "png-bad-idat-crc", "png-bad-adler"] {
        let file = sample(&folder, name);
        let out = folder.join(format!("{name}.out.png"));
        orrery(&[&"run", &file, &"--out", &out]).exits(3);
        assert_eq!(png(&out).0, 48, "{name}");
    }
}

/// What came of a picture in several passes is written, though no row of it is finished.
#[test]
fn passes_that_came_are_written() {
    let folder = folder("passes");
    let file = sample(&folder, "jpeg-truncated-progression");
    let out = folder.join("x.png");
    let ran = orrery(&[&"run", &file, &"--out", &out]).exits(3);
    let said = "the picture is incomplete: 0 of 37 rows; 37 are shown, not final";
    assert!(ran.err.contains(said), "{ran:?}");
    let (width, height, rgba) = png(&out);
    assert_eq!((width, height), (45, 37));
    assert!(rgba.chunks(4).all(|p| p[3] == 255), "nothing is left out");
    let shades = |n: usize| {
        rgba.chunks(4)
            .map(|p| p[n])
            .collect::<std::collections::BTreeSet<_>>()
    };
    assert!((0..3).all(|n| shades(n).len() > 20), "a picture");
}

#[test]
fn several_inputs_exit_with_the_worst() {
    let folder = folder("worst");
    let good = sample(&folder, "qoi-every-opcode");
    let bad = sample(&folder, "qoi-truncated");
    orrery(&[&"run", &good, &good, &"--hash"]).exits(0);
    let ran = orrery(&[&"run", &bad, &good, &"--hash"]).exits(3);
    assert_eq!(ran.out.lines().count(), 2, "both have a frame");
    let budget = "machine.budget=0";
    let credit = "parsing.credit_per_byte=0";
    let set = orrery(&[
        &"run", &good, &bad, &"--hash", &"--set", &budget, &"--set", &credit,
    ]);
    set.exits(4);
}

#[test]
fn limits_exit_with_4() {
    let folder = folder("limits");
    let out = folder.join("x.png");
    let file = "docs/samples/photo.qoi";
    let ran = orrery(&[&"run", &file, &"--max-cycles", &"100000", &"--out", &out]).exits(4);
    assert!(ran.err.contains("stopped at the horizon, cycle 100000"));
    assert_eq!(png(&out).1, 200);
    let ran = orrery(&[&"run", &file, &"--max-cycles", &"1000", &"--json"]).exits(4);
    assert_eq!(ran.json()["files"][0]["stats"]["total_cycles"], 1000);
    check_stats(&ran.json()["files"][0]["stats"]);

    let program = ["--program", "qoi", "--set", "parsing.credit_per_byte=0"];
    let [p, qoi, set, credit] = &program;
    let ran = orrery(&[
        &"run",
        &file,
        p,
        qoi,
        set,
        credit,
        &"--set",
        &"machine.budget=900",
        &"--hash",
    ]);
    let ran = ran.exits(4);
    assert!(ran.err.contains("Budget"), "{ran:?}");
}

#[test]
fn unknown_and_empty_files_are_refused() {
    let folder = folder("unknown");
    let unknown = write(&folder, "x.gif", b"GIF89a\x01\x00\x01\x00");
    let ran = orrery(&[&"run", &unknown, &"--hash"]).exits(3);
    assert!(
        ran.err.ends_with(
            "no shipped program knows a file that starts with 47 49 46 38 39 61 01 00; \
             name one with --program\n"
        ),
        "{ran:?}"
    );
    for short in ["q", "qoi", "\u{1}"] {
        let file = write(&folder, "short", short);
        orrery(&[&"run", &file, &"--hash"]).exits(3);
    }
    let empty = write(&folder, "empty", b"");
    let ran = orrery(&[&"run", &empty, &"--hash"]).exits(3);
    assert!(ran.err.ends_with("empty: the input is empty\n"), "{ran:?}");
    let ran = orrery(&[&"run", &folder.join("nothing"), &"--hash"]).exits(3);
    assert!(ran.err.contains("No such file"), "{ran:?}");
}

#[test]
fn a_trace_has_a_line_for_every_beat() {
    let folder = folder("trace");
    let file = sample(&folder, "qoi-every-opcode");
    let path = folder.join("trace");
    let stats = folder.join("stats.json");
    orrery(&[&"run", &file, &"--trace", &path, &"--stats", &stats]).exits(0);
    let text = fs::read_to_string(&path).expect("a trace");
    let mut lines = text.lines();
    assert_eq!(
        lines.next(),
        Some("# orrery-trace/1\tcycle\tprocess\tpc\tsource\tinstruction")
    );
    let rows: Vec<Vec<&str>> = lines.map(|l| l.split('\t').collect()).collect();
    assert!(rows.iter().all(|r| r.len() == 5), "{text}");
    let cycles = rows.iter().map(|r| r[0].parse::<u64>().expect("a cycle"));
    assert!(cycles.is_sorted());
    assert!(
        rows.iter()
            .any(|r| r[1] == "arithmetic" && r[3].starts_with("qoi.alu:"))
    );
    // As many lines for each process as the statistics count instructions.
    let stats: Value =
        serde_json::from_str(&fs::read_to_string(&stats).expect("stats")).expect("JSON");
    for unit in ["parsing", "arithmetic"] {
        let counts = stats["units"][unit][0]["instructions"]
            .as_object()
            .expect("counts");
        let sum: u64 = counts.values().filter_map(Value::as_u64).sum();
        let lines = rows.iter().filter(|r| r[1] == unit).count() as u64;
        assert_eq!(lines, sum, "{unit}");
    }
    // A horizon bounds it, and cuts off nothing before.
    let short = folder.join("short");
    orrery(&[&"run", &file, &"--trace", &short, &"--max-cycles", &"500"]).exits(4);
    let short = fs::read_to_string(&short).expect("a trace");
    assert!(short.len() < text.len() && text.starts_with(&short));
    orrery(&[&"run", &file, &"--trace", &path, &"--clock", &"off"]).exits(2);
}

/// Sniffed, a broken file is refused as with its program named; where its first bytes are
/// broken, no program knows it.
#[test]
fn corrupt_files_are_refused_sniffed_too() {
    let mut tally = orrery_samples::corpus::Tally::new("corrupt PngSuite files, sniffed");
    for path in orrery_samples::corpus::files("png/pngsuite", "png") {
        if !orrery_samples::corpus::stem(&path).starts_with('x') {
            continue;
        }
        tally.ran();
        let named = orrery(&[&"run", &path, &"--program", &"png", &"--hash"]).exits(3);
        let sniffed = orrery(&[&"run", &path, &"--hash"]).exits(3);
        if sniffed.err.contains("no shipped program") {
            assert!(named.err.contains("signature"), "{named:?}");
        } else {
            assert_eq!(sniffed.err, named.err);
            assert!(named.err.contains("at input byte"), "{named:?}");
        }
    }
}

/// `--scale` gives what the codec gives with the same reduced transforms.
#[test]
fn pictures_at_a_fraction_of_their_size() {
    use orrery_jpeg::{DecodeOptions, ImageDecoder, ImageLoad, PixelFormat, Scale, Tensor};
    let folder = folder("scale");
    let sound = ["jpeg-sampling-2x2", "jpeg-sampling-2x1", "jpeg-grey"];
    for name in sound {
        let file = sample(&folder, name);
        let bytes = fs::read(&file).expect("the sample");
        for (text, scale) in [
            ("1/2", Scale::Half),
            ("1/4", Scale::Quarter),
            ("1/8", Scale::Eighth),
        ] {
            let options = DecodeOptions::new().with_exif(false).with_scale(scale);
            let mut decoder = ImageDecoder::new();
            let info = decoder.info(&bytes, &options).expect("a header");
            let mut tensor = Tensor::<u8>::image(info.width, info.height, PixelFormat::Rgba);
            let loaded = tensor.load_image(&mut decoder, &bytes, &options);
            loaded.expect("a sound file");
            let ran = orrery(&[&"run", &file, &"--hash", &"--scale", &text]).exits(0);
            let (width, height) = (info.width, info.height);
            let expected = format!("{}  {width}x{height}  0\n", sha256(tensor.data()));
            assert_eq!(ran.out, expected, "{name} {text}");
        }
    }
}

/// Machine and codec take the same Exif segments for an orientation.
#[test]
fn the_same_segments_turn_machine_and_codec() {
    use orrery_jpeg::{DecodeOptions, ImageDecoder};
    let folder = folder("exif");
    let bytes = fs::read(sample(&folder, "jpeg-exif-6")).expect("the sample");
    let at = |marker: u8| {
        let place = bytes.windows(2).position(|pair| pair == [0xFF, marker]);
        let place = place.expect("a segment");
        let length = u16::from_be_bytes([bytes[place + 2], bytes[place + 3]]);
        place..place + 2 + usize::from(length)
    };
    let exif = bytes[at(0xE1)].to_vec();
    // The only entry: tag, type, count and value stand behind the number of entries.
    let entry = exif.windows(2).position(|pair| pair == [0x01, 0x12]);
    let entry = entry.expect("an orientation, most significant byte first");
    let changed = |offset: usize, value: u8| {
        let mut exif = exif.clone();
        exif[entry + offset] = value;
        exif
    };
    let with = |segments: &[&[u8]], behind_header: &[u8]| {
        let header_end = at(0xC0).end;
        let mut file = bytes[..at(0xE1).start].to_vec();
        file.extend(segments.concat());
        file.extend(&bytes[at(0xE1).end..header_end]);
        file.extend(behind_header);
        file.extend(&bytes[header_end..]);
        file
    };
    let cases: [(&str, bool, Vec<u8>); 7] = [
        ("as it is", true, with(&[&exif], &[])),
        ("a long number", false, with(&[&changed(3, 4)], &[])),
        ("two numbers", false, with(&[&changed(7, 2)], &[])),
        ("no orientation", false, with(&[&changed(9, 9)], &[])),
        (
            "the first of two",
            true,
            with(&[&exif, &changed(9, 3)], &[]),
        ),
        (
            "the first that turns",
            true,
            with(&[&changed(9, 1), &exif], &[]),
        ),
        ("behind the frame header", false, with(&[], &exif)),
    ];
    for (name, turned, file) in cases {
        let path = folder.join("case.jpg");
        fs::write(&path, &file).expect("a file");
        let info = ImageDecoder::new().info(&file, &DecodeOptions::new());
        let swapped = info.expect("a header").orientation.swaps_sides();
        assert_eq!(swapped, turned, "{name}: the codec");
        let (shown, stored) = (folder.join("shown.png"), folder.join("stored.png"));
        orrery(&[&"run", &path, &"--out", &shown]).exits(0);
        orrery(&[&"run", &path, &"--out", &stored, &"--no-orient"]).exits(0);
        let ((w, h, _), (width, height, _)) = (png(&shown), png(&stored));
        assert_ne!(width, height);
        assert_eq!((w, h) == (height, width), turned, "{name}: the machine");
    }
}

/// What is shown is turned as the file says, what is hashed is not.
#[test]
fn pictures_are_turned_when_they_are_shown() {
    let folder = folder("turn");
    let file = sample(&folder, "jpeg-exif-6");
    let (turned, stored) = (folder.join("turned.png"), folder.join("stored.png"));
    orrery(&[&"run", &file, &"--out", &turned]).exits(0);
    orrery(&[&"run", &file, &"--out", &stored, &"--no-orient"]).exits(0);
    let ((w, h, turned), (width, height, stored)) = (png(&turned), png(&stored));
    assert_eq!((w, h), (height, width));
    let pixel = |rgba: &[u8], at: u32| rgba[at as usize * 4..][..4].to_vec();
    for y in 0..h {
        for x in 0..w {
            // Orientation 6: a quarter turn to the right.
            let from = (height - 1 - x) * width + y;
            assert_eq!(pixel(&turned, y * w + x), pixel(&stored, from), "{x} {y}");
        }
    }
    let ran = orrery(&[&"run", &file, &"--hash"]).exits(0);
    assert!(ran.out.starts_with(&sha256(&stored)), "{ran:?}");
}

#[test]
fn inputs_of_one_name_do_not_overwrite_each_other() {
    let folder = folder("same-name");
    let out = folder.join("out/");
    let mut files = Vec::new();
    for (part, name) in [("a", "qoi-photo-13x7-rgb"), ("b", "qoi-every-opcode")] {
        let part = folder.join(part);
        fs::create_dir_all(&part).expect("a folder");
        let bytes = fs::read(sample(&folder, name)).expect("the sample");
        files.push(write(&part, "x.qoi", bytes));
    }
    orrery(&[&"run", &files[0], &files[1], &"--out", &out]).exits(0);
    assert_eq!(png(&out.join("x-frame-00000.png")).0, 13);
    assert_eq!(png(&out.join("x-2-frame-00000.png")).0, 4);
}

/// Frames that nobody takes are held up to a bound, whatever work is allowed.
#[test]
fn frames_without_end_are_refused() {
    let folder = folder("frames-without-end");
    let text = "main: { t <- texture 4096 4096 rgba8 } ({ frame video &t })[40] accept";
    write(&folder, "main.syn", text);
    let file = write(&folder, "input", "x");
    let ran = orrery(&[&"run", &file, &"--program", &folder, &"--headless"]).exits(3);
    assert!(ran.err.contains("the host has taken no frame"), "{ran:?}");
}

/// An input that never ends is read up to a bound.
#[cfg(target_os = "linux")]
#[test]
fn an_endless_input_is_refused() {
    let ran = orrery(&[&"run", &"/dev/zero", &"--headless"]).exits(3);
    assert!(ran.err.contains("larger than 1 GiB"), "{ran:?}");
}
