//! Writing programs: `new`, `check`, `asm`, `disasm`, and images as programs.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Child;

use super::{command, folder, orrery, png, write};

/// `check` on a grammar with a mistake renders exactly this.
#[track_caller]
fn mistake(test: &str, grammar: &str, message: &str) {
    let folder = folder(&format!("check-{test}"));
    write(&folder, "main.syn", grammar);
    let ran = orrery(&[&"check", &folder]).exits(2);
    assert_eq!(ran.out, "");
    assert_eq!(ran.err, message);
}

#[test]
fn mistakes_are_shown_at_their_place() {
    mistake(
        "name",
        "main:\n    w@. h@.\n    { picture <- texture w h rgba8\n      pictur << w w w 255 }\n    accept\n",
        "[G005] Error: `pictur` is not known
   ╭─[ main.syn:4:7 ]
   │
 4 │       pictur << w w w 255 }
   │       ───┬──  
   │          ╰──── did you mean `picture`?
   │ 
   │ Note: `orrery explain G005` says more
───╯
",
    );
    mistake(
        "link",
        "link: \"pixels.alu\"\nmain: accept\n",
        "[P001] Error: there is no file `pixels.alu` in this directory
   ╭─[ main.syn:1:7 ]
   │
 1 │ link: \"pixels.alu\"
   │       ──────┬─────  
   │             ╰─────── links are names of `.alu` and `.gfx` files beside the grammar
   │ 
   │ Note: `orrery explain P001` says more
───╯
",
    );
}

/// What only the machine would refuse, and what is easily written wrongly.
#[test]
fn mistakes_have_hints() {
    let folder = folder("check-hints");
    for (text, place, parts) in [
        (
            "main:\n    check 0 = crc(33, 0, 1, 0, 0)\n    accept\n",
            "main.syn:2:",
            ["P002", "a CRC of 33 bits"],
        ),
        (
            "main:\n    m = prefix(12) rows 4294967295\n    accept\n",
            "main.syn:2:",
            ["P002", "4294967295 map rows"],
        ),
        (
            "main: accept\n\nalu {\nx: HALT\n",
            "main.syn:3:1",
            ["P003", "never closed"],
        ),
        (
            "main:\n    { t <- texture 1 1 u8\n      open vido &t }\n    accept\n",
            "main.syn:3:12",
            ["no output `vido`", "did you mean `video`?"],
        ),
        (
            "main: (0x30-0x39) accept\n",
            "main.syn:1:8",
            ["no range", "`0x30..0x39`"],
        ),
    ] {
        write(&folder, "main.syn", text);
        let ran = orrery(&[&"check", &folder]).exits(2);
        for part in [place].into_iter().chain(parts) {
            assert!(ran.err.contains(part), "{part}: {}", ran.err);
        }
        let image = folder.join("image");
        orrery(&[&"asm", &folder, &image]).exits(2);
        assert!(!image.exists());
    }
    // Another machine may have room for it.
    write(
        &folder,
        "main.syn",
        "main:\n    m = prefix(12) rows 1000000\n    v@code(m) (v == 0 $ | fail \"v\")\n    accept\n",
    );
    orrery(&[&"check", &folder]).exits(2);
    let larger = "parsing.map_rows=1000000";
    orrery(&[&"check", &folder, &"--set", &larger]).exits(0);
    write(
        &folder,
        "main.syn",
        "\u{feff}main: (0x30..0x39) 5 -6 accept\n",
    );
    let ran = orrery(&[&"check", &folder]).exits(0);
    assert_eq!(ran.err, "");
}

#[test]
fn mistakes_in_other_languages_are_shown_too() {
    let folder = folder("check-alu");
    write(
        &folder,
        "main.syn",
        "link: \"x.alu\"\nmain: { core.go } accept\n",
    );
    write(
        &folder,
        "x.alu",
        "go:   r0: IN\n      r1: r0 r99\n      HALT\n",
    );
    let ran = orrery(&[&"check", &folder]).exits(2);
    assert!(ran.err.contains("x.alu:2:"), "{ran:?}");
    write(&folder, "x.alu", "go: HALT\n");
    write(&folder, "main.syn", "link: \"x.gfx\"\nmain: accept\n");
    write(
        &folder,
        "x.gfx",
        "kernel k:\n    gADDD r0, r1, r2\n    gEND\n",
    );
    let ran = orrery(&[&"check", &folder]).exits(2);
    assert!(ran.err.contains("x.gfx:2:"), "{ran:?}");
    let ran = orrery(&[&"check", &folder, &"--json"]).exits(2);
    let document = ran.json();
    assert_eq!(document["schema"], "orrery-check/1");
    assert_eq!(document["diagnostics"][0]["line"], 2);
    assert_eq!(document["diagnostics"][0]["severity"], "error");
}

#[test]
fn directories_without_a_program_are_refused() {
    let folder = folder("check-none");
    let ran = orrery(&[&"check", &folder]).exits(2);
    assert!(ran.err.contains("no grammar found"), "{ran:?}");
    assert!(!ran.err.contains(":1:1"), "{ran:?}");
    let ran = orrery(&[&"check", &folder, &"--json"]).exits(2);
    assert!(ran.json()["diagnostics"][0]["line"].is_null(), "{ran:?}");
    let ran = orrery(&[&"check", &folder.join("nothing")]).exits(2);
    assert!(ran.err.contains("No such file"), "{ran:?}");
}

#[test]
fn a_new_program_runs() {
    let folder = folder("new");
    let dir = folder.join("dots");
    let ran = orrery(&[&"new", &dir]).exits(0);
    assert!(ran.out.starts_with("wrote "), "{ran:?}");
    let ran = orrery(&[&"new", &dir]).exits(2);
    assert!(ran.err.contains("is there already"), "{ran:?}");
    let ran = orrery(&[&"check", &dir]).exits(0);
    assert!(ran.out.starts_with("dots: fine: "), "{ran:?}");
    assert_eq!(ran.err, "");
    let ran = orrery(&[&"check", &dir, &"--listing"]).exits(0);
    assert!(ran.out.contains("the width is zero"), "{ran:?}");

    let spaces = folder.join("My Prog");
    let ran = orrery(&[&"new", &spaces]).exits(0);
    let quoted = format!("orrery check '{}'", spaces.display());
    assert!(ran.out.contains(&quoted), "{ran:?}");

    let file = write(&folder, "six.dots", b"dots\x03\x02\x00\x40\x80\xc0\xe0\xff");
    let out = folder.join("six.png");
    orrery(&[&"run", &file, &"--program", &dir, &"--out", &out]).exits(0);
    let grey = [0x00, 0x40, 0x80, 0xC0, 0xE0, 0xFF];
    let rgba: Vec<u8> = grey.iter().flat_map(|&v| [v, v, v, 255]).collect();
    assert_eq!(png(&out), (3, 2, rgba));
}

#[test]
fn images_run_and_can_be_read() {
    let folder = folder("images");
    for (name, file) in [
        ("qoi", "docs/samples/photo.qoi"),
        ("png", "docs/samples/photo.png"),
    ] {
        let image = folder.join(format!("{name}.image"));
        let dir = format!("programs/{name}");
        orrery(&[&"asm", &dir, &image]).exits(0);
        let by_image = orrery(&[&"run", &file, &"--program", &image, &"--hash"]).exits(0);
        let by_name = orrery(&[&"run", &file, &"--program", &name, &"--hash"]).exits(0);
        assert_eq!(by_image.out, by_name.out);
        let text = orrery(&[&"disasm", &image]).exits(0).out;
        for part in ["# Parsing Unit, ", "# Arithmetic Core, ", "# Compositor, "] {
            assert!(text.contains(part), "{name}: {part}");
        }
        assert!(text.contains("\nmain:\nstate "), "{name}: rules are named");
        assert!(
            text.contains(&format!("; {name}.syn:")),
            "{name}: places are named"
        );
        assert!(text.contains("send texture"), "{name}: actions are named");
        let word = if name == "qoi" { "HALT" } else { "gEND" };
        assert!(text.contains(word), "{name}: {word}");
    }
    let broken = write(&folder, "broken", b"ORRERY\0\0\x02\0\0\0\xff");
    let ran = orrery(&[&"disasm", &broken]).exits(3);
    assert!(
        ran.err.contains("the image ends inside the header"),
        "{ran:?}"
    );
    orrery(&[&"disasm", &folder.join("nothing")]).exits(2);
    let ran = orrery(&[&"run", &"docs/samples/photo.qoi", &"--program", &broken]).exits(2);
    assert!(
        ran.err.contains("the image ends inside the header"),
        "{ran:?}"
    );
    write(&folder, "main.syn", "main: nobody accept\n");
    orrery(&[&"asm", &folder, &folder.join("out")]).exits(2);
    assert!(!folder.join("out").exists());
}

#[test]
fn watching_checks_again_after_a_change() {
    let folder = folder("watch");
    let program = folder.join("program");
    fs::create_dir(&program).expect("a folder");
    // In one step, so that half a file is never seen.
    let save = |grammar: &str| {
        let new = write(&folder, "new", grammar);
        fs::rename(new, program.join("main.syn")).expect("a renamed file");
    };
    save("main: accept\n");
    let child = command(&[&"check", &program, &"--watch"]).spawn();
    let mut child = Killed(child.expect("orrery starts"));
    let mut lines = BufReader::new(child.0.stdout.take().expect("its output")).lines();
    let mut errors = BufReader::new(child.0.stderr.take().expect("its messages")).lines();
    let mut fine = || lines.next().expect("a line").expect("UTF-8");
    assert!(fine().starts_with("program: fine"));
    save("main: nobody accept\n");
    let message = errors.next().expect("a line").expect("UTF-8");
    assert!(message.contains("`nobody`"), "{message}");
    save("main: accept 1\n");
    assert!(fine().starts_with("program: fine"));
}

/// A process that never ends by itself, and ends with the test, however that ends.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
