//! A look at the Protocol Buffers wire format before the parser sees a file:
//! it takes memory for whatever length a field announces, and a stack frame
//! for every message within a message.
//!
//! Field numbers are those of the ONNX specification's `onnx.proto`.

/// Messages within messages: a graph's node's attribute's tensor is four.
const MOST_DEPTH: usize = 24;

#[derive(Clone, Copy)]
enum Message {
    Model,
    Graph,
    Node,
    Attribute,
    Tensor,
    ValueInfo,
    Type,
    TensorType,
    SequenceType,
    Shape,
    /// One without messages inside.
    Plain,
}

impl Message {
    /// What a field is, if it is a message.
    fn field(self, number: u64) -> Option<Self> {
        Some(match (self, number) {
            (Self::Model, 7) | (Self::Attribute, 6) => Self::Graph,
            (Self::Model, 8 | 14) | (Self::Tensor, 13) | (Self::Shape, 1) => Self::Plain,
            (Self::Graph, 1) => Self::Node,
            (Self::Graph, 5) | (Self::Attribute, 5) => Self::Tensor,
            (Self::Graph, 11..=13) => Self::ValueInfo,
            (Self::Node, 5) => Self::Attribute,
            (Self::ValueInfo, 2) | (Self::SequenceType, 1) => Self::Type,
            (Self::Type, 1) => Self::TensorType,
            (Self::Type, 4) => Self::SequenceType,
            (Self::TensorType, 2) => Self::Shape,
            _ => return None,
        })
    }
}

/// Checks that every field of a model lies within its message.
///
/// # Errors
/// What is wrong, in words.
pub(super) fn check(bytes: &[u8]) -> Result<(), &'static str> {
    message(bytes, Message::Model, 0)
}

fn message(mut rest: &[u8], kind: Message, depth: usize) -> Result<(), &'static str> {
    if depth > MOST_DEPTH {
        return Err("messages lie too deep in each other");
    }
    while !rest.is_empty() {
        let tag = varint(&mut rest)?;
        let length = match tag & 7 {
            0 => {
                varint(&mut rest)?;
                continue;
            }
            1 => 8,
            2 => varint(&mut rest)?,
            5 => 4,
            _ => return Err("a field of an unknown kind"),
        };
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let field = rest.split_at_checked(length);
        let (field, behind) = field.ok_or("a field reaches past its end")?;
        rest = behind;
        if tag & 7 == 2
            && let Some(inner) = kind.field(tag >> 3)
        {
            message(field, inner, depth + 1)?;
        }
    }
    Ok(())
}

fn varint(rest: &mut &[u8]) -> Result<u64, &'static str> {
    let mut value = 0;
    for place in 0..10 {
        let (&byte, behind) = rest.split_first().ok_or("a number is cut off")?;
        *rest = behind;
        value |= u64::from(byte & 0x7f) << (7 * place);
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err("a number is too long")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_models_pass_and_what_lies_does_not() {
        check(crate::model::ENCODER).unwrap();
        check(crate::model::DECODER).unwrap();
        // A graph of 2^40 bytes.
        let long = [0x3a, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40];
        assert_eq!(check(&long), Err("a field reaches past its end"));
        // A name within a node that is longer than the node.
        let inner = [0x3a, 0x04, 0x0a, 0x02, 0x1a, 0x7f];
        assert_eq!(check(&inner), Err("a field reaches past its end"));
        assert_eq!(check(&[0x80; 20]), Err("a number is too long"));
        assert_eq!(check(&[0x0b]), Err("a field of an unknown kind"));
        // Graphs in attributes of nodes of graphs, without end.
        let mut nested = Vec::new();
        for level in 0..60 {
            // Graph 6 of an attribute, attribute 5 of a node, node 1 of a graph.
            let tag = [0x32, 0x2a, 0x0a][level % 3];
            let mut outer = vec![tag, nested.len() as u8 & 0x7f];
            outer.append(&mut nested);
            nested = outer;
        }
        let mut model = vec![0x3a, nested.len() as u8 & 0x7f];
        model.append(&mut nested);
        assert_eq!(check(&model), Err("messages lie too deep in each other"));
    }
}
