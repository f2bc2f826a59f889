//! A transform from outside the crate: a 4-point DCT over the latent channels
//! in place of the rotation, with a component of its own. Nothing in the crate
//! knows of it.

use std::rc::Rc;

use orrery_vae_ans::systems::{AnsEncode, QuantiseU8, VaeDecode, VaeEncode, WaveletForward};
use orrery_vae_ans::{
    Bitstream, Bound, Component, DType, Entity, Error, Image, Key, Latent, Port, Provider,
    Schedule, System, TensorRef, World, model::Vae,
};

const DCT4: Key = Key::new("Dct4");

#[derive(Clone, Debug)]
struct Dct {
    values: TensorRef,
    size: [usize; 2],
}

impl Component for Dct {
    fn tensor(&self) -> &TensorRef {
        &self.values
    }
}

fn matrix(row: usize, column: usize) -> f32 {
    let scale = if row == 0 { 0.5 } else { 0.5f32.sqrt() };
    let angle = std::f32::consts::PI * (2 * column + 1) as f32 * row as f32 / 8.0;
    scale * angle.cos()
}

fn turn(
    world: &mut World,
    from: &TensorRef,
    to: &TensorRef,
    entry: impl Fn(usize, usize) -> f32,
) -> Result<(), Error> {
    let (from, to) = world.arena_mut().pair::<f32, f32>(from, to)?;
    let plane = from.len() / 4;
    for row in 0..4 {
        for place in 0..plane {
            let products = (0..4).map(|c| entry(row, c) * from[c * plane + place]);
            to[row * plane + place] = products.sum();
        }
    }
    Ok(())
}

struct DctEncode;
struct DctDecode;

impl System for DctEncode {
    fn name(&self) -> String {
        "DctEncode".into()
    }
    fn requires(&self) -> Vec<Port> {
        vec![Port::of::<Latent>(Key::LATENT4)]
    }
    fn produces(&self) -> Vec<Port> {
        vec![Port::of::<Dct>(DCT4)]
    }
    fn run(&self, world: &mut World, bound: &Bound, group: &[Entity]) -> Result<(), Error> {
        for &entity in group {
            let latent = world.get::<Latent>(entity, &bound.inputs[0])?.clone();
            let values = world.arena_mut().alloc(latent.values.shape(), DType::F32)?;
            turn(world, &latent.values, &values, matrix)?;
            let size = latent.size;
            world.attach(entity, bound.outputs[0].clone(), Dct { values, size });
        }
        Ok(())
    }
}

impl System for DctDecode {
    fn name(&self) -> String {
        "DctDecode".into()
    }
    fn requires(&self) -> Vec<Port> {
        vec![Port::of::<Dct>(DCT4)]
    }
    fn produces(&self) -> Vec<Port> {
        vec![Port::of::<Latent>(Key::LATENT4)]
    }
    fn run(&self, world: &mut World, bound: &Bound, group: &[Entity]) -> Result<(), Error> {
        for &entity in group {
            let dct = world.get::<Dct>(entity, &bound.inputs[0])?.clone();
            let values = world.arena_mut().alloc(dct.values.shape(), DType::F32)?;
            turn(world, &dct.values, &values, |r, c| matrix(c, r))?;
            let latent = Latent {
                values,
                size: dct.size,
                fraction: 0,
            };
            world.attach(entity, bound.outputs[0].clone(), latent);
        }
        Ok(())
    }
}

#[test]
fn a_transform_from_outside_takes_part() {
    let vae = Rc::new(Vae::builtin(Provider::Embedded, 1).unwrap());
    let picture: Vec<u8> = (0..32 * 24 * 3).map(|i| (i / 3 % 32 * 7) as u8).collect();
    let mut world = World::new(2 << 20).unwrap();
    let entity = world.spawn_image(32, 24, &picture).unwrap();
    let pipe = world.pipe(&[entity]) | VaeEncode::new(vae.clone()) | DctEncode | DctDecode;
    let pipe = pipe.fork(|p| {
        p.to(WaveletForward::cdf53(2).unwrap())
            .to(QuantiseU8 { per_band: true })
            .to(AnsEncode)
    });
    let world = pipe.to(VaeDecode::new(vae.clone())).run().unwrap();
    assert!(world.get::<Bitstream>(entity, &Key::BITSTREAM).is_ok());
    let through = world.pixels(entity, &Key::RECON_RGB).unwrap().to_vec();
    let pipe = world.pipe(&[entity]) | VaeEncode::new(vae.clone());
    let plain = pipe
        .to(VaeDecode::new(vae.clone()))
        .out::<Image>("ReconRGB");
    let plain = plain.unwrap().pixels.clone();
    let plain = world.arena().slice::<u8>(&plain).unwrap();
    let most = plain
        .iter()
        .zip(&through)
        .map(|(a, b)| a.abs_diff(*b))
        .max();
    assert!(
        most <= Some(1),
        "an orthonormal pair changes nothing: {most:?}"
    );

    // The scheduler places it by what it needs and makes.
    let systems: Vec<Rc<dyn System>> = vec![Rc::new(DctEncode), Rc::new(VaeEncode::new(vae))];
    let names = Schedule::resolve(systems, &[Key::RGB]).unwrap().names();
    assert_eq!(names, ["VaeEncode", "DctEncode"]);
}
