//! The orrery command and its window.
