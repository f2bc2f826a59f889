//! `orrery verify`, and the reference decoders by themselves.

use std::fs;

use super::{folder, orrery, png, sample, write};

#[test]
fn equal_pictures_are_said_to_be_equal() {
    let file = "docs/samples/photo.png";
    let ran = orrery(&[&"verify", &file]).exits(0);
    assert_eq!(
        ran.out,
        "docs/samples/photo.png: zune-png: equal, 320x200\n\
         docs/samples/photo.png: png: equal, 320x200\n"
    );
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
    assert_eq!(document["schema"], "orrery-verify/1");
    let results = document["files"][0]["results"].as_array().expect("results");
    assert_eq!(results.len(), 1);
    assert_eq!(results[0]["verdict"], "equal");
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
    assert!(ran.out.contains("PSNR"), "{ran:?}");
    assert_eq!(png(&out).0, 320);
    let ran = orrery(&[&"verify", &file, &"--program", &program, &"--json"]).exits(1);
    assert_eq!(ran.json()["files"][0]["results"][0]["verdict"], "differs");
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
