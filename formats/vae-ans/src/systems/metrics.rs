//! Picture measures, recorded as figures of the entity.

use orrery_metrics::{MS_SSIM_MIN_SIDE, Plane, View};

use crate::Error;
use crate::core::{Bound, DType, Entity, Image, Key, Port, System, World};

/// `"psnr"` in dB, over R, G and B together.
#[derive(Clone, Copy, Debug, Default)]
pub struct MetricPsnr;

/// `"ssim"`: the mean over R, G and B.
#[derive(Clone, Copy, Debug, Default)]
pub struct MetricSsim;

/// `"ms-ssim"` at five scales: the mean over R, G and B. Sides of at least 176.
#[derive(Clone, Copy, Debug, Default)]
pub struct MetricMsSsim;

macro_rules! metric {
    ($system:ty, $name:literal, $measure:expr) => {
        impl System for $system {
            fn name(&self) -> String {
                $name.into()
            }
            fn requires(&self) -> Vec<Port> {
                vec![
                    Port::of::<Image>(Key::RECON_RGB),
                    Port::of::<Image>(Key::RGB),
                ]
            }
            fn produces(&self) -> Vec<Port> {
                Vec::new()
            }
            fn run(&self, world: &mut World, bound: &Bound, group: &[Entity]) -> Result<(), Error> {
                measure(world, bound, group, $name, $measure)
            }
        }
    };
}

metric!(MetricPsnr, "psnr", |a, b| Ok(
    orrery_metrics::psnr(a, b)?.rgb
));
metric!(MetricSsim, "ssim", |a, b| {
    colours(|plane| Ok(orrery_metrics::ssim(a, b, plane)?))
});
metric!(MetricMsSsim, "ms-ssim", |a, b| {
    if a.width().min(a.height()) < MS_SSIM_MIN_SIDE {
        return Err(Error::WrongShape {
            what: "MS-SSIM at five scales".into(),
            found: vec![a.height() as usize, a.width() as usize],
            expected: format!("sides of at least {MS_SSIM_MIN_SIDE}"),
        });
    }
    colours(|plane| Ok(orrery_metrics::ms_ssim(a, b, plane)?))
});

fn colours(one: impl Fn(Plane) -> Result<f64, Error>) -> Result<f64, Error> {
    Ok((one(Plane::Red)? + one(Plane::Green)? + one(Plane::Blue)?) / 3.0)
}

fn measure(
    world: &mut World,
    bound: &Bound,
    group: &[Entity],
    name: &str,
    measure: impl Fn(View<'_>, View<'_>) -> Result<f64, Error>,
) -> Result<(), Error> {
    let first = &world.get::<Image>(group[0], &bound.inputs[0])?.pixels;
    let (height, width) = (first.shape()[0], first.shape()[1]);
    let left = world.scratch("metric left", &[height, width, 4], DType::U8)?;
    let right = world.scratch("metric right", &[height, width, 4], DType::U8)?;
    for &entity in group {
        let mut sizes = [(0, 0); 2];
        for (number, rgba) in [&left, &right].into_iter().enumerate() {
            let pixels = world
                .get::<Image>(entity, &bound.inputs[number])?
                .pixels
                .clone();
            sizes[number] = (pixels.shape()[1], pixels.shape()[0]);
            let (from, to) = world.arena_mut().pair::<u8, u8>(&pixels, rgba)?;
            for (rgb, rgba) in from
                .as_chunks::<3>()
                .0
                .iter()
                .zip(to.as_chunks_mut::<4>().0)
            {
                *rgba = [rgb[0], rgb[1], rgb[2], 255];
            }
        }
        if sizes[0] != sizes[1] {
            return Err(Error::WrongShape {
                what: bound.inputs[1].to_string(),
                found: vec![sizes[1].1, sizes[1].0],
                expected: format!("{height}x{width}"),
            });
        }
        let arena = world.arena();
        let (w, h) = (width as u32, height as u32);
        let value = measure(
            View::new(w, h, arena.slice::<u8>(&left)?)?,
            View::new(w, h, arena.slice::<u8>(&right)?)?,
        )?;
        world.record(entity, name, value);
    }
    Ok(())
}
