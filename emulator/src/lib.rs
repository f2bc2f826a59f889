//! The machine: wires the units, loads programs, runs, accounts, snapshots.
