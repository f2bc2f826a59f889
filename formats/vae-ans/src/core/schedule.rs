//! The order of systems, and their batches.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Instant;

use super::context::entropy;
use super::{Entity, Key, Step, System, TensorInfo, World};
use crate::Error;

/// The names a system's ports have in one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// For each of [`System::requires`].
    pub inputs: Vec<Key>,
    /// For each of [`System::produces`].
    pub outputs: Vec<Key>,
}

impl Bound {
    /// The usual names.
    pub fn usual(system: &dyn System) -> Self {
        let keys = |ports: Vec<super::Port>| ports.into_iter().map(|p| p.key).collect();
        Self {
            inputs: keys(system.requires()),
            outputs: keys(system.produces()),
        }
    }
}

/// Systems in an order in which each finds what it needs.
#[derive(Clone)]
pub struct Schedule {
    pub(crate) steps: Vec<(Rc<dyn System>, Bound)>,
}

impl std::fmt::Debug for Schedule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

impl Schedule {
    /// Orders systems given in any order, so that each comes behind those that
    /// produce what it needs. Of several that could run the first given comes
    /// first.
    ///
    /// # Errors
    /// [`Error::MissingComponent`] names a system that cannot run and what it
    /// lacks.
    pub fn resolve(
        systems: impl IntoIterator<Item = Rc<dyn System>>,
        available: &[Key],
    ) -> Result<Self, Error> {
        let mut waiting: Vec<_> = systems
            .into_iter()
            .map(|system| {
                let bound = Bound::usual(system.as_ref());
                (system, bound)
            })
            .collect();
        let mut known: BTreeSet<Key> = available.iter().cloned().collect();
        let mut steps = Vec::new();
        while !waiting.is_empty() {
            let ready = waiting
                .iter()
                .position(|(_, bound)| bound.inputs.iter().all(|k| known.contains(k)));
            let Some(ready) = ready else {
                // Name what nothing in the set makes, before what only a
                // system that cannot run itself would make.
                let made: BTreeSet<&Key> = waiting.iter().flat_map(|(_, b)| &b.outputs).collect();
                let lacking = |never: bool| {
                    waiting.iter().find_map(|(system, bound)| {
                        let lacks = |k: &&Key| !(known.contains(*k) || never && made.contains(*k));
                        let key = bound.inputs.iter().find(lacks)?;
                        Some(missing(system.as_ref(), key))
                    })
                };
                return Err(lacking(true)
                    .or_else(|| lacking(false))
                    .unwrap_or(Error::BadRef));
            };
            let step = waiting.remove(ready);
            known.extend(step.1.outputs.iter().cloned());
            steps.push(step);
        }
        Ok(Self { steps })
    }

    /// The systems' names, in order.
    pub fn names(&self) -> Vec<String> {
        self.steps.iter().map(|(s, _)| s.name()).collect()
    }

    /// Runs every system, each once for each group of entities whose inputs
    /// have equal shapes, and traces the runs.
    ///
    /// # Errors
    /// The first that a system gives; [`Error::MissingComponent`] when an
    /// entity lacks an input.
    pub fn run(&self, world: &mut World, entities: &[Entity]) -> Result<(), Error> {
        for (system, bound) in &self.steps {
            for group in groups(world, system.as_ref(), bound, entities)? {
                run_group(world, system.as_ref(), bound, &group)?;
            }
        }
        Ok(())
    }
}

pub(crate) fn missing(system: &dyn System, key: &Key) -> Error {
    Error::MissingComponent {
        system: system.name(),
        component: key.to_string(),
    }
}

/// Entities with equal inputs, in order of first appearance.
fn groups(
    world: &World,
    system: &dyn System,
    bound: &Bound,
    entities: &[Entity],
) -> Result<Vec<Vec<Entity>>, Error> {
    let mut groups: Vec<(Vec<_>, Vec<Entity>)> = Vec::new();
    for &entity in entities {
        let mut signature = Vec::new();
        for key in &bound.inputs {
            let component = world.any(entity, key).map_err(|_| missing(system, key))?;
            let tensor = component.tensor();
            signature.push((tensor.shape().to_vec(), tensor.dtype(), component.layout()));
        }
        match groups.iter_mut().find(|(s, _)| *s == signature) {
            Some((_, group)) => group.push(entity),
            None => groups.push((signature, vec![entity])),
        }
    }
    Ok(groups.into_iter().map(|(_, group)| group).collect())
}

fn run_group(
    world: &mut World,
    system: &dyn System,
    bound: &Bound,
    group: &[Entity],
) -> Result<(), Error> {
    let inputs = infos(world, &bound.inputs, group[0], false);
    let started = Instant::now();
    system.run(world, bound, group)?;
    let seconds = started.elapsed().as_secs_f64();
    let outputs = infos(world, &bound.outputs, group[0], world.context.entropy);
    let step = Step {
        system: system.name(),
        entities: group.to_vec(),
        inputs,
        outputs,
        seconds,
        seed: world.context.seed,
    };
    world.context.trace.push(step);
    Ok(())
}

fn infos(world: &World, keys: &[Key], entity: Entity, with_entropy: bool) -> Vec<TensorInfo> {
    keys.iter()
        .filter_map(|key| {
            let tensor = world.any(entity, key).ok()?.tensor();
            Some(TensorInfo {
                component: key.to_string(),
                shape: tensor.shape().to_vec(),
                dtype: tensor.dtype().to_string(),
                entropy: with_entropy
                    .then(|| entropy(world.arena(), tensor))
                    .flatten(),
            })
        })
        .collect()
}
