//! Escape tables, byte by byte.

use orrery_parsing::isa::{EscapeVerb, control};

use super::Executor;

/// A bit, the position behind it, and the byte that it belongs to.
pub type Bit = (u32, usize, u8);
/// A control symbol, and the follower of a marker.
pub type Stopped = (u8, u32);

/// A table as its constants.
#[derive(Clone, Debug)]
pub struct Escape(pub Vec<u32>);

impl Escape {
    fn prefix(&self) -> u8 {
        self.0[0] as u8
    }

    /// What a follower does, and the bits that are turned over.
    fn verb(&self, follower: u8) -> (EscapeVerb, u8) {
        let verb = |word: u32| EscapeVerb::from_code(word as u8).expect("a verb");
        for word in &self.0[1..] {
            let [low, high, _, xor] = word.to_le_bytes();
            if low <= follower && follower <= high {
                return (verb(word >> 16), xor);
            }
        }
        (verb(self.0[0] >> 8), (self.0[0] >> 16) as u8)
    }
}

impl Executor<'_> {
    /// The byte that rows see at `at` and where the next one begins, or the
    /// control symbol that stands there.
    pub(super) fn unit(&self, mut at: usize) -> Result<(u8, usize), (u8, u32)> {
        let (limit, code) = self.limit();
        let limit = limit / 8;
        loop {
            if at >= limit {
                return Err((code, 0));
            }
            let byte = self.input[at];
            let Some(table) = self.escape.as_ref().filter(|e| e.prefix() == byte) else {
                return Ok((byte, at + 1));
            };
            if at + 1 >= limit {
                return Err((code, 0));
            }
            let follower = self.input[at + 1];
            match table.verb(follower) {
                (EscapeVerb::Literal, _) => return Ok((byte, at + 1)),
                (EscapeVerb::Vanish, _) => return Ok((byte, at + 2)),
                (EscapeVerb::Xor, xor) => return Ok((follower ^ xor, at + 2)),
                (EscapeVerb::Marker, _) => return Err((control::MARKER, follower.into())),
                (EscapeVerb::Again, _) => at += 1,
            }
        }
    }

    /// Up to `n` bits in order of arrival with the position behind each and the
    /// byte it belongs to, and the control symbol if there are fewer.
    pub(super) fn ahead(&self, n: u32, lsb: bool) -> (Vec<Bit>, Stopped) {
        let mut at = self.at;
        let mut held = match &self.escape {
            Some(_) => self.held,
            None => self.input.get(at / 8).copied().unwrap_or(0),
        };
        let mut bits = Vec::new();
        while bits.len() < n as usize {
            if at.is_multiple_of(8) {
                match self.unit(at / 8) {
                    Ok((byte, end)) => (held, at) = (byte, (end - 1) * 8),
                    Err(stop) => return (bits, stop),
                }
            }
            let shift = if lsb { at % 8 } else { 7 - at % 8 };
            at += 1;
            bits.push((u32::from(held >> shift) & 1, at, held));
        }
        (bits, (0, 0))
    }

    /// How many of `n` bits are there, and what stops the others.
    pub(super) fn valid(&self, n: u32) -> (u32, (u8, u32)) {
        if self.escape.is_none() {
            let (limit, code) = self.limit();
            return ((limit.saturating_sub(self.at) as u32).min(n), (code, 0));
        }
        let (bits, stop) = self.ahead(n, false);
        (bits.len() as u32, stop)
    }

    pub(super) fn advance(&mut self, n: u32) {
        if self.escape.is_none() {
            self.at += n as usize;
        } else if let Some(&(_, at, held)) = self.ahead(n, false).0.last() {
            (self.at, self.held) = (at, held);
        }
    }
}
