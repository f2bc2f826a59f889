//! `orrery debug --script`, on a canvas and in a real window.
//!
//! The window needs an X server: the test starts `Xvfb` if there is one, and reads
//! what is on its screen from its frame buffer file. Without it the tests that need a
//! window are skipped, or fail if `ORRERY_REQUIRE_XVFB=1`. Real keys need `xdotool`,
//! likewise. `./x test` sets it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Whether what the tests need has to be there.
fn required() -> bool {
    std::env::var("ORRERY_REQUIRE_XVFB").is_ok_and(|v| v == "1")
}

/// A folder of its own for a test, empty.
fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("window-{test}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder for the test");
    folder
}

/// Writes a sample into a folder.
fn sample(folder: &Path, name: &str) -> PathBuf {
    let all = orrery_samples::all();
    let sample = all
        .iter()
        .find(|s| s.name == name)
        .expect("a sample of this name");
    let path = folder.join(sample.file_name());
    fs::write(&path, &sample.bytes).expect("the sample can be written");
    path
}

/// The command on a script and a QOI file, not started yet.
fn debug(folder: &Path, file: &Path, script: &str, display: Option<&str>) -> Command {
    debug_program(folder, file, &["qoi"], script, display)
}

/// The same with any program, and arguments behind it.
fn debug_program(
    folder: &Path,
    file: &Path,
    program: &[&str],
    script: &str,
    display: Option<&str>,
) -> Command {
    let path = folder.join("script.txt");
    fs::write(&path, script).expect("the script can be written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_orrery"));
    command
        .arg("debug")
        .arg(file)
        .arg("--program")
        .args(program)
        .arg("--script")
        .arg(path)
        .current_dir(folder);
    match display {
        Some(display) => command.env("DISPLAY", display),
        None => command.env_remove("DISPLAY"),
    };
    command
        .env_remove("GDK_SCALE")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs a script to its end; it has to end well.
fn play(folder: &Path, file: &Path, script: &str, display: Option<&str>) {
    let output = debug(folder, file, script, display)
        .output()
        .expect("orrery starts");
    well(&output, display);
}

fn well(output: &Output, display: Option<&str>) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let place = if display.is_some() {
        "in a window"
    } else {
        "on a canvas"
    };
    assert!(said.contains(place), "{said}");
}

/// A picture, `0xRRGGBB`.
#[derive(PartialEq)]
struct Picture {
    width: usize,
    height: usize,
    pixels: Vec<u32>,
}

impl Picture {
    fn read_png(path: &Path) -> Picture {
        let file = BufReader::new(fs::File::open(path).expect("the screenshot is there"));
        let mut reader = png::Decoder::new(file).read_info().expect("a PNG file");
        let mut bytes = vec![0; reader.output_buffer_size().expect("a size")];
        let info = reader.next_frame(&mut bytes).expect("pixels");
        let (pixels, _) = bytes.as_chunks::<4>();
        let pixels = pixels
            .iter()
            .map(|&[r, g, b, _]| u32::from_be_bytes([0, r, g, b]))
            .collect();
        Picture {
            width: info.width as usize,
            height: info.height as usize,
            pixels,
        }
    }

    /// A picture in the format of X window dumps, as far as Xvfb writes it.
    fn read_xwd(bytes: &[u8]) -> Option<Picture> {
        let word = |n: usize| {
            let bytes = bytes.get(4 * n..4 * n + 4)?.try_into().ok()?;
            Some(u32::from_be_bytes(bytes) as usize)
        };
        let (width, height, big_endian, pitch) = (word(4)?, word(5)?, word(7)? == 1, word(12)?);
        assert_eq!(word(11)?, 32, "bits a pixel");
        let start = word(0)? + word(19)? * 12;
        let mut pixels = Vec::with_capacity(width * height);
        for y in 0..height {
            let row = bytes.get(start + y * pitch..start + y * pitch + width * 4)?;
            let read = if big_endian {
                u32::from_be_bytes
            } else {
                u32::from_le_bytes
            };
            pixels.extend(row.as_chunks::<4>().0.iter().map(|&p| read(p) & 0xFF_FF_FF));
        }
        Some(Picture {
            width,
            height,
            pixels,
        })
    }

    /// Pixels of a rectangle, from its corner and size, that differ from those of a picture as large.
    fn differing_in(&self, at: (usize, usize), size: (usize, usize), other: &Picture) -> usize {
        let row = |picture: &Picture, y: usize| {
            picture.pixels[(at.1 + y) * picture.width + at.0..][..size.0].to_vec()
        };
        let differing = |y| {
            let (mine, theirs) = (row(self, y), row(other, y));
            mine.iter().zip(&theirs).filter(|(a, b)| a != b).count()
        };
        (0..size.1).map(differing).sum()
    }

    /// Pixels that differ from those of `other` at a place of this picture.
    fn differing(&self, x: usize, y: usize, other: &Picture) -> usize {
        (0..other.height)
            .map(|row| {
                let mine = &self.pixels[(y + row) * self.width + x..][..other.width];
                let theirs = &other.pixels[row * other.width..][..other.width];
                mine.iter().zip(theirs).filter(|(a, b)| a != b).count()
            })
            .sum()
    }
}

/// Screen of the X server.
const SCREEN: (usize, usize) = (1400, 900);

/// A running X server.
struct Server {
    child: Child,
    display: String,
    frame_buffer: PathBuf,
}

impl Server {
    /// Starts one; `None` if there is none to start.
    fn start(folder: &Path) -> Option<Server> {
        let screen = format!("{}x{}x24", SCREEN.0, SCREEN.1);
        let started = Command::new("Xvfb")
            .args([
                "-displayfd",
                "1",
                "-nolisten",
                "tcp",
                "-screen",
                "0",
                &screen,
                "-fbdir",
            ])
            .arg(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut child) = started else {
            assert!(!required(), "ORRERY_REQUIRE_XVFB=1, but there is no Xvfb");
            eprintln!("skipped: there is no Xvfb");
            return None;
        };
        let mut line = String::new();
        let stdout = child.stdout.take().expect("a pipe");
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("Xvfb says its display");
        let display = format!(":{}", line.trim());
        Some(Server {
            child,
            display,
            frame_buffer: folder.join("Xvfb_screen0"),
        })
    }

    fn screen(&self) -> Picture {
        let bytes = fs::read(&self.frame_buffer).expect("Xvfb's frame buffer");
        Picture::read_xwd(&bytes).expect("a window dump")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn wait_for(what: &str, mut there: impl FnMut() -> bool) {
    let start = Instant::now();
    while !there() {
        assert!(
            start.elapsed() < Duration::from_secs(120),
            "{what} takes too long"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A session through everything that a script can check.
const SESSION: &str = "\
size 1200 780
expect cycle 0
expect end none
screenshot start.png
step cycle
expect cycle 1
expect shown cycle 1
step cycle
expect cycle 2
select arithmetic
run 800
step instruction
step symbol
screenshot middle.png
run end
expect end complete
fit
screenshot fit.png
zoom in
screenshot zoomed.png
zoom 4
expect zoom 4
expect shown 400 %
pan 40 20
screenshot panned.png
help
expect shown Escape
expect shown one cycle
screenshot help.png
help
panel
expect hidden queues
cursor 400 300
expect shown rgba
screenshot end.png
";

const SHOTS: [&str; 7] = ["start", "middle", "fit", "zoomed", "panned", "help", "end"];

#[test]
fn a_session_on_a_canvas() {
    let folder = folder("canvas");
    let file = sample(&folder, "qoi-photo-64x48-rgba");
    play(&folder, &file, SESSION, None);
    let shots = SHOTS.map(|name| Picture::read_png(&folder.join(format!("{name}.png"))));
    for (i, shot) in shots.iter().enumerate() {
        assert_eq!((shot.width, shot.height), (1200, 780));
        for (j, other) in shots.iter().enumerate().skip(i + 1) {
            assert!(shot != other, "{} and {} show the same", SHOTS[i], SHOTS[j]);
        }
    }
    // Zooming changes the picture itself, not only what is said about it.
    let [_, _, fit, zoomed, ..] = &shots;
    assert!(fit.differing_in((0, 0), (700, 700), zoomed) > 10_000);
}

#[test]
fn an_unmet_expectation_ends_the_script() {
    let folder = folder("unmet");
    let file = sample(&folder, "qoi-photo-13x7-rgb");
    for (script, code, message) in [
        (
            "step cycle\nexpect cycle 2\n",
            1,
            "script.txt:2: expected otherwise: the cycle is 1",
        ),
        (
            "step cycle\n\nexpect pixel 0 0 1 2 3 4\n",
            1,
            "script.txt:3: expected otherwise: the pixel is None",
        ),
        (
            "expect source parsing qoi.syn:1\n",
            1,
            "the place of parsing is unknown",
        ),
        ("fly\n", 2, "script.txt:1: there is no command `fly`"),
        ("quit\nexpect cycle 7\n", 0, ""),
    ] {
        let output = debug(&folder, &file, script, None)
            .output()
            .expect("orrery starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(said.contains(message), "{said}");
    }
}

#[test]
fn the_same_session_in_a_window() {
    let folder = folder("real");
    let file = sample(&folder, "qoi-photo-64x48-rgba");
    let Some(server) = Server::start(&folder) else {
        return;
    };
    let script = format!("{SESSION}wait 60000\n");
    let mut child = debug(&folder, &file, &script, Some(&server.display))
        .spawn()
        .expect("orrery starts");
    let last = folder.join("end.png");
    wait_for("the script", || {
        if let Ok(Some(status)) = child.try_wait() {
            let mut said = String::new();
            let _ =
                std::io::Read::read_to_string(&mut child.stderr.take().expect("a pipe"), &mut said);
            panic!("{status}: {said}");
        }
        fs::metadata(&last).is_ok_and(|m| m.len() > 0)
    });
    // Without a window manager the window lies where it wants to, in the middle.
    let place = ((SCREEN.0 - 1200) / 2, (SCREEN.1 - 780) / 2);
    let shot = Picture::read_png(&last);
    wait_for("showing the last state", || {
        server.screen().differing(place.0, place.1, &shot) == 0
    });
    let _ = child.kill();
    let _ = child.wait();

    // What the window showed is what the canvas shows without a window.
    let canvas = self::folder("real-canvas");
    let file = sample(&canvas, "qoi-photo-64x48-rgba");
    play(&canvas, &file, SESSION, None);
    for name in SHOTS {
        let png = format!("{name}.png");
        assert!(
            Picture::read_png(&folder.join(&png)) == Picture::read_png(&canvas.join(&png)),
            "{name}"
        );
    }
}

/// Scans of a progressive JPEG that are shown one after the other.
const SCANS: usize = 24;

#[test]
fn a_progressive_picture_sharpens() {
    let folder = folder("sharpens");
    let file = sample(&folder, "jpeg-progression-420");
    let mut script = String::from("size 800 600\npanel\nfit\nexpect hidden rows\n");
    for n in 0..SCANS {
        script += &format!("run 2500\nexpect end none\nscreenshot {n}.png\n");
    }
    script += "expect shown 0 of 37 rows\nexpect shown not final\nrun end\nexpect end complete\n";
    script += "expect hidden not final\nscreenshot end.png\n";
    let server = Server::start(&folder);
    let display = server.as_ref().map(|server| &server.display[..]);
    for display in [None, display] {
        let program = ["jpeg", "--param", "redraw=1"];
        let output = debug_program(&folder, &file, &program, &script, display)
            .output()
            .expect("orrery starts");
        well(&output, display);
        let shot = |name: &str| Picture::read_png(&folder.join(format!("{name}.png")));
        let end = shot("end");
        // The picture's own place: the status line changes all the time.
        let place = ((50, 50), (700, 450));
        let mut differing: Vec<usize> = (0..SCANS)
            .map(|n| shot(&n.to_string()).differing_in(place.0, place.1, &end))
            .collect();
        // What is shown changes, comes nearer, and is not the end yet.
        differing.dedup();
        assert!(differing.len() > 4, "{differing:?}");
        assert!(differing.iter().all(|&n| n > 0), "{differing:?}");
        assert!(differing.last() < differing.first(), "{differing:?}");
    }
}

/// Where processes stood last before a cycle, by a trace of the same run: name and source line.
fn traced(folder: &Path, file: &Path, before: u64) -> Vec<(String, String)> {
    let trace = folder.join("trace.txt");
    let output = Command::new(env!("CARGO_BIN_EXE_orrery"))
        .arg("run")
        .arg(file)
        .args(["--program", "qoi", "--headless", "--max-cycles"])
        .arg(before.to_string())
        .arg("--trace")
        .arg(&trace)
        .output()
        .expect("orrery starts");
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    let mut last: Vec<(String, String)> = Vec::new();
    for line in fs::read_to_string(&trace).expect("a trace").lines() {
        let [_, process, _, source, _] = line.split('\t').collect::<Vec<_>>()[..] else {
            continue;
        };
        if source.contains(".syn:") || source.contains(".alu:") {
            last.retain(|(p, _)| p != process);
            last.push((process.to_owned(), source.to_owned()));
        }
    }
    last
}

#[test]
fn source_lines_are_those_of_the_trace_and_pixels_those_of_the_picture() {
    let folder = folder("trace");
    let name = "qoi-photo-64x48-rgba";
    let file = sample(&folder, name);
    let all = orrery_samples::all();
    let sample = all.iter().find(|s| s.name == name).expect("this sample");
    let orrery_samples::Expect::Picture(picture) = &sample.expect else {
        panic!("a sound file has a picture");
    };
    let mut script = String::from("size 1200 780\n");
    let mut reached = 0;
    for cycle in [900, 1500, 4321] {
        let places = traced(&folder, &file, cycle);
        assert_eq!(places.len(), 2, "parsing and arithmetic: {places:?}");
        script += &format!("run {}\nexpect cycle {cycle}\n", cycle - reached);
        reached = cycle;
        for (process, source) in places {
            script += &format!("expect source {process} {source}\nexpect shown {source}\n");
        }
    }
    // In the middle of the picture, which fills the place beside the panel.
    let at = (24 * 64 + 32) * 4;
    let [r, g, b, a] = picture.rgba[at..at + 4] else {
        panic!("four bytes");
    };
    script += "run end\nfit\ncursor 360 382\nexpect cursor 32 24\n";
    script += &format!("expect pixel 32 24 {r} {g} {b} {a}\nexpect shown rgba {r} {g} {b} {a}\n");
    play(&folder, &file, &script, None);
    if let Some(server) = Server::start(&folder) {
        play(&folder, &file, &script, Some(&server.display));
    }
}

#[test]
fn real_keys_and_a_real_mouse() {
    let folder = folder("keys");
    let file = sample(&folder, "qoi-photo-64x48-rgba");
    let Some(server) = Server::start(&folder) else {
        return;
    };
    let xdotool = |arguments: &[&str]| {
        let mut command = Command::new("xdotool");
        command
            .args(arguments)
            .env("DISPLAY", &server.display)
            .stdout(Stdio::null())
            .status()
    };
    if xdotool(&["version"]).is_err() {
        assert!(
            !required(),
            "ORRERY_REQUIRE_XVFB=1, but there is no xdotool"
        );
        eprintln!("skipped: there is no xdotool");
        return;
    }
    let script = "\
size 1200 780
run end
restart
screenshot ready.png
wait 20000
expect cycle 1002
expect shown Escape
expect zoom 2
expect cursor 32 24
expect shown output.core_sink
screenshot keys.png
";
    let child = debug(&folder, &file, script, Some(&server.display))
        .spawn()
        .expect("orrery starts");
    wait_for("the script", || folder.join("ready.png").exists());
    std::thread::sleep(Duration::from_millis(300));
    // The picture is 64 by 48 in an area of 720 by 756, eleven-fold at first. The mouse goes
    // a little below the middle, and what is there stays there.
    let (x, y) = ((SCREEN.0 - 1200) / 2 + 360, (SCREEN.1 - 780) / 2 + 382);
    for arguments in [
        &["mousemove", &x.to_string(), &y.to_string()][..],
        // Two steps before either is made.
        &["key", "c", "c"],
        &["key", "k"],
        &["key", "1"],
        &["key", "plus"],
        &["key", "question"],
        // A tap: down and up at once.
        &["key", "F12"],
        &["key", "q"],
    ] {
        assert!(
            xdotool(arguments).is_ok_and(|status| status.success()),
            "{arguments:?}"
        );
        std::thread::sleep(Duration::from_millis(80));
    }
    let output = child.wait_with_output().expect("orrery ends");
    well(&output, Some(&server.display));
    assert!(
        folder.join("orrery.png").exists(),
        "F12 writes a screenshot"
    );
}

#[test]
fn a_display_that_is_not_there() {
    let folder = folder("no-display");
    let file = sample(&folder, "qoi-photo-13x7-rgb");
    // A script goes on without a window and says so.
    let output = debug(&folder, &file, "expect cycle 0\n", Some(":987"))
        .output()
        .expect("orrery starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && said.contains("on a canvas"),
        "{said}"
    );
    // So does `run`; `debug` has nothing else to show.
    let orrery = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_orrery"));
        command
            .args(arguments)
            .arg(&file)
            .env("DISPLAY", ":987")
            .output()
            .expect("orrery starts")
    };
    let run = orrery(&["run", "--program", "qoi"]);
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    assert!(String::from_utf8_lossy(&run.stderr).contains("no window"));
    let debug = orrery(&["debug", "--program", "qoi"]);
    assert_eq!(debug.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&debug.stderr).contains("--script needs none"));
}
