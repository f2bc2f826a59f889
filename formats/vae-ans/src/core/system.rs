//! Systems: what transforms components.

use std::any::TypeId;

use super::{Bound, Component, Entity, Key, World};
use crate::Error;

/// A component a system reads or writes: its usual name and its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// The usual name.
    pub key: Key,
    /// The Rust type behind it.
    pub kind: TypeId,
}

impl Port {
    /// A port of a kind of component.
    pub fn of<C: Component>(key: Key) -> Self {
        Self {
            key,
            kind: TypeId::of::<C>(),
        }
    }
}

/// One step of a pipeline. Implement it to add a transform, a coder or a
/// measure; nothing in this crate has to change (`tests/dct.rs` does so).
pub trait System {
    /// Its name in traces and errors.
    fn name(&self) -> String;

    /// What it needs. A pipe may give the first another component of the same
    /// kind.
    fn requires(&self) -> Vec<Port>;

    /// What it makes. A pipe may give the first another name.
    fn produces(&self) -> Vec<Port>;

    /// Transforms a group: entities whose inputs agree in shape, element type
    /// and layout. `bound` names the components to read and write.
    ///
    /// # Errors
    /// Whatever is wrong with the inputs; outputs are then not to be used.
    fn run(&self, world: &mut World, bound: &Bound, group: &[Entity]) -> Result<(), Error>;
}
