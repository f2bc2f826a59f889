//! Writing to a stream's memory: position, bounds, row bands, the Lempel-Ziv
//! ring and the check circuit. Sequencer and sink share it; who may write is
//! the sequencer's ledger ([`crate::stream`]).
//!
//! The hardware feeds a ring of its own with every byte appended, because
//! bytes that were handed over may be changed in place by the Compositor. The
//! host reads copies from memory as long as memory cannot differ, and saves
//! bytes to a ring just before they are handed over: `ring` holds what lies
//! before `ringed`, memory the rest.

use orrery_shared::{Bank, TrapCode};

use crate::check::Circuit;
use crate::fault::Refusal;
use crate::kind::{Kind, Space};
use crate::rows::Written;

/// Bytes of a pattern that short copies make.
const PERIOD: usize = 16;

/// Something to append.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Job {
    /// The first so many of these values, each as wide as the unit.
    Units([u32; 4], usize),
    /// A 16-bit word, low byte first, whatever the unit.
    Word(u16),
    /// A dictionary match, counted in texels.
    Copy { distance: u32, length: u32 },
    /// One value, so many times.
    Repeat { value: u32, times: u32 },
    /// Passes over so many units and leaves them as they are.
    Skip { units: u32 },
}

/// What a job will do, worked out before anything changes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) bytes: u64,
    /// Units or texels: what is charged as work.
    pub(crate) elements: u64,
    /// Bytes from the base that will have been handed over, if this job
    /// finishes a band.
    pub(crate) hand_over: Option<u64>,
}

/// The writing end of a stream.
#[derive(Clone, Debug)]
pub(crate) struct Writer {
    pub(crate) space: Space,
    pub(crate) base: u32,
    pub(crate) capacity: u64,
    pub(crate) pitch: u64,
    pub(crate) kind: Kind,
    /// Bytes from the base where the next one goes.
    pub(crate) position: u64,
    /// Bytes handed over at once; 0 for none.
    pub(crate) band: u64,
    /// Bytes from the base that were handed over, whole rows.
    pub(crate) handed: u64,
    /// First position that a copy can reach: where the ring was last empty.
    origin: u64,
    /// Bytes from the base written without a gap, when the position last jumped.
    whole: u64,
    /// End of what was written by then, and of what was placed.
    top: u64,
    /// Positions below this are read from the ring.
    ringed: u64,
    ring: Vec<u8>,
    ring_size: u64,
    check: Option<Box<Circuit>>,
    /// Bytes below this have passed the check circuit.
    checked: u64,
}

impl Writer {
    pub(crate) fn new(
        space: Space,
        base: u32,
        capacity: u64,
        pitch: u64,
        kind: Kind,
        ring_size: u64,
    ) -> Self {
        Writer {
            space,
            base,
            capacity,
            pitch,
            kind,
            position: 0,
            band: 0,
            handed: 0,
            origin: 0,
            whole: 0,
            top: 0,
            ringed: 0,
            ring: Vec::new(),
            ring_size,
            check: None,
            checked: 0,
        }
    }

    /// A writer that goes on where another stopped, with an empty ring.
    pub(crate) fn resumed(mut self, position: u64, handed: u64, band: u64) -> Self {
        self.position = position;
        self.origin = position;
        self.handed = handed;
        self.band = band;
        self
    }

    /// The memory of this stream in its bank, from a position up to another.
    #[inline]
    fn bytes<'a>(&self, bank: &'a mut Bank, from: u64, to: u64) -> &'a mut [u8] {
        let base = self.base as usize;
        &mut bank.bytes[base + from as usize..base + to as usize]
    }

    /// Positions up to here can be written without finishing a band.
    #[inline]
    pub(crate) fn unattended(&self) -> u64 {
        if self.band == 0 {
            return self.capacity;
        }
        let next = (self.handed / self.band + 1).saturating_mul(self.band);
        self.capacity.min(next - 1)
    }

    /// What will have been handed over when the position is `end`, if more than now.
    pub(crate) fn finished_bands(&self, end: u64) -> Option<u64> {
        if self.band == 0 {
            return None;
        }
        let whole = end / self.band * self.band;
        (whole > self.handed).then_some(whole)
    }

    /// What a close hands over: all whole rows, even if none is new, since the
    /// reader must learn that no more will come. Nothing without bands.
    pub(crate) fn last_hand_over(&self) -> Option<u64> {
        (self.band != 0).then(|| self.whole_rows().max(self.handed))
    }

    /// Bytes and elements of a job.
    pub(crate) fn measure(&self, job: Job) -> (u64, u64) {
        let (unit, texel) = (u64::from(self.kind.unit), u64::from(self.kind.texel));
        match job {
            Job::Units(_, count) => (count as u64 * unit, count as u64),
            Job::Word(_) => (2, 0),
            Job::Skip { units } => (u64::from(units) * unit, 0),
            Job::Repeat { times, .. } => (u64::from(times) * unit, u64::from(times)),
            Job::Copy { length, .. } => (u64::from(length) * texel, u64::from(length)),
        }
    }

    /// Works out a job.
    pub(crate) fn plan(&self, job: Job) -> Result<Plan, Refusal> {
        if let Job::Copy { distance, .. } = job {
            self.reach(u64::from(distance) * u64::from(self.kind.texel), distance)?;
        }
        let (bytes, elements) = self.measure(job);
        let end = self.position + bytes;
        if end > self.capacity {
            return Err(Refusal::new(
                TrapCode::Capacity,
                format!(
                    "{bytes} bytes at position {} reach past the stream's {} bytes",
                    self.position, self.capacity
                ),
            ));
        }
        Ok(Plan {
            bytes,
            elements,
            hand_over: self.finished_bands(end),
        })
    }

    /// Whether a copy from so many bytes back has a source.
    #[inline]
    pub(crate) fn reaches(&self, bytes: u64) -> bool {
        bytes != 0 && bytes <= self.position - self.origin && bytes <= self.ring_size
    }

    fn reach(&self, bytes: u64, distance: u32) -> Result<(), Refusal> {
        if self.reaches(bytes) {
            return Ok(());
        }
        let held = self.position - self.origin;
        let refuse = |why: String| Err(Refusal::new(TrapCode::BadOperand, why));
        if distance == 0 {
            return refuse("a copy from distance 0 has no source".into());
        }
        if bytes > held {
            return refuse(format!(
                "distance {distance} ({bytes} bytes) reaches before the start: \
                 {held} bytes have been appended"
            ));
        }
        Err(Refusal::limit(format!(
            "distance {distance} ({bytes} bytes) is longer than the ring of {} bytes, which is a limit of this machine \
             (`output.ring`)",
            self.ring_size
        )))
    }

    /// Does what was planned, hand-over excluded ([`Writer::hand_over`]).
    pub(crate) fn carry_out(&mut self, job: Job, plan: &Plan, bank: &mut Bank) {
        match job {
            Job::Units(values, count) => self.store(&values, count, bank),
            Job::Word(word) => self.store_word(word, bank),
            Job::Repeat { value, .. } => self.repeat(value, plan.bytes, bank),
            Job::Skip { .. } => self.skip(plan.bytes, bank),
            Job::Copy { distance, .. } => {
                let distance = u64::from(distance) * u64::from(self.kind.texel);
                self.copy(distance, plan.bytes, bank);
            }
        }
    }

    #[inline]
    fn advance(&mut self, bytes: u64, bank: &mut Bank) {
        self.position += bytes;
        bank.written += bytes;
    }

    /// Appends units that are known to fit.
    #[inline]
    pub(crate) fn store(&mut self, values: &[u32; 4], count: usize, bank: &mut Bank) {
        let unit = usize::from(self.kind.unit);
        let bytes = (count * unit) as u64;
        let at = self.position;
        let to = self.bytes(bank, at, at + bytes);
        match unit {
            1 => {
                for (byte, value) in to.iter_mut().zip(values) {
                    *byte = *value as u8;
                }
            }
            2 => {
                for (half, value) in to.as_chunks_mut::<2>().0.iter_mut().zip(values) {
                    *half = (*value as u16).to_le_bytes();
                }
            }
            _ => {
                for (word, value) in to.as_chunks_mut::<4>().0.iter_mut().zip(values) {
                    *word = value.to_le_bytes();
                }
            }
        }
        self.advance(bytes, bank);
    }

    /// Appends a word that is known to fit.
    #[inline]
    pub(crate) fn store_word(&mut self, word: u16, bank: &mut Bank) {
        let at = self.position;
        self.bytes(bank, at, at + 2)
            .copy_from_slice(&word.to_le_bytes());
        self.advance(2, bank);
    }

    /// Appends words that are known to fit.
    #[inline]
    pub(crate) fn store_words(&mut self, words: &[u16], bank: &mut Bank) {
        let bytes = 2 * words.len() as u64;
        let at = self.position;
        let to = self.bytes(bank, at, at + bytes);
        if let (&[a, b], Ok(to)) = (words, <&mut [u8; 4]>::try_from(&mut *to)) {
            *to = (u32::from(a) | u32::from(b) << 16).to_le_bytes();
        } else {
            for (half, word) in to.as_chunks_mut::<2>().0.iter_mut().zip(words) {
                *half = word.to_le_bytes();
            }
        }
        self.advance(bytes, bank);
    }

    fn repeat(&mut self, value: u32, bytes: u64, bank: &mut Bank) {
        let at = self.position;
        let to = self.bytes(bank, at, at + bytes);
        match self.kind.unit {
            1 => to.fill(value as u8),
            2 => to.as_chunks_mut::<2>().0.fill((value as u16).to_le_bytes()),
            _ => to.as_chunks_mut::<4>().0.fill(value.to_le_bytes()),
        }
        self.advance(bytes, bank);
    }

    /// Passes over bytes that are known to fit. Neither the ring nor the check
    /// circuit has seen them, so no copy reaches before them.
    fn skip(&mut self, bytes: u64, bank: &mut Bank) {
        self.feed_check(bank);
        let written = self.written();
        let joined = self.position <= written.whole;
        self.position += bytes;
        self.top = written.top;
        // The program says that what it passes over is there.
        self.whole = if joined {
            written.whole.max(self.position)
        } else {
            written.whole
        };
        self.origin = self.position;
        self.checked = self.position;
    }

    /// What was written so far.
    pub(crate) fn written(&self) -> Written {
        let appended = if self.position > self.origin {
            self.position
        } else {
            0
        };
        let whole = if self.origin <= self.whole {
            self.whole.max(self.position)
        } else {
            self.whole
        };
        Written {
            whole,
            top: self.top.max(appended).max(whole),
            stretch: (self.origin, self.position),
        }
    }

    /// Appends what lies `distance` bytes back; known to reach and to fit.
    #[inline]
    pub(crate) fn copy(&mut self, distance: u64, length: u64, bank: &mut Bank) {
        bank.read += length;
        let (mut to, end) = (self.position, self.position + length);
        let mut from = to - distance;
        // The part that was handed over comes from the ring, at most two pieces.
        while from < self.ringed && to < end {
            let slot = from & (self.ring_size - 1);
            let n = (self.ringed - from)
                .min(end - to)
                .min(self.ring_size - slot);
            let source = &self.ring[slot as usize..(slot + n) as usize];
            let base = self.base as usize + to as usize;
            bank.bytes[base..base + n as usize].copy_from_slice(source);
            (from, to) = (from + n, to + n);
        }
        // The rest lies in memory, what has just been copied included.
        let window = self.bytes(bank, from, end);
        let (distance, mut filled) = (distance as usize, distance as usize);
        if distance == 1 && window.len() > 1 {
            let byte = window[0];
            window[1..].fill(byte);
        }
        if distance > 1 && PERIOD.is_multiple_of(distance) && window.len() > PERIOD {
            // The source is so short that the copy is a pattern.
            let pattern: [u8; PERIOD] = std::array::from_fn(|i| window[i % distance]);
            let (chunks, rest) = window.as_chunks_mut::<PERIOD>();
            chunks.fill(pattern);
            rest.copy_from_slice(&pattern[..rest.len()]);
            filled = window.len();
        }
        while filled < window.len() && distance > 1 {
            // What is there repeats with the distance, so it may be doubled.
            let n = filled.min(window.len() - filled);
            window.copy_within(..n, filled);
            filled += n;
        }
        self.advance(length, bank);
    }

    /// Marks everything before `to` as handed over, and keeps for the ring and
    /// the check circuit what they still need of it.
    pub(crate) fn hand_over(&mut self, to: u64, bank: &mut Bank) {
        self.save(to.min(self.position), bank);
        self.handed = to;
    }

    /// Saves the bytes before `to` (none of them after the position) from
    /// later changes of memory.
    pub(crate) fn save(&mut self, to: u64, bank: &mut Bank) {
        self.feed_check(bank);
        if to <= self.ringed {
            return;
        }
        if self.ring.is_empty() {
            self.ring = vec![0; self.ring_size as usize];
        }
        let mut from = self.ringed.max(to.saturating_sub(self.ring_size));
        while from < to {
            let slot = from & (self.ring_size - 1);
            let n = (to - from).min(self.ring_size - slot);
            let source = self.bytes(bank, from, from + n);
            self.ring[slot as usize..(slot + n) as usize].copy_from_slice(source);
            from += n;
        }
        self.ringed = to;
    }

    /// Reads the little-endian element at a position.
    pub(crate) fn element(&self, at: u64, bank: &mut Bank) -> u32 {
        let unit = u64::from(self.kind.unit);
        bank.read += unit;
        let mut word = [0; 4];
        word[..unit as usize].copy_from_slice(self.bytes(bank, at, at + unit));
        u32::from_le_bytes(word)
    }

    /// Overwrites the element at a position, in memory and in the ring.
    pub(crate) fn place(&mut self, at: u64, value: u32, bank: &mut Bank) {
        // The circuit checks what was appended, not what it became later.
        self.feed_check(bank);
        let unit = u64::from(self.kind.unit);
        bank.written += unit;
        self.top = self.top.max(at + unit);
        let word = value.to_le_bytes();
        self.bytes(bank, at, at + unit)
            .copy_from_slice(&word[..unit as usize]);
        for (p, byte) in (at..at + unit).zip(word) {
            if p < self.ringed && self.ringed - p <= self.ring_size {
                self.ring[(p & (self.ring_size - 1)) as usize] = byte;
            }
        }
    }

    /// Sets the position and empties the ring; rows from there on count as
    /// not handed over.
    pub(crate) fn seek(&mut self, position: u64, bank: &mut Bank) {
        self.feed_check(bank);
        let written = self.written();
        (self.whole, self.top) = (written.whole, written.top);
        self.position = position;
        self.origin = position;
        self.checked = position;
        self.ringed = self.ringed.min(position);
        if let Some(whole) = position.checked_div(self.band) {
            self.handed = self.handed.min(whole * self.band);
        } else {
            self.handed = 0;
        }
    }

    /// Sets all memory to zero and starts over.
    pub(crate) fn clear(&mut self, bank: &mut Bank) {
        self.feed_check(bank);
        self.bytes(bank, 0, self.capacity).fill(0);
        bank.written += self.capacity;
        self.seek(0, bank);
        (self.whole, self.top) = (0, 0);
    }

    /// Starts a check circuit at the position.
    pub(crate) fn start_check(&mut self, circuit: Circuit) {
        self.check = Some(Box::new(circuit));
        self.checked = self.position;
    }

    /// Whether a check circuit runs.
    #[inline]
    pub(crate) fn is_checked(&self) -> bool {
        self.check.is_some()
    }

    /// Stops the check circuit and returns its value.
    pub(crate) fn stop_check(&mut self, bank: &mut Bank) -> Option<u32> {
        self.feed_check(bank);
        self.check.take().map(|c| c.value())
    }

    /// The circuit works as bytes are appended; the host catches up in one go.
    fn feed_check(&mut self, bank: &mut Bank) {
        if let Some(mut circuit) = self.check.take() {
            circuit.update(self.bytes(bank, self.checked, self.position));
            self.check = Some(circuit);
        }
        self.checked = self.position;
    }

    /// Bytes of an unfinished texel at the position.
    pub(crate) fn partial(&self) -> u64 {
        self.position % u64::from(self.kind.texel)
    }

    /// Whole rows written, as bytes.
    pub(crate) fn whole_rows(&self) -> u64 {
        self.position
            .checked_div(self.pitch)
            .map_or(0, |rows| rows * self.pitch)
    }
}
