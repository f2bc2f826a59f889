//! What the Output Unit's table says about an action.

use orrery_output::isa::{Action, Target, kind};

/// Number of a stream kind.
#[must_use]
pub fn stream_kind(name: &str) -> Option<u32> {
    kind::NAMES
        .iter()
        .find(|(n, _)| *n == name)
        .map(|(_, k)| *k)
}

/// What an action's first operand in the text is, if it is no value.
#[must_use]
pub fn target(mnemonic: &str) -> Option<Target> {
    Action::from_mnemonic(mnemonic).map(|a| a.row().target)
}
