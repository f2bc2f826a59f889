//! The instruction tables as data, for `orrery isa` and the page of reference.
