//! The fixed shape of a network: its processes, queues and counts.

use crate::account::WaitCause;

/// Index of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Proc(pub u8);

/// Index of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Chan(pub u8);

/// Index of a monotone count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Counter(pub u8);

/// One process.
#[derive(Clone, Debug)]
pub struct ProcSpec {
    /// Name in reports, `unit.part`.
    pub name: &'static str,
    /// Gates do not extend the run (`docs/machine/timing.md`, "End"). No queue
    /// goes from a gate to a gate.
    pub is_gate: bool,
    /// Rows of the execution profile: one per program counter value.
    pub profile: usize,
}

/// One queue.
#[derive(Clone, Debug)]
pub struct QueueSpec {
    /// Name in reports.
    pub name: &'static str,
    /// The only process that pushes.
    pub producer: Proc,
    /// The only process that pops.
    pub consumer: Proc,
    /// Slots, at least 1.
    pub depth: usize,
    /// What waiting for an entry is charged to.
    pub cause: WaitCause,
    /// A reply queue: slots are reserved by the asker, the replier never waits.
    pub reserved: bool,
}

/// One monotone count.
#[derive(Clone, Debug)]
pub struct CountSpec {
    /// Name in reports.
    pub name: &'static str,
    /// The only process that raises it.
    pub raiser: Proc,
}

/// A whole network.
#[derive(Clone, Debug, Default)]
pub struct Topology {
    /// Processes in unit order; the order decides which trap is the headline.
    pub procs: Vec<ProcSpec>,
    /// Queues, indexed by [`Chan`].
    pub queues: Vec<QueueSpec>,
    /// Counts, indexed by [`Counter`].
    pub counts: Vec<CountSpec>,
    /// The process whose accept completes the run.
    pub main: usize,
    /// Work every process may do before any credit (`budget` in the configuration).
    pub budget: u64,
}
