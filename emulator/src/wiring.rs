//! How the units are wired: processes, queues, counts. The code form of
//! `docs/machine/channels.md`.

use orrery_shared::topology::{CountSpec, ProcSpec, QueueSpec};
use orrery_shared::{Chan, Counter, Proc, Topology, WaitCause};

/// Processes in unit order; the first one that traps is the headline.
pub mod process {
    /// The Parsing Unit with its Input Preprocessor.
    pub const PARSING: usize = 0;
    /// The Output Unit's sequencer.
    pub const SEQUENCER: usize = 1;
    /// The Arithmetic Core.
    pub const CORE: usize = 2;
    /// The core's sink.
    pub const CORE_SINK: usize = 3;
    /// The Compositor's kernel.
    pub const KERNEL: usize = 4;
    /// The Compositor's scan.
    pub const SCAN: usize = 5;
    /// The video output.
    pub const VIDEO: usize = 6;
    /// Names in reports.
    pub const NAMES: [&str; 7] = [
        "parsing",
        "output.sequencer",
        "arithmetic",
        "output.core_sink",
        "compositing.kernel",
        "compositing.scan",
        "output.video",
    ];
}

/// Queues.
pub mod queue {
    use super::Chan;
    /// Parsing to sequencer.
    pub const ACTIONS: Chan = Chan(0);
    /// Sequencer to core.
    pub const CORE_IN: Chan = Chan(1);
    /// Core to its sink.
    pub const CORE_OUT: Chan = Chan(2);
    /// Core to parsing.
    pub const CORE_FLAG: Chan = Chan(3);
    /// Sink to core.
    pub const CORE_LOAD: Chan = Chan(4);
    /// Sequencer to parsing.
    pub const REPLY: Chan = Chan(5);
    /// Sequencer to kernel.
    pub const LISTS: Chan = Chan(6);
    /// Sequencer to kernel.
    pub const GRANTS_SEQUENCER: Chan = Chan(7);
    /// Sink to kernel.
    pub const GRANTS_CORE: Chan = Chan(8);
    /// Kernel to sequencer.
    pub const STATUS: Chan = Chan(9);
    /// Sequencer to video output.
    pub const VIDEO_SEQUENCER: Chan = Chan(10);
    /// Sink to video output.
    pub const VIDEO_CORE: Chan = Chan(11);
    /// Sequencer to scan.
    pub const SCREENS: Chan = Chan(12);
    /// Sequencer to scan.
    pub const GRANTS_SCAN: Chan = Chan(13);
    /// Names in reports.
    pub const NAMES: [&str; 14] = [
        "actions",
        "core.in",
        "core.out",
        "core.flag",
        "core.load",
        "reply",
        "lists",
        "grants.sequencer",
        "grants.core",
        "status",
        "video.sequencer",
        "video.core",
        "screens",
        "grants.scan",
    ];
}

/// Counts.
pub mod count {
    use super::Counter;
    /// Activations finished.
    pub const CORE_DONE: Counter = Counter(0);
    /// Lists finished.
    pub const KERNEL_DONE: Counter = Counter(1);
    /// Frames that have left the video output.
    pub const FRAMES_DONE: Counter = Counter(2);
    /// Display lists finished.
    pub const SCAN_DONE: Counter = Counter(3);
    /// Names in reports.
    pub const NAMES: [&str; 4] = ["core.done", "kernel.done", "frames.done", "scan.done"];
}

/// Sizes that the wiring depends on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    /// Entries of ordinary queues.
    pub depth: usize,
    /// Entries of the `reply` queue.
    pub parsing_replies: usize,
    /// Entries of the `status` queue.
    pub status_words: usize,
    /// Entries of the `core.load` queue.
    pub core_replies: usize,
    /// Work before any credit.
    pub budget: u64,
    /// Profile rows by process.
    pub profiles: [usize; 7],
}

/// The network of Orrery.
pub(crate) fn topology(sizes: &Sizes) -> Topology {
    use WaitCause::{Input, Reply, Token};
    use process::{CORE, CORE_SINK, KERNEL, PARSING, SCAN, SEQUENCER, VIDEO};
    let procs = process::NAMES
        .iter()
        .enumerate()
        .map(|(p, name)| ProcSpec {
            name,
            is_gate: p == VIDEO,
            profile: sizes.profiles[p],
        })
        .collect();
    let wire = |q: Chan, producer: usize, consumer: usize, cause| QueueSpec {
        name: queue::NAMES[usize::from(q.0)],
        producer: Proc(producer as u8),
        consumer: Proc(consumer as u8),
        depth: sizes.depth,
        cause,
        reserved: false,
    };
    let replies = |depth: usize, q: QueueSpec| QueueSpec {
        depth: depth.max(1),
        reserved: true,
        ..q
    };
    let queues = vec![
        wire(queue::ACTIONS, PARSING, SEQUENCER, Input),
        wire(queue::CORE_IN, SEQUENCER, CORE, Input),
        wire(queue::CORE_OUT, CORE, CORE_SINK, Input),
        wire(queue::CORE_FLAG, CORE, PARSING, Input),
        replies(
            sizes.core_replies,
            wire(queue::CORE_LOAD, CORE_SINK, CORE, Reply),
        ),
        replies(
            sizes.parsing_replies,
            wire(queue::REPLY, SEQUENCER, PARSING, Reply),
        ),
        wire(queue::LISTS, SEQUENCER, KERNEL, Input),
        wire(queue::GRANTS_SEQUENCER, SEQUENCER, KERNEL, Token),
        wire(queue::GRANTS_CORE, CORE_SINK, KERNEL, Token),
        replies(
            sizes.status_words,
            wire(queue::STATUS, KERNEL, SEQUENCER, Reply),
        ),
        wire(queue::VIDEO_SEQUENCER, SEQUENCER, VIDEO, Input),
        wire(queue::VIDEO_CORE, CORE_SINK, VIDEO, Input),
        wire(queue::SCREENS, SEQUENCER, SCAN, Input),
        wire(queue::GRANTS_SCAN, SEQUENCER, SCAN, Token),
    ];
    let counts = count::NAMES
        .iter()
        .zip([CORE_SINK, KERNEL, VIDEO, SCAN])
        .map(|(name, p)| CountSpec {
            name,
            raiser: Proc(p as u8),
        })
        .collect();
    Topology {
        procs,
        queues,
        counts,
        main: PARSING,
        budget: sizes.budget,
    }
}
