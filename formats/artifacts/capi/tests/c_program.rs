//! A C program is compiled against the header, linked with the library and run.

use std::path::{Path, PathBuf};
use std::process::Command;

use orrery_artifacts::{Channels, Choice, Context, ImageMut, Quality, RandomTiles, Tile};

/// The shared library that cargo built for this test, beside it.
fn library() -> PathBuf {
    let name = format!(
        "{}orrery_artifacts_c{}",
        std::env::consts::DLL_PREFIX,
        std::env::consts::DLL_SUFFIX
    );
    let test = std::env::current_exe().expect("a path");
    let found = test.ancestors().skip(1).take(2).map(|f| f.join(&name));
    found
        .into_iter()
        .find(|path| path.is_file())
        .unwrap_or_else(|| panic!("{name} beside {}", test.display()))
}

/// The same as `use.c`, in Rust.
fn expected() -> String {
    let (width, height, stride) = (100, 70, 412);
    let mut pixels: Vec<u8> = (0..stride * height as usize)
        .map(|i| (i * i / 7 + i / 3) as u8)
        .collect();
    let random = RandomTiles {
        count: 7,
        min: 16,
        max: 64,
    };
    let mut tiles = random
        .tiles(width, height, Quality::new(10).unwrap(), 7)
        .unwrap();
    tiles.push(Tile {
        x: -20,
        y: -20,
        width: 50,
        height: 60,
        quality: Quality::new(3).unwrap(),
    });
    let mut image =
        ImageMut::with_stride(&mut pixels, width, height, Channels::Rgba, stride).unwrap();
    let mut context = Context::with_threads(Choice::Cpu, 1).unwrap();
    context.apply(&mut image, &tiles).unwrap();
    let hash = pixels
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, &byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    format!("{hash:016x}\n")
}

#[test]
fn a_c_program_does_what_rust_does() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("use");
    let library = library();
    let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".into());
    let compiled = Command::new(&compiler)
        .args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-I"])
        .arg(here.join("include"))
        .arg(here.join("tests/use.c"))
        .arg(&library)
        .arg("-o")
        .arg(&program)
        .output();
    let Ok(compiled) = compiled else {
        println!("1 test skipped: no C compiler ({compiler})");
        return;
    };
    assert!(
        compiled.status.success(),
        "{}",
        String::from_utf8_lossy(&compiled.stderr)
    );
    let folder = library.parent().expect("a folder");
    let run = |argument: Option<&str>| {
        let ran = Command::new(&program)
            .args(argument)
            .env("LD_LIBRARY_PATH", folder)
            .env("DYLD_LIBRARY_PATH", folder)
            // Vulkan's loader finds no driver.
            .env("VK_DRIVER_FILES", folder.join("none.json"))
            .env("VK_ICD_FILENAMES", folder.join("none.json"))
            .output()
            .expect("the program runs");
        assert!(ran.status.success(), "{ran:?}");
        ran
    };
    if cfg!(target_os = "linux") {
        run(Some("no-gpu"));
    }
    let ran = run(None);
    assert_eq!(String::from_utf8_lossy(&ran.stdout), expected());
}
