//! The Hadamard rotation of the four latent channels.
//!
//! On f32 it is orthonormal, `1/2` times the matrix below, and its own inverse.
//! On i32 the `1/2` is left out, so that nothing is lost: values grow by two
//! bits, and the inverse shifts right by 2 after the same sums. A coded
//! coefficient need not be a sum of integers; then the shift rounds down.
//!
//! ```text
//! 1  1  1  1
//! 1 -1  1 -1
//! 1  1 -1 -1
//! 1 -1 -1  1
//! ```

use crate::Error;
use crate::core::{Bound, DType, Entity, Key, Latent, Port, System, World};

/// `Latent4` to `YUVW4`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hadamard4;

/// `YUVW4` to `Latent4`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hadamard4Inverse;

impl Hadamard4 {
    /// The inverse system.
    pub fn inverse() -> Hadamard4Inverse {
        Hadamard4Inverse
    }
}

impl System for Hadamard4 {
    fn name(&self) -> String {
        "Hadamard4".into()
    }
    fn requires(&self) -> Vec<Port> {
        vec![Port::of::<Latent>(Key::LATENT4)]
    }
    fn produces(&self) -> Vec<Port> {
        vec![Port::of::<Latent>(Key::YUVW4)]
    }
    fn run(&self, world: &mut World, bound: &Bound, group: &[Entity]) -> Result<(), Error> {
        rotate(world, bound, group, 0)
    }
}

impl System for Hadamard4Inverse {
    fn name(&self) -> String {
        "Hadamard4.inverse".into()
    }
    fn requires(&self) -> Vec<Port> {
        vec![Port::of::<Latent>(Key::YUVW4)]
    }
    fn produces(&self) -> Vec<Port> {
        vec![Port::of::<Latent>(Key::LATENT4)]
    }
    fn run(&self, world: &mut World, bound: &Bound, group: &[Entity]) -> Result<(), Error> {
        rotate(world, bound, group, 2)
    }
}

fn rotate(world: &mut World, bound: &Bound, group: &[Entity], shift: u32) -> Result<(), Error> {
    let first = &world.get::<Latent>(group[0], &bound.inputs[0])?.values;
    let (shape, dtype) = (first.shape().to_vec(), first.dtype());
    if shape.len() != 3 || shape[0] != 4 {
        return Err(Error::WrongShape {
            what: bound.inputs[0].to_string(),
            found: shape,
            expected: "(4, h, w)".into(),
        });
    }
    let (_, parts) = world.batch(group.len(), &shape, dtype)?;
    for (&entity, values) in group.iter().zip(parts) {
        let latent = world.get::<Latent>(entity, &bound.inputs[0])?.clone();
        let arena = world.arena_mut();
        if dtype == DType::F32 {
            let (from, to) = arena.pair::<f32, f32>(&latent.values, &values)?;
            planes(from, to, |[a, b, c, d]| {
                let (ab, cd, amb, cmd) = (a + b, c + d, a - b, c - d);
                [
                    0.5 * (ab + cd),
                    0.5 * (amb + cmd),
                    0.5 * (ab - cd),
                    0.5 * (amb - cmd),
                ]
            });
        } else {
            let (from, to) = arena.pair::<i32, i32>(&latent.values, &values)?;
            planes(from, to, |[a, b, c, d]: [i32; 4]| {
                let (ab, cd) = (a.wrapping_add(b), c.wrapping_add(d));
                let (amb, cmd) = (a.wrapping_sub(b), c.wrapping_sub(d));
                [
                    ab.wrapping_add(cd) >> shift,
                    amb.wrapping_add(cmd) >> shift,
                    ab.wrapping_sub(cd) >> shift,
                    amb.wrapping_sub(cmd) >> shift,
                ]
            });
        }
        let rotated = Latent { values, ..latent };
        world.attach(entity, bound.outputs[0].clone(), rotated);
    }
    Ok(())
}

fn planes<T: Copy>(from: &[T], to: &mut [T], each: impl Fn([T; 4]) -> [T; 4]) {
    let plane = from.len() / 4;
    for place in 0..plane {
        let four = each([0, 1, 2, 3].map(|c| from[c * plane + place]));
        for (channel, value) in four.into_iter().enumerate() {
            to[channel * plane + place] = value;
        }
    }
}
