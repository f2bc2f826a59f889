//! Between floating-point latents and the integers of the container.

use crate::Error;
use crate::core::{Bound, DType, Entity, Key, Latent, Port, System, World};

/// Integer latents lie in `-FIXED_LIMIT ..= FIXED_LIMIT`; the encoder clamps.
/// With the Hadamard sum (2 bits) and at most eight wavelet levels every
/// coefficient then fits 31 bits (docs/formats/vae-ans.md, "Bit growth").
pub const FIXED_LIMIT: i32 = (1 << 17) - 1;

/// `Latent4` f32 to i32 with this many fraction bits, rounded to nearest with
/// ties away from zero, clamped to [`FIXED_LIMIT`]; what is not a number is 0.
#[derive(Clone, Copy, Debug)]
pub struct ToFixed {
    /// Bits behind the point, 0 to 12.
    pub fraction: u8,
}

/// `Latent4` i32 back to f32.
#[derive(Clone, Copy, Debug)]
pub struct FromFixed;

impl System for ToFixed {
    fn name(&self) -> String {
        format!("ToFixed({})", self.fraction)
    }
    fn requires(&self) -> Vec<Port> {
        vec![Port::of::<Latent>(Key::LATENT4)]
    }
    fn produces(&self) -> Vec<Port> {
        vec![Port::of::<Latent>(Key::LATENT4)]
    }
    fn run(&self, world: &mut World, bound: &Bound, group: &[Entity]) -> Result<(), Error> {
        let factor = (1u32 << self.fraction.min(31)) as f32;
        convert(
            world,
            bound,
            group,
            DType::I32,
            self.fraction,
            |arena, from, to| {
                let (from, to) = arena.pair::<f32, i32>(from, to)?;
                for (value, fixed) in from.iter().zip(to) {
                    *fixed = ((value * factor).round() as i32).clamp(-FIXED_LIMIT, FIXED_LIMIT);
                }
                Ok(())
            },
        )
    }
}

impl System for FromFixed {
    fn name(&self) -> String {
        "FromFixed".into()
    }
    fn requires(&self) -> Vec<Port> {
        vec![Port::of::<Latent>(Key::LATENT4)]
    }
    fn produces(&self) -> Vec<Port> {
        vec![Port::of::<Latent>(Key::LATENT4)]
    }
    fn run(&self, world: &mut World, bound: &Bound, group: &[Entity]) -> Result<(), Error> {
        let first = world.get::<Latent>(group[0], &bound.inputs[0])?;
        // A power of two: the division is exact.
        let factor = 1.0 / (1u32 << first.fraction.min(31)) as f32;
        convert(world, bound, group, DType::F32, 0, |arena, from, to| {
            let (from, to) = arena.pair::<i32, f32>(from, to)?;
            for (fixed, value) in from.iter().zip(to) {
                *value = *fixed as f32 * factor;
            }
            Ok(())
        })
    }
}

/// Writes a group's latents into a new batch of another element type.
fn convert(
    world: &mut World,
    bound: &Bound,
    group: &[Entity],
    dtype: DType,
    fraction: u8,
    each: impl Fn(&mut crate::Arena, &crate::TensorRef, &crate::TensorRef) -> Result<(), Error>,
) -> Result<(), Error> {
    let shape = world
        .get::<Latent>(group[0], &bound.inputs[0])?
        .values
        .shape()
        .to_vec();
    let (_, parts) = world.batch(group.len(), &shape, dtype)?;
    for (&entity, values) in group.iter().zip(parts) {
        let latent = world.get::<Latent>(entity, &bound.inputs[0])?.clone();
        each(world.arena_mut(), &latent.values, &values)?;
        let size = latent.size;
        world.attach(
            entity,
            bound.outputs[0].clone(),
            Latent {
                values,
                size,
                fraction,
            },
        );
    }
    Ok(())
}
