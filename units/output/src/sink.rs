//! The commands of the core's sink. The sequencer sends them through the
//! activation queue; the core forwards them unchanged and in order, so that
//! they act between the words of the activations around them.
//!
//! Numbers start at [`orrery_shared::protocol::core_in::SINK`].

/// Calls `$mac!` with one row per command:
/// `name = opcode, "mnemonic", "operands", "cost", "meaning", "two uses";`
#[macro_export]
macro_rules! for_each_sink_command {
    ($mac:ident) => {
        $mac! {
            Bind = 0x100, "sink.bind", "base, capacity, position, bytes handed over; imm = handle", "1",
                "first half of a bind record; nothing is bound until the second",
                "computed pixels; computed samples";
            BindRest = 0x101, "sink.bind_rest", "kind | memory << 8, pitch, band in bytes", "1",
                "second half: words go to this stream from here on, its ring is empty",
                "computed pixels; computed samples";
            Copy = 0x102, "sink.copy", "distance, length", "ceil(bytes / rate)",
                "Lempel-Ziv copy in texels of the bound stream",
                "runs between computed pixels; repeats of computed samples";
            Close = 0x103, "sink.close", "", "1",
                "ends the bound stream: a partial element traps, remaining whole rows are handed over",
                "end of computed pixels; end of computed samples";
            Frame = 0x104, "sink.frame", "texture as for a gate item; imm = gate", "2",
                "sends a complete frame to an external output, then gives it back to the sequencer",
                "showing computed pixels; showing them again";
        }
    };
}

/// One row of the table, as data.
#[derive(Clone, Copy, Debug)]
pub struct CommandRow {
    /// Opcode.
    pub op: u16,
    /// Name in listings.
    pub mnemonic: &'static str,
    /// What the operands are.
    pub operands: &'static str,
    /// Occupancy in cycles of the sink.
    pub cost: &'static str,
    /// One line.
    pub meaning: &'static str,
    /// Two uses.
    pub uses: &'static str,
}

macro_rules! define_commands {
    ($($name:ident = $op:literal, $mnemonic:literal, $operands:literal, $cost:literal, $meaning:literal, $uses:literal;)+) => {
        /// A sink command.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u16)]
        pub enum Command { $(#[doc = $meaning] $name = $op),+ }

        impl Command {
            /// All commands in opcode order.
            pub const ALL: &'static [Command] = &[$(Command::$name),+];

            /// The command of an opcode.
            #[must_use]
            pub const fn from_op(op: u16) -> Option<Command> {
                match op { $($op => Some(Command::$name),)+ _ => None }
            }

            /// The table row.
            #[must_use]
            pub const fn row(self) -> CommandRow {
                match self {
                    $(Command::$name => CommandRow {
                        op: $op, mnemonic: $mnemonic, operands: $operands,
                        cost: $cost, meaning: $meaning, uses: $uses,
                    }),+
                }
            }
        }
    };
}
for_each_sink_command!(define_commands);

#[cfg(test)]
mod tests {
    use super::Command;

    #[test]
    fn commands_start_where_the_core_begins_to_forward() {
        assert_eq!(
            Command::ALL[0] as u16,
            orrery_shared::protocol::core_in::SINK
        );
        for c in Command::ALL {
            assert_eq!(Command::from_op(*c as u16), Some(*c));
            assert_eq!(c.row().op, *c as u16);
        }
        assert_eq!(Command::from_op(0x0FF), None);
    }
}
