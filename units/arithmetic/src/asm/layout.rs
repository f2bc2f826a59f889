//! From lowered items to words: addresses, label values, the source map.

use std::collections::BTreeMap;

use orrery_shared::source::{self, SourceMap};
use orrery_shared::spelling::did_you_mean;

use super::diagnostics::{self as code, Diagnostics};
use super::lower::{Lowered, Piece, Value};
use super::{DataBlock, Object, Place, Source, words};
use crate::encoding::Instruction;
use crate::ops::Op;

/// Words of the code memory.
const CODE_WORDS: usize = 1 << 16;
/// Addresses below fit a CONST of one word.
const SHORT_CONST: usize = 1 << 12;
/// Labels that are compared with a misspelt one.
const MAX_SUGGESTIONS: usize = 1000;

/// Gives everything its address and encodes it.
pub fn lay_out(
    lowered: Lowered,
    sources: &[Source<'_>],
    diagnostics: &mut Diagnostics<'_>,
) -> Object {
    // Label constants are all short or all long: short if the whole program
    // then lies below the limit, so that no label depends on another's size.
    let size = |wide: bool| {
        lowered
            .pieces
            .iter()
            .map(|(p, _)| p.words(wide))
            .sum::<usize>()
    };
    let wide = size(false) > SHORT_CONST;

    let mut addresses = Vec::with_capacity(lowered.pieces.len() + 1);
    let mut at = 0;
    for (piece, place) in &lowered.pieces {
        addresses.push(at);
        let end = at + piece.words(wide);
        if at <= CODE_WORDS && end > CODE_WORDS {
            diagnostics.at_file(place.file);
            let message = format!("the program is longer than {CODE_WORDS} words");
            diagnostics.error(code::TOO_LONG, place.span.clone(), message, None);
        }
        at = end;
    }
    addresses.push(at);

    let mut resolver = Resolver {
        addresses: BTreeMap::new(),
        diagnostics,
    };
    let mut labels = Vec::new();
    for (name, piece, place) in &lowered.labels {
        let Ok(address) = u16::try_from(addresses[*piece]) else {
            resolver.diagnostics.at_file(place.file);
            let message = format!("label `{name}` lies behind the code memory");
            resolver
                .diagnostics
                .error(code::TOO_LONG, place.span.clone(), message, None);
            continue;
        };
        resolver.addresses.insert(name, address);
        labels.push((name.clone(), address));
    }

    let lines: Vec<LineStarts> = sources.iter().map(|s| LineStarts::new(s.text)).collect();
    let mut object = Object {
        labels,
        map: SourceMap {
            files: sources.iter().map(|s| s.file.to_owned()).collect(),
            places: Vec::new(),
        },
        ..Object::default()
    };
    for (piece, place) in &lowered.pieces {
        resolver.encode(piece, place, wide, &mut object.words);
        let position = lines[place.file].place(place);
        object.map.places.resize(object.words.len(), position);
    }
    for block in &lowered.data {
        let values = block.values.iter();
        object.data.push(DataBlock {
            bank: block.bank,
            address: block.address,
            words: values.map(|v| resolver.value(v, block.file)).collect(),
        });
    }
    object
}

impl Piece {
    fn words(&self, wide: bool) -> usize {
        match self {
            Piece::Instruction(i) => usize::from(i.words()),
            Piece::Constant(_) => 1 + usize::from(wide),
            Piece::Word(_) => 1,
        }
    }
}

struct Resolver<'l, 'd, 'f> {
    addresses: BTreeMap<&'l str, u16>,
    diagnostics: &'d mut Diagnostics<'f>,
}

impl Resolver<'_, '_, '_> {
    fn value(&mut self, value: &Value, file: usize) -> u16 {
        let (name, span) = match value {
            Value::Number(n) => return *n,
            Value::Label(name, span) => (name, span),
        };
        if let Some(&address) = self.addresses.get(name.as_str()) {
            return address;
        }
        // Looking for a similar name takes a while; do it for what is shown only.
        let hint = if self.diagnostics.is_full() {
            None
        } else {
            let labels = self.addresses.keys().copied().take(MAX_SUGGESTIONS);
            did_you_mean(name, labels)
        };
        self.diagnostics.at_file(file);
        let message = format!("there is no label or constant `{name}`");
        let hint = hint.or_else(|| words::suggest(name));
        self.diagnostics
            .error(code::UNDEFINED, span.clone(), message, hint);
        0
    }

    fn encode(&mut self, piece: &Piece, place: &Place, wide: bool, words: &mut Vec<u16>) {
        let instruction = match piece {
            Piece::Instruction(instruction) => *instruction,
            Piece::Constant(value) => {
                let address = self.value(value, place.file);
                let op = if wide { Op::ConstW } else { Op::Const };
                Instruction::new(op, &[i32::from(address)])
            }
            Piece::Word(value) => {
                let word = self.value(value, place.file);
                words.push(word);
                return;
            }
        };
        match instruction.encode() {
            Some((word, next)) => {
                words.push(word);
                words.extend(next);
            }
            None => {
                self.diagnostics.at_file(place.file);
                let message = format!("`{instruction}` has no encoding");
                self.diagnostics
                    .error(code::OPERANDS, place.span.clone(), message, None);
            }
        }
    }
}

/// Byte offsets at which the lines of a text begin.
struct LineStarts(Vec<usize>);

impl LineStarts {
    fn new(text: &str) -> Self {
        let after_newlines = text.match_indices('\n').map(|(at, _)| at + 1);
        LineStarts(std::iter::once(0).chain(after_newlines).collect())
    }

    fn place(&self, place: &Place) -> source::Place {
        let line = self.0.partition_point(|&start| start <= place.span.start);
        let start = self.0.get(line.saturating_sub(1)).copied().unwrap_or(0);
        source::Place {
            file: u16::try_from(place.file).unwrap_or(u16::MAX),
            line: line as u32,
            column: u16::try_from(place.span.start - start + 1).unwrap_or(u16::MAX),
        }
    }
}
