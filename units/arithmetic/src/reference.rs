//! The instruction table as readable data.
