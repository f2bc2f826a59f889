//! The Parsing Unit with its Input Preprocessor, simulated: one row is one
//! beat of [`orrery_shared::Beat`].
//!
//! * `ports`: what a state makes of its symbol, and which row that selects;
//! * `finish`, `general`, `system`, `drops`: carrying out the row;
//! * `stretch`: several rows in one step;
//! * `input`: bits, the window, frames and refills; `escape`: escape tables;
//! * `raise`: control symbols and unwinding;
//! * `maps`, `map_build`: prefix maps; `alu`, `mask`: arithmetic.

mod alu;
mod check;
mod drops;
mod escape;
mod finish;
mod fit;
mod general;
mod input;
mod map_build;
mod maps;
mod mask;
mod ports;
mod program;
mod raise;
mod spec;
mod state;
mod stretch;
mod system;

use std::sync::Arc;

use orrery_shared::{Beat, Step, Stop};

pub use fit::{Misfit, misfits};
pub use program::Ports;
pub use spec::{Role, Spec};
pub use state::{State, WARNINGS_KEPT, Warning};

use crate::image::{Parameter, ParsingImage};
use program::Program;

/// What a beat looks at and does not change.
#[derive(Clone, Copy)]
struct Cx<'a> {
    program: &'a Program,
    input: &'a [u8],
}

/// The Parsing Unit, its program and its input.
#[derive(Clone, Debug)]
pub struct ParsingUnit {
    program: Arc<Program>,
    input: Arc<[u8]>,
    state: State,
}

impl ParsingUnit {
    /// A unit at the start of a run. The rows of the execution profile are the
    /// rows of the image.
    ///
    /// # Errors
    /// A sentence that says what of the image does not fit, or which
    /// configuration number is impossible.
    pub fn new(
        spec: Spec,
        ports: Ports,
        image: &ParsingImage,
        input: Arc<[u8]>,
    ) -> Result<Self, String> {
        let program = Program::new(spec, ports, image)?;
        let mut state = State::new(&program.spec, image, input.len() as u64);
        state.state = program.loading();
        Ok(ParsingUnit {
            program,
            input,
            state,
        })
    }

    /// One beat.
    ///
    /// # Errors
    /// What stopped it before it issued.
    #[inline]
    pub fn step<B: Beat>(&mut self, beat: &mut B) -> Step {
        let cx = Cx {
            program: &self.program,
            input: &self.input,
        };
        ports::step(cx, &mut self.state, beat)
    }

    /// Beats until the unit stops.
    pub fn burst<B: Beat>(&mut self, beat: &mut B) -> Stop {
        let cx = Cx {
            program: &self.program,
            input: &self.input,
        };
        let state = &mut self.state;
        loop {
            beat.begin();
            if let Err(stop) = ports::step(cx, state, beat) {
                return stop;
            }
        }
    }

    /// Everything that changes.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Goes back to (or on from) a state of the same program and input.
    pub fn set_state(&mut self, state: State) {
        self.state = state;
    }

    /// Gives a parameter of the run its value; before the first beat.
    pub fn set_parameter(&mut self, parameter: &Parameter, value: u32) {
        self.state.set_parameter(parameter.register, value);
    }

    /// The configuration.
    #[must_use]
    pub fn spec(&self) -> &Spec {
        &self.program.spec
    }

    /// Rows of the program: the length of the execution profile.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.program.rows.len()
    }

    /// The state that is matched next; `None` after accept.
    #[must_use]
    pub fn current(&self) -> Option<u16> {
        if self.state.state == self.program.loading() {
            return Some(self.program.entry as u16);
        }
        self.state.current(self.program.state_count as usize)
    }

    /// A row of the state that is matched next: where the unit stands in its program.
    #[must_use]
    pub fn current_row(&self) -> Option<u32> {
        let state = u32::from(self.current()?);
        let st = self.program.states.get(state as usize)?;
        Some(self.program.own_row(st, state, st.base))
    }

    /// The warnings so far, as text with the input offset, and how many there were.
    #[must_use]
    pub fn warnings(&self) -> (Vec<(String, u64)>, u64) {
        let text = |i: u16| self.program.texts.get(usize::from(i)).cloned();
        let kept = self.state.warnings().iter();
        let kept = kept.map(|w| (text(w.text).unwrap_or_default(), w.offset));
        (kept.collect(), self.state.warning_count())
    }
}
