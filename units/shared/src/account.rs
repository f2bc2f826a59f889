//! Accounting that all clocks share: wait causes, reports, and how a run ended.

use crate::beat::{Need, Unmet};
use crate::topology::{Proc, Topology};
use crate::trap::Fault;

macro_rules! causes {
    ($($(#[$doc:meta])* $name:ident $text:literal),+ $(,)?) => {
        /// What a waiting cycle is charged to.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum WaitCause { $($(#[$doc])* $name),+ }

        impl WaitCause {
            /// All causes in order.
            pub const ALL: &'static [WaitCause] = &[$(WaitCause::$name),+];
            /// How many there are.
            pub const COUNT: usize = Self::ALL.len();
            /// Name in reports.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(WaitCause::$name => $text),+ }
            }
        }
    };
}

causes! {
    /// An earlier result of the process itself.
    Latency "latency",
    /// Input bytes or a queue input.
    Input "input",
    /// A reply that was asked for.
    Reply "reply",
    /// A token or count: memory held by another process.
    Token "token",
    /// An external output's time base.
    Pacing "pacing",
    /// A full queue.
    Output "output",
    /// A fixed time slot of a shared port.
    Port "port",
    /// The program is being copied from the library.
    Loading "loading",
    /// At a home read when the run became quiet.
    Idle "idle",
    /// After accept or a trap.
    Stopped "stopped",
}

/// Waiting cycles by cause.
pub type Waits = [u64; WaitCause::COUNT];

/// How a process stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is inside a beat (or the run has not started).
    Running,
    /// It waits.
    Waiting(Unmet),
    /// It could issue or trap at the horizon itself.
    AtHorizon,
    /// It trapped at this cycle (0 under `off`).
    Trapped(Box<Fault>, u64),
    /// Its program is over.
    Done,
}

/// One row of the execution profile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Beats issued.
    pub count: u64,
    /// Cycles, waiting for the beat included.
    pub cycles: u64,
}

/// What is known of one process at the end (or at a horizon).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessReport {
    /// Busy cycles.
    pub busy: u64,
    /// Waiting cycles by cause; with `busy` they sum to the total.
    pub waits: Waits,
    /// Work credit.
    pub credit: u64,
    // Between credit and offset, which are written one by one and then copied
    // into a tag: side by side they would be copied as one, which has to wait
    // for both writes.
    /// Work retired.
    pub work: u64,
    /// Input offset of the last tag read, by a trapping beat too.
    pub offset: u64,
    /// How it stands at the cycle that the report is for.
    pub standing: Standing,
    /// Beats by program counter. Waiting for a beat is counted with that beat,
    /// once it has issued.
    pub profile: Vec<Line>,
}

impl ProcessReport {
    /// The report of a process that has not done anything yet.
    pub(crate) fn new(profile: usize) -> Self {
        ProcessReport {
            busy: 0,
            waits: [0; WaitCause::COUNT],
            work: 0,
            credit: 0,
            offset: 0,
            standing: Standing::Running,
            profile: vec![Line::default(); profile],
        }
    }

    /// Busy and waiting cycles; the total of the run.
    #[must_use]
    pub fn cycles(&self) -> u64 {
        self.busy + self.waits.iter().sum::<u64>()
    }
}

/// What is known of one queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueReport {
    /// Entries pushed.
    pub pushed: u64,
    /// Entries popped.
    pub popped: u64,
    /// `fill[n]`: cycles during which `n` entries were inside. Empty under `off`.
    pub fill: Vec<u64>,
}

/// Kinds of deadlock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeadlockKind {
    /// The chain holds a full queue: more depth might help.
    Capacity,
    /// Processes wait for each other.
    Circular,
    /// Waits for a process that will never do it.
    Starved,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// Main accepted and everyone else is done or at home.
    Complete,
    /// A process trapped; the index is the first in unit order.
    Trap(usize),
    /// Everyone waits.
    Deadlock {
        /// What kind.
        kind: DeadlockKind,
        /// The processes in the chain of first unmet needs, from the first stuck one.
        chain: Vec<usize>,
    },
    /// The horizon was reached.
    Horizon,
}

/// Everything a clock has to say about a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How it ended.
    pub end: End,
    /// Cycles (0 under `off`).
    pub total: u64,
    /// One per process.
    pub processes: Vec<ProcessReport>,
    /// One per queue.
    pub queues: Vec<QueueReport>,
    /// Final values of the counts.
    pub counts: Vec<u64>,
}

/// Classifies a quiet network.
#[must_use]
pub fn classify(topology: &Topology, standings: &[&Standing]) -> End {
    if let Some(p) = standings
        .iter()
        .position(|s| matches!(s, Standing::Trapped(..)))
    {
        return End::Trap(p);
    }
    let stuck = |s: &Standing| matches!(s, Standing::Waiting(u) if !u.home);
    let first = if *standings[topology.main] != Standing::Done {
        topology.main
    } else {
        match standings.iter().position(|s| stuck(s)) {
            None => return End::Complete,
            Some(p) => p,
        }
    };
    let mut chain = vec![first];
    let mut capacity = false;
    loop {
        let at = chain[chain.len() - 1];
        let Standing::Waiting(unmet) = standings[at] else {
            let kind = if capacity {
                DeadlockKind::Capacity
            } else {
                DeadlockKind::Starved
            };
            return End::Deadlock { kind, chain };
        };
        let next = match unmet.need {
            Need::Entry(q) => topology.queues[usize::from(q.0)].producer,
            Need::Room(q) => {
                capacity = true;
                topology.queues[usize::from(q.0)].consumer
            }
            Need::Count(c, _) => topology.counts[usize::from(c.0)].raiser,
            Need::Time(_) => Proc(at as u8),
        };
        let next = usize::from(next.0);
        if chain.contains(&next) {
            let kind = if capacity {
                DeadlockKind::Capacity
            } else {
                DeadlockKind::Circular
            };
            return End::Deadlock { kind, chain };
        }
        chain.push(next);
    }
}

/// Renames the trailing wait at a home read to idle, once the run is quiet.
/// `trailing` are the cycles charged to the need that the process stands before.
pub(crate) fn rename_idle(report: &mut ProcessReport, trailing: u64) {
    if let Standing::Waiting(unmet) = &report.standing
        && unmet.home
    {
        report.waits[unmet.cause as usize] -= trailing;
        report.waits[WaitCause::Idle as usize] += trailing;
    }
}
