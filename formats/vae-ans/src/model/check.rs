//! What is looked at before a runtime sees a model: inputs, outputs, sizes.

use std::collections::BTreeSet;

use rten_onnx::onnx::{DataType, ModelProto, ValueInfoProto};

use crate::Error;

/// The largest number allowed in a node's attributes: paddings, kernel sides,
/// strides and axes are all far below, and a larger one asks for more memory
/// than any picture needs.
const MAX_ATTRIBUTE: i64 = 1 << 12;
/// Most elements of one constant.
const MAX_ELEMENTS: i64 = 1 << 28;

/// Parses a model.
pub(crate) fn parse(name: &str, bytes: &[u8]) -> Result<ModelProto, Error> {
    let fail = |message: String| Error::ModelLoad {
        model: name.into(),
        message: format!("not an ONNX file: {message}"),
    };
    super::wire::check(bytes).map_err(|e| fail(e.into()))?;
    ModelProto::parse_buf(bytes).map_err(|e| fail(e.to_string()))
}

/// Checks that a model has one four-dimensional floating-point input and such
/// an output, and that its constants and attributes have sensible sizes.
pub(crate) fn model(name: &str, bytes: &[u8]) -> Result<(), Error> {
    let proto = parse(name, bytes)?;
    let fail = |message: String| Error::ModelShape {
        model: name.into(),
        message,
    };
    let graph = proto.graph.ok_or_else(|| fail("it has no graph".into()))?;
    if graph.output.is_empty() {
        return Err(fail("it has no output".into()));
    }
    let constants: BTreeSet<&str> = graph
        .initializer
        .iter()
        .filter_map(|t| t.name.as_deref())
        .collect();
    let inputs: Vec<&ValueInfoProto> = graph
        .input
        .iter()
        .filter(|i| !constants.contains(i.name.as_deref().unwrap_or("")))
        .collect();
    if inputs.len() != 1 {
        let names: Vec<_> = inputs.iter().filter_map(|i| i.name.as_deref()).collect();
        return Err(fail(format!(
            "it has {} inputs ({names:?}), not one",
            names.len()
        )));
    }
    for (value, what) in [(inputs[0], "input"), (&graph.output[0], "output")] {
        let named = value.name.as_deref().unwrap_or("?");
        let Some(tensor) = value.r#type.as_ref().and_then(|t| t.tensor_type.as_ref()) else {
            return Err(fail(format!("its {what} {named} is not a tensor")));
        };
        if tensor.elem_type.is_some_and(|t| t != DataType::FLOAT) {
            let found = tensor.elem_type.as_ref().and_then(DataType::name);
            return Err(fail(format!(
                "its {what} {named} is {}, not FLOAT",
                found.unwrap_or("of an unknown type")
            )));
        }
        if let Some(shape) = &tensor.shape
            && shape.dim.len() != 4
        {
            return Err(fail(format!(
                "its {what} {named} has {} axes, not 4",
                shape.dim.len()
            )));
        }
    }
    for tensor in &graph.initializer {
        tensor_size(tensor).map_err(&fail)?;
    }
    for node in &graph.node {
        for attribute in &node.attribute {
            let numbers = attribute.ints.iter().chain(&attribute.i);
            // The end of a slice is often given as the largest integer there is.
            let open = |n: i64| n >= i64::from(i32::MAX) || n <= i64::from(i32::MIN) + 1;
            if let Some(number) = numbers
                .copied()
                .find(|&n| n.unsigned_abs() > MAX_ATTRIBUTE as u64 && !open(n))
            {
                return Err(fail(format!(
                    "attribute {} of {} is {number}",
                    attribute.name.as_deref().unwrap_or("?"),
                    node.op_type.as_deref().unwrap_or("?"),
                )));
            }
            if let Some(tensor) = &attribute.t {
                tensor_size(tensor).map_err(&fail)?;
            }
        }
    }
    Ok(())
}

fn tensor_size(tensor: &rten_onnx::onnx::TensorProto) -> Result<(), String> {
    let count = tensor
        .dims
        .iter()
        .try_fold(1i64, |product, &d| {
            product.checked_mul(d).filter(|_| d >= 0)
        })
        .filter(|&n| n <= MAX_ELEMENTS);
    match count {
        Some(_) => Ok(()),
        None => Err(format!(
            "constant {} has the shape {:?}",
            tensor.name.as_deref().unwrap_or("?"),
            tensor.dims
        )),
    }
}

/// The operators a model uses.
pub(crate) fn operators(name: &str, bytes: &[u8]) -> Result<BTreeSet<String>, Error> {
    let graph = parse(name, bytes)?.graph;
    Ok(graph
        .into_iter()
        .flat_map(|g| g.node)
        .filter_map(|n| n.op_type)
        .collect())
}
