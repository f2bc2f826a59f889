//! What the sequencer does with actions, as far as these tests look at it.

use std::collections::HashMap;

use orrery_output::isa::Action;

use super::parts::Check;

/// What a process sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    pub op: u8,
    pub target: u16,
    pub operands: Vec<u32>,
    pub identity: u8,
}

/// A stream in memory.
#[derive(Clone, Debug, Default)]
pub struct Stream {
    unit: usize,
    texel: usize,
    at: usize,
    pub bytes: Vec<u8>,
}

impl Stream {
    fn write(&mut self, bytes: &[u8]) {
        let end = self.at + bytes.len();
        if self.bytes.len() < end {
            self.bytes.resize(end, 0);
        }
        self.bytes[self.at..end].copy_from_slice(bytes);
        self.at = end;
    }
}

/// All streams, by handle.
#[derive(Clone, Debug, Default)]
pub struct Streams {
    pub all: HashMap<u16, Stream>,
    sums: HashMap<u16, u32>,
}

impl Streams {
    /// The contents of a stream.
    pub fn bytes(&self, handle: u16) -> &[u8] {
        self.all.get(&handle).map_or(&[], |s| &s.bytes)
    }

    /// Carries an action out; gives its reply.
    pub fn apply(&mut self, sent: &Sent) -> Result<Option<u64>, &'static str> {
        let action = Action::from_op(sent.op.into()).ok_or("unknown action")?;
        let operand = |i: usize| sent.operands[i];
        let kind = match action {
            Action::Texture | Action::Region => operand(2),
            Action::Ram => operand(1),
            _ => 0,
        };
        if kind != 0 {
            let (unit, texel) = (kind as usize & 15, kind as usize >> 4);
            let stream = Stream {
                unit,
                texel,
                ..Stream::default()
            };
            self.all.insert(sent.target, stream);
            return Ok(None);
        }
        let Some(stream) = self.all.get_mut(&sent.target) else {
            return Ok(None);
        };
        match action {
            Action::Append => {
                for value in &sent.operands {
                    stream.write(&value.to_le_bytes()[..stream.unit]);
                }
            }
            Action::Repeat => {
                for _ in 0..operand(1) {
                    stream.write(&operand(0).to_le_bytes()[..stream.unit]);
                }
            }
            Action::Copy => {
                let distance = operand(0) as usize * stream.texel;
                if distance == 0 || distance > stream.at {
                    return Err("copy from before the beginning");
                }
                for _ in 0..operand(1) as usize * stream.texel {
                    let byte = stream.bytes[stream.at - distance];
                    stream.write(&[byte]);
                }
            }
            Action::Seek => stream.at = operand(0) as usize * stream.unit,
            Action::Advance => stream.at += operand(0) as usize * stream.unit,
            Action::Sums => {
                self.sums.insert(sent.target, operand(0));
            }
            Action::Check => {
                let constants = vec![self.sums[&sent.target], 1];
                let check = Check {
                    from: 0,
                    constants,
                    is_crc: false,
                };
                return Ok(Some(check.value(&stream.bytes).into()));
            }
            Action::Size => return Ok(Some((stream.at / stream.unit) as u64)),
            _ => {}
        }
        Ok(None)
    }
}
