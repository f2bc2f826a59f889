//! Where models run, and what was traced.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Arena, DType, TensorRef};

/// What runs ONNX models.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Provider {
    /// The embedded runtime (rten), on the CPU.
    #[default]
    Embedded,
    /// ONNX Runtime's CPU provider; needs the feature `ort` and its library.
    OnnxRuntime,
    /// The crate's own decoder with a fixed order of arithmetic; for the
    /// built-in model only, slower, the same bits everywhere.
    FixedOrder,
}

impl Provider {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Embedded => "rten",
            Self::OnnxRuntime => "ONNX Runtime",
            Self::FixedOrder => "fixed order",
        }
    }
}

/// A tensor as a trace shows it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TensorInfo {
    /// The component's name.
    pub component: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Its element type.
    pub dtype: String,
    /// Order-0 entropy in bits for each element: of the values for integers, of
    /// 256 equal bins between the extremes for floats. Absent when not wanted.
    pub entropy: Option<f64>,
}

/// One run of one system on one group.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Step {
    /// The system.
    pub system: String,
    /// The entities it ran on.
    pub entities: Vec<u32>,
    /// The first entity's inputs.
    pub inputs: Vec<TensorInfo>,
    /// The first entity's outputs.
    pub outputs: Vec<TensorInfo>,
    /// Wall-clock seconds.
    pub seconds: f64,
    /// The context's seed when it ran.
    pub seed: u64,
}

/// Settings of a world, and its trace.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// What runs models whose system names no provider.
    pub provider: Provider,
    /// Threads of the embedded runtime; 0 is one for each core.
    pub threads: usize,
    /// For systems that draw numbers; recorded in the trace.
    pub seed: u64,
    /// Whether the trace estimates entropies, which reads every output.
    pub entropy: bool,
    /// What ran, in order.
    pub trace: Vec<Step>,
}

impl Context {
    /// How many times a system ran: once for each group of equal shapes.
    pub fn runs(&self, system: &str) -> usize {
        self.trace.iter().filter(|s| s.system == system).count()
    }
}

/// The order-0 entropy of a tensor in bits for each element.
pub(crate) fn entropy(arena: &Arena, tensor: &TensorRef) -> Option<f64> {
    fn integers<T: super::Element + Into<i32>>(arena: &Arena, tensor: &TensorRef) -> Option<f64> {
        let mut counts: BTreeMap<i32, u32> = BTreeMap::new();
        for value in arena.view::<T>(tensor).ok()?.iter() {
            *counts.entry(value.into()).or_default() += 1;
        }
        Some(of_counts(counts.values().copied()))
    }
    match tensor.dtype() {
        DType::U8 => integers::<u8>(arena, tensor),
        DType::I8 => integers::<i8>(arena, tensor),
        DType::U16 => integers::<u16>(arena, tensor),
        DType::I16 => integers::<i16>(arena, tensor),
        DType::I32 => integers::<i32>(arena, tensor),
        DType::U32 => None,
        DType::F32 => {
            let view = arena.view::<f32>(tensor).ok()?;
            let (low, high) = view
                .iter()
                .fold((f32::MAX, f32::MIN), |(l, h), v| (l.min(v), h.max(v)));
            let mut counts = [0u32; 256];
            let factor = 255.999 / (high - low).max(f32::MIN_POSITIVE);
            for value in view.iter() {
                counts[((value - low) * factor) as usize & 255] += 1;
            }
            Some(of_counts(counts))
        }
    }
}

/// The entropy of a histogram, in bits for each symbol.
pub(crate) fn of_counts(counts: impl IntoIterator<Item = u32> + Clone) -> f64 {
    let total: f64 = counts.clone().into_iter().map(f64::from).sum();
    counts
        .into_iter()
        .filter(|&c| c > 0)
        .map(|c| {
            let share = f64::from(c) / total;
            -share * share.log2()
        })
        .sum()
}
