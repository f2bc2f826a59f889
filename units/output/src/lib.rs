//! The Output Unit: sequencer, sinks, streams, Lempel-Ziv copies, gates.
