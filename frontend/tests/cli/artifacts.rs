//! `orrery codec artifacts`.

use std::fs;
use std::path::Path;

use orrery_artifacts::{Channels, Choice, Context, ImageMut, Quality, RandomTiles, Tile};

use super::{Ran, command, folder, orrery, png, write};

const PHOTO: &str = "docs/samples/photo.png";

fn run(tiles: &Path, output: &Path, more: &[&str]) -> Ran {
    let mut command = command(&[&"codec", &"artifacts", &PHOTO]);
    command
        .arg("--tiles")
        .arg(tiles)
        .arg("--output")
        .arg(output);
    Ran::of(&command.args(more).output().expect("orrery starts"))
}

/// What the library makes of the photo.
fn expected(tiles: impl FnOnce(u32, u32) -> Vec<Tile>) -> (u32, u32, Vec<u8>) {
    let (width, height, mut rgba) = png(&super::root().join(PHOTO));
    let tiles = tiles(width, height);
    let mut image = ImageMut::new(&mut rgba, width, height, Channels::Rgba).unwrap();
    let mut context = Context::with_threads(Choice::Cpu, 1).unwrap();
    context.apply(&mut image, &tiles).unwrap();
    (width, height, rgba)
}

#[test]
fn listed_tiles_are_compressed_in_place() {
    let folder = folder("artifacts-listed");
    let tiles = write(
        &folder,
        "tiles.json",
        r#"{"schema":"orrery-tiles/1","tiles":[
            {"x":0,"y":0,"width":64,"height":64,"quality":5},
            {"x":-10,"y":40,"width":70,"height":50}
        ]}"#,
    );
    let output = folder.join("out.png");
    let ran = run(&tiles, &output, &["--quality", "20", "--backend", "cpu"]).exits(0);
    assert!(ran.err.contains("cpu: "), "{ran:?}");
    assert!(ran.err.contains("2 tiles in 2 layers"), "{ran:?}");
    let tile = |x, y, width, height, quality| Tile {
        x,
        y,
        width,
        height,
        quality: Quality::new(quality).unwrap(),
    };
    let expected = expected(|_, _| vec![tile(0, 0, 64, 64, 5), tile(-10, 40, 70, 50, 20)]);
    assert!(png(&output) == expected);
    let original = png(&super::root().join(PHOTO));
    assert!(png(&output) != original);
}

#[test]
fn random_tiles_are_those_of_the_seed_on_every_backend() {
    let folder = folder("artifacts-random");
    let json = r#"{"schema":"orrery-tiles/1","random":{"count":30,"min":32,"max":256}}"#;
    let tiles = write(&folder, "tiles.json", json);
    let expected = expected(|width, height| {
        let random = RandomTiles {
            count: 30,
            min: 32,
            max: 256,
        };
        let quality = Quality::new(5).unwrap();
        random.tiles(width, height, quality, 9).unwrap()
    });
    for backend in ["auto", "cpu"] {
        let output = folder.join(format!("{backend}.png"));
        let ran = run(&tiles, &output, &["--seed", "9", "--backend", backend]).exits(0);
        // It says what it took.
        assert!(ran.err.contains("cpu: ") || ran.err.contains("gpu: "));
        assert!(png(&output) == expected, "{backend}");
    }
    let output = folder.join("gpu.png");
    let ran = run(&tiles, &output, &["--seed", "9", "--backend", "gpu"]);
    if ran.code == 2 && ran.err.contains("no GPU") {
        println!("1 part of a test skipped: {}", ran.err.trim());
    } else {
        ran.exits(0);
        assert!(png(&output) == expected, "gpu");
    }
    let other = folder.join("other.png");
    run(&tiles, &other, &["--seed", "10"]).exits(0);
    assert!(png(&other) != expected);
}

#[test]
fn without_an_adapter_the_gpu_is_an_error_and_auto_is_not() {
    let folder = folder("artifacts-no-gpu");
    let json = r#"{"schema":"orrery-tiles/1","tiles":[]}"#;
    let tiles = write(&folder, "tiles.json", json);
    let output = folder.join("out.png");
    let run = |backend: &str| {
        let mut command = command(&[&"codec", &"artifacts", &PHOTO, &"--backend", &backend]);
        command
            .arg("--tiles")
            .arg(&tiles)
            .arg("--output")
            .arg(&output);
        // Vulkan's loader finds no driver.
        let none = folder.join("none.json");
        command.env("VK_DRIVER_FILES", &none);
        command.env("VK_ICD_FILENAMES", &none);
        Ran::of(&command.output().expect("orrery starts"))
    };
    let ran = run("gpu").exits(2);
    assert!(ran.err.contains("no GPU"), "{ran:?}");
    assert!(!output.exists());
    let ran = run("auto").exits(0);
    assert!(ran.err.contains("cpu: ") && ran.err.contains("no GPU"));
    assert!(output.exists());
}

#[test]
fn what_is_wrong_is_said() {
    let folder = folder("artifacts-wrong");
    let output = folder.join("out.png");
    let tile = r#""x":0,"y":0,"width":8,"height":8"#;
    let list = |tile: &str| format!(r#"{{"schema":"orrery-tiles/1","tiles":[{{{tile}}}]}}"#);
    for (n, (json, message)) in [
        ("{".into(), "EOF"),
        (
            list(&tile.replace("\"x\":0", "\"z\":0")),
            "unknown field `z`",
        ),
        (list(&tile.replace("\"y\":0,", "")), "missing field `y`"),
        (
            list(&tile.replace("\"width\":8", "\"width\":-8")),
            "tile 0: `width` is -8; 1 to",
        ),
        (
            list(&format!("{tile},\"quality\":101")),
            "`quality` is 101; 1 to 100",
        ),
        (
            list(tile).replace("tiles/1", "tiles/2"),
            "`orrery-tiles/2`; `orrery-tiles/1`",
        ),
        (r#"{"schema":"orrery-tiles/1"}"#.into(), "one of `tiles`"),
        (
            r#"{"schema":"orrery-tiles/1","random":{"count":1,"min":9,"max":8}}"#.into(),
            "`max` is 8; 9 to",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let json: String = json;
        let tiles = write(&folder, &format!("{n}.json"), &json);
        let ran = run(&tiles, &output, &["--backend", "cpu"]).exits(3);
        assert!(ran.err.contains(message), "{message}: {ran:?}");
    }
    let good = write(&folder, "good.json", list(tile));
    run(&folder.join("none.json"), &output, &[]).exits(3);
    run(&good, &output, &["--quality", "0"]).exits(2);
    run(&good, &output, &["--quality", "101"]).exits(2);
    run(&good, &output, &["--backend", "tpu"]).exits(2);
    run(&good, &folder.join("out.gif"), &[]).exits(2);
    let text = write(&folder, "text.png", "no picture");
    orrery(&[
        &"codec",
        &"artifacts",
        &text,
        &"--tiles",
        &good,
        &"--output",
        &output,
    ])
    .exits(3);
    assert!(!output.exists());
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 10);
}
