//! The configuration numbers of the Parsing Unit and its Input Preprocessor.

/// How a configuration number acts (`docs/machine/parsing.md`, "Numbers").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Only in occupancies and rates; a better value never costs cycles.
    Cost,
    /// Slots of a queue.
    Depth,
    /// How much fits; more than that traps.
    Capacity,
    /// A limit on work depends on it.
    Policy,
}

macro_rules! spec {
    ($($(#[doc = $doc:literal])+ $name:ident: $ty:ty = $default:literal, $role:ident;)+) => {
        /// One machine's numbers. All are fixed for a run.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct Spec { $($(#[doc = $doc])+ pub $name: $ty),+ }

        impl Default for Spec {
            fn default() -> Self {
                Spec { $($name: $default),+ }
            }
        }

        impl Spec {
            /// Name, role, default and meaning of every number.
            pub const NUMBERS: &'static [(&'static str, Role, u64, &'static str)] =
                &[$((stringify!($name), Role::$role, $default as u64, concat!($($doc),+))),+];
        }
    };
}

spec! {
    /// Raw bytes that the input hands over per cycle, in one entry; a power of two.
    bytes_per_beat: u32 = 4, Cost;
    /// Entries of the byte FIFO between the input and the unit.
    intake_depth: usize = 16, Depth;
    /// Cycles between a SEEK and the first fetch after it (no row seeks yet).
    seek_latency: u64 = 100, Cost;
    /// Bytes per cycle of a running check circuit; a row waits for it.
    check_rate: u32 = 1, Cost;
    /// Bytes per cycle that are dropped by skipping rows.
    skip_rate: u32 = 4, Cost;
    /// Rows and words of the program that are copied from the library per cycle; 0 charges nothing.
    load_rate: u32 = 1, Cost;
    /// Entries of the parse stack.
    parse_stack: usize = 1024, Capacity;
    /// LEN frames open at once, over all levels of refill rules.
    len_stack: usize = 16, Capacity;
    /// Bytes of staging memory.
    staging: usize = 65_536, Capacity;
    /// Rows of compiled graph memory.
    graph_rows: usize = 65_536, Capacity;
    /// Rows of graph memory for maps.
    map_rows: u32 = 262_144, Capacity;
    /// Map handles.
    maps: usize = 256, Capacity;
    /// Bytes before the newest fetched one that a rewind can reach.
    history: u64 = 131_072, Capacity;
    /// Replies that may be outstanding.
    reply_slots: u32 = 4, Capacity;
    /// Work that each byte of input allows.
    credit_per_byte: u64 = 4096, Policy;
}

impl Spec {
    /// Whether a machine can be built so.
    ///
    /// # Errors
    /// A sentence that names the number.
    pub fn validate(&self) -> Result<(), String> {
        if !self.bytes_per_beat.is_power_of_two() || self.bytes_per_beat > 64 {
            return Err("bytes_per_beat must be a power of two up to 64".into());
        }
        // A row asks for at most four bytes that are not in the window yet.
        if self.intake_depth == 0
            || self
                .intake_depth
                .saturating_mul(self.bytes_per_beat as usize)
                < 4
        {
            return Err("intake_depth entries must hold at least 4 bytes".into());
        }
        if self.check_rate == 0 || self.skip_rate == 0 {
            return Err("check_rate and skip_rate must be at least 1".into());
        }
        if self.staging > 65_536 || self.graph_rows > 65_536 || self.maps > 65_535 {
            return Err("staging and graph_rows are at most 65536, maps at most 65535".into());
        }
        if self.len_stack > 65_535 {
            return Err("len_stack is at most 65535".into());
        }
        if self.map_rows > 1 << 24 {
            return Err("map_rows is at most 16777216".into());
        }
        Ok(())
    }
}
