//! Quantisation of every band, and back.

use crate::Error;
use crate::core::{
    Bound, DType, Entity, Key, Port, Pyramid, Quant, QuantParams, Symbols, System, World,
};

/// Largest step.
pub const MAX_STEP: u32 = 1 << 24;

/// `WaveletPyr` i32 to `Symbols` i32 with a step for each band:
/// `sign(c) * floor((|c| + rounding) / step)`. The value of a symbol is
/// `symbol * step`.
#[derive(Clone, Debug)]
pub struct Quantise {
    steps: Vec<u32>,
    rounding: f32,
}

impl Quantise {
    /// Steps in coding order (1 to 2^24); a single one is used for every band.
    ///
    /// # Errors
    /// [`Error::Parameter`].
    pub fn new(steps: Vec<u32>) -> Result<Self, Error> {
        for &step in &steps {
            if !(1..=MAX_STEP).contains(&step) {
                return Err(Error::Parameter {
                    name: "step",
                    found: step.to_string(),
                    allowed: format!("1 to {MAX_STEP}"),
                });
            }
        }
        Ok(Self {
            steps,
            rounding: 0.5,
        })
    }

    /// What is added before rounding down, in steps: 0.5 rounds to nearest
    /// (the default), less widens the zone that becomes zero.
    pub fn rounding(mut self, share: f32) -> Self {
        self.rounding = share.clamp(0.0, 0.5);
        self
    }
}

/// `WaveletPyr` f32 to `Symbols` u8: each band, or with `per_band` false the
/// whole pyramid, is scaled so that its extremes become 0 and 255.
#[derive(Clone, Copy, Debug)]
pub struct QuantiseU8 {
    /// One scale and zero for each band.
    pub per_band: bool,
}

impl QuantiseU8 {
    /// The inverse system.
    pub fn dequantise() -> Dequantise {
        Dequantise
    }
}

/// `Symbols` to `WaveletPyr`, by the parameters stored with them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Dequantise;

/// Calls a function for each row of a band: its first place in the packed
/// tensor and its length.
pub(crate) fn rows(
    band: &crate::core::Band,
    shape: &[usize],
    mut each: impl FnMut(std::ops::Range<usize>),
) {
    let (height, width) = (shape[1], shape[2]);
    for row in 0..band.height {
        let start = (band.channel * height + band.y + row) * width + band.x;
        each(start..start + band.width);
    }
}

impl System for Quantise {
    fn name(&self) -> String {
        "Quantise".into()
    }
    fn requires(&self) -> Vec<Port> {
        vec![Port::of::<Pyramid>(Key::WAVELET_PYR)]
    }
    fn produces(&self) -> Vec<Port> {
        vec![Port::of::<Symbols>(Key::SYMBOLS)]
    }
    fn run(&self, world: &mut World, bound: &Bound, group: &[Entity]) -> Result<(), Error> {
        let shape = shape(world, bound, group)?;
        let (_, parts) = world.batch(group.len(), &shape, DType::I32)?;
        for (&entity, symbols) in group.iter().zip(parts) {
            let pyramid = world.get::<Pyramid>(entity, &bound.inputs[0])?.clone();
            let step = |band: usize| match self.steps[..] {
                [one] => Ok(one),
                _ => self.steps.get(band).copied().ok_or(Error::Parameter {
                    name: "steps",
                    found: self.steps.len().to_string(),
                    allowed: format!("1 or {}", pyramid.index.len()),
                }),
            };
            let mut params = Vec::new();
            let arena = world.arena_mut();
            let (from, to) = arena.pair::<i32, i32>(&pyramid.packed, &symbols)?;
            for (number, band) in pyramid.index.iter().enumerate() {
                let step = step(number)?;
                // At most half a step: the largest symbol stays in range.
                let extra = (f64::from(step) * f64::from(self.rounding)) as u32;
                rows(band, &shape, |range| {
                    for (c, q) in from[range.clone()].iter().zip(&mut to[range]) {
                        let magnitude = c.unsigned_abs().saturating_add(extra) / step;
                        *q = (magnitude as i32).wrapping_mul(c.signum());
                    }
                });
                params.push(Quant::Step(step));
            }
            let symbols = Symbols {
                symbols,
                params: QuantParams(params),
                pyramid,
            };
            world.attach(entity, bound.outputs[0].clone(), symbols);
        }
        Ok(())
    }
}

impl System for QuantiseU8 {
    fn name(&self) -> String {
        "QuantiseU8".into()
    }
    fn requires(&self) -> Vec<Port> {
        vec![Port::of::<Pyramid>(Key::WAVELET_PYR)]
    }
    fn produces(&self) -> Vec<Port> {
        vec![Port::of::<Symbols>(Key::SYMBOLS)]
    }
    fn run(&self, world: &mut World, bound: &Bound, group: &[Entity]) -> Result<(), Error> {
        let shape = shape(world, bound, group)?;
        let (_, parts) = world.batch(group.len(), &shape, DType::U8)?;
        for (&entity, symbols) in group.iter().zip(parts) {
            let pyramid = world.get::<Pyramid>(entity, &bound.inputs[0])?.clone();
            let arena = world.arena_mut();
            let (from, to) = arena.pair::<f32, u8>(&pyramid.packed, &symbols)?;
            let affine = |low: f32, high: f32| {
                let scale = ((high - low) / 255.0).max(f32::MIN_POSITIVE);
                (scale, -low / scale)
            };
            let extremes = |values: &[f32], (low, high): (f32, f32)| {
                values
                    .iter()
                    .fold((low, high), |(l, h), &v| (l.min(v), h.max(v)))
            };
            let start = (f32::MAX, f32::MIN);
            let whole = extremes(from, start);
            let mut params = Vec::new();
            for band in &pyramid.index {
                let mut range = whole;
                if self.per_band {
                    range = start;
                    rows(band, &shape, |r| range = extremes(&from[r], range));
                }
                if band.is_empty() {
                    range = (0.0, 0.0);
                }
                let (scale, zero) = affine(range.0, range.1);
                rows(band, &shape, |range| {
                    for (c, q) in from[range.clone()].iter().zip(&mut to[range]) {
                        // The conversion saturates at 0 and 255.
                        *q = (c / scale + zero).round() as u8;
                    }
                });
                params.push(Quant::Affine { scale, zero });
            }
            let symbols = Symbols {
                symbols,
                params: QuantParams(params),
                pyramid,
            };
            world.attach(entity, bound.outputs[0].clone(), symbols);
        }
        Ok(())
    }
}

fn shape(world: &World, bound: &Bound, group: &[Entity]) -> Result<Vec<usize>, Error> {
    let first = &world.get::<Pyramid>(group[0], &bound.inputs[0])?.packed;
    Ok(first.shape().to_vec())
}

impl System for Dequantise {
    fn name(&self) -> String {
        "Dequantise".into()
    }
    fn requires(&self) -> Vec<Port> {
        vec![Port::of::<Symbols>(Key::SYMBOLS)]
    }
    fn produces(&self) -> Vec<Port> {
        vec![Port::of::<Pyramid>(Key::WAVELET_PYR)]
    }
    fn run(&self, world: &mut World, bound: &Bound, group: &[Entity]) -> Result<(), Error> {
        let first = &world.get::<Symbols>(group[0], &bound.inputs[0])?.symbols;
        let (shape, dtype) = (first.shape().to_vec(), first.dtype());
        let out = match dtype {
            DType::U8 => DType::F32,
            _ => DType::I32,
        };
        let (_, parts) = world.batch(group.len(), &shape, out)?;
        for (&entity, packed) in group.iter().zip(parts) {
            let symbols = world.get::<Symbols>(entity, &bound.inputs[0])?.clone();
            let arena = world.arena_mut();
            for (band, quant) in symbols.pyramid.index.iter().zip(&symbols.params.0) {
                match *quant {
                    Quant::Step(step) => {
                        let (from, to) = arena.pair::<i32, i32>(&symbols.symbols, &packed)?;
                        rows(band, &shape, |range| {
                            for (q, c) in from[range.clone()].iter().zip(&mut to[range]) {
                                *c = q.wrapping_mul(step as i32);
                            }
                        });
                    }
                    Quant::Affine { scale, zero } => {
                        let (from, to) = arena.pair::<u8, f32>(&symbols.symbols, &packed)?;
                        rows(band, &shape, |range| {
                            for (q, c) in from[range.clone()].iter().zip(&mut to[range]) {
                                *c = (f32::from(*q) - zero) * scale;
                            }
                        });
                    }
                }
            }
            let pyramid = Pyramid {
                packed,
                ..symbols.pyramid
            };
            world.attach(entity, bound.outputs[0].clone(), pyramid);
        }
        Ok(())
    }
}
