//! The configuration: every number of the machine, with its kind, unit and range.
//!
//! One table ([`NUMBERS`]) gives the keys of the TOML file, of `--set key=value`, and
//! the lines of `orrery config show`.

use orrery_arithmetic as arithmetic;
use orrery_compositor::{ScanSpec, kernel};
use orrery_output::OutputSpec;
use orrery_parsing::unit;
use orrery_shared::spelling;
use thiserror::Error;

/// What a number may influence (`docs/machine/decisions.md`; each kind has its own promise).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Only occupancies, latencies and rates.
    Cost,
    /// Entries of a queue.
    Depth,
    /// How much is built or handed over at once.
    Grain,
    /// An algorithm or a limit on work depends on it.
    Policy,
    /// How much there is of something; running out traps.
    Capacity,
}

impl Kind {
    /// In words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Cost => "cost",
            Kind::Depth => "depth",
            Kind::Grain => "grain",
            Kind::Policy => "policy",
            Kind::Capacity => "capacity",
        }
    }
}

/// One machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Entries of ordinary queues.
    pub queue_depth: usize,
    /// Work that every process may do before any credit.
    pub budget: u64,
    /// Only used to turn cycles into time.
    pub frequency: u64,
    /// Stream RAM in bytes.
    pub stream_bytes: usize,
    /// Texture memory in bytes.
    pub texture_bytes: usize,
    /// Parsing Unit.
    pub parsing: unit::Spec,
    /// Output Unit.
    pub output: OutputSpec,
    /// Arithmetic Core.
    pub arithmetic: arithmetic::Spec,
    /// Kernel of the Compositor; the scan has as many lanes and ports, and the same rates.
    pub kernel: kernel::Spec,
    /// What only the scan has; its `common` part is not looked at.
    pub scan: ScanSpec,
}

impl Default for Config {
    /// The machine "Orrery-1".
    fn default() -> Self {
        Config {
            queue_depth: 16,
            budget: 1 << 24,
            frequency: 200_000_000,
            stream_bytes: 256 << 20,
            texture_bytes: 512 << 20,
            parsing: unit::Spec::default(),
            output: OutputSpec::default(),
            arithmetic: arithmetic::Spec::default(),
            kernel: kernel::Spec::default(),
            scan: ScanSpec::default(),
        }
    }
}

/// What is wrong with a configuration.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ConfigError {
    /// No number of that name.
    #[error("there is no configuration number `{key}`{}", hint.as_deref().map(|h| format!("; did you mean `{h}`?")).unwrap_or_default())]
    UnknownKey {
        /// As written.
        key: String,
        /// The nearest key.
        hint: Option<String>,
    },
    /// Out of range.
    #[error("`{key}` = {value} is out of range: {min} to {max} {unit}")]
    Range {
        /// Which.
        key: &'static str,
        /// As written.
        value: u64,
        /// Smallest.
        min: u64,
        /// Largest.
        max: u64,
        /// Of what.
        unit: &'static str,
    },
    /// Not a whole number.
    #[error("`{key}`: `{value}` is not a whole number")]
    NotANumber {
        /// Which.
        key: String,
        /// As written.
        value: String,
    },
    /// Numbers that do not go together.
    #[error("{0}")]
    Invalid(String),
}

/// One row of the table.
#[derive(Clone, Copy)]
pub struct Number {
    /// Key, `section.name`.
    pub key: &'static str,
    /// What it may influence.
    pub kind: Kind,
    /// Of what.
    pub unit: &'static str,
    /// Smallest value.
    pub min: u64,
    /// Largest value.
    pub max: u64,
    /// One line.
    pub meaning: &'static str,
    /// Reads it.
    pub get: fn(&Config) -> u64,
    set: fn(&mut Config, u64),
}

impl std::fmt::Debug for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Number")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

macro_rules! numbers {
    ($table:ident: $($key:literal = $kind:ident, $($path:ident).+ as $ty:ty, $min:literal..=$max:literal, $unit:literal, $meaning:literal;)+) => {
        const $table: &[Number] = &[$(Number {
            key: $key,
            kind: Kind::$kind,
            unit: $unit,
            min: $min,
            max: $max,
            meaning: $meaning,
            get: |c| c.$($path).+ as u64,
            set: |c, v| c.$($path).+ = v as $ty,
        }),+];
    };
}

numbers! { BEFORE:
    "machine.queue_depth" = Depth, queue_depth as usize, 1..=4096, "entries", "entries of every queue but the reply queues";
    "machine.budget" = Policy, budget as u64, 0..=0xFFFF_FFFF_FFFF, "work", "work every process may do before any credit";
    "machine.frequency" = Policy, frequency as u64, 1..=100_000_000_000, "Hz", "turns cycles into time; changes no cycle";
    "machine.stream_ram" = Capacity, stream_bytes as usize, 64..=0xFFFF_FFFF, "bytes", "stream RAM";
    "machine.texture_memory" = Capacity, texture_bytes as usize, 64..=0xFFFF_FFFF, "bytes", "texture memory";

    "parsing.bytes_per_beat" = Cost, parsing.bytes_per_beat as u32, 1..=64, "bytes", "raw bytes the input hands over per cycle; a power of two";
    "parsing.intake_depth" = Depth, parsing.intake_depth as usize, 4..=4096, "entries", "byte FIFO in front of the Parsing Unit";
    "parsing.check_rate" = Cost, parsing.check_rate as u32, 1..=64, "bytes/cycle", "rate of the input check circuits";
    "parsing.skip_rate" = Cost, parsing.skip_rate as u32, 1..=64, "bytes/cycle", "rate of skipping rows";
    "parsing.load_rate" = Cost, parsing.load_rate as u32, 1..=64, "words/cycle", "copying the program from the library: rows and words";
    "parsing.parse_stack" = Capacity, parsing.parse_stack as usize, 1..=1048576, "entries", "parse stack";
    "parsing.len_stack" = Capacity, parsing.len_stack as usize, 1..=4096, "frames", "LEN frames open at once";
    "parsing.staging" = Capacity, parsing.staging as usize, 0..=65536, "bytes", "staging memory";
    "parsing.graph_rows" = Capacity, parsing.graph_rows as usize, 1..=65536, "rows", "graph memory for compiled rows";
    "parsing.map_rows" = Capacity, parsing.map_rows as u32, 0..=16777216, "rows", "graph memory for maps";
    "parsing.maps" = Capacity, parsing.maps as usize, 1..=65535, "maps", "map handles";
    "parsing.history" = Capacity, parsing.history as u64, 0..=0xFFFF_FFFF, "bytes", "how far a rewind reaches back";
    "parsing.reply_slots" = Capacity, parsing.reply_slots as u32, 1..=4096, "replies", "replies outstanding at once";
    "parsing.credit_per_byte" = Policy, parsing.credit_per_byte as u64, 0..=1048576, "work", "work that each input byte allows";
}

/// The Output Unit has a table of its own.
macro_rules! output_numbers {
    ($($name:ident: $kind:ident = $default:literal, $min:literal..=$max:literal, $unit:literal, $meaning:literal;)+) => {
        const OUTPUT: &[Number] = &[$(Number {
            key: concat!("output.", stringify!($name)),
            kind: Kind::$kind,
            unit: $unit,
            min: $min,
            max: $max,
            meaning: $meaning,
            get: |c| c.output.$name,
            set: |c, v| c.output.$name = v,
        }),+];
    };
}

orrery_output::for_each_output_number!(output_numbers);

numbers! { BEHIND:
    "arithmetic.banks" = Capacity, arithmetic.banks as u16, 1..=255, "banks", "data banks of 64 Ki words";
    "arithmetic.ram_latency" = Cost, arithmetic.ram_latency as u16, 0..=64, "cycles", "from a read of data memory to its first use";
    "arithmetic.jump_cycles" = Cost, arithmetic.jump_cycles as u16, 1..=64, "cycles", "a jump";
    "arithmetic.halt_cycles" = Cost, arithmetic.halt_cycles as u16, 1..=64, "cycles", "a halt";
    "arithmetic.reply_slots" = Capacity, arithmetic.reply_slots as u16, 1..=4096, "replies", "requests outstanding at once";
    "arithmetic.load_words" = Cost, arithmetic.load_words as u16, 1..=64, "words/cycle", "copying the program from the library";

    "compositing.lanes" = Cost, kernel.lanes as u64, 1..=64, "lanes", "lanes for the tiles of parallel sprites; a power of two";
    "compositing.in_flight" = Cost, kernel.in_flight as u64, 1..=64, "tiles", "tiles each lane keeps in flight; a power of two";
    "compositing.fetches" = Cost, kernel.fetches as u64, 1..=64, "per cycle", "fetches over all lanes";
    "compositing.stores" = Cost, kernel.stores as u64, 1..=64, "per cycle", "stores over all lanes";
    "compositing.taps" = Cost, kernel.taps as u64, 1..=4096, "per cycle", "products of multiply-sums over all lanes";
    "compositing.alu_latency" = Cost, kernel.alu_latency as u64, 1..=64, "cycles", "latency of ALU results";
    "compositing.sum_latency" = Cost, kernel.sum_latency as u64, 1..=64, "cycles", "latency of multiply-sums and blends";
    "compositing.fetch_latency" = Cost, kernel.fetch_latency as u64, 1..=256, "cycles", "latency of fetches";
    "compositing.control" = Cost, kernel.control as u64, 1..=64, "cycles", "control instructions";
    "compositing.setup" = Cost, kernel.setup as u64, 1..=1024, "cycles", "setting up a sprite, in bands for each band";
    "compositing.list_rate" = Cost, kernel.list_rate as u64, 1..=64, "words/cycle", "reading lists";
    "compositing.load_rate" = Cost, kernel.load_rate as u64, 1..=64, "words/cycle", "copying the program from the library";
    "compositing.beat_work" = Grain, kernel.beat_work as u64, 1..=1048576, "instructions", "after which a beat of a serial sprite ends";
    "compositing.band_sprites" = Capacity, kernel.band_sprites as usize, 1..=1024, "sprites", "sprites between BANDS and BANDS_END";
    "compositing.extents" = Capacity, kernel.extents as usize, 1..=65536, "extents", "extents of texture memory held";
    "compositing.scan_width" = Capacity, scan.width as i32, 1..=16384, "pixels", "widest screen";
    "compositing.scan_height" = Capacity, scan.height as i32, 1..=16384, "lines", "most lines of a screen";
    "compositing.scan_line_budget" = Policy, scan.line_budget as u64, 0..=0xFFFF_FFFF, "cycles", "cycles of a line beyond which it counts as an overrun; changes no cycle";
    "compositing.scan_layer_setup" = Cost, scan.layer_setup as u64, 0..=1024, "cycles", "setting up a live layer, per line";
    "compositing.scan_layers" = Capacity, scan.layers as usize, 1..=65536, "layers", "layers of a display list";
}

/// All numbers, by section.
pub const NUMBERS: &[Number] = &joined::<{ BEFORE.len() + OUTPUT.len() + BEHIND.len() }>();

const fn joined<const N: usize>() -> [Number; N] {
    let mut all = [BEFORE[0]; N];
    let (mut to, mut table) = (0, 0);
    let tables = [BEFORE, OUTPUT, BEHIND];
    while table < tables.len() {
        let mut from = 0;
        while from < tables[table].len() {
            all[to] = tables[table][from];
            (to, from) = (to + 1, from + 1);
        }
        table += 1;
    }
    all
}

/// The number with a key.
#[must_use]
pub fn number(key: &str) -> Option<&'static Number> {
    NUMBERS.iter().find(|n| n.key == key)
}

impl Config {
    /// Sets one number.
    ///
    /// # Errors
    /// An unknown key, or a value out of the number's range.
    pub fn set(&mut self, key: &str, value: u64) -> Result<(), ConfigError> {
        let Some(n) = number(key) else {
            return Err(ConfigError::UnknownKey {
                key: key.to_owned(),
                hint: nearest(key),
            });
        };
        if value < n.min || value > n.max {
            return Err(ConfigError::Range {
                key: n.key,
                value,
                min: n.min,
                max: n.max,
                unit: n.unit,
            });
        }
        (n.set)(self, value);
        Ok(())
    }

    /// Sets one number from its text: decimal, or hexadecimal after `0x`.
    ///
    /// # Errors
    /// As [`Config::set`], or a value that is no whole number.
    pub fn set_text(&mut self, key: &str, value: &str) -> Result<(), ConfigError> {
        let plain = value.trim().replace('_', "");
        let parsed = match plain.strip_prefix("0x") {
            Some(hex) => u64::from_str_radix(hex, 16),
            None => plain.parse(),
        };
        match parsed {
            Ok(v) => self.set(key, v),
            Err(_) => Err(ConfigError::NotANumber {
                key: key.to_owned(),
                value: value.to_owned(),
            }),
        }
    }

    /// Checks what ranges cannot: numbers that depend on each other.
    ///
    /// # Errors
    /// A sentence that names the number.
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.parsing
            .validate()
            .map_err(|m| ConfigError::Invalid(format!("parsing: {m}")))?;
        self.kernel
            .validate()
            .map_err(|m| ConfigError::Invalid(format!("compositing: {m}")))?;
        self.output.validate().map_err(ConfigError::Invalid)
    }
}

/// The key that is most like `key`, if one is near.
fn nearest(key: &str) -> Option<String> {
    let by_name = NUMBERS
        .iter()
        .find(|n| n.key.rsplit('.').next() == Some(key));
    let found = by_name.map(|n| n.key);
    let found = found.or_else(|| spelling::nearest(key, NUMBERS.iter().map(|n| n.key)));
    found.map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_in_range_and_valid() {
        let config = Config::default();
        for n in NUMBERS {
            let v = (n.get)(&config);
            assert!((n.min..=n.max).contains(&v), "{} = {v}", n.key);
        }
        assert_eq!(config.validate(), Ok(()));
    }

    #[test]
    fn every_number_can_be_set_and_read() {
        for n in NUMBERS {
            let mut config = Config::default();
            config.set(n.key, n.max).unwrap();
            assert_eq!((n.get)(&config), n.max, "{}", n.key);
        }
    }

    #[test]
    fn mistakes_are_explained() {
        let mut config = Config::default();
        let message = |r: Result<(), ConfigError>| r.unwrap_err().to_string();
        assert_eq!(
            message(config.set_text("queue_depth", "2")),
            "there is no configuration number `queue_depth`; did you mean `machine.queue_depth`?"
        );
        assert_eq!(
            message(config.set_text("machine.queue_depth", "0")),
            "`machine.queue_depth` = 0 is out of range: 1 to 4096 entries"
        );
        assert_eq!(
            message(config.set_text("machine.queue_depth", "two")),
            "`machine.queue_depth`: `two` is not a whole number"
        );
    }
}
