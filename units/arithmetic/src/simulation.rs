//! The simulated core: one instruction per beat.

use std::sync::Arc;

use orrery_shared::protocol::{core_in, core_out};
use orrery_shared::{
    Access, Beat, Chan, Entry, Fault, Needs, Run, RunRow, Step, Stop, TrapCode, WaitCause,
};

use crate::asm::{DataBlock, Object};
use crate::block::{Blocks, Outlet, Way};
use crate::micro::{Class, Micro, bits};
use crate::names::Name;
use crate::ops::{FlagEffect, Op};
use crate::spec::Spec;
use crate::state::{BANK_WORDS, State, result_bits};
use crate::value::compute;

/// The queues of a core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ports {
    /// Activations and sink commands, from the sequencer.
    pub input: Chan,
    /// Words, end tokens, requests and forwarded commands, to the core's sink.
    pub output: Chan,
    /// Words to the parser.
    pub flag: Chan,
    /// Answers to requests, from the sink.
    pub load: Chan,
}

/// Code and initial data, as loaded before the run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    /// Code, from address 0; at most 64 Ki words.
    pub words: Vec<u16>,
    /// Initial contents of data banks.
    pub data: Vec<DataBlock>,
}

impl Image {
    /// Checks that a core of this configuration can hold it.
    ///
    /// # Errors
    /// What does not fit.
    pub fn check(&self, spec: &Spec) -> Result<(), String> {
        if self.words.len() > BANK_WORDS {
            let words = self.words.len();
            return Err(format!(
                "{words} words of code: there is room for {BANK_WORDS}"
            ));
        }
        for block in &self.data {
            if block.bank == 0 || block.bank > spec.banks {
                let (bank, banks) = (block.bank, spec.banks);
                return Err(format!(
                    "data for bank {bank}: the data banks are 1 to {banks}"
                ));
            }
            if usize::from(block.address) + block.words.len() > BANK_WORDS {
                let (bank, address) = (block.bank, block.address);
                return Err(format!(
                    "the data at {address:#06x} reach behind the end of bank {bank}"
                ));
            }
        }
        Ok(())
    }
}

impl From<&Object> for Image {
    fn from(object: &Object) -> Self {
        Image {
            words: object.words.clone(),
            data: object.data.clone(),
        }
    }
}

/// A core: immutable configuration and code, and its [`State`].
#[derive(Clone, Debug)]
pub struct Core {
    spec: Arc<Spec>,
    code: Arc<[Micro]>,
    ports: Ports,
    /// First cycle after loading.
    loaded: u64,
    blocks: Blocks,
    /// A command that is passed on to the sink.
    forward: Arc<Run>,
    in_blocks: u64,
    linked: u64,
    state: State,
}

const NAME_RAM: u8 = Name::RAM.number();
const NAME_OUT: u8 = Name::OUT.number();
const NAME_PC: u8 = Name::PC.number();
const NAME_ADDR: u8 = Name::ADDR.number();

impl Core {
    /// A core with its code and data loaded. What does not fit is left out: see [`Image::check`].
    #[must_use]
    pub fn new(spec: Spec, ports: Ports, image: &Image) -> Self {
        let words = &image.words[..image.words.len().min(BANK_WORDS)];
        let code = (0u16..=u16::MAX)
            .zip(words)
            .map(|(address, &word)| {
                let next = words.get(usize::from(address) + 1).copied().unwrap_or(0);
                Micro::new(&spec, address, word, next)
            })
            .collect();
        let blocks = Blocks::new(words.len());
        let mut state = State::new(spec.banks);
        let mut loaded = words.len() as u64;
        for block in &image.data {
            for (offset, &word) in (0..=u16::MAX).zip(&block.words) {
                state
                    .memory
                    .store(block.bank, block.address.wrapping_add(offset), word);
                loaded += 1;
            }
        }
        Core {
            loaded: loaded.div_ceil(u64::from(spec.load_words.max(1))),
            spec: Arc::new(spec),
            forward: Run::new(
                0,
                vec![RunRow {
                    pc: words.len() as u32,
                    latency: 0,
                    occupancy: 1,
                }],
                1,
            ),
            code,
            ports,
            blocks,
            in_blocks: 0,
            linked: 0,
            state,
        }
    }

    /// The configuration.
    #[must_use]
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// All that changes, for debuggers and snapshots.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Goes back to a snapshot taken with [`Core::state`].
    pub fn restore(&mut self, state: State) {
        self.state = state;
    }

    /// Rows of the execution profile: one per word of code, then one for what
    /// happens between activations.
    #[must_use]
    pub fn profile_rows(&self) -> usize {
        self.code.len() + 1
    }

    /// Address of the next instruction; at home, of the last HALT.
    #[must_use]
    pub fn pc(&self) -> u16 {
        self.state.pc()
    }

    /// True between activations.
    #[must_use]
    pub fn at_home(&self) -> bool {
        self.state.at_home()
    }

    /// How many beats were carried out in blocks and not one by one: a matter
    /// of the host's time only.
    #[must_use]
    pub fn beats_in_blocks(&self) -> u64 {
        self.in_blocks
    }

    /// How many activations were carried out through a link: a matter of the
    /// host's time only.
    #[must_use]
    pub fn linked_activations(&self) -> u64 {
        self.linked
    }

    /// Runs beats until the core stops.
    pub fn burst<B: Beat>(&mut self, beat: &mut B) -> Stop {
        loop {
            let beats = self.block(beat);
            if beats > 0 {
                self.in_blocks += beats;
                continue;
            }
            beat.begin();
            if let Err(stop) = self.step(beat) {
                return stop;
            }
        }
    }

    /// Runs a block of beats, if there is one here and nothing is in its way.
    /// Returns how many.
    #[inline(always)]
    fn block<B: Beat>(&mut self, beat: &mut B) -> u64 {
        let state = &mut self.state;
        let home = state.home;
        let (pc, after) = if home {
            match beat.known(self.ports.input, 0) {
                Some(entry) if entry.op == core_in::HEAD => (entry.imm, self.loaded),
                Some(entry) if entry.op >= core_in::SINK => return self.pass_on(entry, beat),
                _ => return 0,
            }
        } else {
            (state.hot.pc, 0)
        };
        let way = if home { Way::Home } else { Way::Inside };
        let likely = &state.hot.regs;
        match self.blocks.at(&self.spec, &self.code, pc, way, likely) {
            Some(block) => block.run(state, &self.ports, after, beat),
            None => 0,
        }
    }

    /// Carries out a whole activation of a label with the first `count` of these words, if
    /// the core stands at home and `outlet` takes what comes of it. All activations
    /// before this one are over. False, and nothing has changed, if not.
    #[inline]
    pub fn activate<O: Outlet>(
        &mut self,
        label: u16,
        words: &[u32; 4],
        count: usize,
        outlet: &mut O,
    ) -> bool {
        let state = &mut self.state;
        if !state.home {
            return false;
        }
        let likely = &state.hot.regs;
        let (spec, code) = (&self.spec, &self.code);
        match self.blocks.at(spec, code, label, Way::Linked, likely) {
            Some(block) => {
                let beats = block.pass(state, self.loaded, words, count, outlet);
                self.in_blocks += beats;
                self.linked += u64::from(beats > 0);
                beats > 0
            }
            None => false,
        }
    }

    /// Passes a sink command on through a link, as [`Core::activate`] does with words.
    #[inline]
    pub fn forward<O: Outlet>(&mut self, outlet: &mut O) -> bool {
        let pc = self.code.len() as u32;
        let access = Access {
            at: 0,
            pc,
            takes: true,
            sends: true,
        };
        let mut needs = Needs {
            first_beats: 1,
            work: [0, self.forward.work(), 0],
            middle_cycles: self.forward.cycles(),
            after: self.loaded,
            puts: 1,
            fixed_put: None,
            last_cycles: 1,
        };
        if !self.state.home || !outlet.can_pass(&mut needs) {
            return false;
        }
        outlet.pass(&self.forward, &[access], &[]);
        true
    }

    /// Passes a sink command on, if nothing is in its way.
    fn pass_on<B: Beat>(&self, entry: Entry, beat: &mut B) -> u64 {
        let run = &self.forward;
        let Ports { input, output, .. } = self.ports;
        let row = self.code.len() as u32;
        if beat.open_run(run.work(), run.cycles(), self.loaded)
            && beat.pass_in(input, 0, row, output, entry)
        {
            beat.close_run(run);
            return 1;
        }
        0
    }

    /// Runs one beat: an instruction, or the read of one entry between activations.
    ///
    /// # Errors
    /// What stopped it; then nothing has changed.
    pub fn step<B: Beat>(&mut self, beat: &mut B) -> Step {
        if self.state.home {
            return self.home(beat);
        }
        let pc = self.state.hot.pc;
        let Some(&micro) = self.code.get(usize::from(pc)) else {
            return trap(
                TrapCode::Bounds,
                pc,
                format!("the program counter {pc:#06x} is outside the code"),
            );
        };
        if micro.class == Class::Undefined {
            let word = micro.imm;
            return trap(
                TrapCode::UndefinedWord,
                pc,
                format!("the word {word:#06x} is no instruction"),
            );
        }
        if self.state.hot.attention & bits::SKIP != 0 {
            return self.skip(&micro, beat);
        }
        match micro.class {
            Class::Local => {
                self.results(micro.reads, beat)?;
                issue(&micro, pc, beat)?;
                self.state.settle(micro.watch);
                self.state.hot.execute(&micro);
                Ok(())
            }
            Class::Transfer => self.transfer(&micro, beat),
            Class::System | Class::Undefined => self.system(&micro, beat),
        }
    }

    /// Passes over an instruction whose condition does not hold.
    fn skip<B: Beat>(&mut self, micro: &Micro, beat: &mut B) -> Step {
        let hot = &mut self.state.hot;
        beat.issue(u32::from(hot.pc), u64::from(micro.words), 1)?;
        hot.pc = hot.pc.wrapping_add(u16::from(micro.words));
        if !micro.op.row().shape.prefix {
            hot.attention &= !bits::SKIP;
            hot.drop_shift();
        }
        Ok(())
    }

    /// Needs earlier results.
    #[inline]
    fn results<B: Beat>(&self, reads: u32, beat: &mut B) -> Step {
        match self.state.delayed_until(reads) {
            Some(cycle) => beat.ready(WaitCause::Latency, cycle),
            None => Ok(()),
        }
    }

    /// An ALU instruction that reads or writes data memory or a queue.
    fn transfer<B: Beat>(&mut self, micro: &Micro, beat: &mut B) -> Step {
        let pc = self.state.hot.pc;
        let reads_memory = micro.a == NAME_RAM || micro.b == NAME_RAM;
        let uses_memory = reads_memory || micro.d == NAME_RAM;
        let takes_word = micro.a == NAME_OUT || micro.b == NAME_OUT;

        let mut reads = micro.reads;
        if uses_memory && self.state.redirect.is_none() {
            reads |= 1 << NAME_ADDR;
        }
        self.results(reads, beat)?;
        let entry = if takes_word {
            Some(beat.peek(self.ports.input)?)
        } else {
            None
        };
        if micro.d == NAME_OUT {
            beat.room(self.ports.output)?;
        }

        if entry.is_some_and(|e| e.op != core_in::WORD) {
            return trap(
                TrapCode::BadOperand,
                pc,
                "IN is read, but the activation has no operand word left",
            );
        }
        if uses_memory && !self.state.memory.has(self.state.bank) {
            return trap(
                TrapCode::Bounds,
                pc,
                "data memory is used while no data bank is selected",
            );
        }

        let cycle = issue(micro, pc, beat)?;
        let state = &mut self.state;
        state.settle(reads);
        let address = if uses_memory {
            let addr = state.hot.regs[NAME_ADDR];
            state.redirect.take().unwrap_or(addr)
        } else {
            0
        };
        let from_memory = if reads_memory {
            state.memory.load(state.bank, address)
        } else {
            0
        };
        let word = entry.map_or(0, |e| e.a[0] as u16);
        if takes_word {
            beat.pop(self.ports.input);
        }

        let source = |name: u8, pc_reads: u16| match name {
            NAME_RAM => from_memory,
            NAME_OUT => word,
            NAME_PC => pc_reads,
            _ => state.hot.regs[name & 15],
        };
        let (a, b) = (source(micro.a, 0), source(micro.b, micro.imm));
        let (a, b) = state.hot.shifted(a, b);
        let (value, flags) = compute(micro.op, a, b, state.hot.flags);
        state.hot.flags = flags;
        match micro.d {
            NAME_RAM => state.memory.store(state.bank, address, value),
            NAME_OUT => beat.push(
                self.ports.output,
                Entry::with(core_out::WORD, 0, &[u32::from(value)]),
            ),
            NAME_PC => {}
            register => state.hot.regs[register & 15] = value,
        }
        let sets_flags = micro.op.row().shape.flags != FlagEffect::Keep;
        let result = result_bits(micro.d, sets_flags);
        state.settle(result);
        if reads_memory && self.spec.ram_latency > 0 {
            let usable = cycle + u64::from(micro.occupancy) + u64::from(self.spec.ram_latency);
            state.delay(result, usable);
        }
        state.hot.pc = pc.wrapping_add(1);
        Ok(())
    }

    /// A system instruction that does more than change registers.
    fn system<B: Beat>(&mut self, micro: &Micro, beat: &mut B) -> Step {
        let pc = self.state.hot.pc;
        self.results(micro.reads, beat)?;
        let first = self.state.hot.regs[micro.a & 15];
        let second = self.state.hot.regs[micro.b & 15];
        match micro.op {
            Op::Halt => {
                beat.room(self.ports.output)?;
                issue(micro, pc, beat)?;
                beat.push(self.ports.output, Entry::new(core_out::END, 0));
                self.state.home = true;
            }
            Op::BankR => return self.select_bank(micro, first, beat),
            Op::BankI => return self.select_bank(micro, micro.imm, beat),
            Op::Flag => {
                beat.room(self.ports.flag)?;
                issue(micro, pc, beat)?;
                let entry = Entry::with(core_out::WORD, 0, &[u32::from(first)]);
                beat.push(self.ports.flag, entry);
            }
            Op::Req => {
                beat.room(self.ports.output)?;
                if self.state.outstanding >= self.spec.reply_slots {
                    let slots = self.spec.reply_slots;
                    return trap(
                        TrapCode::ReplySlots,
                        pc,
                        format!("REQ while all {slots} reply slots are taken"),
                    );
                }
                issue(micro, pc, beat)?;
                let index = u32::from(self.state.request_high) << 16 | u32::from(second);
                let entry = Entry::with(core_out::REQUEST, first, &[index]);
                beat.push(self.ports.output, entry);
                self.state.request_high = 0;
                self.state.outstanding += 1;
            }
            Op::Load => {
                if self.state.outstanding == 0 {
                    return trap(TrapCode::BadOperand, pc, "LOAD, but nothing was asked for");
                }
                let reply = beat.peek(self.ports.load)?;
                issue(micro, pc, beat)?;
                beat.pop(self.ports.load);
                self.state.outstanding -= 1;
                self.state.reply_high = (reply.a[0] >> 16) as u16;
                self.state.hot.regs[micro.d & 15] = reply.a[0] as u16;
            }
            Op::LoadH => {
                issue(micro, pc, beat)?;
                self.state.hot.regs[micro.d & 15] = self.state.reply_high;
            }
            Op::Ref => {
                issue(micro, pc, beat)?;
                self.state.redirect = Some(first);
            }
            Op::ReqH => {
                issue(micro, pc, beat)?;
                self.state.request_high = first;
            }
            // Local or transfers, carried out elsewhere.
            _ => {
                issue(micro, pc, beat)?;
            }
        }
        self.retire(micro);
        Ok(())
    }

    fn select_bank<B: Beat>(&mut self, micro: &Micro, bank: u16, beat: &mut B) -> Step {
        let pc = self.state.hot.pc;
        if bank > self.spec.banks {
            let banks = self.spec.banks;
            return trap(
                TrapCode::Bounds,
                pc,
                format!("BANK {bank}: the data banks are 1 to {banks}"),
            );
        }
        issue(micro, pc, beat)?;
        self.state.bank = bank;
        self.retire(micro);
        Ok(())
    }

    /// What all system instructions do at their end.
    fn retire(&mut self, micro: &Micro) {
        self.state.settle(micro.watch);
        self.state.hot.drop_shift();
        // HALT leaves the program counter where a debugger wants to see it.
        if !self.state.home {
            self.state.hot.pc = self.state.hot.pc.wrapping_add(u16::from(micro.words));
        }
    }

    /// One entry between activations.
    fn home<B: Beat>(&mut self, beat: &mut B) -> Step {
        beat.ready(WaitCause::Loading, self.loaded)?;
        let entry = beat.peek_home(self.ports.input)?;
        let row = self.code.len() as u32;
        if entry.op >= core_in::SINK {
            beat.room(self.ports.output)?;
            beat.issue(row, 1, 1)?;
            beat.pop(self.ports.input);
            beat.push(self.ports.output, entry);
            return Ok(());
        }
        let pc = self.state.hot.pc;
        match entry.op {
            core_in::HEAD => {
                beat.issue(row, 1, 1)?;
                beat.pop(self.ports.input);
                self.state.hot.pc = entry.imm;
                self.state.home = false;
                Ok(())
            }
            core_in::WORD => trap(
                TrapCode::BadOperand,
                pc,
                "the activation ended without reading all of its operand words",
            ),
            op => trap(
                TrapCode::BadOperand,
                pc,
                format!("the entry with opcode {op} is neither an activation nor a sink command"),
            ),
        }
    }
}

#[inline]
fn issue<B: Beat>(micro: &Micro, pc: u16, beat: &mut B) -> Step<u64> {
    beat.issue(u32::from(pc), u64::from(micro.occupancy), 1)
}

#[cold]
fn trap<T>(code: TrapCode, pc: u16, message: impl Into<String>) -> Step<T> {
    Err(Stop::Trap(Fault::new(code, u32::from(pc), message)))
}
