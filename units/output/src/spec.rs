//! The configuration numbers of the Output Unit.

/// What a configuration number may influence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// Only occupancies, latencies and rates; more is never slower.
    Cost,
    /// How many entries a queue holds.
    Depth,
    /// How much is built or handed over at once.
    Grain,
    /// An algorithm or a limit on work depends on it.
    Policy,
    /// How much there is of something; running out traps.
    Capacity,
}

/// A configuration number, declared.
#[derive(Clone, Copy, Debug)]
pub struct Number {
    /// Key in the configuration, `output.` before it.
    pub name: &'static str,
    /// What it may influence.
    pub class: Class,
    /// Value in the default machine.
    pub default: u64,
    /// Of what.
    pub unit: &'static str,
    /// One line.
    pub meaning: &'static str,
}

/// Calls `$mac!` with one row per number:
/// `name: class = default, min..=max, "unit", "meaning";`
#[macro_export]
macro_rules! for_each_output_number {
    ($mac:ident) => {
        $mac! {
            rate: Cost = 4, 1..=64, "bytes/cycle", "append, copy and repeat";
            clear_rate: Cost = 64, 1..=4096, "bytes/cycle", "clear";
            check_rate: Cost = 4, 1..=64, "bytes/cycle", "a stream's check circuit";
            handles: Capacity = 1024, 1..=1024, "streams", "stream handles";
            ring: Capacity = 65_536, 1..=16_777_216, "bytes", "a stream's Lempel-Ziv ring; a power of two";
            max_dimension: Capacity = 16_384, 1..=65_535, "texels", "widest and highest texture";
            reply_slots: Capacity = 4, 1..=4096, "words", "status words of lists that may be unread";
            held: Capacity = 268_435_456, 1_048_576..=4_294_967_295, "bytes", "frames that wait for the host; as much as texture memory at least";
            credit: Policy = 64, 0..=1_048_576, "work", "work that every 4 bytes of memory created allow";
        }
    };
}

macro_rules! numbers {
    ($($name:ident: $class:ident = $default:literal, $min:literal..=$max:literal, $unit:literal, $meaning:literal;)+) => {
        /// The immutable configuration that sequencer and sinks share.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct OutputSpec { $(#[doc = concat!($meaning, " (", $unit, ")")] pub $name: u64),+ }

        impl OutputSpec {
            /// All numbers with their classes.
            pub const NUMBERS: &'static [Number] = &[$(Number {
                name: stringify!($name), class: Class::$class, default: $default, unit: $unit, meaning: $meaning,
            }),+];

            /// Sets a number by its name. False if there is none of that name.
            pub fn set(&mut self, name: &str, value: u64) -> bool {
                match name { $(stringify!($name) => self.$name = value,)+ _ => return false }
                true
            }

            /// A number by its name.
            #[must_use]
            pub fn get(&self, name: &str) -> Option<u64> {
                match name { $(stringify!($name) => Some(self.$name),)+ _ => None }
            }
        }

        impl Default for OutputSpec {
            fn default() -> Self { OutputSpec { $($name: $default),+ } }
        }
    };
}

for_each_output_number!(numbers);

/// Handles that an action's `imm` field can name.
pub(crate) const MOST_HANDLES: u64 = 1024;

/// Cycles of one place or update: read the map and the element, write it back.
pub(crate) const PLACE_CYCLES: u64 = 2;

/// Cycles after the first that a fetch holds the memory port.
pub(crate) const FETCH_LATENCY: u64 = 4;

/// Bytes that count as one unit of work where memory is swept over.
pub(crate) const SWEEP_GRAIN: u64 = 64;

impl OutputSpec {
    /// Says what is wrong with the numbers, if anything.
    ///
    /// # Errors
    /// A sentence that names the number.
    pub fn validate(&self) -> Result<(), String> {
        let at_least_one = [
            ("rate", self.rate),
            ("clear_rate", self.clear_rate),
            ("check_rate", self.check_rate),
            ("handles", self.handles),
            ("max_dimension", self.max_dimension),
        ];
        for (name, value) in at_least_one {
            if value == 0 {
                return Err(format!("output.{name} must be at least 1"));
            }
        }
        if self.handles > MOST_HANDLES {
            return Err(format!("output.handles is at most {MOST_HANDLES}"));
        }
        // A texture's width and height travel in one 32-bit operand.
        if self.max_dimension > 0xFFFF {
            return Err("output.max_dimension is at most 65535".into());
        }
        if !self.ring.is_power_of_two() || self.ring > 1 << 24 {
            return Err("output.ring must be a power of two, at most 16 MiB".into());
        }
        Ok(())
    }

    /// Cycles to write so many bytes, with or without a check circuit on them.
    #[inline]
    pub(crate) fn write_cycles(&self, bytes: u64, checked: bool) -> u64 {
        let rate = if checked {
            self.rate.min(self.check_rate)
        } else {
            self.rate
        };
        bytes.div_ceil(rate).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_by_name() {
        let mut spec = OutputSpec::default();
        for n in OutputSpec::NUMBERS {
            assert_eq!(spec.get(n.name), Some(n.default));
        }
        assert!(spec.set("rate", 8));
        assert_eq!(spec.rate, 8);
        assert!(!spec.set("speed", 8));
        assert_eq!(spec.get("speed"), None);
    }

    #[test]
    fn impossible_machines_are_refused() {
        let good = OutputSpec::default();
        assert_eq!(good.validate(), Ok(()));
        for (name, value) in [
            ("rate", 0),
            ("clear_rate", 0),
            ("handles", 1025),
            ("max_dimension", 65536),
            ("ring", 1000),
            ("ring", 0),
        ] {
            let mut spec = good;
            spec.set(name, value);
            assert!(spec.validate().is_err(), "{name} = {value}");
        }
    }

    #[test]
    fn a_slower_check_circuit_holds_the_writer() {
        let spec = OutputSpec {
            check_rate: 1,
            ..OutputSpec::default()
        };
        assert_eq!(spec.write_cycles(0, true), 1);
        assert_eq!(spec.write_cycles(9, false), 3);
        assert_eq!(spec.write_cycles(9, true), 9);
    }
}
