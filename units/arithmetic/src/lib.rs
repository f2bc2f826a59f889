//! The Arithmetic Core: instruction table, assembly language, simulation.
