//! The beats that read a list: one per item, and one per band and sprite.

use crate::kernel::{Kernel, Overhead, fault};
use crate::list::{self, Sprite};
use crate::reading::{Awaited, Bands, Running};
use crate::view::View;
use orrery_shared::{Beat, Memory, Step, TrapCode};

impl Kernel {
    /// Reads the next item.
    pub(crate) fn item<B: Beat>(&mut self, beat: &mut B, memory: &mut Memory) -> Step {
        let Some(list) = self.state.list else {
            return Ok(());
        };
        let place = format!("word {} of the list at {:#x}", list.at, list.address);
        let row = self.row(Overhead::Head);
        let short = || {
            let text = format!("{place}: the list ends inside an item or without END");
            fault(TrapCode::Bounds, row, text)
        };
        let header = list.words(memory, 1).ok_or_else(short)?[0];
        let op = header & 0xFF;
        let in_bands = self.state.bands.is_some();
        let (n, allowed) = match op {
            list::VIEW => (list::VIEW_WORDS, 0xF << list::UNIT_SHIFT),
            list::WAIT => (list::WAIT_WORDS, 1 << list::UNIT_SHIFT),
            list::BANDS => (list::BANDS_WORDS, 1 << list::UNIT_SHIFT),
            list::SPRITE if in_bands => (list::SPRITE_BAND_WORDS, list::BANDED),
            list::SPRITE => (list::SPRITE_WORDS, 0),
            list::BANDS_END | list::END => (1, 0),
            _ => (1, 0),
        };
        let allowed = match op {
            list::SPRITE if header & (list::FINISH | list::SHOW) != 0 => {
                let report = list::FINISH | list::SHOW | 0xF << list::FINISH_SHIFT;
                allowed | list::PARALLEL | report
            }
            list::SPRITE => allowed | list::PARALLEL,
            _ => allowed,
        };
        let known = (list::VIEW..=list::END).contains(&op) && header & !(allowed | 0xFF) == 0;
        let banded = op != list::SPRITE || (header & list::BANDED != 0) == in_bands;
        let nested = !in_bands || matches!(op, list::SPRITE | list::BANDS_END);
        if !known || !banded || !nested || (op == list::BANDS_END && !in_bands) {
            let text = format!("{place}: {header:#010x} is no item that can stand here");
            return Err(fault(TrapCode::UndefinedWord, row, text));
        }
        let words = list.words(memory, n).ok_or_else(short)?;
        let row = self.program.instrs.len() as u32 + op;
        let bad = |text: &str| fault(TrapCode::BadOperand, row, format!("{place}: {text}"));
        let reading = u64::from(n).div_ceil(self.spec.list_rate.max(1));
        let unit = (header >> list::UNIT_SHIFT & 15) as usize;
        match op {
            list::VIEW => {
                let view = View::parse(&words).map_err(bad)?;
                beat.issue(row, reading, 1)?;
                self.state.views[unit] = Some(view);
                self.unbind();
            }
            list::WAIT => {
                beat.issue(row, reading, 1)?;
                self.state.awaited = Some(Awaited {
                    giver: unit,
                    extent: words[1],
                    upto: u64::from(words[2]),
                });
                self.settle();
            }
            list::SPRITE => {
                let sprite = Sprite::parse(&words).map_err(bad)?;
                if usize::from(sprite.entry) >= self.program.instrs.len() {
                    return Err(bad("the entry lies outside the program memory"));
                }
                self.sprite(beat, row, reading, sprite)?;
            }
            list::BANDS => {
                let rows = words[3];
                if words[5] == 0 {
                    return Err(bad("a band has at least one row"));
                }
                if rows > 1 << 20 {
                    return Err(bad("more rows than a texture can have"));
                }
                beat.issue(row, reading, 1)?;
                self.state.bands = Some(Bands {
                    giver: unit,
                    extent: words[1],
                    offset: words[2],
                    stated: rows,
                    rows,
                    row_bytes: words[4],
                    band_rows: words[5],
                    sprites: Vec::new(),
                    collecting: true,
                    steps: 0,
                    step: 0,
                    next: 0,
                });
            }
            list::BANDS_END => {
                beat.issue(row, reading, 1)?;
                if let Some(bands) = &mut self.state.bands {
                    bands.collecting = false;
                    bands.plan();
                }
                self.next_band();
            }
            _ => return self.finish_list(beat, list),
        }
        memory.stream.read += 4 * u64::from(n);
        if let Some(list) = &mut self.state.list {
            list.at += n;
        }
        Ok(())
    }

    /// A sprite item: starts it, or keeps it for the bands.
    fn sprite<B: Beat>(&mut self, beat: &mut B, row: u32, reading: u64, sprite: Sprite) -> Step {
        if let Some(bands) = &mut self.state.bands {
            if bands.sprites.len() >= self.spec.band_sprites {
                return Err(fault(
                    TrapCode::Capacity,
                    row,
                    "too many sprites in a BANDS",
                ));
            }
            if u64::from(bands.count()) * u64::from(sprite.band_rows) < sprite.h as u64 {
                let text = "the bands do not cover the height of the sprite";
                return Err(fault(TrapCode::BadOperand, row, text));
            }
            if sprite.lag > 1 << 16 {
                return Err(fault(
                    TrapCode::BadOperand,
                    row,
                    "a lag of more than 65,536 bands",
                ));
            }
            beat.issue(row, reading, 1)?;
            bands.sprites.push(sprite);
            return Ok(());
        }
        beat.issue(row, reading + self.spec.setup, 1)?;
        let mut sprite = sprite;
        if self.state.status & list::STATUS_SHORT != 0 {
            // It may look at what never came.
            sprite.finish = None;
        }
        let (top, bottom) = (sprite.y, sprite.y + sprite.h);
        self.begin(sprite, top, bottom);
        Ok(())
    }

    fn begin(&mut self, sprite: Sprite, top: i32, bottom: i32) {
        self.state.sprites += 1;
        if sprite.w > 0 && bottom > top {
            self.state.running = Some(Running {
                sprite,
                top,
                bottom,
                tile: 0,
            });
        }
    }

    /// Sets up the sprite that is next in the band at hand.
    pub(crate) fn band<B: Beat>(&mut self, beat: &mut B) -> Step {
        let row = self.row(Overhead::Sprite);
        beat.issue(row, self.spec.setup.max(1), 1)?;
        let Some(bands) = &mut self.state.bands else {
            return Ok(());
        };
        let rows = bands.sprites.get(bands.next).cloned();
        let rows = rows.and_then(|s| bands.rows_of(&s).map(|(top, bottom)| (s, top, bottom)));
        let short = bands.rows < bands.stated && bands.step >= bands.rows / bands.band_rows.max(1);
        bands.next += 1;
        if let Some((mut sprite, top, bottom)) = rows {
            // A lag is for looking ahead, here at what never came.
            if short && sprite.lag > 0 {
                sprite.finish = None;
            }
            self.begin(sprite, top, bottom);
        }
        self.next_band();
        Ok(())
    }

    /// Goes on to the next sprite that has rows in its band, to the next band,
    /// or out of the BANDS. Costs nothing; what it finds is charged.
    pub(crate) fn next_band(&mut self) {
        let Some(bands) = &mut self.state.bands else {
            return;
        };
        loop {
            if bands.step >= bands.steps {
                self.state.bands = None;
                return;
            }
            if bands.next == 0 && bands.step < bands.count() {
                let rows = bands
                    .rows
                    .min((bands.step + 1).saturating_mul(bands.band_rows));
                let first = u64::from(bands.extent) + u64::from(bands.offset);
                let upto = first + u64::from(rows) * u64::from(bands.row_bytes);
                let awaited = Awaited {
                    giver: bands.giver,
                    extent: bands.extent,
                    upto,
                };
                let held = self.state.ledger.find(bands.extent);
                if held.is_none_or(|g| u64::from(g.upto) < upto) {
                    self.state.awaited = Some(awaited);
                    return self.settle_band();
                }
            }
            let rest = bands.sprites.get(bands.next..).unwrap_or_default();
            let has_rows = |s: &Sprite| bands.rows_of(s).is_some_and(|(top, bottom)| top < bottom);
            if let Some(i) = rest.iter().position(has_rows) {
                bands.next += i;
                return;
            }
            bands.next = 0;
            bands.step += 1;
        }
    }

    /// The awaited band may be known never to come.
    fn settle_band(&mut self) {
        let before = self.state.awaited;
        self.settle();
        if before.is_some() && self.state.awaited.is_none() {
            self.next_band();
        }
    }
}
