//! What an operator may allocate, told from its inputs before it runs.
//!
//! Shapes are as the ONNX operator specification defines them. An operator that
//! is not listed here has no bound, and a foreign model that uses it is refused.

use rten_onnx::onnx::{AttributeProto, NodeProto};

/// Values of a tensor are looked at up to this many: shapes, paddings, scales.
pub(super) const MOST_NUMBERS: usize = 16;

/// An input, as far as sizes depend on it.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) shape: Vec<usize>,
    /// Its values, if they are few.
    pub(super) numbers: Option<Vec<f64>>,
}

#[derive(Clone, Copy)]
enum Rule {
    /// No output has more elements than the first input.
    Like,
    Broadcast,
    Concat,
    MatMul,
    Gemm,
    Conv,
    ConvTranspose,
    Pool,
    Resize,
    Pad,
    Shape,
    Gather,
    GatherElements,
    ConstantOfShape,
    Expand,
    Tile,
    Range,
}

fn rule(operator: &str) -> Option<Rule> {
    Some(match operator {
        "Abs"
        | "ArgMax"
        | "ArgMin"
        | "BatchNormalization"
        | "Cast"
        | "Ceil"
        | "Clip"
        | "Cos"
        | "CumSum"
        | "DepthToSpace"
        | "Dropout"
        | "Elu"
        | "Erf"
        | "Exp"
        | "Flatten"
        | "Floor"
        | "Gelu"
        | "GlobalAveragePool"
        | "GlobalMaxPool"
        | "GroupNormalization"
        | "HardSigmoid"
        | "HardSwish"
        | "Identity"
        | "InstanceNormalization"
        | "LayerNormalization"
        | "LeakyRelu"
        | "Log"
        | "LogSoftmax"
        | "LpNormalization"
        | "Neg"
        | "Not"
        | "RMSNormalization"
        | "Reciprocal"
        | "ReduceL2"
        | "ReduceMax"
        | "ReduceMean"
        | "ReduceMin"
        | "ReduceProd"
        | "ReduceSum"
        | "ReduceSumSquare"
        | "Relu"
        | "Reshape"
        | "Round"
        | "Sigmoid"
        | "Sign"
        | "Sin"
        | "Slice"
        | "Softmax"
        | "Softplus"
        | "SpaceToDepth"
        | "Split"
        | "Sqrt"
        | "Squeeze"
        | "Swish"
        | "Tanh"
        | "Transpose"
        | "Trilu"
        | "Unsqueeze" => Rule::Like,
        "Add" | "And" | "Div" | "Equal" | "Greater" | "GreaterOrEqual" | "Less" | "LessOrEqual"
        | "Max" | "Mean" | "Min" | "Mod" | "Mul" | "Or" | "PRelu" | "Pow" | "Sub" | "Sum"
        | "Where" | "Xor" => Rule::Broadcast,
        "Concat" => Rule::Concat,
        "MatMul" => Rule::MatMul,
        "Gemm" => Rule::Gemm,
        "Conv" => Rule::Conv,
        "ConvTranspose" => Rule::ConvTranspose,
        "AveragePool" | "MaxPool" => Rule::Pool,
        "Resize" | "Upsample" => Rule::Resize,
        "Pad" => Rule::Pad,
        "Shape" | "Size" => Rule::Shape,
        "Gather" => Rule::Gather,
        "GatherElements" => Rule::GatherElements,
        "ConstantOfShape" => Rule::ConstantOfShape,
        "Expand" => Rule::Expand,
        "Tile" => Rule::Tile,
        "Range" => Rule::Range,
        _ => return None,
    })
}

/// Whether an operator's memory can be told beforehand. `Constant` needs none:
/// its tensor is in the file.
pub(super) fn known(node: &NodeProto) -> bool {
    let operator = node.op_type.as_deref().unwrap_or("");
    let standard = matches!(node.domain.as_deref(), None | Some("" | "ai.onnx"));
    standard && (operator == "Constant" || rule(operator).is_some())
}

/// Elements of a shape, where an empty axis counts as one: what comes later may
/// take it away.
pub(super) fn count(shape: impl IntoIterator<Item = usize>) -> u64 {
    let axes = shape.into_iter().map(|side| side.max(1) as u64);
    axes.fold(1, u64::saturating_mul)
}

fn attribute<'a>(node: &'a NodeProto, name: &str) -> Option<&'a AttributeProto> {
    let mut all = node.attribute.iter();
    all.find(|a| a.name.as_deref() == Some(name))
}

/// The number at a place of a list, or what it is unless given.
fn at(node: &NodeProto, name: &str, place: usize, otherwise: i64) -> u64 {
    let value = attribute(node, name).and_then(|a| a.ints.get(place));
    value.copied().unwrap_or(otherwise).max(0) as u64
}

/// A size out of a tensor.
fn size(value: f64) -> Result<usize, String> {
    if (0.0..=9e15).contains(&value) {
        return Ok(value as usize);
    }
    Err(format!("{value} as a size"))
}

/// The most elements of an operator's outputs together, scratch memory of the
/// same order included.
///
/// # Errors
/// In words: an input that is missing, or one that decides about the size and
/// is too long to be looked at.
pub(super) fn elements(node: &NodeProto, inputs: &[Option<Seen>]) -> Result<u64, String> {
    let operator = node.op_type.as_deref().unwrap_or("");
    let seen = |place: usize| {
        let input = inputs.get(place).and_then(Option::as_ref);
        input.ok_or_else(|| format!("input {place} is missing"))
    };
    let shape = |place: usize| seen(place).map(|s| s.shape.as_slice());
    let numbers = |place: usize| {
        let few = seen(place)?.numbers.as_deref();
        few.ok_or_else(|| format!("input {place} is too long"))
    };
    let given = |place: usize| seen(place).is_ok_and(|s| s.shape.iter().all(|&side| side > 0));
    let whole = |shape: &[usize]| count(shape.iter().copied());
    let refuse = |name: &str| match attribute(node, name) {
        Some(_) => Err(format!("the attribute {name}")),
        None => Ok(()),
    };
    let rule = rule(operator).ok_or("an unknown operator")?;
    let each = match rule {
        Rule::Like => whole(shape(0)?),
        Rule::Broadcast => {
            let shapes: Vec<&[usize]> = inputs.iter().flatten().map(|s| &s.shape[..]).collect();
            broadcast(&shapes)
        }
        Rule::Concat => {
            let parts = inputs.iter().flatten().map(|s| whole(&s.shape));
            parts.fold(0, u64::saturating_add)
        }
        Rule::MatMul => {
            let (a, b) = (shape(0)?, shape(1)?);
            let batch = broadcast(&[
                a.get(..a.len().saturating_sub(2)).unwrap_or(&[]),
                b.get(..b.len().saturating_sub(2)).unwrap_or(&[]),
            ]);
            let rows = if a.len() > 1 { a[a.len() - 2] } else { 1 };
            let columns = if b.len() > 1 { b[b.len() - 1] } else { 1 };
            count([rows, columns]).saturating_mul(batch)
        }
        Rule::Gemm => {
            let side = |shape: &[usize]| shape.iter().copied().max().unwrap_or(1);
            count([side(shape(0)?), side(shape(1)?)])
        }
        Rule::Conv | Rule::Pool => {
            let x = shape(0)?;
            let channels = match rule {
                Rule::Pool => x.get(1).copied(),
                _ => shape(1)?.first().copied(),
            };
            let mut out = count([x.first().copied().unwrap_or(1), channels.unwrap_or(1)]);
            let mut padded = count(x.iter().take(2).copied());
            let axes = x.len().saturating_sub(2);
            for axis in 0..axes {
                let side = (x[axis + 2] as u64)
                    .saturating_add(at(node, "pads", axis, 0))
                    .saturating_add(at(node, "pads", axis + axes, 0));
                let stride = at(node, "strides", axis, 1);
                // Rounded up (`ceil_mode`, `auto_pad`), and the first place.
                let places = side.checked_div(stride).ok_or("a stride of 0")? + 2;
                out = out.saturating_mul(places);
                padded = padded.saturating_mul(side.max(1));
            }
            out.saturating_add(padded)
        }
        Rule::ConvTranspose => {
            refuse("output_shape")?;
            let (x, w) = (shape(0)?, shape(1)?);
            let group = attribute(node, "group").and_then(|a| a.i).unwrap_or(1);
            let channels =
                count([w.get(1).copied().unwrap_or(1)]).saturating_mul(group.unsigned_abs().max(1));
            let mut out = count(x.first().copied()).saturating_mul(channels);
            // The products before they are added up.
            let mut columns = channels.saturating_mul(count(x.iter().skip(2).copied()));
            for axis in 0..x.len().saturating_sub(2) {
                let kernel = w.get(axis + 2).copied().unwrap_or(1) as u64;
                let side = (x[axis + 2] as u64)
                    .saturating_mul(at(node, "strides", axis, 1))
                    .saturating_add(kernel.saturating_mul(at(node, "dilations", axis, 1)))
                    .saturating_add(at(node, "output_padding", axis, 0));
                out = out.saturating_mul(side.max(1));
                columns = columns.saturating_mul(kernel.max(1));
            }
            out.saturating_add(columns)
        }
        Rule::Resize => {
            refuse("axes")?;
            refuse("keep_aspect_ratio_policy")?;
            let scales = if operator == "Upsample" { 1 } else { 2 };
            if scales == 2 && given(3) {
                let sides = numbers(3)?.iter().map(|&v| size(v));
                count(sides.collect::<Result<Vec<_>, _>>()?)
            } else if given(scales) {
                let pairs = shape(0)?.iter().zip(numbers(scales)?);
                let sides = pairs.map(|(&side, &scale)| size(side as f64 * scale));
                count(sides.collect::<Result<Vec<_>, _>>()?)
            } else {
                // The attribute of old versions.
                let scales = attribute(node, "scales").ok_or("no scales")?;
                let pairs = shape(0)?.iter().zip(&scales.floats);
                let sides = pairs.map(|(&side, &scale)| size(side as f64 * f64::from(scale)));
                count(sides.collect::<Result<Vec<_>, _>>()?)
            }
        }
        Rule::Pad => {
            if given(3) {
                return Err("paddings of chosen axes".into());
            }
            let x = shape(0)?;
            let pads = match attribute(node, "pads") {
                Some(pads) => pads.ints.iter().map(|&v| v as f64).collect(),
                None => numbers(1)?.to_vec(),
            };
            let mut out = 1u64;
            for (axis, &side) in x.iter().enumerate() {
                let pad = |place: usize| size(pads.get(place).copied().unwrap_or(0.0).max(0.0));
                let (before, after) = (pad(axis)? as u64, pad(axis + x.len())? as u64);
                let side = (side as u64).saturating_add(before).saturating_add(after);
                out = out.saturating_mul(side.max(1));
            }
            out
        }
        Rule::Shape => 16,
        Rule::Gather => {
            let data = shape(0)?;
            let axis = attribute(node, "axis").and_then(|a| a.i).unwrap_or(0);
            let axis = if axis < 0 {
                axis + data.len() as i64
            } else {
                axis
            };
            let rest = data.iter().enumerate().filter(|(i, _)| *i as i64 != axis);
            count(rest.map(|(_, &side)| side)).saturating_mul(whole(shape(1)?))
        }
        Rule::GatherElements => whole(shape(1)?),
        Rule::ConstantOfShape => {
            let sides = numbers(0)?.iter().map(|&v| size(v));
            count(sides.collect::<Result<Vec<_>, _>>()?)
        }
        Rule::Expand => {
            let sides = numbers(1)?.iter().map(|&v| size(v));
            broadcast(&[shape(0)?, &sides.collect::<Result<Vec<_>, _>>()?])
        }
        Rule::Tile => {
            let repeats = numbers(1)?.iter().map(|&v| size(v));
            let repeats = count(repeats.collect::<Result<Vec<_>, _>>()?);
            whole(shape(0)?).saturating_mul(repeats)
        }
        Rule::Range => {
            let first = |place: usize| {
                let value = numbers(place)?.first().copied();
                value.ok_or_else(|| format!("input {place} is empty"))
            };
            let steps = (first(1)? - first(0)?) / first(2)?;
            size(steps.max(0.0))? as u64 + 1
        }
    };
    Ok(each.saturating_mul(node.output.len().max(1) as u64))
}

/// Elements of shapes spread over each other.
fn broadcast(shapes: &[&[usize]]) -> u64 {
    let most = shapes.iter().map(|s| s.len()).max().unwrap_or(0);
    count((0..most).map(|from_end| {
        let sides = shapes
            .iter()
            .filter_map(|s| s.iter().rev().nth(from_end).copied());
        sides.max().unwrap_or(1)
    }))
}
