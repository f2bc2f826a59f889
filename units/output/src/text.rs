//! Actions as text, for listings and debug views, and back.
//!
//! `append 3 17 &4` appends two units to stream 3: the number 17 and the
//! identity of stream 4. The immediate comes first where the action has one.

use orrery_shared::Entry;

use crate::isa::{Action, Target, shape};

/// An action as text; `None` if the entry is no valid action.
#[must_use]
pub fn disassemble(entry: &Entry) -> Option<String> {
    let (action, flags) = shape(entry).ok()?;
    let row = action.row();
    let mut text = row.mnemonic.to_owned();
    if row.target != Target::None {
        text += &format!(" {}", entry.imm);
    }
    let count = usize::from(entry.n & 7);
    for (i, operand) in entry.a[..count].iter().enumerate() {
        let mark = if flags >> i & 1 == 1 { "&" } else { "" };
        text += &format!(" {mark}{operand}");
    }
    Some(text)
}

/// The action that a text names.
///
/// # Errors
/// A sentence that says what is wrong.
pub fn assemble(text: &str) -> Result<Entry, String> {
    let mut words = text.split_ascii_whitespace();
    let name = words.next().ok_or("there is no action here")?;
    let action = Action::from_mnemonic(name).ok_or_else(|| format!("`{name}` is no action"))?;
    let number = |word: &str| {
        let value = match word.strip_prefix("0x") {
            Some(hex) => u32::from_str_radix(hex, 16),
            None => word.parse(),
        };
        value.map_err(|_| format!("`{word}` is no 32-bit number"))
    };
    let mut entry = Entry::new(action as u16, 0);
    if action.row().target != Target::None {
        let word = words
            .next()
            .ok_or_else(|| format!("`{name}` needs to name something"))?;
        entry.imm = u16::try_from(number(word)?)
            .map_err(|_| format!("`{word}` does not fit into 16 bits"))?;
    }
    for (i, word) in words.enumerate() {
        let Some(slot) = entry.a.get_mut(i) else {
            return Err(format!("`{name}` has more than four operands"));
        };
        let (flag, word) = match word.strip_prefix('&') {
            Some(rest) => (1, rest),
            None => (0, word),
        };
        *slot = number(word)?;
        entry.n = (entry.n + 1) | flag << (4 + i);
    }
    shape(&entry)?;
    Ok(entry)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_valid_action_comes_back() {
        for action in Action::ALL {
            let row = action.row();
            for count in row.min..=row.max {
                for flags in 0..1 << count {
                    let imm = if row.target == Target::None { 0 } else { 700 };
                    let operands = &[0, 1, u32::MAX, 0x1234][..usize::from(count)];
                    let mut entry = Entry::with(row.op, imm, operands);
                    entry.n |= flags << 4;
                    let text = disassemble(&entry).expect(row.mnemonic);
                    assert_eq!(assemble(&text), Ok(entry), "{text}");
                }
            }
        }
        let entry = assemble("append 3 0x11 &4").expect("an action");
        assert_eq!(disassemble(&entry).as_deref(), Some("append 3 17 &4"));
    }

    #[test]
    fn what_is_no_action_is_refused() {
        for text in [
            "",
            "jump 1",
            "append",
            "append x 1",
            "append 1",
            "append 70000 1",
            "append 1 1 2 3 4 5",
            "append 1 0x",
            "append 1 4294967296",
            "await_core 1",
            "copy 1 &",
        ] {
            assert!(assemble(text).is_err(), "{text}");
        }
        assert_eq!(disassemble(&Entry::new(0, 0)), None);
        assert_eq!(disassemble(&Entry::new(Action::AwaitCore as u16, 1)), None);
    }
}
