use std::rc::Rc;

use orrery_vae_ans::codec::{PIXEL_LIMIT, Settings, compress, decompress};
use orrery_vae_ans::model::{DECODER, ENCODER, Options, Planes, Range, Vae, load};
use orrery_vae_ans::systems::{VaeDecode, VaeEncode};
use orrery_vae_ans::{Error, Key, Provider, World};
use rten_onnx::onnx::{DataType, Dimension, ModelProto};
use sha2::{Digest, Sha256};

use crate::{Random, kodak, png, psnr, scene};

const UNIT: Options = Options {
    scaling: 1.0,
    range: Range::Unit,
    reduction: 4,
};

fn latents(n: usize, h: usize, w: usize) -> Planes {
    let mut random = Random(3);
    Planes {
        data: (0..n * 4 * h * w)
            .map(|_| random.unit() as f32 - 0.5)
            .collect(),
        shape: [n, 4, h, w],
    }
}

#[test]
fn the_model_is_small_and_good_enough() {
    assert!(ENCODER.len() + DECODER.len() <= 8 << 20);
    let vae = Rc::new(Vae::builtin(Provider::Embedded, 0).unwrap());
    let mut sum = 0.0;
    let photos = kodak();
    for path in &photos {
        let (width, height, rgb) = png(path);
        let mut world = World::new(64 << 20).unwrap();
        world.context.entropy = false;
        let entity = world.spawn_image(width, height, &rgb).unwrap();
        let pipe = world.pipe(&[entity]) | VaeEncode::new(vae.clone());
        let world = pipe.to(VaeDecode::new(vae.clone())).run().unwrap();
        let found = psnr(&rgb, world.pixels(entity, &Key::RECON_RGB).unwrap());
        eprintln!("{}: {found:.2} dB", path.file_name().unwrap().display());
        sum += found;
    }
    if !photos.is_empty() {
        let mean = sum / photos.len() as f64;
        eprintln!("mean {mean:.2} dB");
        assert!(mean >= 27.0);
    }
}

#[test]
fn runtimes_agree() {
    let input = latents(2, 17, 23);
    let run = |provider| load("decoder", DECODER, provider, 1)?.run(input.clone());
    let embedded = run(Provider::Embedded).unwrap();
    assert_eq!(embedded.shape, [2, 3, 68, 92]);
    let compare = |other: &Planes| {
        assert_eq!(other.shape, embedded.shape);
        let pairs = other.data.iter().zip(&embedded.data);
        pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    };
    let fixed = compare(&run(Provider::FixedOrder).unwrap());
    eprintln!("fixed order and rten differ by at most {fixed:e}");
    assert!(fixed <= 1e-3);
    match run(Provider::OnnxRuntime) {
        Ok(other) => {
            let most = compare(&other);
            eprintln!("ONNX Runtime and rten differ by at most {most:e}; 1 ran, 0 skipped");
            assert!(most <= 1e-3);
            // Both directions at a time, within a pipeline.
            let (rten, ort) = (picture(Provider::Embedded), picture(Provider::OnnxRuntime));
            let pairs = rten.unwrap();
            let pairs = pairs.iter().zip(ort.as_ref().unwrap());
            assert!(pairs.map(|(a, b)| a.abs_diff(*b)).max() <= Some(1));
        }
        Err(Error::Provider { message, .. }) => eprintln!("0 ran, 1 skipped ({message})"),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn the_fixed_order_has_these_bits() {
    let vae = Vae::builtin(Provider::FixedOrder, 1).unwrap();
    let picture = vae.decode(latents(1, 9, 14)).unwrap();
    let bytes: Vec<u8> = picture.data.iter().flat_map(|v| v.to_le_bytes()).collect();
    let found = orrery_vae_ans::container::hex(&Sha256::digest(&bytes));
    // Also on another thread, beside others.
    let again = std::thread::spawn(|| {
        let vae = Vae::builtin(Provider::FixedOrder, 7).unwrap();
        vae.decode(latents(1, 9, 14)).unwrap().data
    });
    assert!(again.join().unwrap() == picture.data);
    let golden = include_str!("fixed-order.sha256").trim();
    assert_eq!(found, golden);
}

#[test]
fn foreign_models_work_with_their_scale() {
    let options = Options {
        scaling: 0.25,
        ..UNIT
    };
    let models = (Some(("mine", ENCODER)), Some(("mine", DECODER)));
    let foreign = Vae::from_bytes(models.0, models.1, options, Provider::Embedded, 1).unwrap();
    let foreign = Rc::new(foreign);
    let picture = scene(40, 32);
    let settings = Settings {
        step: 0.02,
        ..Settings::default()
    };
    let file = compress(&picture, 40, 32, &settings, &foreign).unwrap();
    let decoded = decompress(&file, Some(&foreign), PIXEL_LIMIT).unwrap();
    assert!(psnr(&picture, &decoded.rgb) > 24.0);
    let error = decompress(&file, None, PIXEL_LIMIT).unwrap_err();
    assert!(error.to_string().contains("foreign"), "{error}");
    // Used otherwise than the encoder did it would give another picture.
    for other in [
        Options {
            scaling: 0.5,
            ..options
        },
        Options {
            range: Range::Signed,
            ..options
        },
        Options {
            reduction: 8,
            ..options
        },
    ] {
        let vae = Vae::from_bytes(models.0, models.1, other, Provider::Embedded, 1).unwrap();
        let error = decompress(&file, Some(&Rc::new(vae)), PIXEL_LIMIT).unwrap_err();
        assert!(matches!(error, Error::ModelShape { .. }), "{error}");
    }
    for bad in [
        Options {
            scaling: 0.0,
            ..UNIT
        },
        Options {
            scaling: f32::NAN,
            ..UNIT
        },
        Options {
            reduction: 0,
            ..UNIT
        },
    ] {
        let vae = Vae::from_bytes(models.0, None, bad, Provider::Embedded, 1);
        assert!(matches!(vae, Err(Error::Parameter { .. })));
    }
    let wrong = Options {
        reduction: 8,
        ..UNIT
    };
    let vae = Vae::from_bytes(models.0, models.1, wrong, Provider::Embedded, 1).unwrap();
    let error = vae.decode(latents(1, 2, 2)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "model mine: its decoder gives [1, 3, 8, 8] where [1, 3, 16, 16] is needed"
    );
}

/// A picture through both networks.
fn picture(provider: Provider) -> Result<Vec<u8>, Error> {
    let vae = Rc::new(Vae::builtin(provider, 1)?);
    let mut world = World::new(1 << 20)?;
    let entity = world.spawn_image(40, 24, &scene(40, 24))?;
    let pipe = world.pipe(&[entity]) | VaeEncode::new(vae.clone());
    let world = pipe.to(VaeDecode::new(vae)).run()?;
    Ok(world.pixels(entity, &Key::RECON_RGB)?.to_vec())
}

/// The built-in decoder, changed.
fn changed(change: impl FnOnce(&mut ModelProto)) -> Result<Planes, Error> {
    let mut model = ModelProto::parse_buf(DECODER).unwrap();
    change(&mut model);
    let bytes = model.write_buf().unwrap();
    let vae = Vae::from_bytes(None, Some(("bad", &bytes)), UNIT, Provider::Embedded, 1)?;
    vae.decode(latents(1, 3, 3))
}

#[test]
fn unfit_models_are_named() {
    assert!(changed(|_| ()).is_ok());
    let graph = |m: &mut ModelProto| m.graph.take().unwrap();
    let says = |result: Result<Planes, Error>, what: &str| {
        let message = result.unwrap_err().to_string();
        assert!(
            message.starts_with("model bad") && message.contains(what),
            "{message}"
        );
    };
    let operator = changed(|m| {
        m.graph.as_mut().unwrap().node[1].op_type = Some("Frobnicate".into());
    });
    match operator {
        Err(Error::MissingOperators { operators, .. }) => assert_eq!(operators, ["Frobnicate"]),
        other => panic!("{other:?}"),
    }
    says(
        changed(|m| {
            let kind = m.graph.as_mut().unwrap().input[0].r#type.as_mut().unwrap();
            kind.tensor_type.as_mut().unwrap().elem_type = Some(DataType::INT64);
        }),
        "its input latent is INT64, not FLOAT",
    );
    says(
        changed(|m| {
            let kind = m.graph.as_mut().unwrap().output[0].r#type.as_mut().unwrap();
            let shape = kind.tensor_type.as_mut().unwrap().shape.as_mut().unwrap();
            shape.dim.push(Dimension::default());
        }),
        "has 5 axes, not 4",
    );
    says(
        changed(|m| {
            let input = m.graph.as_ref().unwrap().input[0].clone();
            let mut second = input;
            second.name = Some("timestep".into());
            m.graph.as_mut().unwrap().input.push(second);
        }),
        "timestep",
    );
    says(changed(|m| drop(graph(m))), "no graph");
    says(
        changed(|m| m.graph.as_mut().unwrap().initializer[0].dims = vec![1 << 40, 1 << 40]),
        "has the shape",
    );
    says(
        changed(|m| m.graph.as_mut().unwrap().node[0].attribute[0].ints = vec![1 << 30, 1]),
        "is 1073741824",
    );
    // A decoder where an encoder is needed.
    let vae = Vae::from_bytes(Some(("d", DECODER)), None, UNIT, Provider::Embedded, 1).unwrap();
    let picture = Planes {
        data: vec![0.0; 3 * 64],
        shape: [1, 3, 8, 8],
    };
    let error = vae.encode(picture).unwrap_err();
    assert!(
        matches!(error, Error::ModelRun { .. } | Error::ModelShape { .. }),
        "{error}"
    );
    for bytes in [&b""[..], b"not a model at all", &DECODER[..1000]] {
        assert!(load("x", bytes, Provider::Embedded, 1).is_err());
        assert!(load("x", bytes, Provider::FixedOrder, 1).is_err());
    }
}
