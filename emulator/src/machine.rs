//! The machine: units wired together, with memory and input, and a clock.

use std::sync::Arc;

use orrery_arithmetic::{Core, Image as CoreImage, Ports as CorePorts};
use orrery_compositor::scan::row_name as scan_row_name;
use orrery_compositor::{
    Image as KernelImage, Kernel, Ports as KernelPorts, Scan, ScanPorts, ScanSpec,
};
use orrery_output::isa::Action;
use orrery_output::{
    CoreSink, CoreSinkPorts, Descriptor, Frame, Gate, GatePorts, GateSpec, Rows, Sequencer,
    SequencerPorts, rows_written,
};
use orrery_parsing::isa::row::RowBits;
use orrery_parsing::isa::{AluOp, Row, StackOp, StageOp, Work};
use orrery_parsing::unit::{ParsingUnit, Ports as ParsingPorts};
use orrery_shared::exact::Exact;
use orrery_shared::lockstep::Lockstep;
use orrery_shared::off::Off;
use orrery_shared::{Bank, Beat, End, Memory, Network, Outcome, Step, Stop};
use thiserror::Error;

use crate::chain;
use crate::config::Config;
use crate::program::Program;
use crate::wiring::{Sizes, count, process, queue, topology};

/// A program that does not fit into a machine.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the program does not fit into this machine: {0}")]
pub struct LoadError(pub String);

/// A parameter that the program does not know.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the program `{program}` has no parameter `{name}`{}", known(.parameters))]
pub struct ParameterError {
    /// The program.
    pub program: String,
    /// The name that was given.
    pub name: String,
    /// Those that it has.
    pub parameters: Vec<String>,
}

fn known(parameters: &[String]) -> String {
    match parameters {
        [] => "; it takes none".into(),
        names => format!("; it has `{}`", names.join("`, `")),
    }
}

/// How time is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Clock {
    /// Values only.
    Off,
    /// Exact cycles; units run ahead of each other.
    Exact,
    /// Exact cycles; every unit looks at every cycle.
    Lockstep,
}

impl Clock {
    /// All clocks.
    pub const ALL: [Clock; 3] = [Clock::Off, Clock::Exact, Clock::Lockstep];

    /// Name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Clock::Off => "off",
            Clock::Exact => "exact",
            Clock::Lockstep => "lockstep",
        }
    }
}

#[derive(Clone, Debug)]
enum Engine {
    Off(Off),
    Exact(Exact),
    Lockstep(Lockstep),
}

/// The units and what they share. All of the machine's state but the clock's.
#[derive(Clone, Debug)]
pub struct Units {
    /// Parsing Unit.
    pub parsing: ParsingUnit,
    /// Sequencer of the Output Unit.
    pub sequencer: Sequencer,
    /// Arithmetic Core.
    pub core: Core,
    /// The core's sink.
    pub core_sink: CoreSink,
    /// Kernel of the Compositor.
    pub kernel: Kernel,
    /// Scan of the Compositor.
    pub scan: Scan,
    /// Video output.
    pub video: Gate,
    /// Stream RAM and texture memory.
    pub memory: Memory,
}

impl Network for Units {
    fn step<B: Beat>(&mut self, p: usize, beat: &mut B) -> Step {
        match p {
            process::PARSING => self.parsing.step(beat),
            process::SEQUENCER => self.sequencer.step(beat, &mut self.memory),
            process::CORE => self.core.step(beat),
            process::CORE_SINK => self.core_sink.step(beat, &mut self.memory),
            process::KERNEL => self.kernel.step(beat, &mut self.memory),
            process::SCAN => self.scan.step(beat, &mut self.memory),
            process::VIDEO => self.video.step(beat, &mut self.memory),
            _ => Err(Stop::Done),
        }
    }

    fn burst<B: Beat>(&mut self, p: usize, beat: &mut B) -> Stop {
        /// Runs beats until one stops.
        macro_rules! until_stop {
            ($beat:ident, $step:expr) => {
                loop {
                    $beat.begin();
                    if let Err(stop) = $step {
                        return stop;
                    }
                }
            };
        }
        match p {
            process::PARSING => self.parsing.burst(beat),
            process::SEQUENCER => {
                let (core, sink) = (&mut self.core, &mut self.core_sink);
                let memory = &mut self.memory;
                let mut linked = false;
                self.sequencer
                    .burst_through(beat, memory, |sequencer, beat, memory| {
                        linked = chain::pass(linked, sequencer, core, sink, beat, memory);
                        linked
                    })
            }
            process::CORE => self.core.burst(beat),
            process::CORE_SINK => self.core_sink.burst(beat, &mut self.memory),
            process::KERNEL => until_stop!(beat, self.kernel.step(beat, &mut self.memory)),
            process::SCAN => until_stop!(beat, self.scan.step(beat, &mut self.memory)),
            process::VIDEO => until_stop!(beat, self.video.step(beat, &mut self.memory)),
            _ => Stop::Done,
        }
    }
}

impl Units {
    /// Rows of an open frame: written by the Output Unit or drawn by the Compositor.
    fn rows(&self, open: &Descriptor) -> Rows {
        let written = rows_written(&self.sequencer, &self.core_sink, open);
        let rows = |mark: Option<&u64>| {
            let rows = mark.copied().unwrap_or(0) / u64::from(open.pitch.max(1));
            u32::try_from(rows).unwrap_or(u32::MAX)
        };
        let kernel = self.kernel.state();
        let composed = self.scan.state().finished.get(&open.base);
        let drawn = rows(kernel.finished.get(&open.base).max(composed));
        Rows {
            complete: written.complete.max(drawn),
            shown: written.shown.max(rows(kernel.shown.get(&open.base))),
        }
    }

    /// Frames that were opened and are not complete, with the rows that are.
    fn incomplete(&self) -> Vec<Frame> {
        self.video.incomplete(&self.memory, |open| self.rows(open))
    }

    /// Pixels of all frames so far: those that are there, and those that will be as far as is known.
    #[must_use]
    pub fn pixels(&self) -> (u64, u64) {
        let left = self.video.frames().iter();
        let left: u64 = left.map(|f| u64::from(f.width) * u64::from(f.height)).sum();
        let open = self.video.open_frames().map(|d| {
            let rows = self.rows(d).complete.min(d.height);
            (u64::from(d.width) * u64::from(rows), d.texels())
        });
        open.fold((left, left), |(done, all), (there, texels)| {
            (done + there, all + texels)
        })
    }
}

/// A loaded machine.
#[derive(Clone, Debug)]
pub struct Machine {
    units: Units,
    engine: Engine,
    clock: Clock,
    program: Arc<Program>,
    /// Values of the program's parameters, in its order.
    parameters: Vec<u32>,
    input_bytes: u64,
}

impl Machine {
    /// Loads a program and an input into a machine, before cycle 0.
    ///
    /// # Errors
    /// What of the program does not fit into this machine.
    pub fn new(
        config: &Config,
        program: Arc<Program>,
        input: Arc<[u8]>,
        clock: Clock,
    ) -> Result<Machine, LoadError> {
        let input_bytes = input.len() as u64;
        if let Some(misfit) = program.misfits(config).first() {
            return Err(LoadError(misfit.to_string()));
        }
        let units = Units {
            parsing: ParsingUnit::new(
                config.parsing.clone(),
                ParsingPorts {
                    actions: queue::ACTIONS,
                    flag: queue::CORE_FLAG,
                    reply: queue::REPLY,
                },
                &program.parsing,
                input,
            )
            .map_err(LoadError)?,
            sequencer: Sequencer::new(
                config.output,
                SequencerPorts {
                    actions: queue::ACTIONS,
                    core_in: queue::CORE_IN,
                    list: queue::LISTS,
                    kernel_grants: queue::GRANTS_SEQUENCER,
                    screens: queue::SCREENS,
                    scan_grants: queue::GRANTS_SCAN,
                    video: queue::VIDEO_SEQUENCER,
                    reply: queue::REPLY,
                    status: queue::STATUS,
                    core_done: count::CORE_DONE,
                    kernel_done: count::KERNEL_DONE,
                    scan_done: count::SCAN_DONE,
                    frames_done: count::FRAMES_DONE,
                },
            ),
            core: Core::new(
                config.arithmetic.clone(),
                CorePorts {
                    input: queue::CORE_IN,
                    output: queue::CORE_OUT,
                    flag: queue::CORE_FLAG,
                    load: queue::CORE_LOAD,
                },
                &CoreImage::from(&program.core),
            ),
            core_sink: CoreSink::new(
                config.output,
                CoreSinkPorts {
                    input: queue::CORE_OUT,
                    load: queue::CORE_LOAD,
                    kernel_grants: queue::GRANTS_CORE,
                    video: queue::VIDEO_CORE,
                    core_done: count::CORE_DONE,
                },
            ),
            kernel: Kernel::new(
                config.kernel,
                KernelPorts {
                    list: queue::LISTS,
                    grants: [queue::GRANTS_SEQUENCER, queue::GRANTS_CORE],
                    done: count::KERNEL_DONE,
                    status: Some(queue::STATUS),
                },
                &KernelImage::from(&program.kernel),
            ),
            scan: Scan::new(
                ScanSpec {
                    common: config.kernel,
                    ..config.scan
                },
                ScanPorts {
                    list: queue::SCREENS,
                    grants: queue::GRANTS_SCAN,
                    done: count::SCAN_DONE,
                },
                &KernelImage::from(&program.kernel),
            ),
            video: Gate::new(
                GateSpec {
                    held: config.output.held,
                    ..GateSpec::default()
                },
                GatePorts {
                    sequencer: queue::VIDEO_SEQUENCER,
                    sink: queue::VIDEO_CORE,
                    frames_done: count::FRAMES_DONE,
                },
            ),
            memory: Memory {
                stream: Bank::new(config.stream_bytes),
                texture: Bank::new(config.texture_bytes),
            },
        };
        let wires = topology(&Sizes {
            depth: config.queue_depth,
            parsing_replies: config.parsing.reply_slots as usize,
            status_words: config.output.reply_slots as usize,
            core_replies: usize::from(config.arithmetic.reply_slots),
            budget: config.budget,
            profiles: [
                units.parsing.rows(),
                Sequencer::PROFILE,
                units.core.profile_rows(),
                CoreSink::PROFILE,
                units.kernel.profile_rows(),
                units.scan.profile_rows(),
                Gate::PROFILE,
            ],
        });
        let engine = match clock {
            Clock::Off => Engine::Off(Off::new(wires)),
            Clock::Exact => Engine::Exact(Exact::new(wires)),
            Clock::Lockstep => Engine::Lockstep(Lockstep::new(wires)),
        };
        let parameters = program.parsing.parameters.iter().map(|p| p.default);
        Ok(Machine {
            units,
            engine,
            clock,
            parameters: parameters.collect(),
            program,
            input_bytes,
        })
    }

    /// Gives a parameter of the program its value, before the run.
    ///
    /// # Errors
    /// The program has no such parameter.
    pub fn set_parameter(&mut self, name: &str, value: u32) -> Result<(), ParameterError> {
        let known = &self.program.parsing.parameters;
        let Some(at) = known.iter().position(|p| p.name == name) else {
            return Err(ParameterError {
                program: self.program.name.clone(),
                name: name.to_owned(),
                parameters: known.iter().map(|p| p.name.clone()).collect(),
            });
        };
        self.units.parsing.set_parameter(&known[at], value);
        self.parameters[at] = value;
        Ok(())
    }

    /// The program's parameters and their values in this run.
    pub fn parameters(&self) -> impl Iterator<Item = (&str, u32)> {
        let names = self.program.parsing.parameters.iter().map(|p| &*p.name);
        names.zip(self.parameters.iter().copied())
    }

    /// Runs until the machine is quiet or, with a horizon, until nothing more happens before that cycle.
    ///
    /// May be called again with a later horizon. Under [`Clock::Off`] there are no cycles and the
    /// horizon is ignored.
    pub fn run(&mut self, horizon: Option<u64>) -> Outcome {
        let horizon = horizon.unwrap_or(u64::MAX);
        match &mut self.engine {
            Engine::Off(clock) => clock.run(&mut self.units),
            Engine::Exact(clock) => clock.run(&mut self.units, horizon),
            Engine::Lockstep(clock) => clock.run(&mut self.units, horizon),
        }
    }

    /// As [`Machine::run`], but asks now and then whether to go on; if not, the outcome ends at a
    /// horizon, the machine's state is whole, and another call goes on from there.
    ///
    /// `go_on` is told the first cycle that is not accounted yet; 0 under [`Clock::Off`].
    pub fn run_while(
        &mut self,
        horizon: Option<u64>,
        mut go_on: impl FnMut(&Units, u64) -> bool,
    ) -> Outcome {
        if let Engine::Off(clock) = &mut self.engine {
            return clock.run_while(&mut self.units, |units| go_on(units, 0));
        }
        // A horizon costs a look at every process: not to be noticed beside so many cycles.
        const SLICE: u64 = 1 << 18;
        let last = horizon.unwrap_or(u64::MAX);
        let mut until = 0;
        loop {
            until = last.min(until + SLICE);
            let outcome = self.run(Some(until));
            if outcome.end != End::Horizon || until == last || !go_on(&self.units, until) {
                return outcome;
            }
        }
    }

    /// Frames that have left, and after them those that were opened and are not complete,
    /// with the rows that are.
    #[must_use]
    pub fn frames(&self) -> Vec<Frame> {
        let mut frames = self.units.video.frames().to_vec();
        frames.extend(self.units.incomplete());
        frames
    }

    /// As [`Machine::frames`]; the machine does not keep those that have left.
    pub fn take_frames(&mut self) -> Vec<Frame> {
        let mut frames = self.units.video.take_frames();
        frames.extend(self.units.incomplete());
        frames
    }

    /// The units, for debuggers and statistics.
    #[must_use]
    pub fn units(&self) -> &Units {
        &self.units
    }

    /// The program.
    #[must_use]
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// How time is kept.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// Length of the input.
    #[must_use]
    pub fn input_bytes(&self) -> u64 {
        self.input_bytes
    }

    /// The number that the program accepted with, once it has.
    #[must_use]
    pub fn exit_value(&self) -> Option<u32> {
        self.units.parsing.state().accepted()
    }

    /// Program counter of the beat that process `p` issued last; `None` before its first,
    /// and under [`Clock::Off`].
    #[must_use]
    pub fn last_issued(&self, p: usize) -> Option<u32> {
        match &self.engine {
            Engine::Off(_) => None,
            Engine::Exact(clock) => clock.last_row(p),
            Engine::Lockstep(clock) => clock.last_row(p),
        }
    }

    /// Name of the instruction at a program counter of process `p`, as statistics name it.
    #[must_use]
    pub fn instruction_name(&self, p: usize, pc: u32) -> Option<String> {
        let at = pc as usize;
        match p {
            process::PARSING => self.program.parsing.rows.get(at).map(row_name),
            process::SEQUENCER => Sequencer::profile_name(pc).map(str::to_owned),
            process::CORE => {
                let words = &self.program.core.words;
                if at == words.len() {
                    // Taking the head of an activation, and what the one before left.
                    return Some("activation".to_owned());
                }
                let word = *words.get(at)?;
                let next = words.get(at + 1).copied().unwrap_or(0);
                let name =
                    orrery_arithmetic::Instruction::decode(word, next).map(|i| i.op.row().mnemonic);
                Some(name.unwrap_or("undefined").to_owned())
            }
            process::CORE_SINK => CoreSink::profile_name(pc).map(str::to_owned),
            process::KERNEL => {
                let n = self.program.kernel.words.len();
                match at.checked_sub(n) {
                    Some(row) => Some(orrery_compositor::kernel::Overhead::name(row).to_owned()),
                    None => Some("sprite".to_owned()),
                }
            }
            process::SCAN => {
                let row = at.checked_sub(self.program.kernel.words.len())?;
                Some(scan_row_name(row).to_owned())
            }
            process::VIDEO => Gate::profile_name(pc).map(str::to_owned),
            _ => None,
        }
    }

    /// The instruction at a program counter of process `p` in full, as listings write it; its name
    /// where there is no more to say.
    #[must_use]
    pub fn instruction_text(&self, p: usize, pc: u32) -> Option<String> {
        let at = pc as usize;
        let text = match p {
            process::PARSING => {
                let row = self.program.parsing.rows.get(at)?;
                Some(orrery_parsing::listing::row_text(row))
            }
            process::CORE => {
                let words = &self.program.core.words;
                let next = words.get(at + 1).copied().unwrap_or(0);
                words
                    .get(at)
                    .and_then(|&word| orrery_arithmetic::Instruction::decode(word, next))
                    .map(|i| i.to_string())
            }
            _ => None,
        };
        text.or_else(|| self.instruction_name(p, pc))
    }
}

/// What a row mostly does: its action, else its operation, else its stack operation.
fn row_name(bits: &RowBits) -> String {
    let Some(row) = Row::decode(bits) else {
        return "undefined".into();
    };
    if let Some(action) = Action::from_op(u16::from(row.action.op)) {
        return format!("action {}", action.row().mnemonic);
    }
    match row.work {
        Work::Sys(op) => op.mnemonic().into(),
        Work::Alu(AluOp::None) => match (row.stage, row.stack) {
            (StageOp::None, StackOp::None) => "match".into(),
            (StageOp::None, stack) => stack.mnemonic().into(),
            (stage, _) => stage.mnemonic().into(),
        },
        Work::Alu(op) => op.mnemonic().into(),
    }
}
