use std::rc::Rc;

use orrery_vae_ans::systems::{
    AddResidual, GaussianBlur, Hadamard4, MetricPsnr, QuantiseU8, SubtractRecon, ToFixed,
    VaeDecode, VaeEncode, WaveletForward,
};
use orrery_vae_ans::{
    Error, Image, Key, Latent, Provider, Residual, Schedule, System, World, model::Vae,
};

use crate::scene;

fn vae() -> Rc<Vae> {
    Rc::new(Vae::builtin(Provider::Embedded, 1).unwrap())
}

#[test]
fn systems_in_any_order_find_theirs() {
    let systems: Vec<Rc<dyn System>> = vec![
        Rc::new(QuantiseU8 { per_band: true }),
        Rc::new(WaveletForward::cdf53(2).unwrap()),
        Rc::new(VaeEncode::new(vae())),
        Rc::new(Hadamard4),
    ];
    let schedule = Schedule::resolve(systems.clone(), &[Key::RGB]).unwrap();
    assert_eq!(
        schedule.names(),
        ["VaeEncode", "Hadamard4", "Wavelet(Cdf53, 2)", "QuantiseU8"]
    );
    let mut world = World::new(1 << 20).unwrap();
    let entity = world.spawn_image(32, 32, &scene(32, 32)).unwrap();
    schedule.run(&mut world, &[entity]).unwrap();
    assert!(world.has(entity, &Key::SYMBOLS));

    // Without the rotation nothing makes YUVW4.
    let without: Vec<_> = systems[..3].to_vec();
    match Schedule::resolve(without, &[Key::RGB]) {
        Err(Error::MissingComponent { system, component }) => {
            assert_eq!(
                (system.as_str(), component.as_str()),
                ("Wavelet(Cdf53, 2)", "YUVW4")
            );
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_pipe_names_what_is_missing_before_it_runs() {
    let mut world = World::new(1 << 20).unwrap();
    let entity = world.spawn_image(8, 8, &scene(8, 8)).unwrap();
    let pipe = world.pipe(&[entity]) | VaeEncode::new(vae()) | WaveletForward::haar(1).unwrap();
    // A Latent4 is of the kind the wavelet takes: the rotation may be left out.
    assert!(pipe.run().is_ok());
    world.context.trace.clear();
    let pipe = world
        .pipe(&[entity])
        .to(VaeEncode::new(vae()))
        .to(AddResidual);
    let error = pipe.run().unwrap_err();
    assert_eq!(
        error.to_string(),
        "AddResidual needs ReconRGB, which nothing before it produces"
    );
    assert!(world.context.trace.is_empty());
}

#[test]
fn equal_shapes_run_as_one_batch() {
    let mut world = World::new(8 << 20).unwrap();
    let (small, large) = (scene(16, 12), scene(24, 16));
    let mut entities = world
        .spawn_batch_rgb(16, 12, &[&small, &small, &small])
        .unwrap();
    entities.extend(world.spawn_batch_rgb(24, 16, &[&large, &large]).unwrap());
    entities.swap(1, 4);
    let mut world = (world.pipe(&entities) | VaeEncode::new(vae()) | Hadamard4)
        .run()
        .unwrap();
    assert_eq!(world.context.runs("VaeEncode"), 2);
    assert_eq!(world.context.runs("Hadamard4"), 2);
    // A batch is contiguous, and each entity's part is a view into it.
    let at = |world: &World, e| {
        world
            .get::<Latent>(e, &Key::LATENT4)
            .unwrap()
            .values
            .offset()
    };
    assert_eq!(
        at(world, 2) - at(world, 0),
        2 * 4 * 3 * 4 * 4 - 4 * 3 * 4 * 4
    );
    // Alone and in a batch: the same latents.
    let batched = world
        .get::<Latent>(2, &Key::LATENT4)
        .unwrap()
        .values
        .clone();
    let batched = world.arena().slice::<f32>(&batched).unwrap().to_vec();
    world = (world.pipe(&[2]) | VaeEncode::new(vae())).run().unwrap();
    let alone = world
        .get::<Latent>(2, &Key::LATENT4)
        .unwrap()
        .values
        .clone();
    let alone = world.arena().slice::<f32>(&alone).unwrap();
    for (a, b) in alone.iter().zip(&batched) {
        assert!((a - b).abs() < 1e-5);
    }
}

/// Latents of one shape whose pictures, element types or fraction bits differ do not share a run.
#[test]
fn what_differs_beyond_the_shape_runs_apart() {
    let mut world = World::new(8 << 20).unwrap();
    // Both have latents of 4x3.
    let sizes = [(16, 12), (15, 11), (16, 12)];
    let entities = sizes.map(|(w, h)| world.spawn_image(w, h, &scene(w, h)).unwrap());
    let pipe = world.pipe(&entities) | VaeEncode::new(vae()) | VaeDecode::new(vae());
    let world = pipe.run().unwrap();
    assert_eq!(world.context.runs("VaeEncode"), 2);
    assert_eq!(world.context.runs("VaeDecode"), 2);
    for (entity, (w, h)) in entities.into_iter().zip(sizes) {
        let recon = world.get::<Image>(entity, &Key::RECON_RGB).unwrap();
        assert_eq!(recon.pixels.shape(), [h, w, 3]);
    }

    // One of the equal ones becomes integers, then with other fraction bits.
    let pair = [entities[0], entities[2]];
    for (fraction, count) in [(None, 1), (Some(0), 2), (Some(8), 2), (Some(4), 2)] {
        world.context.trace.clear();
        if let Some(fraction) = fraction {
            let both = |world: &mut World, entity, fraction| {
                let pipe = world
                    .pipe(&[entity])
                    .select("RGB")
                    .to(VaeEncode::new(vae()));
                pipe.to(ToFixed { fraction }).run().map(|_| ()).unwrap();
            };
            both(world, pair[1], fraction);
            if fraction == 4 {
                both(world, pair[0], 8);
            }
        }
        (world.pipe(&pair) | Hadamard4).run().unwrap();
        assert_eq!(world.context.runs("Hadamard4"), count, "{fraction:?}");
    }
}

/// The entropy of what a step made, in a trace.
#[test]
fn the_trace_estimates_entropies() {
    let mut world = World::new(1 << 20).unwrap();
    // Four equal shares, flat, and two values one of which comes once in four.
    for (shares, bits) in [
        (vec![0, 85, 170, 255], 2.0),
        (vec![9], 0.0),
        (vec![0, 0, 0, 200], 0.811_278),
    ] {
        let pixels: Vec<u8> = (0..64 * 64 * 3)
            .map(|i| shares[i / 3 / 64 % shares.len()])
            .collect();
        let entity = world.spawn_image(64, 64, &pixels).unwrap();
        let recon = world.get::<Image>(entity, &Key::RGB).unwrap().clone();
        world.attach(entity, Key::RECON_RGB, recon);
        // Its own reconstruction: the residual is 0, and the sum the picture.
        let world = world
            .pipe(&[entity])
            .to(SubtractRecon)
            .to(AddResidual)
            .run()
            .unwrap();
        assert!(world.pixels(entity, &Key::RESTORED_RGB).unwrap() == pixels);
        let step = world.context.trace.last().unwrap();
        let found = step.outputs[0].entropy.unwrap();
        assert!((found - bits).abs() < 1e-5, "{shares:?}: {found}");
    }
    world.context.entropy = false;
    let entity = world.spawn_image(8, 8, &[0; 192]).unwrap();
    let pipe = world.pipe(&[entity]) | GaussianBlur::new(1.0).unwrap();
    assert_eq!(
        pipe.run().unwrap().context.trace.last().unwrap().outputs[0].entropy,
        None
    );
}

#[test]
fn branches_blur_and_residuals() {
    let mut world = World::new(8 << 20).unwrap();
    let picture = scene(40, 28);
    let entity = world.spawn_image(40, 28, &picture).unwrap();
    world.context.seed = 7;
    let world = world
        .pipe(&[entity])
        .to(VaeEncode::new(vae()))
        .to(VaeDecode::new(vae()))
        .fork(|branch| {
            branch
                .select("ReconRGB")
                .to(GaussianBlur::new(1.5).unwrap())
                .to_as(GaussianBlur::new(3.0).unwrap(), "Twice")
        })
        .to(MetricPsnr)
        .to(SubtractRecon)
        .to(AddResidual)
        .run()
        .unwrap();
    assert_eq!(world.pixels(entity, &Key::RESTORED_RGB).unwrap(), picture);
    assert!(world.metric(entity, "psnr").unwrap() > 20.0);
    let residual = world.get::<Residual>(entity, &Key::RESIDUAL_RGB).unwrap();
    assert_eq!(residual.values.shape(), [28, 40, 3]);
    // Blurring takes away differences, twice more so.
    let rough = |key: &Key| -> u64 {
        let pixels = world.pixels(entity, key).unwrap();
        let pairs = pixels.windows(4);
        pairs.map(|w| u64::from(w[0].abs_diff(w[3]))).sum()
    };
    let (sharp, once) = (rough(&Key::RECON_RGB), rough(&Key::BLUR_RGB));
    assert!(rough(&Key::new("Twice")) < once && once < sharp);
    let trace = &world.context.trace;
    let encode = &trace[0];
    assert_eq!((encode.system.as_str(), encode.seed), ("VaeEncode", 7));
    assert_eq!(encode.outputs[0].shape, [4, 7, 10]);
    assert_eq!(encode.outputs[0].dtype, "f32");
    assert!(encode.outputs[0].entropy.unwrap() > 1.0);
    assert!(trace.iter().all(|s| s.seconds >= 0.0));
    let handle = world.pipe(&[entity]).out::<Image>("BlurRGB").unwrap();
    assert_eq!(handle.colourspace, "sRGB");
    assert!(matches!(
        world.pipe(&[entity]).out::<Latent>("BlurRGB"),
        Err(Error::WrongKind { .. })
    ));
}

#[test]
fn blur_keeps_flat_pictures_and_mirrors_the_formula() {
    let mut world = World::new(1 << 20).unwrap();
    let flat = world.spawn_image(9, 5, &[77; 135]).unwrap();
    let mut dot = vec![0u8; 11 * 11 * 3];
    dot[(5 * 11 + 5) * 3] = 255;
    let dot = world.spawn_image(11, 11, &dot).unwrap();
    let blur = GaussianBlur::new(1.0).unwrap();
    let world = world
        .pipe(&[flat, dot])
        .select("RGB")
        .to(blur)
        .run()
        .unwrap();
    assert_eq!(world.pixels(flat, &Key::BLUR_RGB).unwrap(), [77; 135]);
    // exp(-d^2/2) cut at 3: the middle weight is 0.39905.
    let blurred = world.pixels(dot, &Key::BLUR_RGB).unwrap();
    assert_eq!(
        blurred[(5 * 11 + 5) * 3],
        (255.0f64 * 0.39905 * 0.39905).round() as u8
    );
    assert_eq!(blurred[(5 * 11 + 5) * 3 + 1], 0);
    // Of a bright column: the weights themselves, up to a distance of three.
    let mut column = [0; 11 * 11 * 3];
    for y in 0..11 {
        column[(y * 11 + 5) * 3] = 255;
    }
    let column = world.spawn_image(11, 11, &column).unwrap();
    let world = world.pipe(&[column]).select("RGB").to(blur).run().unwrap();
    let blurred = world.pixels(column, &Key::BLUR_RGB).unwrap();
    let row: Vec<u8> = (0..11).map(|x| blurred[(2 * 11 + x) * 3]).collect();
    assert_eq!(row, [0, 0, 1, 14, 62, 102, 62, 14, 1, 0, 0]);
    assert!(GaussianBlur::new(0.0).is_err() && GaussianBlur::new(f32::NAN).is_err());
}

#[test]
fn a_full_arena_is_an_error() {
    let mut world = World::new(3500).unwrap();
    let entity = world.spawn_image(32, 32, &scene(32, 32)).unwrap();
    let error = world
        .pipe(&[entity])
        .to(VaeEncode::new(vae()))
        .run()
        .unwrap_err();
    assert!(matches!(error, Error::OutOfArena { .. }), "{error}");
    assert!(world.spawn_image(2, 2, &[0; 11]).is_err());
    assert!(world.spawn_image(0, 2, &[]).is_err());
}
