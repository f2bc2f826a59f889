//! A decoder whose every bit is defined: IEEE 754 single precision, each sum in
//! one stated order, multiplication and addition rounded apart.
//!
//! It runs the few operators of the built-in decoder: `Conv` (stride 1, one
//! group, odd kernel, padded to keep the size), `Relu`, `Add`, `DepthToSpace`
//! (CRD), `Clip`, `Constant`. A convolution's output starts as its bias and
//! adds `weight * input` for input channel, kernel row, kernel column,
//! ascending; what lies outside the plane is not added. Outputs do not depend
//! on each other, so the order in which they are computed does not matter.
//! Rust neither fuses nor reorders floating-point operations.

use std::collections::{BTreeMap, BTreeSet};

use rten_onnx::onnx::{AttributeProto, DataType, NodeProto, TensorProto};

use super::{Network, Planes, check};
use crate::Error;

/// The fixed-order decoder.
#[derive(Clone, Debug)]
pub struct FixedDecoder {
    name: String,
    steps: Vec<Op>,
    /// For each step the values that nothing behind it reads.
    dead: Vec<Vec<usize>>,
    /// Which value is the result; value 0 is the input.
    result: usize,
}

#[derive(Clone, Debug)]
enum Op {
    Conv {
        from: usize,
        weights: Vec<f32>,
        bias: Vec<f32>,
        inputs: usize,
        kernel: usize,
    },
    Relu(usize),
    Add(usize, usize),
    DepthToSpace(usize, usize),
    Clip(usize, f32, f32),
}

/// One picture's planes.
#[derive(Clone, Debug)]
struct Stack {
    data: Vec<f32>,
    channels: usize,
    height: usize,
    width: usize,
}

impl FixedDecoder {
    /// With the built-in decoder's weights.
    ///
    /// # Errors
    /// None, as tests see to; the weights are part of the crate.
    pub fn builtin() -> Result<Self, Error> {
        Self::new("decoder", super::DECODER)
    }

    /// With the weights of an ONNX file of the operators above.
    ///
    /// # Errors
    /// [`Error::ModelLoad`]; [`Error::MissingOperators`] for others.
    pub fn new(name: &str, bytes: &[u8]) -> Result<Self, Error> {
        let fail = |message: String| Error::ModelLoad {
            model: name.into(),
            message,
        };
        let graph = check::parse(name, bytes)?
            .graph
            .ok_or_else(|| fail("it has no graph".into()))?;
        let mut constants: BTreeMap<&str, (Vec<i64>, Vec<f32>)> = BTreeMap::new();
        for tensor in &graph.initializer {
            if let Some(name) = tensor.name.as_deref() {
                constants.insert(name, (tensor.dims.clone(), floats(tensor).map_err(&fail)?));
            }
        }
        let mut values: BTreeMap<&str, usize> = BTreeMap::new();
        for input in &graph.input {
            let name = input.name.as_deref().unwrap_or("");
            if !constants.contains_key(name) {
                values.insert(name, 0);
            }
        }
        let mut steps = Vec::new();
        for node in &graph.node {
            let kind = node.op_type.as_deref().unwrap_or("");
            let output = node.output.first().map_or("", String::as_str);
            if kind == "Constant" {
                let tensor = attribute(node, "value").and_then(|a| a.t.as_ref());
                let tensor = tensor.ok_or_else(|| fail("a constant without value".into()))?;
                constants.insert(
                    output,
                    (tensor.dims.clone(), floats(tensor).map_err(&fail)?),
                );
                continue;
            }
            let value = |place: usize| -> Result<usize, Error> {
                let name = node.input.get(place).map_or("", String::as_str);
                let found = values.get(name).copied();
                found.ok_or_else(|| fail(format!("{kind} reads {name:?}, which is not there")))
            };
            let constant = |place: usize| {
                let name = node.input.get(place).map_or("", String::as_str);
                constants
                    .get(name)
                    .ok_or_else(|| fail(format!("{kind} needs the constant {name:?}")))
            };
            let op = match kind {
                "Conv" => {
                    let (dims, weights) = constant(1)?;
                    let (_, bias) = constant(2)?;
                    conv(node, value(0)?, dims, weights, bias).map_err(&fail)?
                }
                "Relu" => Op::Relu(value(0)?),
                "Add" => Op::Add(value(0)?, value(1)?),
                "DepthToSpace" => {
                    let mode = attribute(node, "mode").and_then(|a| a.s.as_deref());
                    let block = attribute(node, "blocksize").and_then(|a| a.i);
                    match (mode, block) {
                        (Some("CRD"), Some(block @ 1..=16)) => {
                            Op::DepthToSpace(value(0)?, block as usize)
                        }
                        _ => return Err(fail("DepthToSpace of another kind".into())),
                    }
                }
                "Clip" => {
                    let bound = |place| match constant(place)?.1[..] {
                        [bound] => Ok(bound),
                        _ => Err(fail("Clip needs single bounds".into())),
                    };
                    Op::Clip(value(0)?, bound(1)?, bound(2)?)
                }
                _ => {
                    return Err(Error::MissingOperators {
                        model: name.into(),
                        operators: vec![kind.into()],
                    });
                }
            };
            steps.push(op);
            values.insert(output, steps.len());
        }
        let output = graph.output.first().and_then(|o| o.name.as_deref());
        let result = output.and_then(|o| values.get(o)).copied();
        let result = result.ok_or_else(|| fail("nothing makes its output".into()))?;
        let mut kept = BTreeSet::from([result]);
        let mut dead: Vec<Vec<usize>> = steps
            .iter()
            .enumerate()
            .rev()
            .map(|(number, step)| {
                // Also what the step makes, if nothing reads it.
                let mut last = step.reads();
                last.push(number + 1);
                last.retain(|&place| kept.insert(place));
                last
            })
            .collect();
        dead.reverse();
        Ok(Self {
            name: name.into(),
            steps,
            dead,
            result,
        })
    }

    fn one(&self, input: Stack) -> Result<Stack, String> {
        // Each value goes after its last use: for a large picture one is hundreds of megabytes.
        let mut values = vec![Some(input)];
        for (step, dead) in self.steps.iter().zip(&self.dead) {
            let value = |place: usize| values[place].as_ref().ok_or("a value is used too late");
            let next = match step {
                Op::Conv {
                    from,
                    weights,
                    bias,
                    inputs,
                    kernel,
                } => {
                    let from = value(*from)?;
                    if from.channels != *inputs {
                        return Err(format!("{} channels, not {inputs}", from.channels));
                    }
                    convolve(from, weights, bias, *kernel)
                }
                Op::Relu(from) => map(value(*from)?, |v| if v > 0.0 { v } else { 0.0 }),
                Op::Clip(from, low, high) => map(value(*from)?, |v| {
                    if v > *high {
                        *high
                    } else if v > *low {
                        v
                    } else {
                        *low
                    }
                }),
                Op::Add(a, b) => {
                    let (a, b) = (value(*a)?, value(*b)?);
                    if a.data.len() != b.data.len() {
                        return Err("a sum of different shapes".into());
                    }
                    let sums = a.data.iter().zip(&b.data).map(|(a, b)| a + b);
                    Stack {
                        data: sums.collect(),
                        ..*a
                    }
                }
                Op::DepthToSpace(from, block) => depth_to_space(value(*from)?, *block)?,
            };
            values.push(Some(next));
            for &place in dead {
                values[place] = None;
            }
        }
        let result = values.swap_remove(self.result);
        Ok(result.ok_or("its result was dropped")?)
    }
}

impl Op {
    /// The values it reads.
    fn reads(&self) -> Vec<usize> {
        match *self {
            Op::Conv { from, .. }
            | Op::Relu(from)
            | Op::DepthToSpace(from, _)
            | Op::Clip(from, ..) => vec![from],
            Op::Add(a, b) => vec![a, b],
        }
    }
}

impl Network for FixedDecoder {
    fn run(&self, input: Planes) -> Result<Planes, Error> {
        let [n, channels, height, width] = input.shape;
        let mut data = Vec::new();
        let mut shape = [n, 0, 0, 0];
        for picture in input.data.chunks((channels * height * width).max(1)) {
            let stack = Stack {
                data: picture.to_vec(),
                channels,
                height,
                width,
            };
            let out = self.one(stack).map_err(|message| Error::ModelRun {
                model: self.name.clone(),
                message,
            })?;
            shape = [n, out.channels, out.height, out.width];
            data.extend_from_slice(&out.data);
        }
        Ok(Planes { data, shape })
    }
}

fn attribute<'a>(node: &'a NodeProto, name: &str) -> Option<&'a AttributeProto> {
    let named = |a: &&AttributeProto| a.name.as_deref() == Some(name);
    node.attribute.iter().find(named)
}

fn floats(tensor: &TensorProto) -> Result<Vec<f32>, String> {
    let name = tensor.name.as_deref().unwrap_or("?");
    if tensor.data_type != Some(DataType::FLOAT) {
        return Err(format!("constant {name} is not FLOAT"));
    }
    let values: Vec<f32> = match &tensor.raw_data {
        Some(raw) => raw
            .borrow()
            .as_chunks::<4>()
            .0
            .iter()
            .map(|b| f32::from_le_bytes(*b))
            .collect(),
        None => tensor.float_data.clone(),
    };
    let wanted = tensor
        .dims
        .iter()
        .try_fold(1usize, |p, &d| p.checked_mul(usize::try_from(d).ok()?));
    if wanted != Some(values.len()) {
        return Err(format!(
            "constant {name} has {} elements for the shape {:?}",
            values.len(),
            tensor.dims
        ));
    }
    Ok(values)
}

fn conv(
    node: &NodeProto,
    from: usize,
    dims: &[i64],
    weights: &[f32],
    bias: &[f32],
) -> Result<Op, String> {
    let &[outputs, inputs, rows, columns] = dims else {
        return Err("Conv weights need 4 axes".into());
    };
    let list = |name: &str| -> Vec<i64> {
        attribute(node, name).map_or_else(Vec::new, |a| a.ints.clone())
    };
    let all = |name: &str, wanted: i64| list(name).iter().all(|&n| n == wanted);
    let group = attribute(node, "group").and_then(|a| a.i).unwrap_or(1);
    let padded = list("pads").len() == 4 || rows == 1;
    let plain = rows == columns
        && (1..=15).contains(&rows)
        && rows % 2 == 1
        && all("strides", 1)
        && all("dilations", 1)
        && all("pads", rows / 2)
        && padded
        && group == 1;
    if !plain || bias.len() as i64 != outputs {
        return Err("Conv of another kind than the built-in decoder's".into());
    }
    Ok(Op::Conv {
        from,
        weights: weights.to_vec(),
        bias: bias.to_vec(),
        inputs: inputs as usize,
        kernel: rows as usize,
    })
}

fn map(from: &Stack, each: impl Fn(f32) -> f32) -> Stack {
    Stack {
        data: from.data.iter().map(|&v| each(v)).collect(),
        ..*from
    }
}

fn convolve(from: &Stack, weights: &[f32], bias: &[f32], kernel: usize) -> Stack {
    let (height, width) = (from.height, from.width);
    let (plane, half) = (height * width, kernel / 2);
    let taps = from.channels * kernel * kernel;
    let mut data = vec![0.0f32; bias.len() * plane];
    // Row by row for every output channel: the rows read stay in the cache.
    for y in 0..height {
        for (output, start) in bias.iter().enumerate() {
            let weights = &weights[output * taps..][..taps];
            let row = &mut data[output * plane + y * width..][..width];
            row.fill(*start);
            for input in 0..from.channels {
                let source = &from.data[input * plane..][..plane];
                for ky in 0..kernel {
                    let Some(sy) = (y + ky).checked_sub(half).filter(|&sy| sy < height) else {
                        continue;
                    };
                    let line = &source[sy * width..][..width];
                    for kx in 0..kernel {
                        let weight = weights[(input * kernel + ky) * kernel + kx];
                        // Columns whose tap lies inside the plane.
                        let first = half.saturating_sub(kx);
                        let last = (width + half).saturating_sub(kx).min(width);
                        if first >= last {
                            continue;
                        }
                        let taken = &line[first + kx - half..];
                        for (out, value) in row[first..last].iter_mut().zip(taken) {
                            let product = weight * value;
                            *out += product;
                        }
                    }
                }
            }
        }
    }
    Stack {
        data,
        channels: bias.len(),
        height,
        width,
    }
}

fn depth_to_space(from: &Stack, block: usize) -> Result<Stack, String> {
    if !from.channels.is_multiple_of(block * block) {
        return Err(format!("{} channels in blocks of {block}", from.channels));
    }
    let channels = from.channels / (block * block);
    let (height, width) = (from.height * block, from.width * block);
    let mut data = vec![0.0; from.data.len()];
    for (number, value) in from.data.iter().enumerate() {
        let (rest, x) = (number / from.width, number % from.width);
        let (depth, y) = (rest / from.height, rest % from.height);
        let (channel, place) = (depth / (block * block), depth % (block * block));
        let (oy, ox) = (y * block + place / block, x * block + place % block);
        data[(channel * height + oy) * width + ox] = *value;
    }
    Ok(Stack {
        data,
        channels,
        height,
        width,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each value but the result goes, once, behind the step that reads it last: a large picture
    /// would otherwise need the memory of every layer.
    #[test]
    fn values_go_after_their_last_use() {
        let decoder = FixedDecoder::builtin().unwrap();
        let mut gone: Vec<usize> = decoder.dead.concat();
        gone.sort_unstable();
        let all: Vec<usize> = (0..=decoder.steps.len())
            .filter(|&place| place != decoder.result)
            .collect();
        assert_eq!(gone, all);
        let mut live = 1;
        let mut most = 0;
        for (number, dead) in decoder.dead.iter().enumerate() {
            live += 1;
            most = most.max(live);
            live -= dead.len();
            for &place in dead {
                let later = &decoder.steps[number + 1..];
                assert!(!later.iter().any(|step| step.reads().contains(&place)));
            }
        }
        assert!(live == 1 && most <= 4, "{live} {most}");
    }
}
