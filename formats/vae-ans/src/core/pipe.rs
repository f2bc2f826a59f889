//! The fluent way to build and run a pipeline.

use std::any::TypeId;
use std::ops::BitOr;
use std::rc::Rc;

use super::{Bound, Component, Entity, Key, Schedule, System, World};
use crate::Error;

/// A chain of systems over entities of a world. Systems run in the order added,
/// when [`Pipe::run`] or [`Pipe::out`] is called.
///
/// A system's first input is the *current* component when that is of the right
/// kind, else the one it usually reads: `.select("ReconRGB").to(GaussianBlur..)`
/// blurs the reconstruction. What a system makes becomes current.
#[must_use = "a pipe does nothing until it is run"]
pub struct Pipe<'w> {
    world: &'w mut World,
    entities: Vec<Entity>,
    steps: Vec<(Rc<dyn System>, Bound)>,
    current: Option<(Key, Option<TypeId>)>,
}

impl<'w> Pipe<'w> {
    pub(crate) fn new(world: &'w mut World, entities: &[Entity]) -> Self {
        Self {
            world,
            entities: entities.to_vec(),
            steps: Vec::new(),
            current: None,
        }
    }

    /// Adds a system.
    pub fn to(self, system: impl System + 'static) -> Self {
        self.add(Rc::new(system), None)
    }

    /// Adds a system and names what it makes.
    pub fn to_as(self, system: impl System + 'static, output: impl Into<Key>) -> Self {
        self.add(Rc::new(system), Some(output.into()))
    }

    /// Adds a shared system.
    pub fn to_shared(self, system: Rc<dyn System>) -> Self {
        self.add(system, None)
    }

    fn add(mut self, system: Rc<dyn System>, output: Option<Key>) -> Self {
        let mut bound = Bound::usual(system.as_ref());
        let kind = system.requires().first().map(|p| p.kind);
        if let (Some((key, current)), Some(kind)) = (&self.current, kind)
            && current.or_else(|| self.kind(key)) == Some(kind)
        {
            bound.inputs[0] = key.clone();
        }
        if let (Some(key), Some(first)) = (output, bound.outputs.first_mut()) {
            *first = key;
        }
        if let (Some(key), Some(port)) = (bound.outputs.first(), system.produces().first()) {
            self.current = Some((key.clone(), Some(port.kind)));
        }
        self.steps.push((system, bound));
        self
    }

    /// The kind of a component that a step of this pipe makes, or that the
    /// first entity has.
    fn kind(&self, key: &Key) -> Option<TypeId> {
        for (system, bound) in self.steps.iter().rev() {
            for (port, name) in system.produces().iter().zip(&bound.outputs) {
                if name == key {
                    return Some(port.kind);
                }
            }
        }
        let component = self.world.any(*self.entities.first()?, key).ok()?;
        let any: &dyn std::any::Any = component;
        Some(any.type_id())
    }

    /// Goes back to a component made before.
    pub fn select(mut self, key: impl Into<Key>) -> Self {
        self.current = Some((key.into(), None));
        self
    }

    /// Goes on from a component that the entities already have: another name
    /// for [`Pipe::select`].
    pub fn use_(self, key: impl Into<Key>) -> Self {
        self.select(key)
    }

    /// A side branch: the closure adds steps from the current component, and
    /// the main path goes on from where it was.
    pub fn fork(mut self, branch: impl FnOnce(Self) -> Self) -> Self {
        let current = self.current.clone();
        self = branch(self);
        self.current = current;
        self
    }

    /// Runs the steps.
    ///
    /// # Errors
    /// [`Error::MissingComponent`] before anything runs when a step's input is
    /// neither made by an earlier step nor attached to every entity; otherwise
    /// the first error of a system.
    pub fn run(mut self) -> Result<&'w mut World, Error> {
        self.execute()?;
        Ok(self.world)
    }

    /// Runs the steps and gives one component of the first entity.
    ///
    /// # Errors
    /// As [`Pipe::run`] and [`World::get`].
    pub fn out<C: Component>(mut self, key: impl Into<Key>) -> Result<&'w C, Error> {
        self.execute()?;
        let key = key.into();
        let entity = self.entities.first().copied().unwrap_or(Entity::MAX);
        self.world.get(entity, &key)
    }

    fn execute(&mut self) -> Result<(), Error> {
        let steps = std::mem::take(&mut self.steps);
        for (place, (system, bound)) in steps.iter().enumerate() {
            for key in &bound.inputs {
                let made = steps[..place].iter().any(|(_, b)| b.outputs.contains(key));
                let there = || self.entities.iter().all(|&e| self.world.has(e, key));
                if !made && !there() {
                    return Err(super::schedule::missing(system.as_ref(), key));
                }
            }
        }
        Schedule { steps }.run(self.world, &self.entities)
    }
}

impl<S: System + 'static> BitOr<S> for Pipe<'_> {
    type Output = Self;

    fn bitor(self, system: S) -> Self {
        self.to(system)
    }
}
