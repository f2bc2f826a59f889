//! `orrery verify`, and the reference decoders by themselves.

use std::fs;

use super::{folder, orrery, png, sample, write};

#[test]
fn equal_pictures_are_said_to_be_equal() {
    let file = "docs/samples/photo.png";
    let ran = orrery(&[&"verify", &file]).exits(0);
    let lines: Vec<Vec<&str>> = ran
        .out
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(lines.len(), 5, "{ran:?}");
    assert_eq!(lines[0], [file]);
    assert_eq!(lines[1][..3], ["backend", "version", "verdict"]);
    assert_eq!(lines[2][..2], ["machine", "(png)"]);
    assert_eq!(lines[2][3], "baseline");
    for (line, name) in lines[3..].iter().zip(["zune-png", "png"]) {
        assert_eq!(line[0], name);
        assert_eq!(line[2..7], ["equal", "0", "0", "inf", "1.00000"]);
    }
    assert_eq!(ran.err, "");
    let ran = orrery(&[
        &"verify",
        &file,
        &"--backend",
        &"png",
        &"--json",
        &"--clock",
        &"exact",
    ]);
    let document = ran.exits(0).json();
    assert_eq!(document["schema"], "orrery-verify/2");
    let results = document["files"][0]["results"].as_array().expect("results");
    assert_eq!(results.len(), 2);
    assert_eq!(results[0]["verdict"], "baseline");
    assert_eq!(results[1]["verdict"], "equal");
    assert_eq!(results[1]["backend"], "png");
    assert_eq!(results[1]["pixels_differing"], 0);
    assert_eq!(results[1]["psnr"], serde_json::Value::Null);
    assert_eq!(results[1]["ssim"], 1.0);
    let ran = orrery(&[&"verify", &file, &"--backend", &"libjpeg-turbo"]).exits(3);
    assert!(ran.err.contains("these do: zune-png, png"), "{ran:?}");
}

#[test]
fn a_wrong_program_is_a_mismatch() {
    let folder = folder("mismatch");
    // Swaps red and blue of one opcode.
    let right = fs::read_to_string("../programs/qoi/qoi.syn").expect("the program");
    let wrong = right.replace("{ core.rgb << r g b }", "{ core.rgb << b g r }");
    assert_ne!(right, wrong);
    let program = folder.join("qoi");
    fs::create_dir(&program).expect("a folder");
    write(&program, "qoi.syn", wrong);
    fs::copy("../programs/qoi/qoi.alu", program.join("qoi.alu")).expect("a copy");
    let file = "docs/samples/photo.qoi";
    let out = folder.join("difference.png");
    let ran = orrery(&[&"verify", &file, &"--program", &program, &"--out", &out]).exits(1);
    assert!(ran.out.contains("differs"), "{ran:?}");
    assert!(ran.out.contains("first at (0, 0): "), "{ran:?}");
    assert_eq!(png(&out).0, 320);
    let ran = orrery(&[&"verify", &file, &"--program", &program, &"--json"]).exits(1);
    assert_eq!(ran.json()["files"][0]["results"][1]["verdict"], "differs");
}

#[test]
fn damaged_files_exit_with_3_when_both_refuse() {
    let folder = folder("refused");
    for name in [
        "qoi-truncated",
        "png-truncated",
        "png-bad-idat-crc",
        "png-no-plte",
    ] {
        let file = sample(&folder, name);
        orrery(&[&"verify", &file]).exits(3);
    }
    let good = sample(&folder, "qoi-every-opcode");
    let bad = sample(&folder, "qoi-truncated");
    orrery(&[&"verify", &good, &bad]).exits(3);
    let unknown = write(&folder, "unknown", "nothing that anybody knows");
    orrery(&[&"verify", &unknown, &good]).exits(3);
    let ran = orrery(&[&"verify", &good, &"--backend", &"nobody"]).exits(2);
    assert!(ran.err.contains("there are: "), "{ran:?}");
}

#[test]
fn references_decode_by_themselves() {
    let folder = folder("codec");
    let machine = folder.join("machine.png");
    let file = "docs/samples/photo.png";
    orrery(&[&"run", &file, &"--out", &machine]).exits(0);
    for backend in ["png", "zune-png"] {
        let out = folder.join(format!("{backend}.png"));
        orrery(&[&"codec", &"decode", &file, &out, &"--backend", &backend]).exits(0);
        assert_eq!(png(&out), png(&machine));
    }
    let damaged = sample(&folder, "qoi-truncated");
    orrery(&[&"codec", &"decode", &damaged, &folder.join("x.png")]).exits(3);
    let out = folder.join("y.png");
    orrery(&[&"codec", &"decode", &file, &out, &"--backend", &"gif"]).exits(2);
}
