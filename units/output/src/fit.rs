//! What can be said of an action before it runs: constants that it will always refuse.

use crate::check::Algorithm;
use crate::isa::Action;
use crate::sequencer::measures;
use crate::spec::OutputSpec;

/// Why an action can never be carried out, as far as its operands are constants.
#[must_use]
pub fn refusal(spec: &OutputSpec, action: Action, operands: &[Option<u32>]) -> Option<String> {
    let constant = |i: usize| operands.get(i).copied().flatten();
    match action {
        Action::Sums => Algorithm::sums(constant(0)?, constant(1)?).err(),
        Action::Crc => Algorithm::crc(constant(0)?, constant(1)?, constant(2)?, constant(3)?).err(),
        Action::Texture | Action::Region | Action::Ram => {
            // An operand that is not known yet may be anything: 1 is always right.
            let mut a = [0; 4];
            for (slot, operand) in a.iter_mut().zip(operands) {
                *slot = operand.unwrap_or(1);
            }
            let kind = operands.last().copied().flatten()?;
            let refused = measures(spec, action, a, kind).err();
            refused.map(|refusal| refusal.message)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_constants_are_refused() {
        let spec = OutputSpec::default();
        let refused = |action, operands: &[Option<u32>]| refusal(&spec, action, operands);
        let kind = Some(1 | 4 << 4);
        assert!(refused(Action::Crc, &[Some(33), Some(1), Some(0), Some(0)]).is_some());
        assert!(refused(Action::Crc, &[Some(33), None, Some(0), Some(0)]).is_none());
        assert!(refused(Action::Sums, &[Some(0), Some(1)]).is_some());
        assert!(refused(Action::Texture, &[None, Some(0), kind]).is_some());
        assert!(refused(Action::Texture, &[None, Some(70_000), kind]).is_some());
        assert!(refused(Action::Texture, &[None, Some(1), kind]).is_none());
        assert!(refused(Action::Ram, &[Some(0), kind]).is_some());
    }
}
