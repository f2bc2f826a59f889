use std::rc::Rc;

use orrery_vae_ans::codec::{PIXEL_LIMIT, Settings, compress_in, decompress_in};
use orrery_vae_ans::model::Vae;
use orrery_vae_ans::report::Report;
use orrery_vae_ans::systems::{MetricPsnr, MetricSsim};
use orrery_vae_ans::{Error, Image, Key, Provider, Symbols, World};

use crate::{psnr, scene};

/// Every part of a report is what the world has.
#[test]
fn reports_say_what_happened() {
    let vae = Rc::new(Vae::builtin(Provider::Embedded, 1).unwrap());
    // Wider than 48 cells, and no multiple of a cell.
    let (width, height) = (101, 37);
    let picture = scene(width, height);
    let mut world = World::new(8 << 20).unwrap();
    let entity = world.spawn_image(width, height, &picture).unwrap();
    let none = Report::new(&world).add(&mut world, entity, "early", 1);
    assert!(
        matches!(none, Err(Error::MissingComponent { .. })),
        "{none:?}"
    );
    let file = compress_in(&mut world, &[entity], &Settings::default(), &vae)
        .unwrap()
        .remove(0);
    let decoded = decompress_in(&mut world, &[&file], Some(&vae), PIXEL_LIMIT).unwrap()[0];
    let recon = world
        .get::<Image>(decoded, &Key::RECON_RGB)
        .unwrap()
        .clone();
    world.attach(entity, Key::RECON_RGB, recon);
    (world.pipe(&[entity]) | MetricPsnr | MetricSsim)
        .run()
        .unwrap();
    let high_water = world.arena().high_water();
    let mut report = Report::new(&world);
    report.add(&mut world, entity, "a <b>", file.len()).unwrap();
    report
        .curves
        .push(("curve & more".into(), vec![(0.5, 30.0), (1.0, 33.0)]));

    let entry = &report.entries[0];
    assert_eq!(
        (entry.width, entry.height, entry.bytes),
        (width, height, file.len())
    );
    let bits = file.len() as f64 * 8.0 / (width * height) as f64;
    assert!((entry.bits_per_pixel - bits).abs() < 1e-9);
    let recon = world.pixels(entity, &Key::RECON_RGB).unwrap();
    let found = entry
        .metrics
        .iter()
        .find(|(name, _)| name == "psnr")
        .unwrap()
        .1;
    assert!((found - psnr(&picture, recon)).abs() < 1e-9);
    // The histogram counts every symbol, its ends what lies beyond.
    let symbols = &world.get::<Symbols>(entity, &Key::SYMBOLS).unwrap().symbols;
    let symbols = world.arena().slice::<i32>(symbols).unwrap();
    for (place, &count) in entry.histogram.iter().enumerate() {
        let value = place as i32 - 16;
        let counted = symbols
            .iter()
            .filter(|&&s| s.clamp(-16, 16) == value)
            .count();
        assert_eq!(count as usize, counted, "{value}");
    }
    assert_eq!(entry.histogram.iter().sum::<u32>() as usize, symbols.len());
    // Cells of three pixels; the last column's are narrower, the last row's lower.
    let (map, columns) = &entry.residual_map;
    assert_eq!((*columns, map.len()), (34, 34 * 13));
    let cell = |column: usize, row: usize| {
        let (mut sum, mut count) = (0u32, 0u32);
        for y in row * 3..(row * 3 + 3).min(height) {
            for x in column * 3..(column * 3 + 3).min(width) {
                for at in (y * width + x) * 3..(y * width + x) * 3 + 3 {
                    sum += u32::from(picture[at].abs_diff(recon[at]));
                    count += 1;
                }
            }
        }
        f64::from(sum) / f64::from(count)
    };
    for (column, row) in [(0, 0), (33, 0), (17, 6), (0, 12), (33, 12)] {
        let found = map[row * columns + column];
        assert!(
            (found - cell(column, row)).abs() < 1e-9,
            "({column}, {row})"
        );
    }
    assert_eq!(report.arena_high_water, high_water);

    let json: serde_json::Value = serde_json::from_str(&report.to_json()).unwrap();
    assert_eq!(json["schema"], "orrery-vae-report/1");
    let steps = json["trace"].as_array().unwrap();
    let names: Vec<&str> = steps
        .iter()
        .map(|s| s["system"].as_str().unwrap())
        .collect();
    for name in [
        "VaeEncode",
        "Hadamard4",
        "Quantise",
        "AnsEncode",
        "AnsDecode",
        "VaeDecode",
        "psnr",
    ] {
        assert!(names.contains(&name), "{names:?}");
    }
    let encode = &steps[names.iter().position(|n| *n == "VaeEncode").unwrap()];
    assert_eq!(
        encode["outputs"][0]["shape"],
        serde_json::json!([4, 10, 26])
    );
    assert_eq!(encode["outputs"][0]["dtype"], "f32");
    assert!(encode["outputs"][0]["entropy"].as_f64().unwrap() > 1.0);
    assert!(encode["seconds"].as_f64().unwrap() > 0.0 && encode["seed"] == 0);

    let html = report.to_html();
    // Curves, a histogram and a residual map; every step has a row.
    assert_eq!(html.matches("<svg").count(), 3);
    assert_eq!(html.matches("<tr>").count(), 1 + steps.len());
    assert!(
        html.contains("a &lt;b>") && html.contains("curve &amp; more"),
        "names are text"
    );
    assert!(!html.contains("<script") && !html.contains("src="));
}
